"""Reading one value of the file: each reader returns it, or raises ValueError with a plain reason.

Pure.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from booking.clinic.rules.kinds import NO_LIMIT
from booking.core.addresses import NotAnAddress, canonical_email

Reader = Callable[[Any], Any]
LONGEST = 2000
MINUTES_A_DAY = 24 * 60


@dataclass(frozen=True)
class Key:
    """How one key of a table is read. Without `needed`, `otherwise` stands in for it."""

    read: Reader
    needed: bool = False
    otherwise: Any = ""


def text(value: Any) -> str:
    """A text that is not empty; blanks at its ends go."""
    if not isinstance(value, str) or not value.strip():
        raise ValueError('must be a text in quotes, like "Canal Street"')
    if len(value) > LONGEST or any(ord(letter) < 32 for letter in value):
        raise ValueError("is too long, or holds a line end or control character")
    return value.strip()


def words(value: Any) -> str:
    """A text that may be empty."""
    return "" if value == "" else text(value)


def email(value: Any) -> str:
    """One e-mail address, as typed."""
    try:
        canonical_email(text(value))
    except NotAnAddress:
        raise ValueError("must be one e-mail address") from None
    return text(value)


def email_or_nothing(value: Any) -> str:
    """One e-mail address, or the empty text."""
    return "" if value == "" else email(value)


def zone(value: Any) -> str:
    """The IANA name of a time zone."""
    try:
        return ZoneInfo(text(value)).key
    except (KeyError, ValueError, OSError):
        raise ValueError('must name a time zone, like "Europe/London"') from None


def whole(least: int, most: int) -> Reader:
    """A whole number from `least` to `most`."""

    def read(value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            raise ValueError(f"must be a whole number from {least} to {most}")
        return value

    return read


def whole_or_no_limit(least: int, most: int) -> Reader:
    """A whole number from `least` to `most`, or NO_LIMIT in words."""
    number = whole(least, most)

    def read(value: Any) -> int:
        if value == "no limit":
            return NO_LIMIT
        try:
            return int(number(value))
        except ValueError as why:
            raise ValueError(f'{why}, or "no limit"') from why

    return read


def grid(value: Any) -> int:
    """Minutes between possible beginnings; they divide the day into equal steps."""
    minutes = int(whole(5, 120)(value))
    if MINUTES_A_DAY % minutes:
        raise ValueError("must divide the day into equal steps, like 5, 10, 15, 20, 30 or 60")
    return minutes


def price(value: Any) -> int:
    """An amount in quotes, "62" or "62.50", as minor units (pence, cents)."""
    found = re.fullmatch(r"(\d{1,6})(?:\.(\d\d))?", value if isinstance(value, str) else "")
    if not found:
        raise ValueError('must be an amount in quotes, like "62" or "62.50"')
    return int(found[1]) * 100 + int(found[2] or 0)


def yes_or_no(value: Any) -> bool:
    """The TOML words true and false."""
    if not isinstance(value, bool):
        raise ValueError("must be true or false, without quotes")  # noqa: TRY004 - readers raise one kind
    return value


def one_of(*allowed: str) -> Reader:
    """One of a few words."""

    def read(value: Any) -> str:
        if value not in allowed:
            raise ValueError("must be one of " + ", ".join(f'"{word}"' for word in allowed))
        return str(value)

    return read


def pattern(expression: str, example: str) -> Reader:
    """A text of one shape."""

    def read(value: Any) -> str:
        if not isinstance(value, str) or not re.fullmatch(expression, value):
            raise ValueError(f'must look like "{example}"')
        return value

    return read


def web_address(value: Any) -> str:
    """A web address that is encrypted on its way, or the empty text."""
    if value == "":
        return ""
    if not re.fullmatch(r"https://[^\s/]+\.[^\s/]+(/\S*)?", text(value)):
        raise ValueError('must be a web address, like "https://meet.example/mei"')
    return text(value)


def clock(value: Any) -> time:
    """A time of day, "09:00" in quotes or 09:00:00 without."""
    try:
        found = value if isinstance(value, time) else time.fromisoformat(value)
    except (TypeError, ValueError):
        raise ValueError('must be a time of day, like "09:00"') from None
    if found.second or found.microsecond or found.tzinfo is not None:
        raise ValueError('must be a time of day, like "09:00"')
    return found


def day(value: Any) -> date:
    """A date, 2027-12-25, without quotes."""
    if not isinstance(value, date) or isinstance(value, datetime):
        raise ValueError("must be a date without quotes, like 2027-12-25")  # noqa: TRY004 - readers raise one kind
    return value


def tables(value: Any) -> tuple[Any, ...]:
    """Tables inside a table; what is in each is read by itself."""
    if not isinstance(value, list):
        raise ValueError("must be tables of their own, in double brackets")  # noqa: TRY004 - readers raise one kind
    return tuple(value)


def several(read_one: Reader) -> Reader:
    """A list that is not empty and names nothing twice."""

    def read(value: Any) -> tuple[Any, ...]:
        if not isinstance(value, list) or not value:
            raise ValueError('must be a list, like ["Room 1", "Room 2"]')
        found = tuple(read_one(each) for each in value)
        if len(set(found)) != len(found):
            raise ValueError("names something twice")
        return found

    return read


def joined(read_one: Reader) -> Reader:
    """A list as `several`, kept as words with a space between."""

    def read(value: Any) -> str:
        return " ".join(several(read_one)(value))

    return read


def segments(value: Any) -> tuple[tuple[str, int], ...]:
    """The parts of a visit in order, like [{ hands_on = 20 }, { resting = 25 }]."""
    if not isinstance(value, list) or not value:
        raise ValueError("must be a list of parts, like [{ hands_on = 20 }, { resting = 25 }]")
    return tuple(_segment(part) for part in value)


def _segment(part: Any) -> tuple[str, int]:
    if not isinstance(part, Mapping) or len(part) != 1:
        raise ValueError("each part is one of { hands_on = minutes } and { resting = minutes }")
    ((kind, minutes),) = part.items()
    return one_of("hands_on", "resting")(kind).replace("_", "-"), whole(1, 480)(minutes)
