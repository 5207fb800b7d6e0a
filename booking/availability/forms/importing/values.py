"""Single values of a calendar part: times by the clock of a place, or why there is none."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask_babel import gettext as _
from icalendar import Component

from booking.availability.rules.leave import LONGEST

_DAY = timedelta(days=1)


class Odd(Exception):
    """A part that cannot be kept; the text says why, translated."""


def wall(part: Component, name: str, zone: ZoneInfo) -> datetime:
    """A value as the clock of `zone` shows it, without a zone, to the minute."""
    try:
        value: Any = getattr(part[name], "dt", None)
    except Exception:  # noqa: BLE001, RUF100 - whatever icalendar makes of a broken value
        raise Odd(_("has no time that could be read")) from None
    if not isinstance(value, date):
        raise Odd(_("has no time that could be read"))
    if zone_name(part, zone, name) == zone.key and isinstance(value, datetime):
        value = value.replace(tzinfo=None)
    return on_wall(value, zone)


def on_wall(value: date, zone: ZoneInfo) -> datetime:
    """A date or a time as the clock of `zone` shows it, without a zone. Raises Odd."""
    if not isinstance(value, datetime):
        found = datetime.combine(value, time())
    elif value.tzinfo is None:
        found = value
    else:
        try:
            found = value.astimezone(zone).replace(tzinfo=None)
        except (OverflowError, ValueError):
            raise Odd(_("has no time that could be read")) from None
    if not 1970 < found.year < 2200:
        raise Odd(_("has a date that is too far away"))
    return found.replace(second=0, microsecond=0, fold=0)


def zone_name(part: Component, zone: ZoneInfo, name: str = "DTSTART") -> str:
    """The zone a value is written in; without one it means the clock on that wall."""
    value = part.get(name)
    told = getattr(value, "dt", None)
    if isinstance(told, datetime) and told.tzinfo is not None:
        return str(getattr(value, "params", {}).get("TZID", "UTC"))
    return zone.key


def ends_on_wall(part: Component, zone: ZoneInfo) -> datetime:
    """When a part ends, by DTEND or DURATION, as the clock shows it; later than its start."""
    start = wall(part, "DTSTART", zone)
    if "DTEND" in part:
        end = wall(part, "DTEND", zone)
    else:
        length = getattr(part.get("DURATION"), "dt", None)
        if not isinstance(length, timedelta) or not timedelta() < length <= LONGEST:
            raise Odd(_("has no end that could be read"))
        end = (start + length).replace(second=0, microsecond=0)
    if end <= start:
        raise Odd(_("ends before it starts"))
    return end


def last_minute(start: datetime, end: datetime) -> time:
    """The time of day at which something ends; midnight is a minute before it."""
    if end == datetime.combine(start.date() + _DAY, time()):
        end -= timedelta(minutes=1)
    if end.date() != start.date() or end.time() <= start.time():
        raise Odd(_("goes on past midnight"))
    return end.time()


def instant(value: Any, zone: ZoneInfo, wall: datetime) -> datetime:
    """The instant a value means if it says one, else that of the wall clock."""
    told = getattr(value, "dt", None)
    if isinstance(told, datetime) and told.tzinfo is not None:
        return told.astimezone(UTC)
    return wall.replace(tzinfo=zone).astimezone(UTC)
