"""A week as a practitioner writes it, and what may be wrong with it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from booking.availability.rules.hours import WeeklyHours, open_spans
from booking.availability.rules.instants import day_start
from booking.core.errors import N_, BadInput
from booking.core.intervals import intersect

_REACH_DAYS = 5 * 7  # a rhythm of up to five weeks meets every other one within it
_MEETING = N_("You are at %(place)s then. Change one of the two.")


@dataclass(frozen=True, order=True)
class Stretch:
    """Open from `starts` to `ends` by the wall clock on every `weekday`, 0 for Monday."""

    weekday: int
    starts: time
    ends: time


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


def ensure_sound(
    week: Sequence[Stretch], starts_on: date, zone: ZoneInfo, elsewhere: Iterable[Elsewhere]
) -> None:
    """Raise WeekRefused unless each stretch runs forwards and none meets another, here or there.

    `week` holds from the date `starts_on` on, by the clock of `zone`.
    """
    problems = _within(week) or [
        problem for place in elsewhere for problem in _meeting(week, starts_on, zone, place)
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
    overlapping = [
        Problem(later, N_("These hours overlap with the ones above. Change one of them."))
        for earlier, later in pairwise(sorted(week))
        if earlier.weekday == later.weekday and later.starts < earlier.ends
    ]
    return backwards or overlapping


def _meeting(
    week: Sequence[Stretch], starts_on: date, zone: ZoneInfo, place: Elsewhere
) -> list[Problem]:
    """Stretches during which the same person is expected at another location."""
    latest = max([starts_on, *(row.valid_from for row in place.rows if row.valid_from)])
    window = (
        day_start(starts_on, zone),
        day_start(latest + timedelta(days=_REACH_DAYS), zone),
    )
    there = open_spans(place.rows, place.zone, window)
    return [
        Problem(stretch, _MEETING, {"place": place.name})
        for stretch in week
        if intersect(open_spans([_from(stretch, starts_on)], zone, window), there)
    ]


def _from(stretch: Stretch, starts_on: date) -> WeeklyHours:
    return WeeklyHours(
        weekday=stretch.weekday,
        starts=stretch.starts,
        ends=stretch.ends,
        valid_from=starts_on,
    )
