"""Your hours: one location's week as a plain form, published or draft, and what patients see."""

from datetime import date
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
from booking.availability.views.visits import after, confirm, seen
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

    `from` in the query chooses the period that holds that day, `draft` a draft that does; `copy`
    fills in the week of another location; `service` chooses whose times are shown.
    """
    place = queries.location(location_id)
    today = clock.today(ZoneInfo(place.zone))
    shown = _shown(place, today)
    period = shown.period if shown else None
    data: dict[str, Any] = {"starts_on": max(period.first, today) if period else today}
    if period and shown:
        data |= {"ends_on": period.last, "draft": period.first if shown.is_draft else ""}
    if (copied := request.args.get("copy", type=UUID)) is not None:
        period = _period_at(queries.location(copied), today)
    data |= week_data(period.week if period else ())
    return _page(place, WeekForm(formdata=None, data=data, today=today))


@bp.post("/hours/<uuid:location_id>")
@needs(Permission.HOURS_EDIT)
def save_hours(location_id: UUID) -> Any:
    """Publish the week, keep it as a draft, or only change what the form shows: by the button."""
    place = queries.location(location_id)
    form = WeekForm(today=clock.today(ZoneInfo(place.zone)))
    if (day := request.form.get("add")) is not None:
        form.add_stretch(day)
        return _page(place, form)
    if request.form.get("go") == "copy":
        form.copy_day()
        return _page(place, form)
    if not form.validate():
        return _page(place, form)
    try:
        _keep(location_id, form)
    except WeekRefused as refused:
        form.blame(refused.problems)
        return _page(queries.location(location_id), form)
    except actions.DatesRefused as refused:
        field = form.starts_on if refused.field == "first" else form.ends_on
        field.errors = [_(refused.message)]
        return _page(queries.location(location_id), form)
    except actions.WouldStrand as would:
        return confirm(would, back=url_for("availability.hours_at", location_id=location_id))
    kept: dict[str, Any] = {"from": form.first_day.isoformat()}
    if request.form.get("go") == "draft":
        kept["draft"] = "1"
    here = url_for("availability.hours_at", location_id=location_id, **kept)
    return redirect(after(here), code=303)


@bp.post("/hours/<uuid:location_id>/discard-draft")
@needs(Permission.HOURS_EDIT)
def discard_draft(location_id: UUID) -> Response:
    """Go back to what is published."""
    with transaction():
        actions.discard_drafts(current_actor(), location_id, now=clock.now())
    return redirect(url_for("availability.hours_at", location_id=location_id), code=303)


def _keep(location_id: UUID, form: WeekForm) -> None:
    plan = actions.Plan(
        week=form.week, first=form.first_day, last=form.last_day, draft=form.written_from
    )
    with transaction():
        if request.form.get("go") == "draft":
            actions.draft_week(current_actor(), location_id, plan, now=clock.now())
        else:
            actions.publish_week(current_actor(), location_id, plan, seen=seen(), now=clock.now())


def _patterns(place: Location, today: date) -> list[queries.Pattern]:
    practitioner = queries.practitioner_for(current_actor())
    return queries.patterns(practitioner.id, place.id, today=today)


def _shown(place: Location, today: date) -> queries.Pattern | None:
    """The pattern asked for, else the first draft, else what holds now or next."""
    known = _patterns(place, today)
    asked = request.args.get("from", type=date.fromisoformat)
    if asked is not None:
        wanted = [each for each in known if each.is_draft == ("draft" in request.args)]
        known = [each for each in wanted if each.period.meets(asked, asked)] or known
    return known[0] if known else None


def _period_at(place: Location, today: date) -> Any:
    published = [each for each in _patterns(place, today) if not each.is_draft]
    return published[0].period if published else None


def _page(place: Location, form: WeekForm) -> Any:
    """The page, with what was typed in `form` and the preview of what is stored."""
    practitioner, now = queries.practitioner_for(current_actor()), clock.now()
    today = clock.today(ZoneInfo(place.zone))
    shown, home = _shown(place, today), queries.home(practitioner.id)
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
        patterns=_patterns(place, today),
        shown=shown,
        today=today,
        services=services,
        service=service,
        days=days,
        dated=queries.dated_to_come(practitioner.id, place.id, today=today),
        time_off=queries.time_off_to_come(practitioner.id, ZoneInfo(home.zone), now=now),
        home=home,
        outside=len(queries.stranded([practitioner.id], now=now)),
    ), (422 if form.errors else 200)
