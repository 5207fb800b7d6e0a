"""Hours as a calendar object that other programs read: VAVAILABILITY (RFC 7953).

One VAVAILABILITY holds what is worked, as AVAILABLE parts: weekly hours with their rule, added
hours without one. Each stretch taken from a single day, and each time off, is a VAVAILABILITY of
its own with a higher priority and nothing available in it. Notes stay here.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from icalendar import (
    Availability as Object,
)
from icalendar import (
    Available,
    Calendar,
    Component,
    Timezone,
    TimezoneDaylight,
    TimezoneStandard,
)

from booking.availability.rules import epoch_minute, instant_of
from booking.availability.rules.days import Change, Different
from booking.availability.rules.exchange import Availability, Place, first_date, last_date
from booking.availability.rules.hours import WeeklyHours
from booking.availability.rules.instants import offset_stretches, offset_text

PRODID = "-//Stillpoint//Hours//EN"
BASE, DAYS, LEAVE = 9, 5, 1
"""Priorities: what is worked, what is taken from single days, when one is away."""

_WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_YEARS = 10
_DAY = timedelta(days=1)


def availability_bytes(told: Availability, *, uid: str, stamp: datetime) -> bytes:
    """The iCalendar object: UTF-8, CRLF, lines of at most 75 octets.

    `uid` begins the UID of every part; `stamp` is an aware instant.
    """
    calendar = Calendar()
    calendar.add("version", "2.0")
    calendar.add("prodid", PRODID)
    for zone in sorted({place.zone.key for place in told.places}):
        calendar.add_component(_timezone(ZoneInfo(zone), _earliest(told, stamp)))
    parts = [_worked(told), *_taken(told), *_away(told)]
    for number, part in enumerate(parts, 1):
        for nth, inner in enumerate(part.subcomponents, 1):
            _identify(inner, f"{uid}-{number}-{nth}", stamp)
        calendar.add_component(_identify(part, f"{uid}-{number}", stamp))
    return bytes(calendar.to_ical())


def _identify(part: Component, uid: str, stamp: datetime) -> Component:
    part.add("uid", uid)
    part.add("dtstamp", stamp.astimezone(UTC))
    return part


def _worked(told: Availability) -> Component:
    whole = Object()
    whole.add("busytype", "BUSY-UNAVAILABLE")
    whole.add("priority", BASE)
    for place, written in told.places.items():
        for row in written.weekly:
            if (first := first_date(row)) is not None:
                whole.add_component(_weekly(place, row, first))
        for each in written.different:
            if each.change is Change.ADDS:
                whole.add_component(_between(Available(), place, each))
    return whole


def _weekly(place: Place, row: WeeklyHours, first: date) -> Component:
    part = Available()
    part.add("dtstart", datetime.combine(first, row.starts, place.zone))
    part.add("dtend", datetime.combine(first, row.ends, place.zone))
    rule: dict[str, object] = {"FREQ": "WEEKLY", "BYDAY": _WEEKDAYS[row.weekday]}
    if row.every_n_weeks > 1:
        rule["INTERVAL"] = row.every_n_weeks
    if (last := last_date(row)) is not None:
        rule["UNTIL"] = datetime.combine(last, row.starts, place.zone).astimezone(UTC)
    part.add("rrule", rule)
    part.add("location", place.names[0])
    return part


def _taken(told: Availability) -> Iterator[Component]:
    for place, written in told.places.items():
        for each in written.different:
            if each.change is Change.REMOVES:
                part = _between(Object(), place, each)
                part.add("busytype", "BUSY-UNAVAILABLE")
                part.add("priority", DAYS)
                yield part


def _between(part: Component, place: Place, each: Different) -> Component:
    """Fill in a part with one day's times; the whole day runs from midnight to midnight."""
    whole = each.starts is None or each.ends is None
    starts = datetime.combine(each.day, each.starts or time(), place.zone)
    ends = datetime.combine(each.day + _DAY if whole else each.day, each.ends or time(), place.zone)
    part.add("dtstart", starts)
    part.add("dtend", ends)
    part.add("location", place.names[0])
    return part


def _away(told: Availability) -> Iterator[Component]:
    for starts_at, ends_at in told.away:
        part = Object()
        part.add("busytype", "BUSY-UNAVAILABLE")
        part.add("priority", LEAVE)
        part.add("dtstart", starts_at.astimezone(UTC))
        part.add("dtend", ends_at.astimezone(UTC))
        yield part


def _earliest(told: Availability, stamp: datetime) -> datetime:
    """A moment before everything that is told."""
    days = [
        each
        for written in told.places.values()
        for row in written.weekly
        if (each := first_date(row)) is not None
    ]
    days += [each.day for written in told.places.values() for each in written.different]
    first = min([stamp.date(), *days])
    return datetime.combine(first, time(), UTC)


def _timezone(zone: ZoneInfo, first: datetime) -> Timezone:
    """A zone's offsets around the time the hours hold, each change with a part of its own.

    Hours that repeat cannot be written in UTC where no yearly rule fits; and lists of dates in one
    part (RDATE) are read an hour wrong by widely used readers.
    """
    begin = epoch_minute(first) - 366 * 1440
    stretches = offset_stretches(zone, (begin, begin + (_YEARS + 1) * 366 * 1440))
    found = Timezone()
    found.add("tzid", zone.key)
    found.add_component(_observance(zone, begin, stretches[0].offset, stretches[0].offset))
    for before, after in pairwise(stretches):
        found.add_component(_observance(zone, after.start, before.offset, after.offset))
    return found


def _observance(zone: ZoneInfo, start: int, before: int, after: int) -> Component:
    summer = bool(instant_of(start).astimezone(zone).dst())
    part: Component = TimezoneDaylight() if summer else TimezoneStandard()
    wall = instant_of(start + before).replace(tzinfo=None)
    part.add("dtstart", wall)
    part.add("tzoffsetfrom", timedelta(minutes=before))
    part.add("tzoffsetto", timedelta(minutes=after))
    part.add("tzname", offset_text(after))
    return part
