"""Open to everybody: the first page, who treats here, prices, the guide, privacy and terms."""

from typing import Any
from uuid import UUID

from flask import current_app, render_template

from booking.access.gate import public
from booking.clinic import queries
from booking.clinic.rules.words import blocks
from booking.clinic.views import FindSoonest, bp
from booking.core import clock


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


@bp.get("/prices")
@public
def prices() -> str:
    """Show what can be booked, how long it is, what it costs, and with whom."""
    queries.organisation()
    services = queries.services()
    return render_template(
        "clinic/prices.html",
        services=services,
        givers={one.id: queries.terms_of_givers(one) for one in services},
    )


@bp.get("/guide")
@public
def guide() -> str:
    """Tell what a visit is like, what is known, what is not, and when to get help, with sources."""
    queries.organisation()
    return render_template("clinic/guide.html")


@bp.get("/privacy")
@public
def privacy() -> str:
    """Say what is kept, who sees it and how it is guarded; then what the clinic adds."""
    return render_template("clinic/privacy.html", **_added("privacy"))


@bp.get("/terms")
@public
def terms() -> str:
    """Say until when visits can be moved and cancelled; then what the clinic adds."""
    queries.organisation()
    return render_template("clinic/terms.html", services=queries.services(), **_added("terms"))


def _added(named: str) -> dict[str, Any]:
    """What the clinic itself wrote for a page, with its version and fingerprint."""
    words = queries.newest_words(f"page/{named}")
    text = words.parts.get("text", "") if words is not None else ""
    return {
        "added": list(blocks(text)),
        "version": words if text else None,
        "zone": queries.home_zone() if words is not None and queries.locations() else "UTC",
    }
