"""What is offered, by the one function that also answers "may this exact time be had?".

Pure, over rows already loaded: open time and busy time as epoch minutes in normal form
(booking.core.intervals). There is no second opinion when a time is confirmed: `offer_at` looks for
the asked start among what `offers` yields.
"""

import heapq
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from booking.availability.rules.instants import epoch_minute, instant_of, local_date
from booking.availability.rules.plans import Candidate
from booking.availability.rules.reasons import Reason, TimeNotOffered, reason_for
from booking.availability.rules.starts import Blocked, BusyTime, OpenTime, Room, starts
from booking.core.intervals import Span
from booking.occupancy.rules import Claim


class Offer(NamedTuple):
    """One visit that can be had. A tuple of small values: thousands are made for one page.

    `start` is an epoch minute. `offset_label` names the offset
    ("UTC+01:00") when the local clock shows this time twice, and is None otherwise.
    """

    service_id: int
    candidate: Candidate
    room: Room
    start: int
    offset_label: str | None

    @property
    def practitioner_id(self) -> int:
        return self.candidate.practitioner_id

    @property
    def location_id(self) -> int:
        return self.candidate.location_id

    @property
    def room_id(self) -> int:
        return self.room[0]

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
        practitioner = self.candidate.practitioner_resource
        return (
            self._claim(self.room[1], self.candidate.plan.whole),
            *(self._claim(practitioner, part) for part in self.candidate.plan.hands_on),
        )

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
    now: datetime,
    person_id: int | None = None,
) -> Iterator[Offer]:
    """Every visit that can start within `window` (epoch minutes), soonest first.

    At one start, practitioners come in the order of `candidates`, each at most once, in the first
    free of the candidate's rooms. With `person_id` the patient must be free too. Worked out
    a week at a time, so whoever stops early pays for what was read.
    """
    blocked = Blocked(busy)
    streams = [
        starts(order, candidate, window, open_time, blocked, now, person_id)
        for order, candidate in enumerate(candidates)
    ]
    at, given = None, set[int]()
    for start, order, room, label in heapq.merge(*streams):
        candidate = candidates[order]
        if start != at:
            at, given = start, set()
        if candidate.practitioner_id not in given:
            given.add(candidate.practitioner_id)
            yield Offer(service_id, candidate, room, start, label)


def first_available(
    service_id: int,
    candidates: Sequence[Candidate],
    window: Span,
    *,
    open_time: OpenTime,
    busy: BusyTime,
    now: datetime,
    person_id: int | None = None,
) -> Offer | None:
    """The soonest offer in `window`, or None; looks no further than it has to."""
    found = offers(
        service_id,
        candidates,
        window,
        open_time=open_time,
        busy=busy,
        now=now,
        person_id=person_id,
    )
    return next(found, None)


def offer_at(
    service_id: int,
    candidates: Sequence[Candidate],
    starts_at: datetime,
    *,
    open_time: OpenTime,
    busy: BusyTime,
    now: datetime,
    person_id: int | None = None,
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
        now=now,
        person_id=person_id,
    )
    if found is not None:
        return found
    reasons = (reason_for(candidate, start, open_time, now) for candidate in candidates)
    raise TimeNotOffered(max(reasons, default=Reason.NOT_GIVEN))


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


def day_counts(stream: Iterable[Offer]) -> dict[date, int]:
    """How many different times are offered on each local date; days without any are left out."""
    days = Counter[date]()
    seen = None
    for offer in stream:
        if offer.start != seen:
            seen = offer.start
            days[offer.local_date] += 1
    return dict(days)
