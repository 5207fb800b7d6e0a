"""Named reads: what is offered, and a practitioner's own hours."""

from booking.availability.queries.offering import (
    day_counts,
    first_offer,
    nearest,
    offer_at,
    offers,
)
from booking.availability.queries.schedules import Version, schedule
from booking.availability.queries.soonest import soonest

__all__ = [
    "Version",
    "day_counts",
    "first_offer",
    "nearest",
    "offer_at",
    "offers",
    "schedule",
    "soonest",
]
