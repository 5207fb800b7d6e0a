"""Who gives a service, and where the clinic is, as pages of times name them."""

from typing import NamedTuple
from uuid import UUID

from sqlalchemy import bindparam, func, select

from booking.availability.queries.kept import while_written
from booking.clinic.models import (
    BookingMode,
    Location,
    Practitioner,
    Service,
    ServicePractitioner,
)
from booking.core.db import session


class Giver(NamedTuple):
    """Somebody who gives a service, with how it is booked with her, and whether by new patients."""

    id: int
    public_id: UUID
    name: str
    mode: BookingMode
    new_patients: bool


class Place(NamedTuple):
    """A location."""

    id: int
    public_id: UUID
    outward_name: str
    zone: str


class Giving(NamedTuple):
    """Who gives a service, and all locations; both in the clinic's order."""

    people: tuple[Giver, ...]
    places: tuple[Place, ...]


_GIVERS = (
    select(
        Practitioner.id,
        Practitioner.public_id,
        Practitioner.name,
        func.coalesce(ServicePractitioner.mode, Service.mode),
        func.coalesce(ServicePractitioner.new_patients, Service.new_patients),
    )
    .join(ServicePractitioner, ServicePractitioner.practitioner_id == Practitioner.id)
    .join(Service, Service.id == ServicePractitioner.service_id)
    .where(Service.id == bindparam("service_id"), Practitioner.active)
    .order_by(Practitioner.position, Practitioner.id)
)
_PLACES = select(Location.id, Location.public_id, Location.outward_name, Location.zone).order_by(
    Location.position, Location.id
)


@while_written
def giving(service_id: int) -> Giving:
    """Return who gives a service as it is written now."""
    people = session().execute(_GIVERS, {"service_id": service_id})
    return Giving(
        people=tuple(Giver._make(row) for row in people),
        places=tuple(Place._make(row) for row in session().execute(_PLACES)),
    )
