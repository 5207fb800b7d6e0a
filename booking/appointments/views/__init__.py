"""Pages about visits: the patient's, and the staff's day."""

from booking.appointments.views import board, book, done, links, requests, series, visits
from booking.appointments.views.site import bp

__all__ = ["BLUEPRINTS", "board", "book", "done", "links", "requests", "series", "visits"]

BLUEPRINTS = (bp, board.bp)
