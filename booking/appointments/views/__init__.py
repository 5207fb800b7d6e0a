"""Pages about visits: the patient's, and the staff's day."""

from booking.appointments.views import (
    adding,
    away,
    board,
    book,
    calendar,
    calendar_file,
    desk_series,
    done,
    invites,
    language,
    leaving,
    links,
    moving,
    names,
    requests,
    series,
    steps,
    together,
    visits,
)
from booking.appointments.views.site import bp

__all__ = [
    "BLUEPRINTS",
    "adding",
    "away",
    "board",
    "book",
    "calendar",
    "calendar_file",
    "desk_series",
    "done",
    "invites",
    "language",
    "leaving",
    "links",
    "moving",
    "names",
    "requests",
    "series",
    "steps",
    "together",
    "visits",
]

BLUEPRINTS = (bp, board.bp)
