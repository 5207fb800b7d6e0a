"""Named reads of licences, insurances and other proofs."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Subquery, func, select
from sqlalchemy.orm import joinedload

from booking.clinic.models import Credential, CredentialKind, Practitioner
from booking.clinic.queries.places import home_zone
from booking.clinic.rules.credentials import NEEDED, Ending, Proof, endings
from booking.core.db import session
from booking.core.errors import NotFound


def credential(public_id: UUID) -> Credential:
    """Return one licence, insurance or other proof. Raises NotFound."""
    found = session().scalar(select(Credential).where(Credential.public_id == public_id))
    if found is None:
        raise NotFound
    return found


def credentials() -> Sequence[Credential]:
    """Return those of everybody who treats here, in the clinic's order and that of the kinds."""
    found = session().scalars(
        select(Credential)
        .join(Credential.practitioner)
        .where(Practitioner.active)
        .options(joinedload(Credential.practitioner))
        .order_by(Practitioner.position, Practitioner.id, Credential.expires_on, Credential.id)
    )
    kinds = list(CredentialKind)
    people: dict[int, int] = {}
    return sorted(
        found,
        key=lambda row: (
            people.setdefault(row.practitioner_id, len(people)),
            kinds.index(row.kind),
        ),
    )


def checked_credentials(practitioner_id: int) -> Sequence[Credential]:
    """Return what of one practitioner's was looked up with the body itself."""
    return [
        one
        for one in credentials()
        if one.practitioner_id == practitioner_id and one.checked_at is not None
    ]


def ending_soon(*, now: datetime) -> list[tuple[Credential, Ending]]:
    """Return what runs out soon, or has, by the clinic's calendar, and has none in its place."""
    rows = {row.id: row for row in credentials()}
    proofs = (
        Proof(id=row.id, practitioner_id=row.practitioner_id, kind=row.kind, until=row.expires_on)
        for row in rows.values()
    )
    if not rows:
        return []
    today = now.astimezone(ZoneInfo(home_zone())).date()
    return [(rows[each.proof.id], each) for each in endings(proofs, today=today)]


def booked_until() -> Subquery:
    """Select (practitioner_id, until): the last day her licence and insurance both hold.

    Who has none entered is not among them.
    """
    lasts = (
        select(Credential.practitioner_id, func.max(Credential.expires_on).label("last"))
        .where(Credential.kind.in_(NEEDED))
        .group_by(Credential.practitioner_id, Credential.kind)
        .subquery()
    )
    return (
        select(lasts.c.practitioner_id, func.min(lasts.c.last).label("until"))
        .group_by(lasts.c.practitioner_id)
        .subquery("booked_until")
    )


def may_be_booked_until(practitioner_id: int) -> date | None:
    """Return the last day one practitioner may be booked on; None is without an end."""
    until = booked_until()
    wanted = select(until.c.until).where(until.c.practitioner_id == practitioner_id)
    return session().scalar(wanted)
