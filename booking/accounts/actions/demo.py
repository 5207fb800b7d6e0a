"""Signing in to the demo by a printed link. Outside the demo all of this refuses to work."""

from datetime import datetime

import pyotp

from booking.access.policy import Actor
from booking.accounts import queries
from booking.accounts.actions.links import create_link, use_up
from booking.accounts.actions.sessions import start_staff_session
from booking.accounts.models import OneTimeLink
from booking.accounts.rules import LinkPurpose
from booking.audit import actions as audit
from booking.audit.rules.accounts import SignedIn
from booking.core.errors import LinkOver, UnsafeSettings
from booking.core.settings import Settings


def create_demo_link(user_id: int, *, settings: Settings, now: datetime) -> str:
    """Return the token of a printed link for a member of the demo's staff.

    Raises UnsafeSettings anywhere but in the demo.
    """
    _only_in_the_demo(settings)
    who = queries.user(user_id)
    link = OneTimeLink(
        purpose=LinkPurpose.DEMO_SIGN_IN,
        user_id=user_id,
        email=who.email_canonical,
        credential_version=who.credential_version,
    )
    return create_link(link, now=now)


def enter_demo(
    token: str, *, settings: Settings, now: datetime, instead_of: int | None = None
) -> str:
    """Trade a printed link for a full session; return the cookie's token.

    Raises LinkOver, and UnsafeSettings anywhere but in the demo.
    """
    _only_in_the_demo(settings)
    link = queries.usable_link(token, LinkPurpose.DEMO_SIGN_IN, now=now)
    if link.user_id is None:
        raise LinkOver
    use_up(link, now=now)
    who = queries.user(link.user_id)
    who.totp_confirmed_at = who.totp_confirmed_at or now  # the demo's pages are her telephone
    cookie = start_staff_session(link.user_id, second_factor=now, now=now, instead_of=instead_of)
    audit.record(SignedIn(how="demo"), by=Actor(user_id=link.user_id), at=now)
    return cookie


def demo_code(user_id: int, *, settings: Settings, now: datetime) -> str:
    """Return the code her telephone would show. Raises UnsafeSettings anywhere but in the demo."""
    _only_in_the_demo(settings)
    return pyotp.TOTP(str(queries.user(user_id).totp_secret)).at(now)


def _only_in_the_demo(settings: Settings) -> None:
    if not settings.demo:
        raise UnsafeSettings("Printed sign-in links belong to the demo only")
