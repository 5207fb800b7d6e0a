"""What is offered, by the one function that also answers "may this exact time be had?".

Pure, over rows already loaded: open time and busy time as epoch minutes in normal form
(booking.core.intervals). There is no second opinion when a time is confirmed: `offer_at` looks for
the asked start among what `offers` yields.
"""

import heapq
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from enum import IntEnum
from typing import NamedTuple

from booking.availability.rules.instants import (
    MINUTES_A_DAY,
    day_start,
    epoch_minute,
    epoch_minute_after,
    instant_of,
    local_date,
    offset_stretches,
    offset_text,
    repeated_minutes,
)
from booking.availability.rules.plans import BookingPolicy, Candidate
from booking.core.errors import N_, NotOffered
from booking.core.intervals import Span, clip, contains, intersect, normalise, subtract
from booking.occupancy.rules import Claim

OpenTime = Mapping[tuple[int, int], Sequence[Span]]
"""(practitioner id, location id) → published hours less time off, epoch minutes, normal form."""

BusyTime = Mapping[int, Sequence[Span]]
"""Resource id → minutes it is taken, normal form."""

Room = tuple[int, int]
"""(room id, the room's resource)."""

_Start = tuple[int, int, Room, str | None]
"""(epoch minute, place of the candidate in the order, room, offset label)."""

_WEEK = 7 * MINUTES_A_DAY


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


class Reason(IntEnum):
    """Which step removed a time; later steps are nearer to being offered."""

    NOT_GIVEN = 0
    PAST = 1
    TOO_SOON = 2
    TOO_FAR = 3
    OUTSIDE_HOURS = 4
    NOT_A_START = 5
    TAKEN = 6


_ADVICE = {
    Reason.NOT_GIVEN: N_("This appointment cannot be booked here online. Please choose again."),
    Reason.PAST: N_("That time has passed. Please choose another."),
    Reason.TOO_SOON: N_(
        "This time can no longer be booked online. Please choose a later one, or call the clinic."
    ),
    Reason.TOO_FAR: N_("Times that far ahead are not open yet. Please choose an earlier one."),
    Reason.OUTSIDE_HOURS: N_("There are no appointments at that time. Please choose another."),
    Reason.NOT_A_START: N_("No appointment starts at that time. Please choose one shown here."),
    Reason.TAKEN: N_("That time has just been taken. Please choose another."),
}


class TimeNotOffered(NotOffered):
    """The asked time is not among the offers; `reason` says which step removed it.

    Status 409 when somebody else has the time, 422 when it never was to be had.
    """

    def __init__(self, reason: Reason) -> None:
        super().__init__(_ADVICE[reason])
        self.reason = reason
        self.status = 409 if reason is Reason.TAKEN else 422


def offers(
    service_id: int,
    candidates: Sequence[Candidate],
    window: Span,
    *,
    open_time: OpenTime,
    busy: BusyTime,
    now: datetime,
    patient_resource: int | None = None,
) -> Iterator[Offer]:
    """Every visit that can start within `window` (epoch minutes), soonest first.

    At one start, practitioners come in the order of `candidates`, each at most once, in the first
    free of the candidate's rooms. With `patient_resource` the patient must be free too. Worked out
    a week at a time, so whoever stops early pays for what was read.
    """
    streams = [
        _stream(order, candidate, window, open_time, busy, now, patient_resource)
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
    patient_resource: int | None = None,
) -> Offer | None:
    """The soonest offer in `window`, or None; looks no further than it has to."""
    found = offers(
        service_id,
        candidates,
        window,
        open_time=open_time,
        busy=busy,
        now=now,
        patient_resource=patient_resource,
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
    patient_resource: int | None = None,
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
        patient_resource=patient_resource,
    )
    if found is not None:
        return found
    reasons = (_reason(candidate, start, open_time, now) for candidate in candidates)
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


def bookable_window(candidate: Candidate, now: datetime) -> Span:
    """The epoch minutes in which a visit asked for at `now` may start, by notice and horizon."""
    policy: BookingPolicy = candidate.policy
    today = local_date(epoch_minute(now), candidate.zone)
    last = today + timedelta(days=policy.horizon_days)
    closing = day_start(last + timedelta(days=1), candidate.zone)
    return epoch_minute_after(now) + policy.minimum_notice, closing


