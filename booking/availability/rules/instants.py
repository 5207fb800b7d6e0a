"""From wall clocks to instants and back, right on both clock-change days.

Inside this package an instant is an *epoch minute*: whole minutes since 1970-01-01T00:00Z. Aware
datetimes are made only at the edge, because making them costs more than all the arithmetic.
Clock changes are those of the IANA data that `zoneinfo` reads; since 2026 every one of them, and
every offset, is a whole number of minutes.
"""

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple
from zoneinfo import ZoneInfo

from booking.core.intervals import Span

MINUTES_A_DAY = 1440
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MINUTE = timedelta(minutes=1)
_EPOCH_DAY = date(1970, 1, 1).toordinal()


class OffsetStretch(NamedTuple):
    """From epoch minute `start` until `end` a zone's clock is `offset` minutes ahead of UTC."""

    start: int
    end: int
    offset: int


def epoch_minute(instant: datetime) -> int:
    """The epoch minute an aware `instant` lies in (seconds are dropped)."""
    return (instant - _EPOCH) // _MINUTE


def epoch_minute_after(instant: datetime) -> int:
    """The first epoch minute that is not before the aware `instant` (seconds count upwards)."""
    return -((_EPOCH - instant) // _MINUTE)


def instant_of(minute: int) -> datetime:
    """The aware UTC datetime at which epoch minute `minute` begins."""
    return _EPOCH + timedelta(minutes=minute)


def naive_midnight(day: date) -> int:
    """Minutes from 1970-01-01 00:00 to `day` 00:00 on one and the same unmoved wall clock."""
    return (day.toordinal() - _EPOCH_DAY) * MINUTES_A_DAY


def date_of_midnight(minutes: int) -> date:
    """The date whose `naive_midnight` is `minutes`."""
    return date.fromordinal(_EPOCH_DAY + minutes // MINUTES_A_DAY)


def minute_of_day(at: time) -> int:
    """Whole minutes from 00:00 to `at` on the wall clock."""
    return at.hour * 60 + at.minute


def to_instants(day: date, at: time, zone: ZoneInfo) -> tuple[datetime, ...]:
    """Every instant at which a clock in `zone` shows `day` and `at`, as aware UTC, in order.

    None when the clock skips that time, two when it shows it twice, otherwise one.
    """
    found: list[datetime] = []
    for fold in (0, 1):
        local = datetime.combine(day, at.replace(fold=fold), tzinfo=zone)
        instant = local.astimezone(UTC)
        shown = instant.astimezone(zone).replace(tzinfo=None, fold=0)
        if shown == local.replace(tzinfo=None, fold=0) and instant not in found:
            found.append(instant)
    return tuple(sorted(found))


def local_date(minute: int, zone: ZoneInfo) -> date:
    """The date a calendar in `zone` shows during epoch minute `minute`."""
    return instant_of(minute).astimezone(zone).date()


@lru_cache(maxsize=4096)
def day_start(day: date, zone: ZoneInfo) -> int:
    """The first epoch minute at which a calendar in `zone` shows `day` or a later date."""
    lowest = naive_midnight(day) - MINUTES_A_DAY  # offsets are less than a day in both directions
    for stretch in offset_stretches(zone, (lowest, lowest + 2 * MINUTES_A_DAY)):
        first = max(naive_midnight(day) - stretch.offset, stretch.start)
        if first < stretch.end:
            return first
    raise AssertionError("offsets of a day or more")


@lru_cache(maxsize=512)
def offset_stretches(zone: ZoneInfo, bounds: Span) -> tuple[OffsetStretch, ...]:
    """How `zone`'s offset runs over `bounds` (epoch minutes): adjoining stretches that fill it.

    The offset is looked up once a day; where it differs from one day to the next, halving finds
    the minute. (No zone changes its offset and back within a day.)
    """
    start, end = bounds
    stretches: list[OffsetStretch] = []
    begun, offset, at = start, _offset(zone, start), start
    while at < end:
        following = min(at + MINUTES_A_DAY, end)
        if (later := _offset(zone, following)) != offset:
            change = _change_between(zone, at, following)
            if change < end:
                stretches.append(OffsetStretch(begun, change, offset))
                begun, offset = change, later
        at = following
    if begun < end:
        stretches.append(OffsetStretch(begun, end, offset))
    return tuple(stretches)


def repeated_minutes(zone: ZoneInfo, bounds: Span) -> list[Span]:
    """The epoch minutes within `bounds` whose wall-clock time `zone` shows twice, sorted.

    Both passes are in it, as one span around the moment the clock goes back.
    """
    padded = (bounds[0] - MINUTES_A_DAY, bounds[1] + MINUTES_A_DAY)
    stretches = offset_stretches(zone, padded)
    repeated: list[Span] = []
    for before, after in pairwise(stretches):
        back = before.offset - after.offset
        start, end = max(after.start - back, bounds[0]), min(after.start + back, bounds[1])
        if start < end:
            repeated.append((start, end))
    return repeated


def offset_at(minute: int, zone: ZoneInfo) -> int:
    """Minutes `zone`'s clock is ahead of UTC during epoch minute `minute`."""
    return _offset(zone, minute)


def offset_text(offset: int) -> str:
    """`offset` minutes ahead of UTC as people write it: "UTC+01:00", "UTC-03:30", "UTC+00:00"."""
    hours, minutes = divmod(abs(offset), 60)
    return f"UTC{'-' if offset < 0 else '+'}{hours:02d}:{minutes:02d}"


def _offset(zone: ZoneInfo, minute: int) -> int:
    """Minutes `zone` is ahead of UTC at epoch minute `minute`."""
    ahead = instant_of(minute).astimezone(zone).utcoffset()
    assert ahead is not None  # noqa: S101  an aware datetime always has one
    return int(ahead.total_seconds() // 60)


def _change_between(zone: ZoneInfo, low: int, high: int) -> int:
    """The first minute with the offset of `high`, given that `low` has another."""
    wanted = _offset(zone, high)
    while high - low > 1:
        middle = (low + high) // 2
        if _offset(zone, middle) == wanted:
            high = middle
        else:
            low = middle
    return high
