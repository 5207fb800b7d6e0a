"""Figures about the clinic's work, without names of patients. Pure.

Minutes are epoch minutes as in `core.intervals`. A day is a date by the location's own clock.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from booking.core.intervals import Span, intersect

SMALLEST = 5
"""A count of people below this could point at somebody, and is not shown."""

LEAD_DAYS = ((0, 0), (1, 2), (3, 7), (8, 14), (15, None))
"""Days between booking and visit, each first and last; None is without an end."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MINUTE = timedelta(minutes=1)


@dataclass
class Use:
    """Minutes in which somebody could be seen, and those of them that were taken."""

    open: int = 0
    taken: int = 0

    def add(self, other: "Use") -> None:
        """Take up what another counted."""
        self.open += other.open
        self.taken += other.taken

    @property
    def percent(self) -> int | None:
        """The part that was taken, in whole percent; None where nothing was open."""
        return round(100 * self.taken / self.open) if self.open else None


@dataclass
class HourlyUse:
    """How much of open time was taken, by hour of the wall clock (0 to 23)."""

    hours: dict[int, Use] = field(default_factory=dict)

    @property
    def whole(self) -> Use:
        """All hours together."""
        total = Use()
        for use in self.hours.values():
            total.add(use)
        return total

    def add(self, other: "HourlyUse") -> None:
        """Take up what another counted."""
        for hour, use in other.hours.items():
            self.hours.setdefault(hour, Use()).add(use)


def occupancy(open_spans: Sequence[Span], taken: Sequence[Span], zone: ZoneInfo) -> HourlyUse:
    """Count open time, and what of it was taken, by the hours of the clock in `zone`.

    Both lists are in normal form; what was taken outside open time does not count.
    """
    found = HourlyUse()
    for column, spans in (("open", open_spans), ("taken", intersect(open_spans, taken))):
        for start, end in spans:
            for hour, minutes in _by_hour(start, end, zone):
                use = found.hours.setdefault(hour, Use())
                setattr(use, column, getattr(use, column) + minutes)
    return found


def _by_hour(start: int, end: int, zone: ZoneInfo) -> Iterable[tuple[int, int]]:
    """Yield (hour of the wall clock, minutes) of one stretch."""
    while start < end:
        wall = (_EPOCH + start * _MINUTE).astimezone(zone)
        step = min(60 - wall.minute, end - start)
        yield wall.hour, step
        start += step


@dataclass(frozen=True, kw_only=True)
class Counted:
    """One visit as the figures know it: no id, no name."""

    day: date  # of the visit, by its location's clock
    booked_on: date  # by the same clock
    status: str  # "booked", "done", "no-show", "cancelled" or "other"
    first: bool  # of a service for first visits
    came_again: bool  # the same person had, or has, a later visit


@dataclass(frozen=True, kw_only=True)
class Flow:
    """Counts of visits; `lead` by the stretches of `LEAD_DAYS`, of visits not cancelled."""

    visits: int
    done: int
    missed: int
    cancelled: int
    moved: int
    lead: Sequence[int]
    first: int
    first_again: int


def flow(visits: Iterable[Counted], *, moved: int) -> Flow:
    """Count visits of a stretch of days; `moved` is how often one was moved in it."""
    known = list(visits)
    by_status = Counter(each.status for each in known)
    kept = [each for each in known if each.status != "cancelled"]
    first = [each for each in kept if each.first and each.status == "done"]
    days = [(each.day - each.booked_on).days for each in kept]
    return Flow(
        visits=len(kept),
        done=by_status["done"],
        missed=by_status["no-show"],
        cancelled=by_status["cancelled"],
        moved=moved,
        lead=tuple(
            sum(low <= day and (high is None or day <= high) for day in days)
            for low, high in LEAD_DAYS
        ),
        first=len(first),
        first_again=sum(each.came_again for each in first),
    )


def shown(counts: Mapping[str, int], *, whole: bool) -> dict[str, int | None]:
    """Return counts as they may be shown: None for one that could point at somebody.

    With `whole` they add up to a number that is shown too: then a single hidden one could be
    reckoned back, so the smallest other is hidden with it.
    """
    hidden = {key for key, count in counts.items() if 0 < count < SMALLEST}
    if whole and len(hidden) == 1:
        others = [key for key, count in counts.items() if count and key not in hidden]
        hidden |= set(sorted(others, key=lambda key: counts[key])[:1])
    return {key: None if key in hidden else count for key, count in counts.items()}
