"""A week as a practitioner writes it, the dates it holds for, and what may be wrong with it."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, time, timedelta
from itertools import combinations
from math import gcd, lcm
from zoneinfo import ZoneInfo

from booking.availability.rules.hours import WeeklyHours, open_spans
from booking.availability.rules.instants import day_start
from booking.core.errors import N_, BadInput
from booking.core.intervals import intersect

RAREST = 8
"""Hours come round every eighth week at the least."""

_MEETING = N_("You are at %(place)s then. Change one of the two.")
_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Stretch:
    """Open from `starts` to `ends` by the wall clock on a `weekday`, 0 for Monday.

    In every `every_n_weeks`th week, counted from the week of the date `anchor`; the anchor of
    what holds every week is None.
    """

    weekday: int
    starts: time
    ends: time
    every_n_weeks: int = 1
    anchor: date | None = None

    @property
    def order(self) -> tuple[int, time, time]:
        """By what weeks are sorted for people."""
        return self.weekday, self.starts, self.ends

    def ever_with(self, other: "Stretch") -> bool:
        """Whether there is a week in which both hold."""
        if self.anchor is None or other.anchor is None:
            return True
        apart = (week_of(self.anchor) - week_of(other.anchor)).days // 7
        return apart % gcd(self.every_n_weeks, other.every_n_weeks) == 0

    def during(self, first: date, last: date | None) -> WeeklyHours:
        """This stretch as hours that hold from `first` to `last` (None: for good)."""
        return WeeklyHours(
            weekday=self.weekday,
            starts=self.starts,
            ends=self.ends,
            valid_from=first,
            valid_until=last,
            every_n_weeks=self.every_n_weeks,
            anchor=self.anchor,
        )


@dataclass(frozen=True)
class Period:
    """The week that holds from `first` to `last` (None: for good), its stretches sorted."""

    first: date
    last: date | None
    week: tuple[Stretch, ...]

    def meets(self, first: date, last: date | None) -> bool:
        """Whether the two share a date."""
        return first <= (self.last or date.max) and self.first <= (last or date.max)


@dataclass(frozen=True)
class Elsewhere:
    """The hours the same person keeps at another location, on that location's clock."""

    name: str
    zone: ZoneInfo
    rows: Sequence[WeeklyHours]


@dataclass(frozen=True)
class Problem:
    """What is wrong with a stretch: a translatable sentence and the values in it."""

    stretch: Stretch
    message: str
    values: dict[str, str] = field(default_factory=dict)


class WeekRefused(BadInput):
    """The week cannot be kept as written; `problems` says where."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__()
        self.problems = tuple(problems)


def week_of(day: date) -> date:
    """The Monday of the week that holds `day`."""
    return day - timedelta(days=day.weekday())


def stretch_of(row: WeeklyHours) -> Stretch:
    """Hours without the dates they hold for, their rhythm put in one way only.

    The anchor is moved by whole rounds to the first one from the Monday 1970-01-05 on, so that
    two of one rhythm are equal.
    """
    every = row.every_n_weeks
    if every == 1 or row.anchor is None:
        return Stretch(row.weekday, row.starts, row.ends)
    origin = date(1970, 1, 5)
    weeks = (week_of(row.anchor) - origin).days // 7 % every
    return Stretch(row.weekday, row.starts, row.ends, every, origin + timedelta(weeks=weeks))


def periods(rows: Iterable[WeeklyHours], *, today: date) -> list[Period]:
    """From `today` on: each run of dates with the same week, soonest first.

    Runs of dates without any hours are left out.
    """
    rows = [row for row in rows if row.valid_until is None or row.valid_until >= today]
    begins = {max(row.valid_from or today, today) for row in rows}
    begins |= {row.valid_until + _DAY for row in rows if row.valid_until is not None}
    found: list[Period] = []
    edges = sorted(begins)
    for first, following in zip(edges, [*edges[1:], None], strict=False):
        last = None if following is None else following - _DAY
        week = {stretch_of(row) for row in rows if _holds(row, first)}
        if not week:
            continue
        period = Period(first, last, tuple(sorted(week, key=lambda each: each.order)))
        if found and found[-1].week == period.week and found[-1].last == first - _DAY:
            period = Period(found.pop().first, last, period.week)
        found.append(period)
    return found


def _holds(row: WeeklyHours, day: date) -> bool:
    """Whether `day` is among the dates of `row`, whatever its weekday."""
    return (row.valid_from or date.min) <= day <= (row.valid_until or date.max)


def ensure_sound(
    week: Sequence[Stretch],
    zone: ZoneInfo,
    elsewhere: Iterable[Elsewhere],
    *,
    first: date,
    last: date | None,
) -> None:
    """Raise WeekRefused unless each stretch runs forwards and none meets another, here or there.

    `week` holds from `first` to `last` (None: for good), by the clock of `zone`.
    """
    rows = [(stretch, stretch.during(first, last)) for stretch in week]
    problems = _within(week) or [
        problem for place in elsewhere for problem in _meeting(rows, zone, place)
    ]
    if problems:
        raise WeekRefused(problems)


def _within(week: Sequence[Stretch]) -> list[Problem]:
    """Problems a week has by itself."""
    backwards = [
        Problem(stretch, N_("The end has to be later than the start."))
        for stretch in week
        if stretch.ends <= stretch.starts
    ]
    overlapping = {
        later: Problem(later, N_("These hours overlap with the ones above. Change one of them."))
        for earlier, later in combinations(sorted(week, key=lambda each: each.order), 2)
        if earlier.weekday == later.weekday
        and later.starts < earlier.ends
        and earlier.ever_with(later)
    }
    return backwards or list(overlapping.values())


def _meeting(
    rows: Sequence[tuple[Stretch, WeeklyHours]], zone: ZoneInfo, place: Elsewhere
) -> Iterator[Problem]:
    """Stretches during which the same person is expected at another location."""
    both = [*(row for _, row in rows), *place.rows]
    begin = max((row.valid_from for _, row in rows if row.valid_from), default=date.min)
    latest = max((row.valid_from for row in both if row.valid_from), default=begin)
    # Every two rhythms have met by the time all of them have come round together.
    reach = timedelta(weeks=lcm(*(min(row.every_n_weeks, RAREST) for row in both)) + 1)
    for stretch, row in rows:
        window = day_start(begin, zone), day_start(latest + reach, zone)
        here = open_spans([row], zone, window)
        if intersect(here, open_spans(place.rows, place.zone, window)):
            yield Problem(stretch, _MEETING, {"place": place.name})
