"""The one time the clinic's first page names."""

from datetime import datetime

from booking.availability.queries.offering import first_offer
from booking.clinic import queries as clinic
from booking.clinic.rules import Soonest


def soonest(now: datetime) -> Soonest | None:
    """Return the next free time of the visit that stands first on the clinic's list, or None."""
    services = clinic.services()
    found = first_offer(services[0], now=now) if services else None
    if found is None:
        return None
    names = {one.id: one.name for one in clinic.practitioners()}
    places = {one.id: one.outward_name for one in clinic.locations()}
    return Soonest(
        service=services[0].public_id,
        starts_at=found.starts_at,
        zone=found.zone.key,
        practitioner=names[found.practitioner_id],
        place=places[found.location_id],
    )
