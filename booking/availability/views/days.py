"""Single days at a location: more hours, fewer hours, a week like another one."""

from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import redirect, render_template, url_for

from booking.access.gate import current_actor, needs
from booking.access.policy import Permission
from booking.availability import actions, queries
from booking.availability.forms import CopyWeekForm, DifferentDayForm
from booking.availability.rules.days import DayRefused
from booking.availability.views.blueprint import bp
from booking.availability.views.visits import after, confirm, seen
from booking.clinic import queries as clinic
from booking.clinic.models import Location
from booking.core import clock
from booking.core.db import session, transaction


@bp.get("/hours/<uuid:location_id>/days")
@needs(Permission.HOURS_EDIT)
def days(location_id: UUID) -> Any:
    """List what is different on single days, and show the forms for more."""
    return _page(location_id)


@bp.post("/hours/<uuid:location_id>/days")
@needs(Permission.HOURS_EDIT)
def change_day(location_id: UUID) -> Any:
    """Add or take away hours on one day."""
    form = DifferentDayForm()
    if not form.validate():
        return _page(location_id, form=form)
    try:
        with transaction():
            actions.change_day(
                current_actor(), location_id, form.different, seen=seen(), now=clock.now()
            )
    except DayRefused as refused:
        form.blame(refused)
        return _page(location_id, form=form)
    except actions.WouldStrand as would:
        return confirm(would, back=_address(location_id))
    return redirect(after(_address(location_id)), code=303)


@bp.post("/hours/<uuid:location_id>/copy-week")
@needs(Permission.HOURS_EDIT)
def copy_week(location_id: UUID) -> Any:
    """Let one week be like another."""
    form = CopyWeekForm()
    if not form.validate():
        return _page(location_id, copying=form)
    of, to = form.days
    try:
        with transaction():
            actions.copy_week(
                current_actor(),
                location_id,
                of=of,
                to=to,
                seen=seen(),
                now=clock.now(),
            )
    except DayRefused as refused:
        form.blame(refused)
        return _page(location_id, copying=form)
    except actions.WouldStrand as would:
        return confirm(would, back=_address(location_id))
    return redirect(after(_address(location_id)), code=303)


@bp.post("/hours/days/<uuid:public_id>/undo")
@needs(Permission.HOURS_EDIT)
def undo_day(public_id: UUID) -> Any:
    """Let the weekly hours hold on that day again."""
    return _act_on(public_id, actions.undo_day)


@bp.post("/hours/days/<uuid:public_id>/publish")
@needs(Permission.HOURS_EDIT)
def publish_day(public_id: UUID) -> Any:
    """Let what was only planned for a day hold."""
    return _act_on(public_id, actions.publish_day)


def _act_on(public_id: UUID, act: Any) -> Any:
    row = queries.dated_for(current_actor(), public_id)
    address = _address(session().get_one(Location, row.location_id).public_id)
    try:
        with transaction():
            act(current_actor(), public_id, seen=seen(), now=clock.now())
    except actions.WouldStrand as would:
        return confirm(would, back=address)
    return redirect(after(address), code=303)


def _address(location_id: UUID) -> str:
    return url_for("availability.days", location_id=location_id)


def _page(
    location_id: UUID, form: DifferentDayForm | None = None, copying: CopyWeekForm | None = None
) -> Any:
    place, practitioner = queries.location(location_id), queries.practitioner_for(current_actor())
    wrong = form or copying
    return render_template(
        "availability/days.html",
        form=wrong or DifferentDayForm(formdata=None),
        adding=form or DifferentDayForm(formdata=None),
        copying=copying or CopyWeekForm(formdata=None),
        place=place,
        places=clinic.locations(),
        dated=queries.dated_to_come(
            practitioner.id, place.id, today=clock.today(ZoneInfo(place.zone))
        ),
    ), (422 if wrong and wrong.errors else 200)
