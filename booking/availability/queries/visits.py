"""Which booked visits lie in time that is not open."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from functools import lru_cache
from typing import NamedTuple

from sqlalchemy import select

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
    times is told to its owner by `calendars`. The visit itself has to lie in open time, resting
    parts too, as when it was offered; preparing and clearing may reach past it by design.
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
        for visit in _outside(booked[resource], written.hours.get(who, ()), written.by_video)
        if visit.ends > epoch_minute(now)
    ]
    return [number for _, number in sorted(found) if number is not None]


_MARKS = select(Resource.id, Resource.mark).join(
    Practitioner, Practitioner.resource_id == Resource.id
)


def _window(now: datetime) -> Span:
    """In whole days, so that what is worked out serves the whole day."""
    first = epoch_minute(now) // MINUTES_A_DAY - 1
    return first * MINUTES_A_DAY, (first + AHEAD.days + 3) * MINUTES_A_DAY


class _Written(NamedTuple):
    """What visits are held against: who treats (resource by id), her hours by location.

    `by_video` are the services (ids) given so.
    """

    resources: Mapping[int, int]
    hours: Mapping[int, tuple[tuple[int, OpenSpans], ...]]
    by_video: frozenset[int]


@while_written
def _written(window: Span) -> _Written:
    treating = select(Practitioner.id, Practitioner.resource_id).where(Practitioner.active)
    resources = {row.id: row.resource_id for row in session().execute(treating)}
    hours: dict[int, tuple[tuple[int, OpenSpans], ...]] = defaultdict(tuple)
    for (who, where), spans in open_here(resources.keys(), window).items():
        hours[who] += ((where, spans),)
    video = session().scalars(select(Service.id).where(Service.way == Way.VIDEO))
    return _Written(resources, dict(hours), frozenset(video))


@lru_cache(maxsize=512)
def _outside(
    hers: Taken, hours: tuple[tuple[int, OpenSpans], ...], by_video: frozenset[int]
) -> tuple[Stretch, ...]:
    """Which visits of one practitioner do not lie in her hours, by location; past ones too.

    Worked out once for what is taken and written: all visits to come are looked at.
    """
    here, anywhere = dict(hours), normalise(span for _, spans in hours for span in spans)
    return tuple(
        visit
        for visit in hers.visits
        if visit.appointment_id is not None
        and not contains(
            anywhere if visit.service_id in by_video else here.get(visit.location_id, ()),
            (visit.begins, visit.ends),
        )
    )
