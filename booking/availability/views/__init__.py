"""Pages about when people can be seen: hours, single days, time off, closures."""

from booking.availability.views import closures, days, exchange, hours, time_off, visits, why
from booking.availability.views.blueprint import bp
from booking.availability.views.visits import install, notices

BLUEPRINTS = (bp,)

__all__ = [
    "BLUEPRINTS",
    "closures",
    "days",
    "exchange",
    "hours",
    "install",
    "notices",
    "time_off",
    "visits",
    "why",
]
