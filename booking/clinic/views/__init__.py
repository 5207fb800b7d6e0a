"""The clinic's own pages: the open ones, and the owner's about the clinic itself."""

from collections.abc import Callable
from datetime import datetime

from flask import Blueprint, Flask

from booking.clinic.actions import NewResource
from booking.clinic.rules import Soonest

bp = Blueprint("clinic", __name__)
BLUEPRINTS = (bp,)

FindSoonest = Callable[[datetime], Soonest | None]


def install(app: Flask, *, find_soonest: FindSoonest, new_resource: NewResource) -> None:
    """Hand over what features above this one know: the next free time, and new resources."""
    app.extensions["clinic.find_soonest"] = find_soonest
    app.extensions["clinic.new_resource"] = new_resource


from booking.clinic.views import (  # noqa: E402
    credentials,
    pages,
    places,
    services,
    settings,
    treating,
    words,
)

__all__ = [
    "BLUEPRINTS",
    "FindSoonest",
    "bp",
    "credentials",
    "install",
    "pages",
    "places",
    "services",
    "settings",
    "treating",
    "words",
]
