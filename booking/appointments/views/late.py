"""A visit too near to be changed online: the page that says so, and asking the clinic instead."""

from typing import Any

from flask import flash, render_template, request, url_for
from flask_babel import gettext as _

from booking.access.gate import current_actor
from booking.appointments import actions, rules
from booking.appointments.models import Appointment
from booking.appointments.queries import changes
from booking.appointments.queries import patient as queries
from booking.appointments.rules import Status
from booking.appointments.views import rows
from booking.core import clock
from booking.core.db import transaction
from booking.core.errors import BadInput, TooLate, WrongState


def ask_for(mine: Appointment) -> None:
    """Do what the button said: "move", "cancel" or "take-back". Raises BadInput, WrongState."""
    wish = request.form.get("wish", "")
    if wish not in {*rules.Wish, "take-back"}:
        raise BadInput
    appointment_id, actor, now = mine.id, current_actor(), clock.now()
    with transaction():
        visit = queries.appointment(appointment_id)
        if wish == "take-back":
            actions.take_back_change(actor, visit, now=now)
        else:
            actions.ask_change(actor, visit, rules.Wish(wish), now=now)
    flash(
        _("You no longer ask for that. Your visit stays as it is.")
        if wish == "take-back"
        else _("We have your wish, and will get in touch. Until then your visit stays as it is.")
    )


def too_late(mine: Appointment, ensure: Any) -> Any:
    """Return the page that says to call us instead, or None while it can be done online."""
    try:
        ensure(mine, now=clock.now())
    except (TooLate, WrongState) as why:
        page = render_template(
            "appointments/patient/too_late.html",
            booked=mine,
            visit=rows.visit_of(mine),
            message=_(why.message),
            moving=ensure is actions.ensure_movable,
            may_ask=actions.may_ask(mine, now=clock.now()),
            asked=changes.open_change(mine.id),
            ask_at=_ask_at(mine),
            cancelled=mine.status is Status.CANCELLED,
        )
        return page, why.status
    return None


def _ask_at(mine: Appointment) -> str:
    """Return where asking is sent to: with a mailed link, to the link."""
    token = (request.view_args or {}).get("token")
    if token is not None:
        return url_for("appointments.ask_by_link", token=token)
    return url_for("appointments.ask", visit=mine.public_id)
