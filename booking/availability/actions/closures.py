"""Closures of whole locations, by the owner."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from booking.access.policy import Actor
from booking.audit import actions as audit
from booking.audit.rules.clinic import ClosureChanged
from booking.availability import queries
from booking.availability.actions.stranding import minding_visits
from booking.availability.models import Closure
from booking.availability.rules.leave import Leave, instants
from booking.clinic.models import Location
from booking.core.db import session


def close(
    actor: Actor,
    places: Sequence[Location],
    days: Iterable[tuple[Leave, str]],
    *,
    seen: str = "",
    now: datetime,
) -> None:
    """Close locations at times, each with its name, by each location's own clock.

    What is closed for just that time already stays as it is. Raises LeaveRefused, and WouldStrand
    for visits not yet `seen`; visits already booked stay.
    """
    days = list(days)
    known = {
        (each.row.location_id, each.row.starts_at, each.row.ends_at)
        for each in queries.closures_to_come(now=now)
    }
    with minding_visits(None, seen=seen, now=now):
        for place in places:
            for leave, name in days:
                starts_at, ends_at = instants(leave, ZoneInfo(place.zone), now=now)
                if (place.id, starts_at, ends_at) in known:
                    continue
                session().add(
                    Closure(location_id=place.id, starts_at=starts_at, ends_at=ends_at, name=name)
                )
    for place in places:
        audit.record(ClosureChanged(location_id=place.id), by=actor, at=now)


def reopen(actor: Actor, public_id: UUID, *, now: datetime) -> None:
    """Open a location again. Raises NotFound."""
    row = queries.closure(public_id)
    session().delete(row)
    audit.record(ClosureChanged(location_id=row.location_id), by=actor, at=now)
