"""When one candidate's visit can start: the rules, one step after another, on sets of starts.

`sieve` is the only place where it is decided. Offers take what is left after its last step, and
"why not?" names the step that took a time away.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from functools import lru_cache
from itertools import chain
from typing import NamedTuple
from zoneinfo import ZoneInfo

from booking.availability.rules.grid import (
    Axis,
    Bits,
    either,
    fitting,
    on_grid,
)
from booking.availability.rules.instants import (
    day_start,
    epoch_minute_after,
    local_date,
)
from booking.availability.rules.limits import full_days, full_weeks, kept_together
from booking.availability.rules.plans import Asking, BookingMode, Candidate, Way
from booking.availability.rules.reasons import Reason
from booking.availability.rules.taken import NOTHING_TAKEN, OpenSpans, Taken
from booking.core.intervals import Span

OpenTime = Mapping[tuple[int, int], Sequence[Span]]
"""(practitioner id, location id) → published hours less what closes them, epoch minutes, normal
form. `OpenSpans` are quicker where the same are asked often."""

BusyTime = Mapping[int, Taken]
"""Resource id → what is taken of it."""

Room = tuple[int, int]
"""(room id, the room's resource)."""


class InTime(NamedTuple):
    """Starts by when they are asked for; the same for most candidates."""

    not_past: Bits
    not_too_soon: Bits
    not_too_far: Bits


def bookable_window(candidate: Candidate, asking: Asking) -> Span:
    """The epoch minutes in which a visit asked for now may start, by notice and horizon."""
    notice = candidate.policy.minimum_notice if asking.online else 0
    now = epoch_minute_after(asking.now)
    return now + notice, closing(candidate.zone, candidate.policy.horizon_days, now)


@lru_cache(maxsize=256)
def closing(zone: ZoneInfo, horizon_days: int, now: int) -> int:
    """The epoch minute after the last local day that is open for booking at minute `now`."""
    last = local_date(now, zone) + timedelta(days=horizon_days)
    return day_start(last + timedelta(days=1), zone)


@lru_cache(maxsize=256)
def in_time(axis: Axis, zone: ZoneInfo, now: int, notice: int, horizon_days: int) -> InTime:
    """The starts that are not past at epoch minute `now`, not too soon, and not too far ahead."""
    begin, end = axis.span
    return InTime(
        not_past=axis.within((now, end)),
        not_too_soon=axis.within((now + notice, end)),
        not_too_far=axis.within((begin, closing(zone, horizon_days, now))),
    )


def sieve(
    service_id: int,
    candidate: Candidate,
    axis: Axis,
    *,
    open_time: OpenTime,
    busy: BusyTime,
    asking: Asking,
    room_free: Bits | None = None,
) -> Iterator[tuple[Reason, Bits]]:
    """Each step with the starts that are left after it; the last is what can be had.

    The axis covers whole local weeks around what is asked, since some rules look at a day or a
    week as a whole. `room_free` is `free_rooms` of this candidate, where the asker has it already.
    """
    hours = open_time.get((candidate.practitioner_id, candidate.location_id), ())
    hers = busy.get(candidate.practitioner_resource, NOTHING_TAKEN)
    free = axis.all
    for reason, allowed in chain(
        _admitted(candidate, axis, asking),
        _published(candidate, axis, hours, asking),
        _unused(candidate, axis, busy, asking, room_free),
    ):
        free &= allowed
        yield reason, free
    if candidate.policy.counts_visits:
        free &= ~full_days(service_id, candidate, axis, hers)
        yield Reason.DAY_FULL, free
        free &= ~full_weeks(service_id, candidate, axis, hers)
        yield Reason.WEEK_FULL, free
        yield Reason.GAP, kept_together(candidate, axis, free, hers, hours)


def _admitted(candidate: Candidate, axis: Axis, asking: Asking) -> Iterator[tuple[Reason, Bits]]:
    """Whether she may ask at all."""
    by_phone = asking.online and candidate.policy.mode is BookingMode.PHONE
    yield Reason.PHONE_ONLY, 0 if by_phone else axis.all
    known = candidate.policy.new_patients or candidate.practitioner_id in asking.known_to
    yield Reason.NOT_NEW, axis.all if known else 0


def _published(
    candidate: Candidate, axis: Axis, hours: Sequence[Span], asking: Asking
) -> Iterator[tuple[Reason, Bits]]:
    """Not past, not too soon, not too far ahead; within hours and on the grid."""
    zone, policy = candidate.zone, candidate.policy
    notice = policy.minimum_notice if asking.online else 0
    now = epoch_minute_after(asking.now)
    starts = in_time(axis, zone, now, notice, policy.horizon_days)
    yield Reason.PAST, starts.not_past
    yield Reason.TOO_SOON, starts.not_too_soon
    yield Reason.TOO_FAR, starts.not_too_far
    yield Reason.OUTSIDE_HOURS, _open_starts(candidate, axis, hours)
    yield Reason.NOT_A_START, on_grid(zone, policy.grid_minutes, axis)


def _open_starts(candidate: Candidate, axis: Axis, hours: Sequence[Span]) -> Bits:
    length = candidate.plan.length
    if isinstance(hours, OpenSpans):
        return hours.starts(axis, length)
    return fitting(axis, hours, length)


def _unused(
    candidate: Candidate, axis: Axis, busy: BusyTime, asking: Asking, room_free: Bits | None
) -> Iterator[tuple[Reason, Bits]]:
    """Nobody and nothing it takes is taken."""
    hers = busy.get(candidate.practitioner_resource, NOTHING_TAKEN)
    yield Reason.TAKEN, ~either(hers.blocked(axis, part) for part in candidate.plan.hands_on)
    if candidate.way is Way.IN_PERSON:
        yield (
            Reason.ROOM_TAKEN,
            free_rooms(candidate, axis, busy) if room_free is None else room_free,
        )
    if asking.person_id is not None:
        patient = busy.get(asking.person_id, NOTHING_TAKEN)
        yield Reason.PATIENT_TAKEN, ~patient.blocked(axis, candidate.plan.whole)


def starts(
    service_id: int,
    candidate: Candidate,
    axis: Axis,
    *,
    open_time: OpenTime,
    busy: BusyTime,
    asking: Asking,
    room_free: Bits | None = None,
) -> Bits:
    """The starts that are left after every step."""
    left = 0
    for _, left in sieve(
        service_id,
        candidate,
        axis,
        open_time=open_time,
        busy=busy,
        asking=asking,
        room_free=room_free,
    ):
        if not left:
            break
    return left


def free_rooms(candidate: Candidate, axis: Axis, busy: BusyTime) -> Bits:
    """The starts at which one of the rooms is free throughout, buffers included."""
    whole, free = candidate.plan.whole, 0
    for _, resource in candidate.rooms:
        free |= ~busy.get(resource, NOTHING_TAKEN).blocked(axis, whole)
    return free & axis.all
