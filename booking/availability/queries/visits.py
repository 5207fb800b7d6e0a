"""Which booked visits lie in time that is not open."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta
from functools import lru_cache
from typing import NamedTuple

from sqlalchemy import func, select

from booking.availability.queries.kept import while_written
from booking.availability.queries.open_time import open_here
from booking.availability.queries.taken import taken
from booking.availability.rules import OpenSpans, Taken, Way, epoch_minute
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
    written = _written(_window(now))
    marks = {row.id: row.mark for row in session().connection().execute(_MARKS)}
    whose = {
        who: resource
        for who, resource in written.resources.items()
        if practitioner_ids is None or who in practitioner_ids
    }
    booked = taken({resource: marks[resource] for resource in whose.values()}, since=now, now=now)
    found = [
        (visit.begins, visit.appointment_id)
        for who, resource in whose.items()
        for visit in _outside(
            booked[resource], written.hours.get(who, ()), written.clearing, written.by_video
        )
        if visit.end > epoch_minute(now)
    ]
    return [visit for _, visit in sorted(found)]


_MARKS = select(Resource.id, Resource.mark).join(
    Practitioner, Practitioner.resource_id == Resource.id
)


def _window(now: datetime) -> Span:
    """In whole days, so that what is worked out serves the whole day."""
    first = epoch_minute(now) // MINUTES_A_DAY - 1
    return first * MINUTES_A_DAY, (first + AHEAD.days + 3) * MINUTES_A_DAY


class _Written(NamedTuple):
    """What visits are held against: who treats (resource by id), her hours by location.

    `clearing` is the longest any service is cleared after; `by_video` the services (ids) given so.
    """

    resources: Mapping[int, int]
    hours: Mapping[int, tuple[tuple[int, OpenSpans], ...]]
    clearing: int
    by_video: frozenset[int]


@while_written
def _written(window: Span) -> _Written:
    treating = select(Practitioner.id, Practitioner.resource_id).where(Practitioner.active)
    resources = {row.id: row.resource_id for row in session().execute(treating)}
    hours: dict[int, tuple[tuple[int, OpenSpans], ...]] = defaultdict(tuple)
    for (who, where), spans in open_here(resources.keys(), window).items():
        hours[who] += ((where, spans),)
    longest = session().scalar(select(func.max(Service.minutes_after)))
    video = session().scalars(select(Service.id).where(Service.way == Way.VIDEO))
    return _Written(resources, dict(hours), longest or 0, frozenset(video))


class _Outside(NamedTuple):
    """A visit with something outside open time, and the epoch minute at which the last of it ends.

    `begins` as in `Stretch`.
    """

    begins: int
    appointment_id: int
    end: int


@lru_cache(maxsize=512)
def _outside(
    hers: Taken,
    hours: tuple[tuple[int, OpenSpans], ...],
    clearing: int,
    by_video: frozenset[int],
) -> tuple[_Outside, ...]:
    """Which visits of one practitioner do not lie in her hours, by location; past ones too.

    Worked out once for what is taken and written: all visits to come are looked at.
    """
    here, anywhere = dict(hours), normalise(span for _, spans in hours for span in spans)
    found = []
    for appointment_id, visit in _visits(hers):
        first, last = visit[0], visit[-1]
        spans = anywhere if first.service_id in by_video else here.get(first.location_id, ())
        gone = [
            part.end
            for part in visit
            if not contains(spans, _for_her(part, clearing if part is last else 0))
        ]
        if gone:
            found.append(_Outside(first.begins, appointment_id, max(gone)))
    return tuple(found)


def _visits(hers: Taken) -> Iterable[tuple[int, list[Stretch]]]:
    """What each booked visit has of her, in turn."""
    visits: dict[int, list[Stretch]] = defaultdict(list)
    for each in hers.stretches:
        if each.appointment_id:
            visits[each.appointment_id].append(each)
    return visits.items()


def _for_her(part: Stretch, clearing: int) -> Span:
    """A part of a visit without preparing and clearing."""
    return max(part.start, part.begins), part.end - clearing
