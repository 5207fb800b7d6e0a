"""Which booked visits lie in time that is not open."""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta

from sqlalchemy import func, select

from booking.availability.queries.open_time import Key, open_between
from booking.availability.rules import epoch_minute, epoch_minute_after
from booking.clinic.models import Practitioner, Room, Service
from booking.core.db import session
from booking.core.intervals import Span, contains, normalise
from booking.occupancy import queries as occupancy

AHEAD = timedelta(days=500)
"""Further ahead than any visit can be booked."""

_Times = list[tuple[datetime, datetime]]


def stranded(practitioner_ids: Collection[int] | None = None, *, now: datetime) -> list[int]:
    """Return the appointments to come that lie outside open time, soonest first.

    None for the practitioners means all. A visit in a room needs hours at that room's location, a
    visit by video hours anywhere. Visits stay when hours shrink, time off is taken or a place is
    closed. Preparing and clearing may reach past the hours by design, so as much is overlooked at
    both ends.
    """
    wanted = select(Practitioner.id, Practitioner.resource_id).where(Practitioner.active)
    if practitioner_ids is not None:
        wanted = wanted.where(Practitioner.id.in_(practitioner_ids))
    staff = {row.resource_id: row.id for row in session().execute(wanted)}
    rooms = {
        row.resource_id: row.location_id
        for row in session().execute(select(Room.resource_id, Room.location_id))
    }
    taken = occupancy.appointments_within([*staff, *rooms], start=now, end=now + AHEAD)
    places = {visit: where for room, where in rooms.items() for visit in taken[room]}
    hours = _widened(open_between(staff.values(), _window(now)))
    found = [
        (times[0][0], visit)
        for resource, who in staff.items()
        for visit, times in taken[resource].items()
        if not _lies_in(_where(hours, who, places.get(visit)), times)
    ]
    return [visit for _, visit in sorted(found)]


def _window(now: datetime) -> Span:
    return epoch_minute(now) - 1440, epoch_minute_after(now + AHEAD) + 1440


def _widened(hours: Mapping[Key, list[Span]]) -> dict[Key, list[Span]]:
    """Open time with as much more at both ends as any service prepares or clears."""
    before, after = (
        session()
        .execute(select(func.max(Service.minutes_before), func.max(Service.minutes_after)))
        .one()
    )
    return {
        key: normalise((start - (before or 0), end + (after or 0)) for start, end in spans)
        for key, spans in hours.items()
    }


def _where(hours: dict[Key, list[Span]], who: int, place: int | None) -> list[Span]:
    """Her open time at a place; anywhere for None."""
    if place is not None:
        return hours.get((who, place), [])
    return normalise(span for key, spans in hours.items() if key[0] == who for span in spans)


def _lies_in(spans: list[Span], times: _Times) -> bool:
    return all(
        contains(spans, (epoch_minute(start), epoch_minute_after(end))) for start, end in times
    )
