"""Pages about visits: the patient's, and the staff's day."""

from booking.appointments.views import (
    board,
    book,
    calendar_file,
    done,
    leaving,
    links,
    requests,
    series,
    visits,
)
from booking.appointments.views.site import bp

__all__ = [
    "BLUEPRINTS",
    "board",
    "book",
    "calendar_file",
    "done",
    "leaving",
    "links",
    "requests",
    "series",
    "visits",
]

BLUEPRINTS = (bp, board.bp)
