"""Instants as the JSON pages write them, many at once. Pure."""

from collections.abc import Sequence
from functools import lru_cache
from zoneinfo import ZoneInfo

from booking.availability.rules import Free
from booking.availability.rules.grid import Axis, places
from booking.availability.rules.instants import (
    MINUTES_A_DAY,
    date_of_midnight,
    offset_stretches,
    offset_text,
)

_CLOCK = tuple(f"T{minute // 60:02d}:{minute % 60:02d}:00" for minute in range(MINUTES_A_DAY))


def starts_as_text(free: Free) -> list[str]:
    """Free starts in order, by the clock of their place: "2027-07-05T09:00:00+01:00".

    Looked up, not written: writing thousands of instants costs more than finding them.
    """
    texts = _texts(free.candidate.zone, free.axis)
    return [texts[place] for place in places(free.starts)]


@lru_cache(maxsize=8)
def _texts(zone: ZoneInfo, axis: Axis) -> Sequence[str]:
    """Every place of the axis as the clock on the wall shows it."""
    found: list[str] = []
    for begin, end, offset in offset_stretches(zone, axis.span):
        suffix = offset_text(offset).removeprefix("UTC")
        for minute in range(begin + -(begin - axis.first) % axis.step, end, axis.step):
            days, of_day = divmod(minute + offset, MINUTES_A_DAY)
            found.append(
                date_of_midnight(days * MINUTES_A_DAY).isoformat() + _CLOCK[of_day] + suffix
            )
    return tuple(found)
