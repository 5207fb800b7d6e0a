"""Pages about visits: the patient's, and the staff's day."""

from booking.appointments.views import (
    adding,
    away,
    board,
    book,
    calendar_file,
    desk_rest,
    desk_series,
    desk_site,
    desk_visit,
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
    visit_move,
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
    "desk_rest",
    "desk_series",
    "desk_site",
    "desk_visit",
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
    "visit_move",
    "visits",
]

BLUEPRINTS = (bp, desk_site.bp)
