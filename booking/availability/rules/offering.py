"""What is offered, by the one function that also answers "may this exact time be had?".

Pure, over rows already loaded. There is no second opinion when a time is confirmed: `offer_at`
looks for the asked start among what `offers` yields.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from itertools import islice
from typing import NamedTuple
from zoneinfo import ZoneInfo

from booking.availability.rules.grid import (
    Axis,
    Bits,
    axis_for,
    either,
    first_minute,
    local_days,
    minutes,
    places,
    shown_twice,
)
from booking.availability.rules.instants import (
    MINUTES_A_DAY,
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
    free_rooms,
    sieve,
    starts,
)
from booking.availability.rules.taken import NOTHING_TAKEN
from booking.core.intervals import Span
from booking.occupancy.rules import Claim

AROUND = 8
"""Days on both sides of what is asked that rules may look at: a week, and every zone's idea of
a date."""


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


class Free(NamedTuple):
    """All starts of one candidate in a window: the set of places on an axis."""

    candidate: Candidate
    axis: Axis
    starts: Bits


def axis_around(candidate: Candidate, window: Span) -> Axis:
    """An axis over whole weeks around `window`; the same for every window in one week."""
    first = (window[0] // MINUTES_A_DAY - AROUND) // 7 * 7
    last = -(-(window[1] // MINUTES_A_DAY + AROUND) // 7) * 7
    return axis_for(candidate.zone, candidate.policy.grid_minutes, (first, last))


def free_starts(
    service_id: int,
    candidates: Sequence[Candidate],
    window: Span,
    *,
    open_time: OpenTime,
    busy: BusyTime,
    asking: Asking,
) -> list[Free]:
    """What each candidate can start within `window` (epoch minutes), in their order.

    A practitioner starts only one visit at a time: at two places, the first one counts.
    """
    found: list[Free] = []
    rooms: dict[tuple[int, Span, Axis], Bits] = {}  # most candidates share the same rooms
    for candidate in candidates:
        axis = axis_around(candidate, window)
        key = (id(candidate.rooms), candidate.plan.whole, axis)
        if key not in rooms:
            rooms[key] = free_rooms(candidate, axis, busy)
        free = starts(
            service_id,
            candidate,
            axis,
            open_time=open_time,
            busy=busy,
            asking=asking,
            room_free=rooms[key],
        )
        free &= axis.within(window) & ~_elsewhere(found, candidate, axis)
        if free:
            found.append(Free(candidate, axis, free))
    return found


def _elsewhere(found: Sequence[Free], candidate: Candidate, axis: Axis) -> Bits:
    """The starts at which this practitioner is offered at another place already."""
    given = 0
    for other, its_axis, free in found:
        if other.practitioner_id != candidate.practitioner_id:
            continue
        given |= (
            free if its_axis == axis else either(axis.bit(at) for at in minutes(its_axis, free))
        )
    return given


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
    placed = [
        (minute, order, room)
        for order, free in enumerate(found)
        for room, starts_there in _by_room(free, busy)
        for minute in minutes(free.axis, starts_there)
    ]
    placed.sort()
    twice = [shown_twice(free.candidate.zone, free.axis) & free.starts for free in found]
    for minute, order, room in placed:
        candidate, axis, _ = found[order]
        label = None
        if twice[order] and twice[order] & axis.bit(minute):
            label = offset_text(offset_at(minute, candidate.zone))
        yield Offer(service_id, candidate, room, minute, label)


def _by_room(free: Free, busy: BusyTime) -> Iterator[tuple[Room | None, Bits]]:
    """Each room with the starts at which it is the first of the candidate's that is free."""
    candidate, axis, left = free
    if candidate.way is Way.VIDEO:
        yield None, left
        return
    for room in candidate.rooms:
        taken = busy.get(room[1], NOTHING_TAKEN).blocked(axis, candidate.plan.whole)
        yield room, left & ~taken
        left &= taken
        if not left:
            return


def within(found: Iterable[Free], window: Span) -> list[Free]:
    """What of the free starts lies in `window` (epoch minutes)."""
    narrowed = (each._replace(starts=each.starts & each.axis.within(window)) for each in found)
    return [each for each in narrowed if each.starts]


def but(found: Iterable[Free], practitioner_id: int, location_id: int, start: int) -> list[Free]:
    """The free starts without one practitioner's start at one place."""
    left = []
    for each in found:
        its = (each.candidate.practitioner_id, each.candidate.location_id)
        there = each.axis.bit(start) if its == (practitioner_id, location_id) else 0
        left.append(each._replace(starts=each.starts & ~there))
    return [each for each in left if each.starts]


def earliest(found: Sequence[Free], count: int) -> list[Free]:
    """What of the free starts lies at the first `count` different minutes."""
    first = sorted(
        {
            each.axis.first + each.axis.step * place
            for each in found
            for place in islice(places(each.starts), count)
        }
    )
    return within(found, (first[0], first[:count][-1] + 1)) if first else []


def soonest(found: Iterable[Free]) -> int | None:
    """The first epoch minute anybody is free to start at, or None."""
    return min((first_minute(each.axis, each.starts) for each in found), default=None)


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


def day_counts(found: Sequence[Free]) -> dict[date, int]:
    """How many different times are free on each local date; days without any are left out."""
    together: dict[tuple[ZoneInfo, Axis], Bits] = {}
    for candidate, axis, free in found:
        key = (candidate.zone, axis)
        together[key] = together.get(key, 0) | free
    if len(together) > 1:
        return _counted_one_by_one(together)
    return {
        day.day: count
        for (zone, axis), free in together.items()
        for day in local_days(zone, axis)
        if (count := (free & day.bits).bit_count())
    }


def _counted_one_by_one(together: Mapping[tuple[ZoneInfo, Axis], Bits]) -> dict[date, int]:
    """The same across grids and zones. A time free in two zones is one, on the first's date."""
    dates: dict[int, date] = {}
    for (zone, axis), free in together.items():
        for minute in minutes(axis, free):
            dates.setdefault(minute, local_date(minute, zone))
    return dict(sorted(Counter(dates.values()).items()))
