"""Pages of signing in."""

from flask import Blueprint

bp = Blueprint("accounts", __name__)

from booking.accounts.views import confirming, patients, people, staff, welcome  # noqa: E402
from booking.accounts.views.shell import begin, install, seconds_left, sign_in_address  # noqa: E402

BLUEPRINTS = (bp,)

__all__ = [
    "BLUEPRINTS",
    "begin",
    "bp",
    "confirming",
    "install",
    "patients",
    "people",
    "seconds_left",
    "sign_in_address",
    "staff",
    "welcome",
]
