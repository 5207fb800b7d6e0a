"""Sets of times as the bits of one integer: the fast part of finding offers, and nothing else.

An *axis* lays a bit on every `step`th epoch minute. A set of starts is then an integer, and what
takes a loop over stretches of time elsewhere is one `&` here, whatever the number of days. What
these functions mean is said by the plain ones in tests/availability/plain.py, which are held to
give the same.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from functools import lru_cache
from math import gcd
from typing import NamedTuple
from zoneinfo import ZoneInfo

from booking.availability.rules.instants import (
    MINUTES_A_DAY,
    OffsetStretch,
    date_of_midnight,
    offset_stretches,
    repeated_minutes,
)
from booking.core.intervals import Span

Bits = int
"""A set of places on an axis: bit `n` stands for the minute `axis.first + n * axis.step`."""

NOON, EVENING = 12 * 60, 17 * 60
"""Where the parts of a day begin, on the clock of the wall."""


class Axis(NamedTuple):
    """`size` minutes, `step` apart, from epoch minute `first` on (a multiple of `step`)."""

    first: int
    step: int
    size: int

    @property
    def all(self) -> Bits:
        """Every place."""
        return (1 << self.size) - 1

    @property
    def span(self) -> Span:
        """The epoch minutes it reaches over."""
        return self.first, self.first + self.size * self.step

    def within(self, span: Span) -> Bits:
        """The places whose minute lies in `span`."""
        low = min(max(-((self.first - span[0]) // self.step), 0), self.size)
        high = min(max(-((self.first - span[1]) // self.step), 0), self.size)
        return (1 << high) - (1 << low) if low < high else 0

    def bit(self, minute: int) -> Bits:
        """The one place of a minute, or none when the axis has none there."""
        return self.within((minute, minute + 1))


class LocalDay(NamedTuple):
    """A date by a zone's calendar: its places, and those of morning, afternoon and evening."""

    day: date
    bits: Bits
    parts: tuple[Bits, Bits, Bits]


@lru_cache(maxsize=64)
def axis_for(zone: ZoneInfo, grid: int, days: Span) -> Axis:
    """The coarsest axis over `days` (UTC days since the epoch) that has all starts of a local
    `grid`, and every full hour on the local clock.
    """
    bounds = days[0] * MINUTES_A_DAY, days[1] * MINUTES_A_DAY
    step = gcd(grid, 60, *(stretch.offset for stretch in offset_stretches(zone, bounds)))
    return Axis(bounds[0], step, (bounds[1] - bounds[0]) // step)


@lru_cache(maxsize=64)
def on_grid(zone: ZoneInfo, grid: int, axis: Axis) -> Bits:
    """The places at which the clock on the wall shows a multiple of `grid` minutes."""
    found = 0
    for begin, end, offset in offset_stretches(zone, axis.span):
        for minute in range(begin + -(begin + offset) % grid, end, grid):
            found |= axis.bit(minute)
    return found


@lru_cache(maxsize=64)
def shown_twice(zone: ZoneInfo, axis: Axis) -> Bits:
    """The places whose time the clock on the wall shows twice."""
    return either(axis.within(span) for span in repeated_minutes(zone, axis.span))


@lru_cache(maxsize=64)
def local_days(zone: ZoneInfo, axis: Axis) -> tuple[LocalDay, ...]:
    """The dates a calendar in `zone` shows along the axis, in order."""
    stretches = offset_stretches(zone, axis.span)
    first = (stretches[0].start + stretches[0].offset) // MINUTES_A_DAY * MINUTES_A_DAY
    last = stretches[-1].end + stretches[-1].offset
    found = []
    for midnight in range(first, last, MINUTES_A_DAY):
        parts = (
            _on_the_wall(axis, stretches, midnight, (0, NOON)),
            _on_the_wall(axis, stretches, midnight, (NOON, EVENING)),
            _on_the_wall(axis, stretches, midnight, (EVENING, MINUTES_A_DAY)),
        )
        found.append(LocalDay(date_of_midnight(midnight), either(parts), parts))
    return tuple(day for day in found if day.bits)


@lru_cache(maxsize=64)
def local_weeks(zone: ZoneInfo, axis: Axis) -> tuple[Bits, ...]:
    """The places of each week, Monday to Sunday, by a calendar in `zone`."""
    weeks: dict[int, Bits] = {}
    for day in local_days(zone, axis):
        week = (day.day.toordinal() - 1) // 7  # ordinal 1 was a Monday
        weeks[week] = weeks.get(week, 0) | day.bits
    return tuple(weeks.values())


def either(sets: Iterable[Bits]) -> Bits:
    """The places in any of the sets."""
    found = 0
    for each in sets:
        found |= each
    return found


def fitting(axis: Axis, spans: Iterable[Span], length: int) -> Bits:
    """The starts at which `length` minutes lie within one of `spans`."""
    return either(axis.within((start, end - length + 1)) for start, end in spans)


def meeting(axis: Axis, spans: Sequence[Span], part: Span) -> Bits:
    """The starts at which `part` (minutes from the start) meets any of `spans`."""
    before, after = part
    return either(axis.within((start - after + 1, end - before)) for start, end in spans)


def places(bits: Bits) -> Iterator[int]:
    """The numbers of the bits that are set, from the lowest."""
    if not bits:
        return
    lowest = _lowest(bits)
    text, at = bin(bits >> lowest)[:1:-1], 0
    while at >= 0:
        yield lowest + at
        at = text.find("1", at + 1)


def first_minutes(axis: Axis, bits: Bits, count: int) -> list[int]:
    """The first `count` epoch minutes of a set, or all there are."""
    found: list[int] = []
    while bits and len(found) < count:
        found.append(first_minute(axis, bits))
        bits &= bits - 1
    return found


def first_minute(axis: Axis, bits: Bits) -> int:
    """The first epoch minute of a set that is not empty."""
    return axis.first + axis.step * _lowest(bits)


def _lowest(bits: Bits) -> int:
    return (bits & -bits).bit_length() - 1


def minutes(axis: Axis, bits: Bits) -> list[int]:
    """The epoch minutes of a set, in order."""
    first, step, _ = axis
    return [first + step * place for place in places(bits)]


def _on_the_wall(axis: Axis, stretches: Sequence[OffsetStretch], midnight: int, part: Span) -> Bits:
    return either(
        axis.within(
            (
                max(midnight + part[0] - offset, begin),
                min(midnight + part[1] - offset, end),
            )
        )
        for begin, end, offset in stretches
    )
