"""Patients: a link by mail instead of a password."""

from collections.abc import Callable
from datetime import datetime

from booking.access.policy import Actor
from booking.accounts import emails, queries
from booking.accounts.actions.links import Letters, create_link, use_up
from booking.accounts.actions.sessions import start_person_session
from booking.accounts.models import OneTimeLink
from booking.accounts.rules import LinkPurpose
from booking.audit import actions as audit
from booking.audit.rules.accounts import SignedIn
from booking.core.addresses import canonical_email
from booking.core.errors import LinkOver
from booking.mail import outbox


def request_sign_in_link(
    *, name: str, email: str, person_id: int | None, letters: Letters, now: datetime
) -> None:
    """Mail a sign-in link to the person whose address and name were given, if there is one."""
    if person_id is None:
        return
    link = OneTimeLink(
        purpose=LinkPurpose.PATIENT_SIGN_IN,
        person_id=person_id,
        email=canonical_email(email),
        name=name,
    )
    token = create_link(link, now=now)
    outbox.enqueue(emails.sign_in_link(link, letters(token)), now=now)


def enter_patient(
    token: str,
    *,
    person_id: Callable[..., int | None],
    now: datetime,
    instead_of: int | None = None,
) -> str:
    """Trade a mailed link for a session; return the token for her cookie.

    `person_id(name=…, email=…)` says who has that name and address today: a link sent to an
    address that was corrected since is no longer hers. Raises LinkOver.
    """
    link = queries.usable_link(token, LinkPurpose.PATIENT_SIGN_IN, now=now)
    if link.person_id is None or person_id(name=link.name, email=link.email) != link.person_id:
        raise LinkOver
    use_up(link, now=now)
    cookie = start_person_session(link.person_id, now=now, instead_of=instead_of)
    audit.record(SignedIn(how="link"), by=Actor(person_id=link.person_id), at=now)
    return cookie
