"""Which booked visits lie in time that is not open."""

from collections.abc import Collection, Iterator, Mapping
from datetime import datetime, timedelta
from itertools import groupby
from operator import attrgetter

from sqlalchemy import func, select

from booking.availability.queries.open_time import Key, open_here
from booking.availability.queries.taken import taken
from booking.availability.rules import Taken, Way, epoch_minute
from booking.availability.rules.instants import MINUTES_A_DAY
from booking.clinic.models import Practitioner, Service
from booking.core.db import session
from booking.core.intervals import Span, contains, normalise
from booking.occupancy.models import Resource
from booking.occupancy.rules import Stretch

AHEAD = timedelta(days=750)
"""Further ahead than any visit can be booked."""


def stranded(practitioner_ids: Collection[int] | None = None, *, now: datetime) -> list[int]:
    """Return the appointments to come that lie outside open time, soonest first.

    None for the practitioners means all. A visit in a room needs hours at that location, a visit by
    video hours anywhere. Visits stay when hours shrink, time off is taken or a place is closed. A
    calendar kept elsewhere strands nobody: it may hold these very visits, and what meets its busy
    times is told to its owner by `calendars`. Preparing and clearing may reach past the hours by
    design, so they do not count.
    """
    wanted = (
        select(Practitioner.id, Practitioner.resource_id, Resource.mark)
        .join(Resource, Resource.id == Practitioner.resource_id)
        .where(Practitioner.active)
    )
    if practitioner_ids is not None:
        wanted = wanted.where(Practitioner.id.in_(practitioner_ids))
    staff = session().execute(wanted).all()
    booked = taken({row.resource_id: row.mark for row in staff}, since=now, now=now)
    hours = open_here([row.id for row in staff], _window(now))
    clearing, by_video = _terms()
    found = [
        (visit[0].begins, visit[0].appointment_id)
        for row in staff
        for visit in _visits(booked[row.resource_id], epoch_minute(now))
        if not _lies_in(_where(hours, row.id, visit[0], by_video), visit, clearing)
    ]
    return [visit for _, visit in sorted(found) if visit is not None]


def _window(now: datetime) -> Span:
    """In whole days, so that what is worked out serves the whole day."""
    first = epoch_minute(now) // MINUTES_A_DAY - 1
    return first * MINUTES_A_DAY, (first + AHEAD.days + 3) * MINUTES_A_DAY


def _terms() -> tuple[int, frozenset[int]]:
    """The longest any service is cleared after, and which services (ids) are given by video."""
    longest = session().scalar(select(func.max(Service.minutes_after)))
    video = session().scalars(select(Service.id).where(Service.way == Way.VIDEO))
    return longest or 0, frozenset(video)


def _visits(hers: Taken, now: int) -> Iterator[list[Stretch]]:
    """What each booked visit has of her from epoch minute `now` on, in turn."""
    to_come = (each for each in hers.stretches if each.appointment_id and each.end > now)
    for _, parts in groupby(
        sorted(to_come, key=attrgetter("appointment_id", "start")), attrgetter("appointment_id")
    ):
        yield list(parts)


def _where(
    hours: Mapping[Key, list[Span]], who: int, visit: Stretch, by_video: Collection[int]
) -> list[Span]:
    """Her open time where the visit takes place; anywhere for a visit by video."""
    if visit.service_id not in by_video:
        return hours.get((who, visit.location_id), [])
    return normalise(span for key, spans in hours.items() if key[0] == who for span in spans)


def _lies_in(spans: list[Span], visit: list[Stretch], clearing: int) -> bool:
    """Whether all its parts do, without preparing and, at its end, clearing."""
    *parts, last = [(max(each.start, each.begins), each.end) for each in visit]
    return all(contains(spans, part) for part in [*parts, (last[0], last[1] - clearing)])
