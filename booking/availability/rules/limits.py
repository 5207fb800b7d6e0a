"""Rules that look at the practitioner's other visits: caps a day and a week, and gaps. Pure."""

from collections.abc import Iterable, Sequence

from booking.availability.rules.grid import Axis, Bits, LocalDay, either, local_days, local_weeks
from booking.availability.rules.plans import Candidate, GapRule
from booking.availability.rules.taken import Taken
from booking.core.intervals import Span


def full_days(service_id: int, candidate: Candidate, axis: Axis, hers: Taken) -> Bits:
    """The days, by the location's calendar, that hold as many visits of the service as they may."""
    days = (day.bits for day in local_days(candidate.zone, axis))
    return _full(days, candidate.policy.daily_cap, service_id, axis, hers)


def full_weeks(service_id: int, candidate: Candidate, axis: Axis, hers: Taken) -> Bits:
    """The weeks, Monday to Sunday, that hold as many visits of the service as they may."""
    weeks = local_weeks(candidate.zone, axis)
    return _full(weeks, candidate.policy.weekly_cap, service_id, axis, hers)


def kept_together(
    candidate: Candidate, axis: Axis, free: Bits, hers: Taken, open_spans: Sequence[Span]
) -> Bits:
    """`free` without the times that would tear a day with visits apart, as the gap rule has it.

    A day on which that would leave nothing keeps all its times.
    """
    if candidate.policy.gap is GapRule.NONE:
        return free
    visits = [visit.begins for visit in hers.visits if visit.location_id == candidate.location_id]
    beside = _beside(candidate, axis, hers.spans, open_spans)
    for day in local_days(candidate.zone, axis):
        on_it = _begun(day, axis, visits)
        if not on_it:
            continue
        good = beside if candidate.policy.gap is GapRule.ADJACENT else _parts_with(day, on_it)
        if free & day.bits & good:
            free &= ~day.bits | good
    return free


def _full(
    stretches: Iterable[Bits], cap: int | None, service_id: int, axis: Axis, hers: Taken
) -> Bits:
    if cap is None:
        return 0
    visits = [_place(axis, v.begins) for v in hers.visits if v.service_id == service_id]
    return either(
        stretch for stretch in stretches if sum(1 for visit in visits if visit & stretch) >= cap
    )


def _place(axis: Axis, minute: int) -> Bits:
    """The place of a visit that is there already, which may have begun off the grid."""
    return axis.bit(minute - (minute - axis.first) % axis.step)


def _begun(day: LocalDay, axis: Axis, visits: Iterable[int]) -> Bits:
    return either(_place(axis, minute) for minute in visits) & day.bits


def _parts_with(day: LocalDay, visits: Bits) -> Bits:
    """The parts of the day, morning, afternoon and evening, that hold a visit."""
    return either(part for part in day.parts if part & visits)


def _beside(
    candidate: Candidate, axis: Axis, taken: Sequence[Span], open_spans: Sequence[Span]
) -> Bits:
    """The starts of visits that touch, buffers included, what is taken or an edge of open time.

    Touching is as near as the grid allows: what is left between is shorter than one step.
    """
    (before, after), length = candidate.plan.whole, candidate.plan.length
    step = candidate.policy.grid_minutes
    found = 0
    for start, end in taken:
        found |= axis.within((end - before, end - before + step))
        found |= axis.within((start - after - step + 1, start - after + 1))
    for start, end in open_spans:
        found |= axis.within((start, start - before + step))
        found |= axis.within((end - after - step + 1, end - length + 1))
    return found
