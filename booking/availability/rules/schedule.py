"""Everything loaded to answer what one service offers in one window: ask it as often as needed."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from booking.availability.rules import offering as rules
from booking.availability.rules.offering import Offer
from booking.availability.rules.plans import Candidate
from booking.availability.rules.starts import BusyTime, OpenTime
from booking.core.intervals import Span


@dataclass(frozen=True, kw_only=True)
class Schedule:
    """Candidates with their open and busy time over `window` (epoch minutes), as known at `now`.

    With `person_id` only times at which that patient is free are offered.
    """

    service_id: int
    candidates: tuple[Candidate, ...]
    window: Span
    open_time: OpenTime
    busy: BusyTime
    now: datetime
    person_id: int | None = None

    def offers(self, window: Span | None = None) -> Iterator[Offer]:
        """What is offered in `window` (the whole one unless told), soonest first."""
        return rules.offers(
            self.service_id,
            self.candidates,
            window or self.window,
            open_time=self.open_time,
            busy=self.busy,
            now=self.now,
            person_id=self.person_id,
        )

    def first(self) -> Offer | None:
        """The soonest offer, or None."""
        return next(self.offers(), None)

    def at(self, starts_at: datetime) -> Offer:
        """The offer at exactly this instant, or TimeNotOffered with the reason."""
        return rules.offer_at(
            self.service_id,
            self.candidates,
            starts_at,
            open_time=self.open_time,
            busy=self.busy,
            now=self.now,
            person_id=self.person_id,
        )

    def nearest(self, around: datetime, count: int) -> list[Offer]:
        """The `count` offers nearest to `around`, soonest first."""
        return rules.nearest(self.offers(), around, count)

    def day_counts(self) -> dict[date, int]:
        """How many different times each local day has; days without any are left out."""
        return rules.day_counts(self.offers())
