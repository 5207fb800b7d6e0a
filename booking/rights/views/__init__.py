"""Pages about a record as a whole."""

from flask import Blueprint

bp: Blueprint = Blueprint("rights", __name__)

from booking.rights.views import emergencies, owner, patient, restored  # noqa: E402
from booking.rights.views.restored import notices  # noqa: E402

BLUEPRINTS = (bp,)

__all__ = ["BLUEPRINTS", "bp", "emergencies", "notices", "owner", "patient", "restored"]
