"""Instants as the JSON pages write them, many at once. Pure."""

import json
from collections.abc import Sequence
from functools import lru_cache
from zoneinfo import ZoneInfo

from booking.availability.rules.grid import Axis, Bits, places
from booking.availability.rules.instants import (
    MINUTES_A_DAY,
    date_of_midnight,
    offset_stretches,
    offset_text,
)

_CLOCK = tuple(f"T{minute // 60:02d}:{minute % 60:02d}:00" for minute in range(MINUTES_A_DAY))


@lru_cache(maxsize=256)
def starts_as_json(zone: ZoneInfo, axis: Axis, starts: Bits) -> str:
    """Starts in order as a JSON list, by the clock in `zone`: ["2027-07-05T09:00:00+01:00"].

    Looked up, not written: writing thousands of instants costs more than finding them.
    """
    texts = _texts(zone, axis)
    return "[" + ", ".join([texts[place] for place in places(starts)]) + "]"


@lru_cache(maxsize=1024)
def about_as_json(
    practitioner: str, location: str, zone: str, way: str, minutes: int, price_minor: int
) -> str:
    """What is told of one practitioner at one place beside her starts, as the inside of JSON."""
    told = {
        "practitioner": practitioner,
        "location": location,
        "zone": zone,
        "way": way,
        "minutes": minutes,
        "price_minor": price_minor,
    }
    return json.dumps(told)[1:-1]


@lru_cache(maxsize=8)
def _texts(zone: ZoneInfo, axis: Axis) -> Sequence[str]:
    """Every place of the axis as the clock on the wall shows it, as JSON text."""
    found: list[str] = []
    for begin, end, offset in offset_stretches(zone, axis.span):
        suffix = offset_text(offset).removeprefix("UTC")
        for minute in range(begin + -(begin - axis.first) % axis.step, end, axis.step):
            days, of_day = divmod(minute + offset, MINUTES_A_DAY)
            found.append(
                f'"{date_of_midnight(days * MINUTES_A_DAY).isoformat()}{_CLOCK[of_day]}{suffix}"'
            )
    return tuple(found)
