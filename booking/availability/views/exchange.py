"""A practitioner's hours as a file: saved for other programs, loaded from them as drafts."""

from typing import Any
from zoneinfo import ZoneInfo

from flask import Response, redirect, render_template, request, url_for

from booking.access.gate import current_actor, needs
from booking.access.policy import Permission
from booking.availability import actions, queries
from booking.availability.forms import ImportForm, Unreadable, availability_bytes
from booking.availability.forms.importing import Found
from booking.availability.rules.leave import as_written
from booking.availability.views.blueprint import bp
from booking.core import clock
from booking.core.db import transaction


@bp.get("/hours/availability.ics")
@needs(Permission.HOURS_EDIT)
def export_hours() -> Response:
    """Give what is published as a calendar object (VAVAILABILITY, RFC 7953)."""
    practitioner, now = queries.practitioner_for(current_actor()), clock.now()
    told = queries.availability_of(practitioner.id, now=now)
    body = availability_bytes(told, uid=str(practitioner.public_id), stamp=now)
    answer = Response(body, content_type="text/calendar; charset=utf-8")
    answer.headers["Content-Disposition"] = 'attachment; filename="availability.ics"'
    return answer


@bp.get("/hours/import")
@needs(Permission.HOURS_EDIT)
def import_hours() -> Any:
    """Ask for a file with hours."""
    return _page(ImportForm(formdata=None))


@bp.post("/hours/import")
@needs(Permission.HOURS_EDIT)
def keep_import() -> Any:
    """Show what a file says; then keep it as drafts."""
    form = ImportForm()
    form.offer(queries.places_to_exchange())
    if not form.validate():
        return _page(form)
    try:
        found = form.look(now=clock.now())
    except Unreadable as why:
        form.file.errors = [str(why)]
        return _page(form)
    if request.form.get("go") != "keep" or found.availability.is_empty:
        return _page(form, found)
    with transaction():
        actions.land_drafts(current_actor(), found.availability, now=clock.now())
    return redirect(url_for("availability.hours"), code=303)


def _page(form: ImportForm, found: Found | None = None) -> Any:
    practitioner = queries.practitioner_for(current_actor())
    home, places = queries.home(practitioner.id), queries.places_to_exchange()
    form.offer(places)
    now = clock.now()
    return render_template(
        "availability/import.html",
        form=form,
        several=len(places) > 1,
        home=home,
        found=found,
        periods={
            place: written.periods(now.astimezone(place.zone).date())
            for place, written in (found.availability.places if found else {}).items()
        },
        away=[
            (as_written(*each, ZoneInfo(home.zone)), *each)
            for each in (found.availability.away if found else ())
        ],
        today=clock.today(ZoneInfo(home.zone)),
    ), (422 if form.errors else 200)
