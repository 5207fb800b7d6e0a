"""Setting up a clinic in the browser: all steps on one page, each of them an ordinary page."""

from dataclasses import replace
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import current_app, redirect, render_template, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from booking.access.gate import current_actor, needs
from booking.access.policy import Permission
from booking.availability import actions as availability
from booking.availability import queries as hours
from booking.availability.rules.weeks import WeekRefused
from booking.availability.views.visits import confirm, seen
from booking.clinic import queries as clinic
from booking.clinic.models import Practitioner
from booking.clinic.views.shell import saved
from booking.core import clock
from booking.core.db import transaction
from booking.core.settings import Settings
from booking.owner import actions
from booking.owner.forms import FirstWeekForm
from booking.owner.queries.readiness import facts
from booking.owner.rules.readiness import missing, steps
from booking.owner.views.blueprint import bp


@bp.get("/set-up")
@needs(Permission.CLINIC_EDIT)
def set_up() -> Any:
    """List the steps, what is done of them, and what keeps the clinic from opening."""
    known = facts(_settings(), now=clock.now())
    first = clinic.practitioners()[:1]
    return render_template(
        "owner/set_up.html",
        facts=known,
        steps=steps(known),
        missing=missing(known),
        first=first[0] if first else None,
    )


@bp.post("/set-up/open")
@needs(Permission.CLINIC_EDIT)
def open_clinic() -> Response:
    """Let people book."""
    with transaction():
        actions.open_clinic(current_actor(), _settings(), now=clock.now())
    return redirect(url_for("owner.set_up"), code=303)


@bp.get("/treating/<uuid:practitioner>/hours")
@needs(Permission.CLINIC_EDIT)
def first_hours(practitioner: UUID) -> Any:
    """Show the week of somebody who has none yet, to write it; else what it is."""
    return _page(clinic.practitioner(practitioner), FirstWeekForm(formdata=None))


@bp.post("/treating/<uuid:practitioner>/hours")
@needs(Permission.CLINIC_EDIT)
def save_first_hours(practitioner: UUID) -> Any:
    """Publish that week from today on."""
    form, who = FirstWeekForm(), clinic.practitioner(practitioner)
    form.offer(list(clinic.locations()))
    if not form.validate():
        return _page(who, form)
    place = UUID(form.place.data)
    today = clock.today(ZoneInfo(clinic.location(place).zone))
    theirs = replace(current_actor(), practitioner_id=who.id)
    plan = availability.Plan(week=form.week, first=today)
    try:
        with transaction():
            availability.publish_week(theirs, place, plan, seen=seen(), now=clock.now())
    except WeekRefused as refused:
        for problem in refused.problems:
            form.blame(problem.stretch.weekday, _(problem.message, **problem.values))
        return _page(clinic.practitioner(practitioner), form)
    except availability.WouldStrand as would:
        return confirm(would, back=url_for("owner.first_hours", practitioner=practitioner))
    return saved("owner.first_hours", practitioner=practitioner)


def _page(who: Practitioner, form: FirstWeekForm) -> Any:
    places = list(clinic.locations())
    form.offer(places)
    weeks = [
        (place, pattern.period)
        for place in places
        for pattern in hours.patterns(who.id, place.id, today=clock.today(ZoneInfo(place.zone)))
        if not pattern.is_draft
    ]
    body = render_template("owner/first_hours.html", form=form, who=who, places=places, weeks=weeks)
    return body, 422 if form.errors else 200


def _settings() -> Settings:
    settings: Settings = current_app.extensions["settings"]
    return settings
