"""Pages about a record as a whole."""

from flask import Blueprint

bp: Blueprint = Blueprint("rights", __name__)

from booking.rights.views import (  # noqa: E402
    address,
    emergencies,
    holding,
    owner,
    patient,
    restored,
)
from booking.rights.views.restored import notices  # noqa: E402

BLUEPRINTS = (bp,)

__all__ = [
    "BLUEPRINTS",
    "address",
    "bp",
    "emergencies",
    "holding",
    "notices",
    "owner",
    "patient",
    "restored",
]
