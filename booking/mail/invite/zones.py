"""Zones as calendars can be told them: a yearly rule from the pinned zone data, or nothing.

A VTIMEZONE of listed dates is read an hour wrong by widely used readers, so none is ever written.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from importlib.resources import files
from zoneinfo import ZoneInfo

from icalendar import Timezone, TimezoneDaylight, TimezoneStandard


@dataclass(frozen=True)
class Change:
    """A yearly change of offset: the nth `weekday` (0 = Sunday, 5th = last) of `month`.

    `at` is wall-clock time before the change, as seconds after midnight.
    """

    month: int
    week: int
    weekday: int
    at: int

    def local(self, year: int) -> datetime:
        """The wall-clock moment of the change in a year, naive on purpose: it has no offset."""
        first = date(year, self.month, 1)
        day = 1 + (self.weekday - first.isoweekday()) % 7 + 7 * (self.week - 1)
        while day > _days_in(year, self.month):
            day -= 7
        start = datetime(year, self.month, day)  # noqa: DTZ001 - wall clock, see above
        return start + timedelta(seconds=self.at)


def _days_in(year: int, month: int) -> int:
    following = date(year + month // 12, month % 12 + 1, 1)
    return (following - timedelta(days=1)).day


@dataclass(frozen=True)
class Season:
    """One of a zone's offsets: its name, how far ahead of UTC, and how it begins (None: always)."""

    name: str
    offset: timedelta
    begins: Change | None


@dataclass(frozen=True)
class ZoneRule:
    """A zone as one rule for every year: standard time and, where there is one, summer time."""

    standard: Season
    daylight: Season | None

    def offsets_on(self, year: int) -> Iterator[tuple[datetime, timedelta]]:
        """Instants of a year and the offset this rule gives there.

        One a day at noon, and the last second before and the first after each change.
        """
        changes = sorted(self._changes(year))
        day = datetime(year, 1, 1, 12, tzinfo=UTC)
        while day.year == year:
            yield day, self._offset_at(day, changes)
            day += timedelta(days=1)
        for instant, _ in changes:
            for moment in (instant - timedelta(seconds=1), instant):
                yield moment, self._offset_at(moment, changes)

    def _changes(self, year: int) -> Iterator[tuple[datetime, timedelta]]:
        if self.daylight is None:
            return
        for season, before in ((self.standard, self.daylight), (self.daylight, self.standard)):
            if season.begins is not None:
                wall = season.begins.local(year).replace(tzinfo=UTC)
                yield wall - before.offset, season.offset

    def _offset_at(self, moment: datetime, changes: list[tuple[datetime, timedelta]]) -> timedelta:
        passed = [offset for instant, offset in changes if instant <= moment]
        return (passed or [offset for _, offset in changes] or [self.standard.offset])[-1]


@lru_cache(maxsize=4096)
def zone_rule(key: str, year: int) -> ZoneRule | None:
    """The zone's yearly rule, if it holds from three years before `year` to the year after.

    None for zones whose rule has no such form (a change at 24:00 or on "the day after the
    last Thursday"), whose law changes are still listed one by one, and for UTC itself. Three
    years, because readers that know the zone by name may carry rules of that age themselves.
    """
    if "/" not in key or key.startswith("Etc/"):
        return None
    rule = parse_posix(_posix_rule(key))
    if rule is None:
        return None
    zone = ZoneInfo(key)
    told = (pair for y in range(year - 3, year + 2) for pair in rule.offsets_on(y))
    return rule if all(m.astimezone(zone).utcoffset() == offset for m, offset in told) else None


def _posix_rule(key: str) -> str:
    """The POSIX TZ string at the end of the pinned distribution's TZif file (RFC 8536, 3.3)."""
    content = files("tzdata").joinpath("zoneinfo", *key.split("/")).read_bytes()
    return content.rstrip(b"\n").rsplit(b"\n", 1)[-1].decode("ascii")


_NAME = r"(?:<([^>]+)>|([A-Za-z]+))"
_OFFSET = r"([+-]?\d+(?::\d+){0,2})"
_CHANGE = r"M(\d+)\.(\d)\.(\d)(?:/([+-]?\d+(?::\d+){0,2}))?"
_POSIX = re.compile(f"{_NAME}{_OFFSET}(?:{_NAME}{_OFFSET}?,{_CHANGE},{_CHANGE})?")


def parse_posix(text: str) -> ZoneRule | None:
    """A POSIX TZ string as a rule, or None where it has no form every calendar reader takes."""
    found = _POSIX.fullmatch(text)
    if found is None:
        return None
    part = found.groups()
    base = -_seconds(part[2])
    first = Season(part[0] or part[1], timedelta(seconds=base), None)
    if part[3] is None and part[4] is None:
        return ZoneRule(first, None)
    other = timedelta(seconds=base + 3600 if part[5] is None else -_seconds(part[5]))
    begins, ends = _change(part[6:10]), _change(part[10:14])
    if begins is None or ends is None:
        return None
    seasons = [
        Season(first.name, first.offset, ends),
        Season(part[3] or part[4], other, begins),
    ]
    # Dublin's legal standard time is its summer time; readers expect the larger as DAYLIGHT.
    standard, daylight = sorted(seasons, key=lambda season: season.offset)
    return ZoneRule(standard, daylight)


def _change(parts: tuple[str | None, ...]) -> Change | None:
    month, week, weekday, at = parts
    seconds = 7200 if at is None else _seconds(at)
    if not 0 <= seconds < 86_400:
        return None
    return Change(int(month or 0), int(week or 0), int(weekday or 0), seconds)


def _seconds(text: str) -> int:
    """`[+-]h[:m[:s]]` as seconds."""
    hours, minutes, seconds = (text.lstrip("+-") + ":0:0").split(":")[:3]
    total = int(hours) * 3600 + int(minutes) * 60 + int(seconds)
    return -total if text.startswith("-") else total


def rule_form(key: str, rule: ZoneRule) -> Timezone:
    """The VTIMEZONE of a rule: one STANDARD, at most one DAYLIGHT."""
    timezone = Timezone()
    timezone.add("tzid", key)
    daylight = rule.daylight or rule.standard
    timezone.add_component(_observance(TimezoneStandard(), rule.standard, daylight))
    if rule.daylight is not None:
        timezone.add_component(_observance(TimezoneDaylight(), rule.daylight, rule.standard))
    return timezone


_WEEKDAYS = ("SU", "MO", "TU", "WE", "TH", "FR", "SA")


def _observance(
    into: TimezoneStandard | TimezoneDaylight, season: Season, before: Season
) -> TimezoneStandard | TimezoneDaylight:
    """Fill in one half of a VTIMEZONE; its DTSTART is wall-clock time in the old offset."""
    begins = season.begins
    into.add("dtstart", datetime(1970, 1, 1) if begins is None else begins.local(1970))  # noqa: DTZ001
    into.add("tzoffsetfrom", before.offset)
    into.add("tzoffsetto", season.offset)
    into.add("tzname", season.name)
    if begins is not None:
        nth = -1 if begins.week == 5 else begins.week
        day = f"{nth}{_WEEKDAYS[begins.weekday]}"
        into.add("rrule", {"FREQ": "YEARLY", "BYMONTH": begins.month, "BYDAY": day})
    return into
