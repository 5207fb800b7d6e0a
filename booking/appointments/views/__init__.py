"""Pages about visits: the patient's, and the staff's day."""

from booking.appointments.views import board, book, done, links, requests, visits
from booking.appointments.views.site import bp

__all__ = ["BLUEPRINTS", "board", "book", "done", "links", "requests", "visits"]

BLUEPRINTS = (bp, board.bp)
