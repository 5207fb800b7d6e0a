"""What a visit takes, and the rules for asking for one. All lengths are elapsed minutes."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import Enum
from functools import cached_property
from itertools import accumulate
from zoneinfo import ZoneInfo

from booking.availability.rules.instants import MINUTES_A_DAY
from booking.clinic.rules.kinds import BookingMode as BookingMode
from booking.clinic.rules.kinds import GapRule as GapRule
from booking.clinic.rules.kinds import SegmentKind as SegmentKind
from booking.clinic.rules.kinds import Way as Way
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


DESK_GRID, DESK_HORIZON = 5, 731
"""Minutes between starts, and days ahead, for visits that the staff book."""


@dataclass(frozen=True)
class BookingPolicy:
    """How visits may be asked for.

    `minimum_notice` minutes must lie between asking online and the start; the last day offered is
    `horizon_days` after today by the location's calendar; starts lie on every `grid_minutes`th
    minute of the local day, so the grid divides the day (ValueError if not). The caps are how many
    visits of the service the practitioner has a day, and a week from Monday to Sunday, by the
    location's calendar; None is without limit.
    """

    minimum_notice: int
    horizon_days: int
    grid_minutes: int
    mode: BookingMode = BookingMode.ONLINE
    new_patients: bool = True
    daily_cap: int | None = None
    weekly_cap: int | None = None
    gap: GapRule = GapRule.NONE

    def __post_init__(self) -> None:
        if self.grid_minutes <= 0 or MINUTES_A_DAY % self.grid_minutes:
            raise ValueError("the start grid must divide the day into equal steps")
        if self.minimum_notice < 0 or self.horizon_days < 0:
            raise ValueError("notice and horizon reach forwards")

    @property
    def for_staff(self) -> "BookingPolicy":
        """The same for the desk: any minute of five, at once, and two years ahead."""
        return replace(self, minimum_notice=0, horizon_days=DESK_HORIZON, grid_minutes=DESK_GRID)

    @property
    def uncounted(self) -> "BookingPolicy":
        """The same without caps and gaps, for what is kept already."""
        return replace(self, daily_cap=None, weekly_cap=None, gap=GapRule.NONE)

    @property
    def counts_visits(self) -> bool:
        """Whether it matters how many other visits the practitioner has, and where they lie."""
        limits = (self.daily_cap, self.weekly_cap)
        return any(limit is not None for limit in limits) or self.gap is not GapRule.NONE


@dataclass(frozen=True)
class Candidate:
    """One practitioner who gives the service at one location, and what the visit would take.

    `rooms` are (room id, the room's resource) in the order they are to be filled; a candidate
    without a room is offered by video only. `zone` is the location's. `price_minor` is what she
    asks for it.
    """

    practitioner_id: int
    practitioner_resource: int
    location_id: int
    zone: ZoneInfo
    plan: ServicePlan
    policy: BookingPolicy
    rooms: tuple[tuple[int, int], ...]
    way: Way = Way.IN_PERSON
    price_minor: int = 0


class AskedBy(Enum):
    """Who asks for a time. The staff may have what is not booked online; see `for_staff`."""

    PATIENT = "patient"
    STAFF = "staff"


@dataclass(frozen=True, kw_only=True)
class Asking:
    """Who asks, and when (`now`, aware UTC).

    `known_to` are the practitioners (ids) the patient has been to; to all others she is new.
    `person_id` is the resource she is, if her own time is to be free too.
    """

    now: datetime
    asked_by: AskedBy = AskedBy.PATIENT
    known_to: frozenset[int] = field(default=frozenset())
    person_id: int | None = None

    @property
    def online(self) -> bool:
        return self.asked_by is AskedBy.PATIENT
