"""The only module that reads the clock. Everything else is told what time it is."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

_shift = timedelta(0)


def now() -> datetime:
    """Return the current instant, aware, in UTC, moved by what `travel` set."""
    return datetime.now(UTC) + _shift


def today(zone: ZoneInfo) -> date:
    """Return the calendar day it is now in `zone`."""
    return now().astimezone(zone).date()


def travel(to: datetime) -> None:
    """Let the clock go on from `to` (aware). The demo's `--now` and the tests use it."""
    global _shift  # noqa: PLW0603 - one clock a process is the point of this module
    _shift = to - datetime.now(UTC)


def shift(by: timedelta) -> None:
    """Let the clock be off by exactly `by`, so that several processes agree on another time."""
    global _shift  # noqa: PLW0603 - see travel
    _shift = by


def come_back() -> None:
    """Let the clock tell the real time again."""
    global _shift  # noqa: PLW0603 - see travel
    _shift = timedelta(0)
