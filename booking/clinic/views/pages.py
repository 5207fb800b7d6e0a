"""Open to everybody: the first page, who treats here, and how answers are looked after."""

from typing import Any
from uuid import UUID

from flask import current_app, render_template

from booking.access.gate import public
from booking.clinic import queries
from booking.clinic.views import FindSoonest, bp
from booking.core import clock
from booking.core.settings import Settings


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


@bp.get("/practitioners/<uuid:practitioner>")
@public
def profile(practitioner: UUID) -> Any:
    """Show who somebody is who treats here, with what the clinic has checked."""
    who = queries.practitioner(practitioner)
    return render_template(
        "clinic/profile.html",
        who=who,
        checked=queries.checked_credentials(who.id),
        zone=queries.home_zone(),
    )


@bp.get("/privacy")
@public
def privacy() -> str:
    """Say what is kept, who sees it and how it is guarded."""
    settings: Settings = current_app.extensions["settings"]
    kept = {"years": settings.records_kept_years, "days": settings.retention}
    return render_template("clinic/privacy.html", kept=kept)
