"""Time off: take it, change it, see whose visits it meets first, give it back."""

from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import redirect, render_template, url_for
from werkzeug.wrappers import Response

from booking.access.gate import current_actor, needs
from booking.access.policy import Permission
from booking.availability import actions, queries
from booking.availability.forms import NewTimeOffForm, TimeOffForm, leave_data
from booking.availability.rules.leave import LeaveRefused, as_written
from booking.availability.views.blueprint import bp
from booking.availability.views.visits import after, confirm, seen
from booking.core import clock
from booking.core.db import transaction


@bp.get("/time-off")
@needs(Permission.HOURS_EDIT)
def time_off() -> Any:
    """List the time off to come, and a form for more."""
    return _page(NewTimeOffForm(formdata=None))


@bp.post("/time-off")
@needs(Permission.HOURS_EDIT)
def take_time_off() -> Any:
    """Close the time; where visits are already inside, show them first and ask once more."""
    form = NewTimeOffForm()
    if not form.validate():
        return _page(form)
    try:
        with transaction():
            actions.take_time_off(
                current_actor(),
                form.leave,
                note=form.note.data or "",
                repeat_until=form.repeat_until.data,
                seen=seen(),
                now=clock.now(),
            )
    except LeaveRefused as refused:
        form.blame(refused)
        return _page(form)
    except actions.WouldStrand as would:
        return confirm(would, back=url_for("availability.time_off"))
    return redirect(after(url_for("availability.time_off")), code=303)


@bp.get("/time-off/<uuid:public_id>")
@needs(Permission.HOURS_EDIT)
def edit_time_off(public_id: UUID) -> Any:
    """Show one stretch of time off to change."""
    row = queries.time_off_for(current_actor(), public_id)
    home = queries.home(row.practitioner_id)
    leave = as_written(row.starts_at, row.ends_at, ZoneInfo(home.zone))
    form = TimeOffForm(formdata=None, data={**leave_data(leave), "note": row.note})
    return _edit_page(public_id, form)


@bp.post("/time-off/<uuid:public_id>")
@needs(Permission.HOURS_EDIT)
def change_time_off(public_id: UUID) -> Any:
    """Let it begin and end otherwise, by the same rules as new time off."""
    form = TimeOffForm()
    queries.time_off_for(current_actor(), public_id)
    if not form.validate():
        return _edit_page(public_id, form)
    try:
        with transaction():
            actions.change_time_off(
                current_actor(),
                public_id,
                form.leave,
                note=form.note.data or "",
                seen=seen(),
                now=clock.now(),
            )
    except LeaveRefused as refused:
        form.blame(refused)
        return _edit_page(public_id, form)
    except actions.WouldStrand as would:
        return confirm(would, back=url_for("availability.edit_time_off", public_id=public_id))
    return redirect(after(url_for("availability.time_off")), code=303)


@bp.post("/time-off/<uuid:public_id>/give-back")
@needs(Permission.HOURS_EDIT)
def give_back_time_off(public_id: UUID) -> Response:
    """Open the time again."""
    with transaction():
        actions.give_back_time_off(current_actor(), public_id, now=clock.now())
    return redirect(url_for("availability.time_off"), code=303)


def _page(form: NewTimeOffForm) -> Any:
    practitioner = queries.practitioner_for(current_actor())
    home = queries.home(practitioner.id)
    return render_template(
        "availability/time_off.html",
        form=form,
        home=home,
        time_off=queries.time_off_to_come(practitioner.id, ZoneInfo(home.zone), now=clock.now()),
    ), (422 if form.errors else 200)


def _edit_page(public_id: UUID, form: TimeOffForm) -> Any:
    row = queries.time_off_for(current_actor(), public_id)
    home = queries.home(row.practitioner_id)
    return render_template("availability/edit_time_off.html", form=form, home=home, row=row), (
        422 if form.errors else 200
    )
