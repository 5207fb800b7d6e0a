"""Which booked visits lie in time that is not open."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from functools import lru_cache
from typing import NamedTuple

from sqlalchemy import func, select

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
    terms = _terms()
    found = [
        (visit.begins, visit.appointment_id)
        for row in staff
        for visit in _outside(booked[row.resource_id], tuple(hours[row.id]), *terms)
        if visit.end > epoch_minute(now)
    ]
    return [visit for _, visit in sorted(found)]


def _window(now: datetime) -> Span:
    """In whole days, so that what is worked out serves the whole day."""
    first = epoch_minute(now) // MINUTES_A_DAY - 1
    return first * MINUTES_A_DAY, (first + AHEAD.days + 3) * MINUTES_A_DAY


def _terms() -> tuple[int, frozenset[int]]:
    """The longest any service is cleared after, and which services (ids) are given by video."""
    longest = session().scalar(select(func.max(Service.minutes_after)))
    video = session().scalars(select(Service.id).where(Service.way == Way.VIDEO))
    return longest or 0, frozenset(video)


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
