"""Which visits a feed holds. Pure."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

BEHIND = timedelta(days=30)
AHEAD = timedelta(days=365)
CANCELLED_STAY = timedelta(days=30)


@dataclass(frozen=True, kw_only=True)
class Window:
    """Visits that end after `start` and start before `end`; cancelled ones since `cancelled`."""

    start: datetime
    end: datetime
    cancelled: datetime


def feed_window(now: datetime) -> Window:
    """Return the window around `now`. It moves once a UTC day, so that a feed keeps its bytes."""
    day = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return Window(start=day - BEHIND, end=day + AHEAD, cancelled=day - CANCELLED_STAY)
