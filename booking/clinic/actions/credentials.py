"""Licences, insurances and other proofs: enter, change, mark as checked, remove, warn."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from booking.access.policy import Actor
from booking.accounts import queries as accounts
from booking.audit import actions as audit
from booking.audit.rules.clinic import CredentialChanged
from booking.clinic import emails, queries
from booking.clinic.models import Credential, CredentialKind, Practitioner
from booking.core.db import session
from booking.mail import outbox
from booking.mail.outbox import Draft


@dataclass(frozen=True, kw_only=True)
class Entered:
    """What the owner wrote; `register_url` is https or empty, `expires_on` None never ends."""

    kind: CredentialKind
    body: str
    number: str
    register_url: str
    expires_on: date | None


def enter(by: Actor, who: Practitioner, told: Entered, *, now: datetime) -> Credential:
    """Add one for a practitioner. It is not checked yet."""
    row = Credential(practitioner_id=who.id)
    _write(row, told)
    session().add(row)
    session().flush()
    _record(by, row, "entered", now=now)
    return row


def change(by: Actor, public_id: UUID, told: Entered, *, now: datetime) -> None:
    """Write it anew. What was checked before has to be checked again. Raises NotFound."""
    row = queries.credential(public_id)
    _write(row, told)
    row.checked_at = row.checked_by = None
    _record(by, row, "changed", now=now)


def check(by: Actor, public_id: UUID, *, now: datetime) -> None:
    """Note that somebody has just looked it up with the body itself. Raises NotFound."""
    row = queries.credential(public_id)
    row.checked_at, row.checked_by = now, by.user_id
    _record(by, row, "checked", now=now)


def remove(by: Actor, public_id: UUID, *, now: datetime) -> None:
    """Take it off the list. Raises NotFound."""
    row = queries.credential(public_id)
    _record(by, row, "removed", now=now)
    session().delete(row)


def warnings(*, now: datetime) -> list[Draft]:
    """Return the messages due about what runs out, each with a key of its own.

    To every owner who can sign in, and to her whom it is about.
    """
    clinic = queries.organisation()
    return [
        emails.runs_out(row, ending, to_name=name, to_address=address, clinic=clinic)
        for row, ending in queries.ending_soon(now=now)
        for address, name in _told(row.practitioner).items()
    ]


def warn(drafts: Iterable[Draft], *, now: datetime) -> None:
    """Queue these; one that was queued before changes nothing."""
    for draft in drafts:
        outbox.enqueue(draft, now=now)


def _told(who: Practitioner) -> dict[str, str]:
    """Names by address: somebody who is both is told once."""
    owners = (accounts.user(each) for each in sorted(accounts.owners_who_may_sign_in()))
    told = {owner.email: owner.name for owner in owners}
    own = accounts.user(who.user_id).email if who.user_id is not None else who.email
    return told | {own: who.name} if own else told


def _write(row: Credential, told: Entered) -> None:
    row.kind, row.body, row.number = told.kind, told.body, told.number
    row.register_url, row.expires_on = told.register_url, told.expires_on


def _record(by: Actor, row: Credential, what: str, *, now: datetime) -> None:
    event = CredentialChanged(practitioner_id=row.practitioner_id, credential_id=row.id, what=what)
    audit.record(event, by=by, at=now)
