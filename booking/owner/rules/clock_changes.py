"""The next change of the clocks, and what becomes of visits around it. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

FURTHEST = timedelta(days=400)
_HOUR = timedelta(hours=1)
AROUND = timedelta(days=7)


@dataclass(frozen=True)
class ClockChange:
    """At `at` (aware UTC) the clocks of `zone` go on by `by`, or back where that is negative."""

    zone: str
    at: datetime
    by: timedelta


@dataclass(frozen=True, kw_only=True)
class Booked:
    """A visit as it is booked: aware UTC, `minutes` as its service says it lasts."""

    number: int
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True)
class Rehearsed:
    """What was found of the visits in the week before and after a change.

    `visits` is how many there are; `wrong` those whose time would not be read back the same from
    the wall clock; `outside` those that lie outside open time.
    """

    change: ClockChange
    visits: int
    wrong: Sequence[int]
    outside: Sequence[int]


def next_change(zone: str, *, now: datetime) -> ClockChange | None:
    """Return the next change of a zone's clocks within 400 days, or None where there is none."""
    place = ZoneInfo(zone)
    before, here = now.astimezone(place).utcoffset(), now.replace(minute=0, second=0, microsecond=0)
    last = here + FURTHEST
    while here < last:
        step = timedelta(days=1)
        if (here + step).astimezone(place).utcoffset() != before:
            break
        here += step
    else:
        return None
    # Some zones change at half hours; no rule of today is finer than that.
    while here.astimezone(place).utcoffset() == before:
        here += timedelta(minutes=30)
    after = here.astimezone(place).utcoffset()
    return ClockChange(zone, here, (after or timedelta()) - (before or timedelta()))


def rehearse(change: ClockChange, visits: Iterable[Booked], *, outside: Iterable[int]) -> Rehearsed:
    """Go through the visits around a change: each must be the same instant, read back."""
    near = [each for each in visits if abs(each.starts_at - change.at) <= AROUND]
    numbers = {each.number for each in near}
    return Rehearsed(
        change=change,
        visits=len(near),
        wrong=[each.number for each in near if not _reads_back(each, change.zone)],
        outside=sorted(numbers & set(outside)),
    )


def _reads_back(visit: Booked, zone: str) -> bool:
    """Whether the wall clock, with which of its two passes it is, gives the instants again."""
    place = ZoneInfo(zone)
    for instant in (visit.starts_at, visit.ends_at):
        wall = instant.astimezone(place)
        again = wall.replace(tzinfo=None).replace(tzinfo=place, fold=wall.fold)
        if again.astimezone(instant.tzinfo) != instant:
            return False
    return True
