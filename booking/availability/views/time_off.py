"""Time off: take it, see whose visits it meets first, give it back."""

from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import redirect, render_template, url_for
from werkzeug.wrappers import Response

from booking.access.gate import current_actor, needs
from booking.access.policy import Permission
from booking.availability import actions, queries
from booking.availability.forms import TimeOffForm
from booking.availability.rules.leave import LeaveRefused, instants
from booking.availability.views.blueprint import bp
from booking.core import clock
from booking.core.db import transaction


@bp.get("/time-off")
@needs(Permission.HOURS_EDIT)
def time_off() -> Any:
    """List the time off to come, and a form for more."""
    return _page(TimeOffForm(formdata=None))


@bp.post("/time-off")
@needs(Permission.HOURS_EDIT)
def take_time_off() -> Any:
    """Close the time; where visits are already inside, show them first and ask once more."""
    form = TimeOffForm()
    if not form.validate():
        return _page(form)
    practitioner = queries.practitioner_for(current_actor())
    zone = ZoneInfo(queries.home(practitioner.id).zone)
    try:
        starts_at, ends_at = instants(form.leave, zone, now=clock.now())
    except LeaveRefused as refused:
        form.blame(refused)
        return _page(form)
    visits = queries.visits_within(practitioner, starts_at, ends_at, zone)
    if visits and form.seen.data != str(sum(visits.values())):
        form.seen.data = str(sum(visits.values()))
        return _page(form, visits=visits, starts_at=starts_at, ends_at=ends_at)
    with transaction():
        actions.take_time_off(
            current_actor(), form.leave, note=form.note.data or "", now=clock.now()
        )
    return redirect(url_for("availability.time_off"), code=303)


@bp.post("/time-off/<uuid:public_id>/give-back")
@needs(Permission.HOURS_EDIT)
def give_back_time_off(public_id: UUID) -> Response:
    """Open the time again."""
    with transaction():
        actions.give_back_time_off(current_actor(), public_id, now=clock.now())
    return redirect(url_for("availability.time_off"), code=303)


def _page(form: TimeOffForm, **confirming: Any) -> Any:
    """The list and the form, or the visits inside (`visits`, `starts_at`, `ends_at`) to confirm."""
    practitioner = queries.practitioner_for(current_actor())
    template = "confirm_time_off" if confirming else "time_off"
    home = queries.home(practitioner.id)
    return render_template(
        f"availability/{template}.html",
        form=form,
        home=home,
        time_off=queries.time_off_to_come(practitioner.id, ZoneInfo(home.zone), now=clock.now()),
        **confirming,
    ), (422 if form.errors else 200)
