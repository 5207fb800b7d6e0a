"""Pages about visits: the staff's."""

from booking.appointments.views import board

__all__ = ["BLUEPRINTS", "board"]

BLUEPRINTS = (board.bp,)
