"""Everything loaded to answer what one service offers in one window: ask it as often as needed."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cached_property

from booking.availability.rules import offering as rules
from booking.availability.rules.fairness import fairest
from booking.availability.rules.free import (
    Free,
    but,
    day_counts,
    free_starts,
    soonest,
    within,
)
from booking.availability.rules.instants import (
    MINUTES_A_DAY,
    day_start,
    epoch_minute,
)
from booking.availability.rules.offering import Offer
from booking.availability.rules.plans import Asking, Candidate
from booking.availability.rules.starts import BusyTime, OpenTime
from booking.core.intervals import Span, clip

_DAY = timedelta(days=1)
_WEEK = 7 * MINUTES_A_DAY


@dataclass(frozen=True, kw_only=True)
class Schedule:
    """Candidates with their open and busy time over `window` (epoch minutes), as `asking` finds it.

    Open and busy time reach beyond the window as far as rules about a day or a week look.
    `already` is what the visit being moved has (practitioner, location, epoch minute of its
    start): to move there is no move, so it is not listed.
    """

    service_id: int
    candidates: tuple[Candidate, ...]
    window: Span
    open_time: OpenTime
    busy: BusyTime
    asking: Asking
    already: tuple[int, int, int] | None = None

    def narrowed(
        self, practitioner_ids: Collection[int] | None, location_ids: Collection[int] | None
    ) -> "Schedule":
        """The same for some practitioners, or places, only; None is everybody, everywhere."""
        kept = (
            each
            for each in self.candidates
            if (practitioner_ids is None or each.practitioner_id in practitioner_ids)
            and (location_ids is None or each.location_id in location_ids)
        )
        return replace(self, candidates=tuple(kept))

    @cached_property
    def free(self) -> Sequence[Free]:
        """The starts of each candidate in the whole window."""
        found = free_starts(
            self.service_id,
            self.candidates,
            self.window,
            open_time=self.open_time,
            busy=self.busy,
            asking=self.asking,
        )
        return found if self.already is None else but(found, *self.already)

    def offers(self, window: Span | None = None) -> Iterator[Offer]:
        """What is offered in `window` (the whole one unless told), soonest first."""
        return rules.in_order(self.service_id, self._free_in(window), self.busy)

    def fair_offers(self, window: Span | None = None) -> Iterator[Offer]:
        """One offer for each start: of those who are free then, whoever is next in turn."""
        for minute, free in fairest(self._free_in(window), self.busy):
            yield rules.offer_of(self.service_id, free, minute, self.busy)

    def _free_in(self, window: Span | None) -> Sequence[Free]:
        return self.free if window is None else within(self.free, window)

    def first(self) -> Offer | None:
        """The soonest offer, of whoever is next in turn; or None."""
        minute = soonest(self.free)
        return None if minute is None else next(self.fair_offers((minute, minute + 1)))

    def at(self, starts_at: datetime) -> Offer:
        """The offer at exactly this instant, or TimeNotOffered with the reason."""
        return rules.offer_at(
            self.service_id,
            self.candidates,
            starts_at,
            open_time=self.open_time,
            busy=self.busy,
            asking=self.asking,
        )

    def nearest(self, around: datetime, count: int) -> list[Offer]:
        """The `count` offers nearest to `around`, soonest first: a week around it, then all."""
        middle = epoch_minute(around)
        near = max(self.window[0], middle - _WEEK), min(self.window[1], middle + _WEEK)
        found = rules.nearest(self.fair_offers(near), around, count)
        return found if len(found) == count else rules.nearest(self.fair_offers(), around, count)

    def day_counts(self) -> dict[date, int]:
        """How many different times each local day has; days without any are left out."""
        return day_counts(self.free)

    def working_days(self, days: Sequence[date]) -> set[date]:
        """Those of some local days, in order, on which anybody has open time."""
        found = set()
        for each in self.candidates:
            spans = self.open_time.get((each.practitioner_id, each.location_id), ())
            for day in days:
                hours = day_start(day, each.zone), day_start(day + _DAY, each.zone)
                if day not in found and clip(spans, hours):
                    found.add(day)
        return found
