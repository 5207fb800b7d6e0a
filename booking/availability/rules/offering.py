"""What is offered, by the one function that also answers "may this exact time be had?".

Pure, over rows already loaded. There is no second opinion when a time is confirmed: `offer_at`
looks for the asked start among what `offers` yields.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from booking.availability.rules.free import (
    Free,
    axis_around,
    by_minute,
    free_starts,
    soonest,
    within,
)
from booking.availability.rules.grid import (
    Axis,
    shown_twice,
)
from booking.availability.rules.instants import (
    epoch_minute,
    instant_of,
    local_date,
    offset_at,
    offset_text,
)
from booking.availability.rules.plans import Asking, Candidate, Way
from booking.availability.rules.reasons import Reason, TimeNotOffered
from booking.availability.rules.starts import (
    BusyTime,
    OpenTime,
    Room,
    sieve,
)
from booking.availability.rules.taken import NOTHING_TAKEN
from booking.core.intervals import Span
from booking.occupancy.rules import Claim


class Offer(NamedTuple):
    """One visit that can be had. A tuple of small values: thousands are made for one page.

    `start` is an epoch minute; `room` is None by video. `offset_label` names the offset
    ("UTC+01:00") when the local clock shows this time twice, and is None otherwise.
    """

    service_id: int
    candidate: Candidate
    room: Room | None
    start: int
    offset_label: str | None

    @property
    def practitioner_id(self) -> int:
        return self.candidate.practitioner_id

    @property
    def location_id(self) -> int:
        return self.candidate.location_id

    @property
    def room_id(self) -> int | None:
        return self.room[0] if self.room else None

    @property
    def zone(self) -> ZoneInfo:
        """Where it takes place on the clock."""
        return self.candidate.zone

    @property
    def starts_at(self) -> datetime:
        """Start of the visit, aware UTC."""
        return instant_of(self.start)

    @property
    def ends_at(self) -> datetime:
        """End of the visit, aware UTC; the elapsed length after the start."""
        return instant_of(self.start + self.candidate.plan.length)

    @property
    def local_date(self) -> date:
        """The date at the location when it starts."""
        return local_date(self.start, self.candidate.zone)

    @property
    def claims(self) -> tuple[Claim, ...]:
        """What it takes of the room (throughout) and the practitioner (hands-on and buffers).

        The patient is not known yet; `occupancy.rules.of_person` adds the claim on her time.
        """
        plan, practitioner = self.candidate.plan, self.candidate.practitioner_resource
        hers = tuple(self._claim(practitioner, part) for part in plan.hands_on)
        return (self._claim(self.room[1], plan.whole), *hers) if self.room else hers

    def _claim(self, resource_id: int, part: Span) -> Claim:
        return Claim(
            resource_id=resource_id,
            starts_at=instant_of(self.start + part[0]),
            ends_at=instant_of(self.start + part[1]),
        )


def offers(
    service_id: int,
    candidates: Sequence[Candidate],
    window: Span,
    *,
    open_time: OpenTime,
    busy: BusyTime,
    asking: Asking,
) -> Iterator[Offer]:
    """Every visit that can start within `window` (epoch minutes), soonest first.

    At one start, practitioners come in the order of `candidates`, each at most once, in the first
    free of the candidate's rooms.
    """
    found = free_starts(
        service_id, candidates, window, open_time=open_time, busy=busy, asking=asking
    )
    return in_order(service_id, found, busy)


def in_order(service_id: int, found: Sequence[Free], busy: BusyTime) -> Iterator[Offer]:
    """The offers behind free starts, soonest first, at one start in the order of `found`."""
    for minute, together in by_minute(found):
        for free in together:
            yield offer_of(service_id, free, minute, busy)


def offer_of(service_id: int, free: Free, minute: int, busy: BusyTime) -> Offer:
    """The offer behind one of the free starts, in the first of the candidate's rooms free then."""
    candidate, axis, _ = free
    here, room, label = axis.bit(minute), None, None
    if candidate.way is not Way.VIDEO:
        whole = candidate.plan.whole
        room = next(
            each
            for each in candidate.rooms
            if not busy.get(each[1], NOTHING_TAKEN).blocked(axis, whole) & here
        )
    if shown_twice(candidate.zone, axis) & here:
        label = offset_text(offset_at(minute, candidate.zone))
    return Offer(service_id, candidate, room, minute, label)


def first_available(
    service_id: int,
    candidates: Sequence[Candidate],
    window: Span,
    *,
    open_time: OpenTime,
    busy: BusyTime,
    asking: Asking,
) -> Offer | None:
    """The soonest offer in `window`, or None."""
    found = free_starts(
        service_id, candidates, window, open_time=open_time, busy=busy, asking=asking
    )
    minute = soonest(found)
    if minute is None:
        return None
    return next(in_order(service_id, within(found, (minute, minute + 1)), busy))


def offer_at(
    service_id: int,
    candidates: Sequence[Candidate],
    starts_at: datetime,
    *,
    open_time: OpenTime,
    busy: BusyTime,
    asking: Asking,
) -> Offer:
    """The offer that starts exactly at the aware instant `starts_at`, or TimeNotOffered."""
    start = epoch_minute(starts_at)
    if instant_of(start) != starts_at:
        raise TimeNotOffered(Reason.NOT_A_START)
    found = first_available(
        service_id,
        candidates,
        (start, start + 1),
        open_time=open_time,
        busy=busy,
        asking=asking,
    )
    if found is not None:
        return found
    reasons = (
        reason_for(service_id, each, start, open_time=open_time, busy=busy, asking=asking)
        for each in candidates
    )
    raise TimeNotOffered(max(filter(None, reasons), default=Reason.NOT_GIVEN))


def reason_for(
    service_id: int,
    candidate: Candidate,
    start: int,
    *,
    open_time: OpenTime,
    busy: BusyTime,
    asking: Asking,
) -> Reason | None:
    """The step at which `candidate` lost the epoch minute `start`; None when it is offered."""
    wide = axis_around(candidate, (start, start + 1))
    axis = Axis(wide.first, 1, wide.size * wide.step)  # has a place for every minute
    asked = axis.bit(start)
    for reason, left in sieve(
        service_id, candidate, axis, open_time=open_time, busy=busy, asking=asking
    ):
        if not left & asked:
            return reason
    return None


def nearest(stream: Iterable[Offer], around: datetime, count: int) -> list[Offer]:
    """The `count` offers of a sorted `stream` nearest to the instant `around`, soonest first.

    One offer per start, the earlier of two equally near. Stops reading once later ones are further.
    """
    middle = epoch_minute(around)
    kept: list[tuple[int, int, Offer]] = []
    seen = None
    for offer in stream:
        if offer.start == seen:
            continue
        seen = offer.start
        away = abs(offer.start - middle)
        if len(kept) == count and offer.start > middle and away >= kept[-1][0]:
            break
        kept = sorted([*kept, (away, offer.start, offer)])[:count]
    return sorted((offer for _, _, offer in kept), key=lambda offer: offer.start)
