"""When one candidate's visit can start: hours, the grid, busy time and rooms, by set algebra."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from booking.availability.rules.instants import (
    MINUTES_A_DAY,
    day_start,
    epoch_minute,
    epoch_minute_after,
    local_date,
    offset_stretches,
    offset_text,
    repeated_minutes,
)
from booking.availability.rules.plans import BookingPolicy, Candidate
from booking.core.intervals import Span, clip, contains, intersect, normalise, subtract

OpenTime = Mapping[tuple[int, int], Sequence[Span]]
"""(practitioner id, location id) → published hours less time off, epoch minutes, normal form."""

BusyTime = Mapping[int, Sequence[Span]]
"""Resource id → minutes it is taken, normal form."""

Room = tuple[int, int]
"""(room id, the room's resource)."""

Start = tuple[int, int, Room, str | None]
"""(epoch minute, place of the candidate in the order, room, offset label)."""

_WEEK = 7 * MINUTES_A_DAY


def bookable_window(candidate: Candidate, now: datetime) -> Span:
    """The epoch minutes in which a visit asked for at `now` may start, by notice and horizon."""
    policy: BookingPolicy = candidate.policy
    today = local_date(epoch_minute(now), candidate.zone)
    last = today + timedelta(days=policy.horizon_days)
    closing = day_start(last + timedelta(days=1), candidate.zone)
    return epoch_minute_after(now) + policy.minimum_notice, closing


class Blocked:
    """Busy time as the starts it rules out; remembered, because candidates share their rooms."""

    def __init__(self, busy: BusyTime) -> None:
        self._busy = busy
        self._known: dict[tuple[int, Span, Span], list[Span]] = {}

    def starts(self, resource: int, segment: Span, part: Span) -> list[Span]:
        """Starts around `part` at which `segment` (minutes from the start) meets busy time."""
        key = (resource, segment, part)
        if (found := self._known.get(key)) is None:
            before, after = segment
            near = clip(self._busy.get(resource, ()), (part[0] + before, part[1] + after))
            found = normalise((start - after + 1, end - before) for start, end in near)
            self._known[key] = found
        return found


def starts(
    order: int,
    candidate: Candidate,
    window: Span,
    open_time: OpenTime,
    blocked: Blocked,
    now: datetime,
    person_id: int | None,
) -> Iterator[Start]:
    """One candidate's starts in order."""
    asked = intersect([window], [bookable_window(candidate, now)])
    open_spans = open_time.get((candidate.practitioner_id, candidate.location_id), ())
    for first, last in asked:
        for begin in range(first, last, _WEEK):
            part = (begin, min(begin + _WEEK, last))
            free = _free_starts(candidate, part, open_spans, blocked)
            if person_id is not None:
                free = subtract(free, blocked.starts(person_id, candidate.plan.whole, part))
            if free:
                yield from _with_rooms(order, candidate, part, free, blocked)


def _free_starts(
    candidate: Candidate, part: Span, open_spans: Sequence[Span], blocked: Blocked
) -> list[Span]:
    """Starts within `part` whose visit lies in open time while the practitioner is free."""
    length = candidate.plan.length
    reach = clip(open_spans, (part[0], part[1] + length - 1))
    free = [(start, end - length + 1) for start, end in reach if end - start >= length]
    for segment in candidate.plan.hands_on:
        free = subtract(free, blocked.starts(candidate.practitioner_resource, segment, part))
    return free


def _with_rooms(
    order: int, candidate: Candidate, part: Span, free: list[Span], blocked: Blocked
) -> Iterator[Start]:
    """The grid's starts among `free`, each with the first room that is free throughout."""
    placed: list[tuple[Span, Room]] = []
    for room in candidate.rooms:
        taken = blocked.starts(room[1], candidate.plan.whole, part)
        placed += [(span, room) for span in subtract(free, taken)]
        free = intersect(free, taken)  # what is left for the next room
        if not free:
            break
    placed.sort()
    twice = repeated_minutes(candidate.zone, _days_around(part))
    for span, room in placed:
        for start, offset in on_grid(candidate, span):
            repeated = twice and contains(twice, (start, start + 1))
            yield start, order, room, offset_text(offset) if repeated else None


def on_grid(candidate: Candidate, span: Span) -> Iterator[tuple[int, int]]:
    """The minutes of `span` on the local clock's grid, each with its offset, in order."""
    step = candidate.policy.grid_minutes
    for begin, end, offset in offset_stretches(candidate.zone, _days_around(span)):
        low, high = max(span[0], begin), min(span[1], end)
        for minute in range(low + -(low + offset) % step, high, step):
            yield minute, offset


def _days_around(part: Span) -> Span:
    """`part` widened to whole UTC days, so that lookups of offsets share a cache."""
    return part[0] // MINUTES_A_DAY * MINUTES_A_DAY, -(-part[1] // MINUTES_A_DAY) * MINUTES_A_DAY
