"""Open time and offers, pure: wall clocks to minutes, minutes to what a patient may choose."""

from booking.availability.rules.fairness import fairest
from booking.availability.rules.free import Free, day_counts, earliest, free_starts
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
    first_available,
    nearest,
    offer_at,
    offers,
    reason_for,
)
from booking.availability.rules.plans import (
    AskedBy,
    Asking,
    BookingMode,
    BookingPolicy,
    Candidate,
    GapRule,
    Segment,
    SegmentKind,
    ServicePlan,
    Way,
)
from booking.availability.rules.preview import PreviewDay, preview_days
from booking.availability.rules.reasons import Reason, TimeNotOffered
from booking.availability.rules.schedule import Schedule
from booking.availability.rules.starts import BusyTime, OpenTime, bookable_window
from booking.availability.rules.taken import OpenSpans, Taken

__all__ = [
    "AskedBy",
    "Asking",
    "BookingMode",
    "BookingPolicy",
    "BusyTime",
    "Candidate",
    "Free",
    "GapRule",
    "Offer",
    "OpenSpans",
    "OpenTime",
    "PreviewDay",
    "Reason",
    "Schedule",
    "Segment",
    "SegmentKind",
    "ServicePlan",
    "Taken",
    "TimeNotOffered",
    "Way",
    "WeeklyHours",
    "bookable_window",
    "day_counts",
    "day_start",
    "earliest",
    "epoch_minute",
    "epoch_minute_after",
    "fairest",
    "first_available",
    "free_starts",
    "instant_of",
    "local_date",
    "nearest",
    "offer_at",
    "offers",
    "open_spans",
    "preview_days",
    "reason_for",
    "to_instants",
    "wall_spans",
]
