"""Named reads: what is offered, a practitioner's own hours, closures, visits out of hours."""

from booking.availability.queries.closures import (
    ClosedTime,
    closure,
    closures_to_come,
    locations,
)
from booking.availability.queries.exchange import availability_of, places_to_exchange
from booking.availability.queries.explaining import explain, explained_to
from booking.availability.queries.hours import (
    PREVIEW_DAYS,
    Pattern,
    Planned,
    dated_for,
    dated_to_come,
    elsewhere,
    home,
    patterns,
    practitioner_for,
    preview,
    services_given,
    time_off_for,
    time_off_to_come,
)
from booking.availability.queries.offering import (
    day_counts,
    first_offer,
    kept_offer,
    nearest,
    offer_at,
    offers,
    still_offered,
)
from booking.availability.queries.open_time import open_between, rota
from booking.availability.queries.parts import Unknown
from booking.availability.queries.schedules import public_schedule, schedule
from booking.availability.queries.soonest import soonest
from booking.availability.queries.visits import stranded
from booking.availability.rules.hours import Version
from booking.clinic.queries import location

__all__ = [
    "PREVIEW_DAYS",
    "ClosedTime",
    "Pattern",
    "Planned",
    "Unknown",
    "Version",
    "availability_of",
    "closure",
    "closures_to_come",
    "dated_for",
    "dated_to_come",
    "day_counts",
    "elsewhere",
    "explain",
    "explained_to",
    "first_offer",
    "home",
    "kept_offer",
    "location",
    "locations",
    "nearest",
    "offer_at",
    "offers",
    "open_between",
    "patterns",
    "places_to_exchange",
    "practitioner_for",
    "preview",
    "public_schedule",
    "rota",
    "schedule",
    "services_given",
    "soonest",
    "still_offered",
    "stranded",
    "time_off_for",
    "time_off_to_come",
]
