"""Published hours: wall-clock rows in a zone, turned into the minutes they mean.

**What a row means.** An instant lies in a row's hours when the clock on the wall then shows a date
the row applies to and a time in `[starts, ends)`. Everything about clock changes follows:

- A row on a change day that touches neither the skipped nor the repeated time keeps its wall-clock
  ends: 09:00 to 17:00 is the same eight hours by the clock as on any other day.
- A row across the skipped hour is an hour shorter; across the repeated hour an hour longer.
- A row that starts (or ends) inside the skipped time starts (ends) at the moment of the change.
- A row that starts or ends inside the repeated time holds in both passes, with a break where the
  second pass shows a time before `starts`, or the first a time after `ends`. A visit may not
  cross that break.

`ends` of 00:00 is the midnight at the end of the day.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, time, timedelta
from enum import Enum
from zoneinfo import ZoneInfo

from booking.availability.rules.instants import (
    MINUTES_A_DAY,
    OffsetStretch,
    date_of_midnight,
    minute_of_day,
    naive_midnight,
    offset_stretches,
)
from booking.core.intervals import Span, intersect, normalise


class Version(Enum):
    """Which hours count: what patients can book, or that with the drafts in place of it."""

    PUBLISHED = "published"
    DRAFT = "draft"


@dataclass(frozen=True, kw_only=True)
class WeeklyHours:
    """One stretch of a practitioner's week at one location, by the clock on that wall.

    `weekday` 0 is Monday. `valid_from` and `valid_until` are the first and the last date it
    applies (both included; None is without limit). `every_n_weeks` counts from the week that
    holds `anchor`; without an anchor it applies every week.
    """

    weekday: int
    starts: time
    ends: time
    valid_from: date | None = None
    valid_until: date | None = None
    every_n_weeks: int = 1
    anchor: date | None = None

    def applies_on(self, day: date) -> bool:
        """Whether these hours are kept on `day`."""
        if day.weekday() != self.weekday:
            return False
        if self.valid_from is not None and day < self.valid_from:
            return False
        if self.valid_until is not None and day > self.valid_until:
            return False
        return self._week_applies(day)

    def _week_applies(self, day: date) -> bool:
        if self.anchor is None:
            return True
        weeks = (_monday(day) - _monday(self.anchor)).days // 7
        return weeks % self.every_n_weeks == 0

    @property
    def minutes(self) -> Span:
        """`[starts, ends)` as minutes of the day."""
        return minute_of_day(self.starts), minute_of_day(self.ends) or MINUTES_A_DAY

    def outside(self, first: date, last: date | None) -> "Iterator[WeeklyHours]":
        """What is left of these hours when others hold from `first` to `last` (None: for good)."""
        begin, end = self.valid_from or date.min, self.valid_until or date.max
        if begin < first:
            yield replace(self, valid_until=min(end, first - timedelta(days=1)))
        if last is not None and end > last:
            yield replace(self, valid_from=max(begin, last + timedelta(days=1)))


def on_one_day(day: date, starts: time, ends: time) -> WeeklyHours:
    """Hours that hold on `day` and on no other."""
    return WeeklyHours(
        weekday=day.weekday(), starts=starts, ends=ends, valid_from=day, valid_until=day
    )


def open_spans(rows: Iterable[WeeklyHours], zone: ZoneInfo, window: Span) -> list[Span]:
    """When `rows` are open within `window`, as epoch minutes in normal form."""
    by_weekday: list[list[WeeklyHours]] = [[] for _ in range(7)]
    for row in rows:
        by_weekday[row.weekday].append(row)
    stretches = offset_stretches(zone, _whole_days(window))
    spans = [
        span
        for day in _days_around(window)
        for row in by_weekday[day.weekday()]
        if row.applies_on(day)
        for span in _on_the_wall(day, row.minutes, stretches)
    ]
    return intersect(normalise(spans), [window])


def wall_spans(day: date, starts: time, ends: time, zone: ZoneInfo) -> list[Span]:
    """The epoch minutes at which the wall shows `day` and a time in `[starts, ends)`."""
    midnight = naive_midnight(day)
    stretches = offset_stretches(zone, (midnight - MINUTES_A_DAY, midnight + 2 * MINUTES_A_DAY))
    minutes = minute_of_day(starts), minute_of_day(ends) or MINUTES_A_DAY
    return normalise(_on_the_wall(day, minutes, stretches))


def _on_the_wall(day: date, minutes: Span, stretches: Sequence[OffsetStretch]) -> Iterator[Span]:
    """The parts of each stretch of constant offset in which `day`'s clock shows `minutes`."""
    midnight = naive_midnight(day)
    for start, end, offset in stretches:
        begins = max(midnight + minutes[0] - offset, start)
        finishes = min(midnight + minutes[1] - offset, end)
        if begins < finishes:
            yield begins, finishes


def _days_around(window: Span) -> Iterator[date]:
    """Every date that some clock on earth shows during `window`, in order."""
    start, end = _whole_days(window)
    for midnight in range(start, end, MINUTES_A_DAY):
        yield date_of_midnight(midnight)


def _whole_days(window: Span) -> Span:
    """`window` widened to whole UTC days and one day each side, so that lookups share a cache."""
    first = window[0] // MINUTES_A_DAY - 1
    last = -(-window[1] // MINUTES_A_DAY) + 1
    return first * MINUTES_A_DAY, last * MINUTES_A_DAY


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())
