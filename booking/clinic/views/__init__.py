"""The clinic's own pages: the open ones, and the owner's page of licences and insurances."""

from collections.abc import Callable
from datetime import datetime

from flask import Blueprint, Flask

from booking.clinic.rules import Soonest

bp = Blueprint("clinic", __name__)
BLUEPRINTS = (bp,)

FindSoonest = Callable[[datetime], Soonest | None]


def install(app: Flask, *, find_soonest: FindSoonest) -> None:
    """Tell the first page how to find the next free time (features above this one know)."""
    app.extensions["clinic.find_soonest"] = find_soonest


from booking.clinic.views import credentials, pages  # noqa: E402

__all__ = ["BLUEPRINTS", "FindSoonest", "bp", "credentials", "install", "pages"]
