"""Pages about visits: the patient's, and the staff's day."""

from booking.appointments.views import (
    adding,
    away,
    board,
    book,
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
    "together",
    "visits",
]

BLUEPRINTS = (bp, board.bp)
