"""Your hours: one location's week as a plain form, published or draft, and what patients see."""

from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from booking.access.gate import current_actor, needs
from booking.access.policy import Permission
from booking.availability import actions, queries
from booking.availability.forms import WeekForm, week_data
from booking.availability.rules.weeks import WeekRefused
from booking.availability.views.blueprint import bp
from booking.clinic import queries as clinic
from booking.clinic.models import Location
from booking.core import clock
from booking.core.db import transaction
from booking.core.errors import NotFound


@bp.get("/hours")
@needs(Permission.HOURS_EDIT)
def hours() -> Response:
    """Go to the hours of the location the practitioner works at first."""
    place = queries.home(queries.practitioner_for(current_actor()).id)
    return redirect(url_for("availability.hours_at", location_id=place.public_id), code=303)


@bp.get("/hours/<uuid:location_id>")
@needs(Permission.HOURS_EDIT)
def hours_at(location_id: UUID) -> Any:
    """Show a location's week to change, and two weeks of what patients will see.

    `service` in the query chooses whose times are shown; the first she gives otherwise.
    """
    place = queries.location(location_id)
    shown = _week(place)
    today = clock.today(ZoneInfo(place.zone))
    form = WeekForm(
        formdata=None,
        data={"starts_on": max(shown.starts_on or today, today), **week_data(shown.stretches)},
    )
    return _page(place, form)


@bp.post("/hours/<uuid:location_id>")
@needs(Permission.HOURS_EDIT)
def save_hours(location_id: UUID) -> Any:
    """Publish the week, keep it as a draft, or show one more pair of fields: by the button."""
    place = queries.location(location_id)
    form = WeekForm()
    if (day := request.form.get("add")) is not None:
        form.add_stretch(day)
        return _page(place, form)
    if not form.validate():
        return _page(place, form)
    keep = actions.draft_week if request.form.get("go") == "draft" else actions.publish_week
    try:
        with transaction():
            keep(
                current_actor(),
                location_id,
                form.week,
                starts_on=form.first_day,
                now=clock.now(),
            )
    except WeekRefused as refused:
        form.blame(refused.problems)
        return _page(queries.location(location_id), form)
    except actions.StartRefused as refused:
        form.starts_on.errors = [_(refused.message)]
        return _page(queries.location(location_id), form)
    return redirect(url_for("availability.hours_at", location_id=location_id), code=303)


@bp.post("/hours/<uuid:location_id>/discard-draft")
@needs(Permission.HOURS_EDIT)
def discard_draft(location_id: UUID) -> Response:
    """Go back to what is published."""
    with transaction():
        actions.discard_draft(current_actor(), location_id, now=clock.now())
    return redirect(url_for("availability.hours_at", location_id=location_id), code=303)


def _week(place: Location) -> queries.Week:
    practitioner = queries.practitioner_for(current_actor())
    today = clock.today(ZoneInfo(place.zone))
    return queries.week(practitioner.id, place.id, today=today)


def _page(place: Location, form: WeekForm) -> Any:
    """The page, with what was typed in `form` and the preview of what is stored."""
    practitioner, now = queries.practitioner_for(current_actor()), clock.now()
    shown = _week(place)
    home = queries.home(practitioner.id)
    services = queries.services_given(practitioner.id)
    service = next(
        (each for each in services if str(each.public_id) == request.args.get("service")),
        services[0] if services else None,
    )
    if service is None and request.args.get("service"):
        raise NotFound
    days = queries.preview(practitioner.id, place, service.id, shown, now=now) if service else []
    return render_template(
        "availability/hours.html",
        form=form,
        place=place,
        places=clinic.locations(),
        shown=shown,
        today=clock.today(ZoneInfo(place.zone)),
        services=services,
        service=service,
        days=days,
        time_off=queries.time_off_to_come(practitioner.id, ZoneInfo(home.zone), now=now),
        home=home,
        outside=queries.visits_outside(practitioner, ZoneInfo(home.zone), now=now),
    ), (422 if form.errors else 200)
