"""Whose visit it is where several practitioners are free at one time and anyone was asked for."""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta
from sys import maxsize
from zoneinfo import ZoneInfo

from booking.availability.rules.free import Free, by_minute
from booking.availability.rules.instants import day_start, local_date
from booking.availability.rules.plans import Candidate
from booking.availability.rules.starts import BusyTime
from booking.availability.rules.taken import NOTHING_TAKEN, Taken
from booking.core.intervals import Span

_ONE_DAY = timedelta(days=1)


def fairest(found: Iterable[Free], busy: BusyTime) -> Iterator[tuple[int, Free]]:
    """Each start there is, in order, with whoever of those free then is next in turn.

    That is who has the fewest visits on that local day; of equals, who has been without one the
    longest when it starts; of equals, who comes first in the clinic's order. Holds count as visits.
    """
    turns = _Turns(busy)
    for minute, together in by_minute(found):
        yield minute, turns.next_of(together, minute)


class _Turns:
    """Who is next in turn; counts a practitioner's visits of a day once."""

    def __init__(self, busy: BusyTime) -> None:
        self._busy = busy
        self._days: dict[ZoneInfo, Span] = {}
        self._counts: dict[tuple[int, Span], int] = {}

    def next_of(self, choice: Sequence[Free], start: int) -> Free:
        if len(choice) == 1:
            return choice[0]
        counts = [self._on_day(each.candidate, start) for each in choice]
        fewest = min(counts)
        equal = [each for each, count in zip(choice, counts, strict=True) if count == fewest]
        return max(equal, key=lambda each: self._idle(each.candidate, start))

    def _on_day(self, who: Candidate, start: int) -> int:
        """How many visits she has on the local day of `start`."""
        day = self._days.get(who.zone)
        if day is None or not day[0] <= start < day[1]:
            day = self._days[who.zone] = _local_day(start, who.zone)
        key = who.practitioner_resource, day
        if (count := self._counts.get(key)) is None:
            begun = self._of(who).begun
            count = self._counts[key] = bisect_left(begun, day[1]) - bisect_left(begun, day[0])
        return count

    def _idle(self, who: Candidate, start: int) -> int:
        """The minutes since her last visit before `start`."""
        hers = self._of(who)
        before = bisect_left(hers.begun, start)
        return start - hers.visits[before - 1].end if before else maxsize

    def _of(self, who: Candidate) -> Taken:
        return self._busy.get(who.practitioner_resource, NOTHING_TAKEN)


def _local_day(minute: int, zone: ZoneInfo) -> Span:
    day = local_date(minute, zone)
    return day_start(day, zone), day_start(day + _ONE_DAY, zone)
