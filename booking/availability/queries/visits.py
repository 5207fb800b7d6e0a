"""Which booked visits lie in time that is not open."""

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime, timedelta
from functools import lru_cache

from sqlalchemy import select

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
    wanted = (
        select(Practitioner.id, Practitioner.resource_id, Resource.mark)
        .join(Resource, Resource.id == Practitioner.resource_id)
        .where(Practitioner.active)
    )
    if practitioner_ids is not None:
        wanted = wanted.where(Practitioner.id.in_(practitioner_ids))
    staff = session().execute(wanted).all()
    booked = taken({row.resource_id: row.mark for row in staff}, since=now, now=now)
    hours: dict[int, list[tuple[int, OpenSpans]]] = defaultdict(list)
    for (who, where), spans in open_here([row.id for row in staff], _window(now)).items():
        hours[who].append((where, spans))
    video = _by_video()
    found = [
        (visit.begins, visit.appointment_id)
        for row in staff
        for visit in _outside(booked[row.resource_id], tuple(hours[row.id]), video)
        if visit.ends > epoch_minute(now)
    ]
    return [number for _, number in sorted(found) if number is not None]


def _window(now: datetime) -> Span:
    """In whole days, so that what is worked out serves the whole day."""
    first = epoch_minute(now) // MINUTES_A_DAY - 1
    return first * MINUTES_A_DAY, (first + AHEAD.days + 3) * MINUTES_A_DAY


def _by_video() -> frozenset[int]:
    """Which services (ids) are given by video."""
    return frozenset(session().scalars(select(Service.id).where(Service.way == Way.VIDEO)))


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
