"""Rules of repetition that weekly hours can keep; every other one is refused, none expanded."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask_babel import gettext as _
from icalendar import Component

from booking.availability.forms.importing.values import Odd, on_wall
from booking.availability.rules.weeks import RAREST

_WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_KNOWN = {"FREQ", "INTERVAL", "BYDAY", "UNTIL", "COUNT", "WKST"}
_MOST_TIMES = 5_000
_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Rule:
    """A repetition that weekly hours can keep."""

    weekdays: tuple[int, ...]
    every: int
    until: date | None

    @classmethod
    def read(cls, part: Component, start: datetime, zone: ZoneInfo) -> "Rule":
        """Read RRULE, or raise Odd."""
        rule: Any = part["RRULE"]
        if isinstance(rule, list) or not hasattr(rule, "items"):
            raise Odd(_("repeats by a rule that could not be read"))
        told = {str(key).upper(): value for key, value in rule.items()}
        freq = str(_one(told, "FREQ", "")).upper()
        every = _number(told, "INTERVAL", 1, RAREST)
        if set(told) - _KNOWN or freq not in {"WEEKLY", "DAILY"} or (freq == "DAILY" and every > 1):
            raise Odd(_("repeats in a way that weekly hours cannot keep"))
        if every > 1 and str(_one(told, "WKST", "MO")).upper() != "MO":
            raise Odd(_("counts its weeks from another day than Monday"))
        days = _weekdays(told, freq, start)
        return cls(days, every, _until(told, days, every, start, zone))


def _one(told: dict[str, Any], key: str, otherwise: Any) -> Any:
    values = told.get(key, otherwise)
    if isinstance(values, list):
        return values[0] if values else otherwise
    return values


def _number(told: dict[str, Any], key: str, otherwise: int, most: int) -> int:
    try:
        value = int(_one(told, key, otherwise))
    except (TypeError, ValueError):
        value = 0
    if not 1 <= value <= most:
        raise Odd(_("repeats in a way that weekly hours cannot keep"))
    return value


def _weekdays(told: dict[str, Any], freq: str, start: datetime) -> tuple[int, ...]:
    named = told.get("BYDAY")
    if named is None:
        return tuple(range(7)) if freq == "DAILY" else (start.weekday(),)
    names = [str(each).upper() for each in (named if isinstance(named, list) else [named])]
    if not names or set(names) - set(_WEEKDAYS):
        raise Odd(_("repeats in a way that weekly hours cannot keep"))
    return tuple(sorted({_WEEKDAYS.index(each) for each in names}))


def _until(
    told: dict[str, Any], days: Sequence[int], every: int, start: datetime, zone: ZoneInfo
) -> date | None:
    """The last date of a rule, by UNTIL or by COUNT."""
    if "UNTIL" in told:
        value = _one(told, "UNTIL", None)
        if not isinstance(value, date):
            raise Odd(_("repeats by a rule that could not be read"))
        return on_wall(value, zone).date()
    if "COUNT" not in told:
        return None
    left, day = _number(told, "COUNT", 1, _MOST_TIMES), start.date()
    monday = day - timedelta(days=day.weekday())
    for nth in range((left + 1) * every * 7):
        day = start.date() + nth * _DAY
        in_round = (day - monday).days // 7 % every == 0
        left -= in_round and day.weekday() in days
        if not left:
            break
    return day


def left_out(part: Component, zone: ZoneInfo) -> Iterator[date]:
    """The dates in EXDATE, by the clock of `zone`."""
    told: Any = part.get("EXDATE")
    for each in told if isinstance(told, list) else [told] if told is not None else []:
        for one in getattr(each, "dts", []):
            yield on_wall(one.dt, zone).date()
