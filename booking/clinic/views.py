"""The clinic's own pages, open to everybody: the first page, and how answers are looked after."""

from collections.abc import Callable
from datetime import datetime

from flask import Blueprint, Flask, current_app, render_template

from booking.access.gate import public
from booking.clinic import queries
from booking.clinic.rules import Soonest
from booking.core import clock

bp = Blueprint("clinic", __name__)
BLUEPRINTS = (bp,)


FindSoonest = Callable[[datetime], Soonest | None]


def install(app: Flask, *, find_soonest: FindSoonest) -> None:
    """Tell the first page how to find the next free time (features above this one know)."""
    app.extensions["clinic.find_soonest"] = find_soonest


@bp.get("/")
@public
def landing() -> str:
    """Show what the clinic is, when the next free time is, what it costs and what happens.

    Raises NotFound before the clinic is set up.
    """
    queries.organisation()
    find_soonest: FindSoonest = current_app.extensions["clinic.find_soonest"]
    return render_template(
        "clinic/landing.html",
        soonest=find_soonest(clock.now()),
        services=queries.services(),
        practitioners=queries.practitioners(),
        locations=queries.locations(),
    )


@bp.get("/privacy")
@public
def privacy() -> str:
    """Say what is kept, who sees it and how it is guarded."""
    return render_template("clinic/privacy.html")
