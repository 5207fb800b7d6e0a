"""Named reads: what is offered, and a practitioner's own hours."""

from booking.availability.queries.hours import (
    PREVIEW_DAYS,
    Week,
    elsewhere,
    home,
    location,
    practitioner_for,
    preview,
    services_given,
    time_off_for,
    time_off_to_come,
    week,
)
from booking.availability.queries.offering import (
    day_counts,
    first_offer,
    nearest,
    offer_at,
    offers,
    still_offered,
)
from booking.availability.queries.schedules import Version, schedule
from booking.availability.queries.soonest import soonest
from booking.availability.queries.visits import (
    visits_outside,
    visits_within,
)

__all__ = [
    "PREVIEW_DAYS",
    "Version",
    "Week",
    "day_counts",
    "elsewhere",
    "first_offer",
    "home",
    "location",
    "nearest",
    "offer_at",
    "offers",
    "practitioner_for",
    "preview",
    "schedule",
    "services_given",
    "soonest",
    "still_offered",
    "time_off_for",
    "time_off_to_come",
    "visits_outside",
    "visits_within",
    "week",
]
