"""Named reads of the organisation and what it offers."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select

from booking.clinic.models import (
    Location,
    Organisation,
    Practitioner,
    Service,
    ServicePractitioner,
)
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
