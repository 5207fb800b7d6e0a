"""Open time and offers, pure: wall clocks to minutes, minutes to what a patient may choose."""

from booking.availability.rules.hours import WeeklyHours, open_spans, wall_spans
from booking.availability.rules.instants import (
    day_start,
    epoch_minute,
    epoch_minute_after,
    instant_of,
    local_date,
    to_instants,
)
from booking.availability.rules.offering import (
    Offer,
    day_counts,
    first_available,
    nearest,
    offer_at,
    offers,
)
from booking.availability.rules.plans import (
    BookingPolicy,
    Candidate,
    Segment,
    SegmentKind,
    ServicePlan,
)
from booking.availability.rules.preview import PreviewDay, preview_days
from booking.availability.rules.reasons import Reason, TimeNotOffered
from booking.availability.rules.schedule import Schedule
from booking.availability.rules.starts import BusyTime, OpenTime, bookable_window

__all__ = [
    "BookingPolicy",
    "BusyTime",
    "Candidate",
    "Offer",
    "OpenTime",
    "PreviewDay",
    "Reason",
    "Schedule",
    "Segment",
    "SegmentKind",
    "ServicePlan",
    "TimeNotOffered",
    "WeeklyHours",
    "bookable_window",
    "day_counts",
    "day_start",
    "epoch_minute",
    "epoch_minute_after",
    "first_available",
    "instant_of",
    "local_date",
    "nearest",
    "offer_at",
    "offers",
    "open_spans",
    "preview_days",
    "to_instants",
    "wall_spans",
]
