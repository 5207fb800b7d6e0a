"""Several visits by a pattern: plan, choose where a day has no time, then keep all or nothing.

For a new series, and for the rest of one that moves.
"""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from flask import redirect, url_for

from booking.access.gate import current_actor, needs, public
from booking.access.policy import Permission
from booking.appointments import actions
from booking.appointments.models import Appointment
from booking.appointments.queries import patient as queries
from booking.appointments.views import pattern, visit_move, who
from booking.appointments.views.site import bp
from booking.core import clock
from booking.core.errors import BookingError


@bp.get("/book/<uuid:service>/series")
@public
def choose_series(service: UUID) -> Any:
    """Ask for a pattern, and show what it comes to. Reading only."""
    asked = who.asked_for(service, "appointments.choose_series")
    form = pattern.form_of_address()
    legs = pattern.plan(asked, form) if pattern.sent() and form.validate() else []
    return pattern.page(asked, form, legs)


@bp.post("/book/<uuid:service>/series")
@public
def take_series(service: UUID) -> Any:
    """Keep all the times that were chosen, or none, and go on to who she is."""
    asked = who.asked_for(service, "appointments.choose_series")
    form = pattern.form_of_address()
    if not (pattern.sent() and form.validate()):
        return pattern.page(asked, form, [])
    if pattern.pressed_before():
        return redirect(who.after_keeping(), code=303)
    legs = [pattern.with_choice(leg) for leg in pattern.plan(asked, form)]
    if any(leg.error for leg in legs):
        return pattern.page(asked, form, legs)
    wanted = [(slot, None) for slot in pattern.slots_of(legs) if slot is not None]
    if not wanted:
        return redirect(url_for("appointments.choose_series", service=service), code=303)
    try:
        pattern.keep(asked, wanted, typed=who.known_as(asked))
    except BookingError as refused:
        return pattern.refused(asked, form, refused)
    return redirect(who.after_keeping(), code=303)


@bp.get("/visit/<uuid:visit>/move-rest")
@needs(Permission.MY_VISIT)
def move_rest(visit: UUID) -> Any:
    """Ask for a pattern for this visit and those after it in its series. Reading only."""
    mine = queries.appointment_for(current_actor(), visit)
    moving = _rest(mine)
    if not moving:
        return redirect(url_for("appointments.visit", visit=visit), code=303)
    asked = visit_move.asked_of(mine, path=url_for("appointments.move_rest", visit=visit))
    form = pattern.form_of_address()
    legs = pattern.plan(asked, form, moving) if pattern.sent() and form.validate() else []
    return pattern.page(asked, form, legs, moving=moving)


@bp.post("/visit/<uuid:visit>/move-rest")
@needs(Permission.MY_VISIT)
def take_rest(visit: UUID) -> Any:
    """Keep the other times, all or none, and show both. A visit that is left out stays."""
    mine = queries.appointment_for(current_actor(), visit)
    moving = _rest(mine)
    if not moving:
        return redirect(url_for("appointments.visit", visit=visit), code=303)
    asked = visit_move.asked_of(mine, path=url_for("appointments.move_rest", visit=visit))
    form = pattern.form_of_address()
    if not (pattern.sent() and form.validate()):
        return pattern.page(asked, form, [], moving=moving)
    legs = [pattern.with_choice(leg) for leg in pattern.plan(asked, form, moving)]
    if any(leg.error for leg in legs):
        return pattern.page(asked, form, legs, moving=moving)
    pairs = zip(pattern.slots_of(legs), moving, strict=True)
    wanted = [(slot, leg) for slot, leg in pairs if slot is not None]
    if not wanted:
        return redirect(url_for("appointments.visit", visit=visit), code=303)
    first = wanted[0][1].public_id
    try:
        pattern.keep(asked, [(slot, leg.id) for slot, leg in wanted])
    except BookingError as refused:
        return pattern.refused(asked, form, refused, moving)
    return redirect(url_for("appointments.check_move", visit=first), code=303)


def _rest(mine: Appointment) -> Sequence[Appointment]:
    """Return this visit and the later ones of its series that she may still move herself."""
    return actions.rest_of(current_actor(), mine, actions.ensure_movable, now=clock.now())
