"""At which minutes somebody is free to start: sets of places on an axis, one per candidate."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import NamedTuple
from zoneinfo import ZoneInfo

from booking.availability.rules.grid import (
    Axis,
    Bits,
    axis_for,
    either,
    first_minute,
    first_minutes,
    local_days,
    minutes,
)
from booking.availability.rules.instants import (
    MINUTES_A_DAY,
    local_date,
)
from booking.availability.rules.plans import Asking, Candidate
from booking.availability.rules.starts import (
    BusyTime,
    OpenTime,
    free_rooms,
    starts,
)
from booking.core.intervals import Span

AROUND = 8

"""Days on both sides of what is asked that rules may look at: a week, and every zone's idea of
a date."""


class Free(NamedTuple):
    """All starts of one candidate in a window: the set of places on an axis."""

    candidate: Candidate
    axis: Axis
    starts: Bits


def axis_around(candidate: Candidate, window: Span) -> Axis:
    """An axis over whole weeks around `window`; the same for every window in one week."""
    first = (window[0] // MINUTES_A_DAY - AROUND) // 7 * 7
    last = -(-(window[1] // MINUTES_A_DAY + AROUND) // 7) * 7
    return axis_for(candidate.zone, candidate.policy.grid_minutes, (first, last))


def free_starts(
    service_id: int,
    candidates: Sequence[Candidate],
    window: Span,
    *,
    open_time: OpenTime,
    busy: BusyTime,
    asking: Asking,
) -> list[Free]:
    """What each candidate can start within `window` (epoch minutes), in their order.

    A practitioner starts only one visit at a time: at two places, the first one counts.
    """
    found: list[Free] = []
    rooms: dict[tuple[int, Span, Axis], Bits] = {}  # most candidates share the same rooms
    asked: dict[Axis, Bits] = {}
    hers: dict[int, list[Free]] = defaultdict(list)
    for candidate in candidates:
        axis = axis_around(candidate, window)
        if axis not in asked:
            asked[axis] = axis.within(window)
        key = (id(candidate.rooms), candidate.plan.whole, axis)
        if key not in rooms:
            rooms[key] = free_rooms(candidate, axis, busy)
        free = starts(
            service_id,
            candidate,
            axis,
            open_time=open_time,
            busy=busy,
            asking=asking,
            room_free=rooms[key],
        )
        before = hers[candidate.practitioner_id]
        free &= asked[axis] & ~_given(before, axis)
        if free:
            found.append(Free(candidate, axis, free))
            before.append(found[-1])
    return found


def _given(before: Sequence[Free], axis: Axis) -> Bits:
    """The starts at which a practitioner is offered at another place already."""
    return either(
        free if its_axis == axis else either(axis.bit(at) for at in minutes(its_axis, free))
        for _, its_axis, free in before
    )


def within(found: Iterable[Free], window: Span) -> list[Free]:
    """What of the free starts lies in `window` (epoch minutes)."""
    narrowed = (each._replace(starts=each.starts & each.axis.within(window)) for each in found)
    return [each for each in narrowed if each.starts]


def but(found: Iterable[Free], practitioner_id: int, location_id: int, start: int) -> list[Free]:
    """The free starts without one practitioner's start at one place."""
    left = []
    for each in found:
        its = (each.candidate.practitioner_id, each.candidate.location_id)
        there = each.axis.bit(start) if its == (practitioner_id, location_id) else 0
        left.append(each._replace(starts=each.starts & ~there))
    return [each for each in left if each.starts]


def earliest(found: Sequence[Free], count: int) -> list[Free]:
    """What of the free starts lies at the first `count` different minutes."""
    first = sorted(
        {minute for each in found for minute in first_minutes(each.axis, each.starts, count)}
    )
    return within(found, (first[0], first[:count][-1] + 1)) if first else []


def by_minute(found: Iterable[Free]) -> Iterator[tuple[int, list[Free]]]:
    """Each minute somebody is free to start at, in order, with all who are, in theirs."""
    together: dict[int, list[Free]] = defaultdict(list)
    for each in found:
        for minute in minutes(each.axis, each.starts):
            together[minute].append(each)
    for minute in sorted(together):
        yield minute, together[minute]


def soonest(found: Iterable[Free]) -> int | None:
    """The first epoch minute anybody is free to start at, or None."""
    return min((first_minute(each.axis, each.starts) for each in found), default=None)


def day_counts(found: Sequence[Free]) -> dict[date, int]:
    """How many different times are free on each local date; days without any are left out."""
    together: dict[tuple[ZoneInfo, Axis], Bits] = {}
    for candidate, axis, free in found:
        key = (candidate.zone, axis)
        together[key] = together.get(key, 0) | free
    if len(together) > 1:
        return _counted_one_by_one(together)
    return {
        day.day: count
        for (zone, axis), free in together.items()
        for day in local_days(zone, axis)
        if (count := (free & day.bits).bit_count())
    }


def _counted_one_by_one(together: Mapping[tuple[ZoneInfo, Axis], Bits]) -> dict[date, int]:
    """The same across grids and zones. A time free in two zones is one, on the first's date."""
    dates: dict[int, date] = {}
    for (zone, axis), free in together.items():
        for minute in minutes(axis, free):
            dates.setdefault(minute, local_date(minute, zone))
    return dict(sorted(Counter(dates.values()).items()))
