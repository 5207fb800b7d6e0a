"""Named reads of the organisation and what it offers."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Subquery, func, select
from sqlalchemy.orm import joinedload

from booking.clinic.models import (
    Credential,
    CredentialKind,
    Location,
    Organisation,
    Practitioner,
    Service,
    ServicePractitioner,
)
from booking.clinic.rules.credentials import NEEDED, Ending, Proof, endings
from booking.core.db import session
from booking.core.errors import NotFound


def organisation() -> Organisation:
    """Return the one organisation. Raises NotFound before the clinic is set up."""
    found = session().get(Organisation, 1)
    if found is None:
        raise NotFound
    session().info["organisation"] = found  # the session forgets what nobody holds, and asks anew
    return found


def services() -> Sequence[Service]:
    """Return the services that can be booked, in the clinic's order."""
    return (
        session()
        .scalars(select(Service).where(Service.active).order_by(Service.position, Service.id))
        .all()
    )


def service_for_booking(public_id: UUID) -> Service:
    """Return an active service. Raises NotFound."""
    found = session().scalar(select(Service).where(Service.public_id == public_id, Service.active))
    if found is None:
        raise NotFound
    return found


def practitioners() -> Sequence[Practitioner]:
    """Return everyone who treats, in the clinic's order."""
    return (
        session()
        .scalars(
            select(Practitioner)
            .where(Practitioner.active)
            .order_by(Practitioner.position, Practitioner.id)
        )
        .all()
    )


def practitioners_giving(service_id: int) -> Sequence[Practitioner]:
    """Return those who give a service, in the clinic's order."""
    return (
        session()
        .scalars(
            select(Practitioner)
            .join(ServicePractitioner, ServicePractitioner.practitioner_id == Practitioner.id)
            .where(ServicePractitioner.service_id == service_id, Practitioner.active)
            .order_by(Practitioner.position, Practitioner.id)
        )
        .all()
    )


def practitioner_id_of(user_id: int) -> int | None:
    """Return the id of the practitioner whose account this is, or None."""
    return session().scalar(select(Practitioner.id).where(Practitioner.user_id == user_id))


def practitioners_without_account() -> Sequence[tuple[int, str]]:
    """Return (id, name) of the practitioners nobody signs in as yet, in the clinic's order."""
    return [(one.id, one.name) for one in practitioners() if one.user_id is None]


def locations() -> Sequence[Location]:
    """Return all locations, in the clinic's order."""
    return session().scalars(select(Location).order_by(Location.position, Location.id)).all()


def practitioner_of(user_id: int | None) -> int | None:
    """Return the id of the practitioner who signs in as `user_id`, or None."""
    if user_id is None:
        return None
    return session().scalar(
        select(Practitioner.id).where(Practitioner.user_id == user_id, Practitioner.active)
    )


def home_zone() -> str:
    """Return the IANA zone of the first location, whose calendar the clinic's own dates follow."""
    places = locations()
    if not places:
        raise NotFound
    return places[0].zone


def practitioner(public_id: UUID) -> Practitioner:
    """Return somebody who treats here. Raises NotFound."""
    found = session().scalar(
        select(Practitioner).where(Practitioner.public_id == public_id, Practitioner.active)
    )
    if found is None:
        raise NotFound
    return found


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