def _stream(
    order: int,
    candidate: Candidate,
    window: Span,
    open_time: OpenTime,
    busy: BusyTime,
    now: datetime,
    patient_resource: int | None,
) -> Iterator[_Start]:
    """One candidate's starts in order."""
    asked = intersect([window], [bookable_window(candidate, now)])
    open_spans = open_time.get((candidate.practitioner_id, candidate.location_id), ())
    for first, last in asked:
        for begin in range(first, last, _WEEK):
            part = (begin, min(begin + _WEEK, last))
            free = _free_starts(candidate, part, open_spans, busy)
            if patient_resource is not None:
                taken = _blocked(busy.get(patient_resource, ()), candidate.plan.whole, part)
                free = subtract(free, taken)
            if free:
                yield from _with_rooms(order, candidate, part, free, busy)


def _free_starts(
    candidate: Candidate, part: Span, open_spans: Sequence[Span], busy: BusyTime
) -> list[Span]:
    """Starts within `part` whose visit lies in open time while the practitioner is free."""
    length = candidate.plan.length
    reach = clip(open_spans, (part[0], part[1] + length - 1))
    free = [(start, end - length + 1) for start, end in reach if end - start >= length]
    taken = busy.get(candidate.practitioner_resource, ())
    for segment in candidate.plan.hands_on:
        free = subtract(free, _blocked(taken, segment, part))
    return free


def _blocked(taken: Sequence[Span], segment: Span, part: Span) -> list[Span]:
    """Starts at which `segment` (minutes from the start) would meet `taken`, around `part`."""
    before, after = segment
    near = clip(taken, (part[0] + before, part[1] + after))
    return normalise((start - after + 1, end - before) for start, end in near)


def _with_rooms(
    order: int, candidate: Candidate, part: Span, free: list[Span], busy: BusyTime
) -> Iterator[_Start]:
    """The grid's starts among `free`, each with the first room that is free throughout."""
    placed: list[tuple[Span, Room]] = []
    for room in candidate.rooms:
        taken = _blocked(busy.get(room[1], ()), candidate.plan.whole, part)
        placed += [(span, room) for span in subtract(free, taken)]
        free = intersect(free, taken)  # what is left for the next room
    placed.sort()
    twice = repeated_minutes(candidate.zone, _days_around(part))
    for span, room in placed:
        for start, offset in _grid(candidate, span):
            repeated = twice and contains(twice, (start, start + 1))
            yield start, order, room, offset_text(offset) if repeated else None


def _grid(candidate: Candidate, span: Span) -> Iterator[tuple[int, int]]:
    """The minutes of `span` on the local clock's grid, each with its offset, in order."""
    step = candidate.policy.grid_minutes
    for begin, end, offset in offset_stretches(candidate.zone, _days_around(span)):
        low, high = max(span[0], begin), min(span[1], end)
        for minute in range(low + -(low + offset) % step, high, step):
            yield minute, offset


def _reason(candidate: Candidate, start: int, open_time: OpenTime, now: datetime) -> Reason:
    """The step at which `candidate` lost a start that was not offered."""
    earliest, closing = bookable_window(candidate, now)
    visit = (start, start + candidate.plan.length)
    hours = open_time.get((candidate.practitioner_id, candidate.location_id), ())
    on_grid = list(_grid(candidate, (start, start + 1)))
    steps = [
        (start < epoch_minute_after(now), Reason.PAST),
        (start < earliest, Reason.TOO_SOON),
        (start >= closing, Reason.TOO_FAR),
        (not contains(hours, visit), Reason.OUTSIDE_HOURS),
        (not on_grid, Reason.NOT_A_START),
    ]
    return next((reason for removed, reason in steps if removed), Reason.TAKEN)


def _days_around(part: Span) -> Span:
    """`part` widened to whole UTC days, so that lookups of offsets share a cache."""
    return part[0] // MINUTES_A_DAY * MINUTES_A_DAY, -(-part[1] // MINUTES_A_DAY) * MINUTES_A_DAY
