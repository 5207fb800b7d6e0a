"""Pages about a record as a whole."""

from flask import Blueprint

bp = Blueprint("rights", __name__)

from booking.rights.views import holding, owner, patient  # noqa: E402

BLUEPRINTS = (bp,)

__all__ = ["BLUEPRINTS", "bp", "holding", "owner", "patient"]
