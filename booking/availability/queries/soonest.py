"""The one time the clinic's first page names."""

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from booking.availability.queries.kept import while_written
from booking.availability.queries.schedules import schedule
from booking.clinic import queries as clinic
from booking.clinic.rules import Soonest


def soonest(now: datetime) -> Soonest | None:
    """Return the next free time of the visit that stands first on the clinic's list, or None."""
    listed = _listed()
    if listed is None:
        return None
    found = schedule(listed.service_id, start=now, now=now).first()
    if found is None:
        return None
    return Soonest(
        service=listed.service,
        starts_at=found.starts_at,
        zone=found.zone.key,
        practitioner=listed.practitioners[found.practitioner_id],
        place=listed.places[found.location_id],
    )


class _Listed(NamedTuple):
    """The first service on the clinic's list, by both ids, and names by id."""

    service_id: int
    service: UUID
    practitioners: Mapping[int, str]
    places: Mapping[int, str]


@while_written
def _listed() -> _Listed | None:
    services = clinic.services()
    if not services:
        return None
    return _Listed(
        service_id=services[0].id,
        service=services[0].public_id,
        practitioners={one.id: one.name for one in clinic.practitioners()},
        places={one.id: one.outward_name for one in clinic.locations()},
    )
