"""What a visit takes, and the rules for asking for one. All lengths are elapsed minutes."""

from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from zoneinfo import ZoneInfo

from booking.availability.rules.instants import MINUTES_A_DAY
from booking.clinic.rules.kinds import SegmentKind as SegmentKind
from booking.core.intervals import Span, normalise


@dataclass(frozen=True)
class Segment:
    """One part of a visit, `minutes` long."""

    kind: SegmentKind
    minutes: int


@dataclass(frozen=True)
class ServicePlan:
    """The parts of a visit in order, with `before` and `after` minutes of preparing and clearing.

    The buffers are the practitioner's work and keep the room; published hours need to hold only
    the visit itself, so a first visit of the day may be prepared before opening.
    """

    segments: tuple[Segment, ...]
    before: int = 0
    after: int = 0

    def __post_init__(self) -> None:
        """Refuse a plan without time or with time that runs backwards (ValueError)."""
        if self.before < 0 or self.after < 0 or any(part.minutes <= 0 for part in self.segments):
            raise ValueError("a plan's parts last at least a minute, its buffers never less than 0")
        if not self.segments:
            raise ValueError("a plan needs at least one segment")

    @cached_property
    def length(self) -> int:
        """Minutes from the start of the visit to its end, without buffers."""
        return sum(part.minutes for part in self.segments)

    @cached_property
    def whole(self) -> Span:
        """Visit and buffers, in minutes from the visit's start."""
        return -self.before, self.length + self.after

    @cached_property
    def hands_on(self) -> tuple[Span, ...]:
        """When the practitioner is taken: hands-on parts and buffers, in minutes from the start."""
        ends = list(accumulate(part.minutes for part in self.segments))
        busy = [
            (end - part.minutes, end)
            for part, end in zip(self.segments, ends, strict=True)
            if part.kind is SegmentKind.HANDS_ON
        ]
        buffers = [(-self.before, 0), (self.length, self.length + self.after)]
        return tuple(normalise([*busy, *buffers]))


@dataclass(frozen=True)
class BookingPolicy:
    """How visits may be asked for.

    `minimum_notice` minutes must lie between asking and the start; the last day offered is
    `horizon_days` after today by the location's calendar; starts lie on every `grid_minutes`th
    minute of the local day, so the grid divides the day (ValueError if not).
    """

    minimum_notice: int
    horizon_days: int
    grid_minutes: int

    def __post_init__(self) -> None:
        if self.grid_minutes <= 0 or MINUTES_A_DAY % self.grid_minutes:
            raise ValueError("the start grid must divide the day into equal steps")
        if self.minimum_notice < 0 or self.horizon_days < 0:
            raise ValueError("notice and horizon reach forwards")


@dataclass(frozen=True)
class Candidate:
    """One practitioner who gives the service at one location, and what the visit would take.

    `rooms` are (room id, the room's resource) in the order they are to be filled; a candidate
    without a room is never offered. `zone` is the location's.
    """

    practitioner_id: int
    practitioner_resource: int
    location_id: int
    zone: ZoneInfo
    plan: ServicePlan
    policy: BookingPolicy
    rooms: tuple[tuple[int, int], ...]
