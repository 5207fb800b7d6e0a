"""What somebody waits for, what fits it, and how long an offer waits for her answer. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from booking.appointments.rules import PartOfDay, part_of_day
from booking.availability.rules import to_instants
from booking.core.errors import N_, TooManyTries

ANSWER = timedelta(hours=2)
"""How long a time is kept for whoever it is offered to, counted from 8 in the morning at night."""

LEAST = timedelta(minutes=30)
"""With less time than this to answer, nobody is asked by message."""

LAST_CALL = timedelta(hours=1)
"""An answer comes at least this long before the visit begins."""

DAY_BEGINS, DAY_ENDS = time(8), time(20)

LIVE_ENTRIES_OF_A_NETWORK = 10
"""A household or a ward waits together; nobody fills the list."""


class EntryState(StrEnum):
    """Whether somebody still waits."""

    WAITING = "waiting"
    MET = "met"  # she took a time that was offered
    LEFT = "left"  # she, or reception, took her off the list


class OfferState(StrEnum):
    """What became of a time that was offered."""

    OPEN = "open"
    TAKEN = "taken"
    PASSED = "passed"  # "not this one"
    LAPSED = "lapsed"  # no answer in time


@dataclass(frozen=True, kw_only=True)
class Wish:
    """When somebody could come, by the location's clock.

    `weekdays` are 0 for Monday to 6; without any, and without `parts`, all of them suit. `until`
    is the last date she waits for. `before` is when the visit she has already begins: only
    something earlier helps her.
    """

    weekdays: frozenset[int]
    parts: frozenset[PartOfDay]
    until: date | None = None
    before: datetime | None = None

    def fits(self, starts_at: datetime, zone: ZoneInfo) -> bool:
        """Tell whether a visit that starts at the aware instant `starts_at` suits her."""
        there = starts_at.astimezone(zone)
        return (
            (not self.weekdays or there.weekday() in self.weekdays)
            and (not self.parts or part_of_day(there.hour) in self.parts)
            and (self.until is None or there.date() <= self.until)
            and (self.before is None or starts_at < self.before)
        )


def answer_by(starts_at: datetime, zone: ZoneInfo, *, now: datetime) -> datetime | None:
    """Return until when a visit offered now is kept, or None when there is no time to answer."""
    end = min(_counted_from(zone, now=now) + ANSWER, starts_at - LAST_CALL)
    return end if end - now >= LEAST else None


def _counted_from(zone: ZoneInfo, *, now: datetime) -> datetime:
    """Now, or at night the next 8 in the morning in `zone`."""
    there = now.astimezone(zone)
    if DAY_BEGINS <= there.time() < DAY_ENDS:
        return now
    day = there.date() if there.time() < DAY_BEGINS else there.date() + timedelta(days=1)
    # Where the clocks skip 8 in the morning, nobody on earth does so today, noon will do.
    return (to_instants(day, DAY_BEGINS, zone) or to_instants(day, time(12), zone))[0]


AROUND = timedelta(minutes=15)
"""How long before a visit its patient may sit waiting, and how long after it she may still be."""


def beside(
    starts_at: datetime, ends_at: datetime, others: Iterable[tuple[datetime, datetime]]
) -> timedelta:
    """Return how long somebody with a visit `[starts_at, ends_at)` waits beside these others.

    All come AROUND before and leave as long after; in between each is in a room.
    """
    hers = _outside(starts_at, ends_at)
    theirs = [span for visit in others for span in _outside(*visit)]
    return sum((_shared(one, other) for one in hers for other in theirs), timedelta(0))


def _outside(start: datetime, end: datetime) -> tuple[tuple[datetime, datetime], ...]:
    return (start - AROUND, start), (end, end + AROUND)


def _shared(one: tuple[datetime, datetime], other: tuple[datetime, datetime]) -> timedelta:
    return max(min(one[1], other[1]) - max(one[0], other[0]), timedelta(0))


def ensure_not_too_many(live: int) -> None:
    """Raise TooManyTries when very many people of one network wait already."""
    if live >= LIVE_ENTRIES_OF_A_NETWORK:
        raise TooManyTries(
            N_(
                "Several people from your connection are waiting already. "
                "Please call us and we will add you."
            ),
            retry_after=60 * 60,
        )
