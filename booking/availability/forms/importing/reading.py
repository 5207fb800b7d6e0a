"""Reading a file's hours: parts, their places, and which give way to which."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import partial
from zoneinfo import ZoneInfo

from flask_babel import gettext as _
from icalendar import Component

from booking.availability.forms.importing.repeating import Rule, left_out
from booking.availability.forms.importing.values import (
    Odd,
    ends_on_wall,
    instant,
    last_minute,
    wall,
    zone_name,
)
from booking.availability.forms.uploads import NotUnderstood, at_most, components, plain
from booking.availability.rules.days import Change, Different
from booking.availability.rules.exchange import Availability, Place, Written, crowded, known_place
from booking.availability.rules.hours import WeeklyHours
from booking.availability.rules.leave import FURTHEST, LONGEST

_LONGEST_REMOVAL = 31
_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Found:
    """What a file says that we can keep, and what was passed over."""

    availability: Availability
    passed_over: tuple[NotUnderstood, ...]


@dataclass
class _Reading:
    """One reading of one file."""

    places: Sequence[Place]
    otherwise: Place
    now: datetime
    written: dict[Place, Written]
    away: list[tuple[datetime, datetime]] = field(default_factory=list)
    passed: list[NotUnderstood] = field(default_factory=list)

    def pass_over(self, part: Component, why: str) -> None:
        name = plain(part.get("SUMMARY")) or plain(part.get("UID")) or str(part.name)
        self.passed.append(NotUnderstood(name, why))

    def place_of(self, *parts: Component) -> Place | None:
        """The place the innermost part with a location names; None where none does."""
        for part in parts:
            if name := plain(part.get("LOCATION"), limit=200):
                return known_place(name, self.places) or self.otherwise
        return None


def read_availability(
    text: str, places: Sequence[Place], otherwise: Place, *, now: datetime
) -> Found:
    """What a file says of hours that are not over at `now`. Raises Unreadable.

    Hours are put at the place their LOCATION names, or `otherwise`. Where parts differ in priority,
    the more important ones replace the others on the dates they speak of.
    """
    reading = _Reading(places, otherwise, now, {place: Written() for place in places})
    wholes = []
    for part in components(text):
        if part.name == "VAVAILABILITY":
            wholes.append(part)
        elif part.name != "VTIMEZONE":
            reading.pass_over(part, _("is not about available time"))
    worked = [each for each in wholes if _available(each)]
    for group in _by_priority(worked):
        _read_group(reading, group)
    for whole in wholes:
        if not _available(whole):
            _attempt(reading, whole, partial(_read_absence, reading, whole))
    return _found(reading)


def _found(reading: _Reading) -> Found:
    kept = {}
    for place, written in reading.written.items():
        today = reading.now.astimezone(place.zone).date()
        still = written.still(today)
        for row in list(crowded(still.weekly)):
            still.weekly.remove(row)
            reading.passed.append(
                NotUnderstood(place.names[0], _("has more hours on one weekday than can be kept"))
            )
        kept[place] = still
    return Found(Availability(kept, tuple(reading.away)), tuple(at_most(reading.passed)))


def _available(whole: Component) -> list[Component]:
    return [part for part in whole.subcomponents if part.name == "AVAILABLE"]


def _by_priority(wholes: Sequence[Component]) -> list[list[Component]]:
    """Groups of one priority, the least important first; 0 and none are the least (RFC 7953)."""
    groups: dict[int, list[Component]] = {}
    for whole in wholes:
        try:
            told = int(whole.get("PRIORITY", 0))
        except (TypeError, ValueError):
            told = 0
        groups.setdefault(told if 1 <= told <= 9 else 10, []).append(whole)
    return [groups[key] for key in sorted(groups, reverse=True)]


def _attempt(reading: _Reading, part: Component, read: Callable[[], None]) -> None:
    try:
        read()
    except Odd as odd:
        reading.pass_over(part, str(odd))


def _read_group(reading: _Reading, group: Sequence[Component]) -> None:
    """Read what is worked in parts of one priority; it replaces what is less important."""
    for whole in group:
        try:
            first, last = _bounds(whole, reading.otherwise.zone)
        except Odd as odd:
            reading.pass_over(whole, str(odd))
            continue
        fresh: dict[Place, Written] = {}
        for part in _available(whole):
            place = reading.place_of(part, whole) or reading.otherwise
            into = fresh.setdefault(place, Written())
            _attempt(reading, part, partial(_read_available, part, place, into))
        _merge(reading, group, whole, fresh, (first, last))


def _merge(
    reading: _Reading,
    group: Sequence[Component],
    whole: Component,
    fresh: dict[Place, Written],
    dates: tuple[date, date | None],
) -> None:
    """Add hours, cut to the dates of their whole; the first of a group clears those dates."""
    first, last = dates
    if whole is group[0]:
        for written in reading.written.values():
            written.give_way(first, last)
    for place, more in fresh.items():
        into = reading.written[place]
        into.weekly += [cut for row in more.weekly for cut in _within(row, first, last)]
        into.different += [
            each for each in more.different if first <= each.day <= (last or date.max)
        ]


def _within(row: WeeklyHours, first: date, last: date | None) -> Iterator[WeeklyHours]:
    begin = max(row.valid_from or date.min, first)
    end = min(row.valid_until or date.max, last or date.max)
    if begin <= end:
        yield WeeklyHours(
            weekday=row.weekday,
            starts=row.starts,
            ends=row.ends,
            valid_from=begin,
            valid_until=None if end == date.max else end,
            every_n_weeks=row.every_n_weeks,
            anchor=row.anchor,
        )


def _bounds(whole: Component, zone: ZoneInfo) -> tuple[date, date | None]:
    """The whole dates a VAVAILABILITY speaks of; a part of a day counts as the day."""
    first = wall(whole, "DTSTART", zone).date() if "DTSTART" in whole else date.min
    if "DTEND" in whole or "DURATION" in whole:
        ends = ends_on_wall(whole, zone)
        return first, (ends - timedelta(minutes=1)).date()
    return first, None


def _read_available(part: Component, place: Place, into: Written) -> None:
    """Put one AVAILABLE among weekly hours, or among added ones when it does not repeat."""
    start, end = wall(part, "DTSTART", place.zone), ends_on_wall(part, place.zone)
    starts, ends = start.time(), last_minute(start, end)
    if "RDATE" in part or "EXRULE" in part:
        raise Odd(_("has extra dates that weekly hours cannot keep"))
    if "RRULE" not in part:
        into.different.append(Different(start.date(), Change.ADDS, starts, ends))
        return
    if zone_name(part, place.zone) != place.zone.key:
        raise Odd(_("repeats by another clock than that of its place"))
    rule = Rule.read(part, start, place.zone)
    for weekday in rule.weekdays:
        into.weekly.append(
            WeeklyHours(
                weekday=weekday,
                starts=starts,
                ends=ends,
                valid_from=start.date(),
                valid_until=rule.until,
                every_n_weeks=rule.every,
                anchor=start.date(),
            )
        )
    into.different += [
        Different(day, Change.REMOVES, starts, ends) for day in left_out(part, place.zone)
    ]


def _read_absence(reading: _Reading, whole: Component) -> None:
    """Time in which nothing is available: taken from days of a place, or time off everywhere."""
    if "DTSTART" not in whole and "DTEND" not in whole:
        return  # nobody works at all: there are no hours to keep
    if "DTSTART" not in whole or not ({"DTEND", "DURATION"} & set(whole)):
        raise Odd(_("is busy for good; please end your hours instead"))
    place = reading.place_of(whole)
    zone = (place or reading.otherwise).zone
    start, end = wall(whole, "DTSTART", zone), ends_on_wall(whole, zone)
    if place is None:
        _note_away(reading, whole, zone, (start, end))
        return
    if (end.date() - start.date()).days > _LONGEST_REMOVAL:
        raise Odd(_("is longer than a month at one place"))
    day = start.date()
    while datetime.combine(day, time()) < end:
        reading.written[place].different.append(_removed(day, start, end))
        day += _DAY


def _removed(day: date, start: datetime, end: datetime) -> Different:
    """What is taken from `day` of a stretch that may be longer."""
    midnight = datetime.combine(day, time())
    begin, finish = max(start, midnight), min(end, midnight + _DAY)
    if (begin, finish) == (midnight, midnight + _DAY):
        return Different(day, Change.REMOVES)
    return Different(day, Change.REMOVES, begin.time(), last_minute(begin, finish))


def _note_away(
    reading: _Reading, whole: Component, zone: ZoneInfo, wall: tuple[datetime, datetime]
) -> None:
    starts_at, ends_at = (
        instant(whole.get(name), zone, otherwise)
        for name, otherwise in (("DTSTART", wall[0]), ("DTEND", wall[1]))
    )
    if ends_at <= reading.now:
        return
    if ends_at - starts_at > LONGEST or ends_at > reading.now + FURTHEST:
        raise Odd(_("is longer than a year, or more than three years ahead"))
    reading.away.append((starts_at, ends_at))
