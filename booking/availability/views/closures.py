"""When whole locations are closed: the owner's page."""

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
from booking.availability.forms import ClosureForm, HolidaysForm, Unreadable
from booking.availability.forms.holidays import HolidayList
from booking.availability.rules.leave import LeaveRefused
from booking.availability.views.blueprint import bp
from booking.availability.views.visits import confirm, seen
from booking.clinic import queries as clinic
from booking.core import clock
from booking.core.db import transaction


@bp.get("/closures")
@needs(Permission.CLOSURE_EDIT)
def closures() -> Any:
    """List the closures to come, say whether visits lie outside open time, and offer a form."""
    places = clinic.locations()
    form = ClosureForm(formdata=None, data={"places": [str(each.public_id) for each in places]})
    return _page(form)


@bp.post("/closures")
@needs(Permission.CLOSURE_EDIT)
def close() -> Any:
    """Close locations; where visits are already inside, show them first and ask once more."""
    form = ClosureForm()
    form.places.offer(clinic.locations())
    if not form.validate():
        return _page(form)
    try:
        with transaction():
            actions.close(
                current_actor(),
                queries.locations(form.places.ids),
                [(form.leave, (form.name.data or "").strip())],
                seen=seen(),
                now=clock.now(),
            )
    except LeaveRefused as refused:
        form.blame(refused)
        return _page(form)
    except actions.WouldStrand as would:
        return confirm(would, back=url_for("availability.closures"))
    return redirect(url_for("availability.closures"), code=303)


@bp.get("/closures/holidays")
@needs(Permission.CLOSURE_EDIT)
def holidays() -> Any:
    """Ask for a list of public holidays."""
    return _list_page(HolidaysForm(formdata=None))


@bp.post("/closures/holidays")
@needs(Permission.CLOSURE_EDIT)
def close_holidays() -> Any:
    """Show what a list says; then close the days that were ticked."""
    form = HolidaysForm()
    form.places.offer(clinic.locations())
    chosen = request.form.get("go") == "close"
    if not chosen:
        form.places.data = sorted(form.places.known)
    sound = form.validate()
    if form.file.errors:
        return _list_page(form)
    try:
        found = form.look(today=_today())
    except Unreadable as why:
        form.file.errors = [str(why)]
        return _list_page(form)
    days = [(each.leave, each.name) for each in form.chosen(found)]
    if not chosen:
        form.days.data = [each.key for each in found.holidays]
    elif not days:
        form.days.errors = [_("Choose at least one day.")]
    if not (chosen and sound and days):
        return _list_page(form, found)
    try:
        with transaction():
            places = queries.locations(form.places.ids)
            actions.close(current_actor(), places, days, seen=seen(), now=clock.now())
    except actions.WouldStrand as would:
        return confirm(would, back=url_for("availability.closures"))
    return redirect(url_for("availability.closures"), code=303)


@bp.post("/closures/<uuid:closure_id>/reopen")
@needs(Permission.CLOSURE_EDIT)
def reopen(closure_id: UUID) -> Response:
    """Open the location again."""
    with transaction():
        actions.reopen(current_actor(), closure_id, now=clock.now())
    return redirect(url_for("availability.closures"), code=303)


def _today() -> date:
    return clock.today(ZoneInfo(clinic.locations()[0].zone))


def _list_page(form: HolidaysForm, found: HolidayList | None = None) -> Any:
    form.places.offer(clinic.locations())
    return render_template("availability/holidays.html", form=form, found=found), (
        422 if form.errors else 200
    )


def _page(form: ClosureForm) -> Any:
    now = clock.now()
    places = clinic.locations()
    form.places.offer(places)
    return render_template(
        "availability/closures.html",
        form=form,
        several=len(places) > 1,
        closures=queries.closures_to_come(now=now),
        outside=len(queries.stranded(now=now)),
    ), (422 if form.errors else 200)
