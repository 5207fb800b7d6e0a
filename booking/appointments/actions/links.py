"""Mailed links to one visit: made with each message, valid until the visit is over."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from sqlalchemy import update

from booking.appointments.models import VisitLink
from booking.appointments.rules import LINKS, link_path
from booking.core.db import session
from booking.core.tokens import digest, new_token


def new_visit_link(appointment_id: int, *, now: datetime) -> str:
    """Make a link and return its token; only the token's hash is kept. Older ones stay valid."""
    token = new_token()
    session().add(
        VisitLink(token_hash=digest(token), appointment_id=appointment_id, created_at=now)
    )
    return token


def link_address(token: str, *, to: str = "visit", base_url: str) -> str:
    """Return a link's address under the configured site; `to` is a key of `rules.LINKS`."""
    return base_url + link_path(token, to=to)


def links_for(
    appointment_id: int, *, base_url: str, now: datetime, to: Iterable[str] = LINKS
) -> Mapping[str, str]:
    """Make a link and return the addresses it has, by what they lead to."""
    token = new_visit_link(appointment_id, now=now)
    return {each: link_address(token, to=each, base_url=base_url) for each in to}


def withdraw_links(appointment_id: int, *, now: datetime) -> None:
    """Make every link to a visit worthless from now on."""
    session().execute(
        update(VisitLink)
        .where(VisitLink.appointment_id == appointment_id, VisitLink.revoked_at.is_(None))
        .values(revoked_at=now)
    )
