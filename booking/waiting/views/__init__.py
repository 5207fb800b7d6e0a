"""Pages of the waiting list: joining, a mailed link's page, and reception's list."""

from booking.waiting.views import desk, joining, links
from booking.waiting.views.blueprint import bp

BLUEPRINTS = (bp,)

__all__ = ["BLUEPRINTS", "desk", "joining", "links"]
