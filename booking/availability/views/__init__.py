"""Pages of a practitioner: weekly hours with their preview, and time off."""

from booking.availability.views import hours, time_off
from booking.availability.views.blueprint import bp

BLUEPRINTS = (bp,)

__all__ = ["BLUEPRINTS", "hours", "time_off"]
