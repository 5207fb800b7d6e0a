"""One-time links: made, looked up by what they are for, and used up."""

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import update

from booking.accounts.emails import Letter
from booking.accounts.models import OneTimeLink
from booking.accounts.rules import LINK_LIFETIME, LinkPurpose
from booking.core.db import session
from booking.core.errors import LinkOver
from booking.core.tokens import digest, new_token

Letters = Callable[[str], Letter]
"""Turns a token into the letter that carries its link; the edge knows addresses, actions do not."""


def create_link(link: OneTimeLink, *, now: datetime, token: str | None = None) -> str:
    """Store a new link of a purpose and return its token, which is kept nowhere.

    Without `token` a fresh one is made.
    """
    token = token or new_token()
    link.token_hash = digest(token)
    link.created_at = now
    link.expires_at = now + LINK_LIFETIME[link.purpose]
    session().add(link)
    session().flush()
    return token


def create_owner_link(*, now: datetime) -> str:
    """Return the token of the link with which the first owner sets herself up.

    A newer one puts the older out of use.
    """
    session().execute(
        update(OneTimeLink)
        .where(
            OneTimeLink.purpose == LinkPurpose.OWNER_SETUP,
            OneTimeLink.used_at.is_(None),
            OneTimeLink.revoked_at.is_(None),
        )
        .values(revoked_at=now)
    )
    return create_link(OneTimeLink(purpose=LinkPurpose.OWNER_SETUP, roles="owner"), now=now)


def use_up(link: OneTimeLink, *, now: datetime) -> None:
    """Mark a link as used. Raises LinkOver if somebody was quicker."""
    taken = session().scalar(
        update(OneTimeLink)
        .where(OneTimeLink.id == link.id, OneTimeLink.used_at.is_(None))
        .values(used_at=now)
        .returning(OneTimeLink.id)
    )
    if taken is None:
        raise LinkOver
