"""Buttons of a visit's day: here, in the room, done; each has its step back."""

from typing import Any
from uuid import UUID

from flask import redirect, request, url_for

from booking.access.gate import current_actor, needs
from booking.access.policy import Permission
from booking.appointments import actions
from booking.appointments.actions import desk as desk_actions
from booking.appointments.models import Appointment
from booking.appointments.queries import board as queries
from booking.appointments.views.desk_site import bp
from booking.core import clock
from booking.core.db import transaction

PLACES = {
    "board": ("desk.day", ""),
    "list": ("desk.day", "list"),
    "rooms": ("desk.rooms", ""),
    "today": ("today.reception", ""),
    "mine": ("today.mine", ""),
}
"""Pages with buttons on visits, by what their forms call themselves."""


def back_to(visit: Appointment) -> Any:
    """Return to where the button was, at that visit; or to the visit's own page."""
    place = PLACES.get(request.form.get("from", ""))
    if place is None:
        return redirect(url_for("desk.visit", public_id=visit.public_id), code=303)
    endpoint, view = place
    asked: dict[str, Any] = {"view": view} if view else {}
    if endpoint.startswith("desk."):
        asked["date"] = visit.starts_at.astimezone(queries.zone()).date().isoformat()
    return redirect(url_for(endpoint, _anchor=f"visit-{visit.public_id}", **asked), code=303)


@bp.post("/visits/<uuid:public_id>/arrive")
@needs(Permission.VISIT_RECEIVE)
def arrive(public_id: UUID) -> Any:
    """Note that the patient is here."""
    with transaction():
        found = actions.mark_arrived(current_actor(), public_id, now=clock.now())
        return back_to(found)


@bp.post("/visits/<uuid:public_id>/undo-arrive")
@needs(Permission.VISIT_RECEIVE)
def undo_arrive(public_id: UUID) -> Any:
    """Take the arrival back."""
    with transaction():
        found = actions.undo_arrived(current_actor(), public_id, now=clock.now())
        return back_to(found)


@bp.post("/visits/<uuid:public_id>/missed")
@needs(Permission.VISIT_RECEIVE)
def missed(public_id: UUID) -> Any:
    """Note that the patient did not come."""
    with transaction():
        return back_to(desk_actions.mark_missed(current_actor(), public_id, now=clock.now()))


@bp.post("/visits/<uuid:public_id>/undo-missed")
@needs(Permission.VISIT_RECEIVE)
def undo_missed(public_id: UUID) -> Any:
    """Take that back."""
    with transaction():
        return back_to(desk_actions.undo_missed(current_actor(), public_id, now=clock.now()))


@bp.post("/visits/<uuid:public_id>/start")
@needs(Permission.VISIT_TREAT)
def start(public_id: UUID) -> Any:
    """Begin one's own visit."""
    with transaction():
        return back_to(actions.start_visit(current_actor(), public_id, now=clock.now()))


@bp.post("/visits/<uuid:public_id>/finish")
@needs(Permission.VISIT_TREAT)
def finish(public_id: UUID) -> Any:
    """End one's own visit."""
    with transaction():
        return back_to(actions.finish_visit(current_actor(), public_id, now=clock.now()))


@bp.post("/visits/<uuid:public_id>/undo")
@needs(Permission.VISIT_TREAT)
def undo(public_id: UUID) -> Any:
    """Take the last step of one's own visit back."""
    with transaction():
        return back_to(actions.undo_step(current_actor(), public_id, now=clock.now()))
