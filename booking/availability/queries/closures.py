"""When locations are closed, for the owner's page."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select

from booking.availability.models import Closure
from booking.availability.rules.leave import Leave, as_written
from booking.clinic.models import Location
from booking.core.db import session
from booking.core.errors import NotFound


@dataclass(frozen=True, kw_only=True)
class ClosedTime:
    """A closure, where it is, and when by the clock there."""

    row: Closure
    place: Location
    leave: Leave


def closures_to_come(*, now: datetime) -> list[ClosedTime]:
    """Return the closures that are not over, soonest first."""
    wanted = (
        select(Closure, Location)
        .join(Location, Location.id == Closure.location_id)
        .where(Closure.ends_at > now)
        .order_by(Closure.starts_at, Location.position, Location.id)
    )
    return [
        ClosedTime(
            row=row,
            place=place,
            leave=as_written(row.starts_at, row.ends_at, ZoneInfo(place.zone)),
        )
        for row, place in session().execute(wanted)
    ]


def closure(public_id: UUID) -> Closure:
    """Return one closure. Raises NotFound."""
    found = session().scalar(select(Closure).where(Closure.public_id == public_id))
    if found is None:
        raise NotFound
    return found


def locations(public_ids: Sequence[UUID]) -> Sequence[Location]:
    """Return these locations of the clinic, in its order; unknown ones are left out."""
    return (
        session()
        .scalars(
            select(Location)
            .where(Location.public_id.in_(public_ids))
            .order_by(Location.position, Location.id)
        )
        .all()
    )
