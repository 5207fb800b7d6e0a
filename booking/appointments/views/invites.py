"""What calendar entries show, and by which clock nothing is sent at night: hers to choose."""

from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _

from booking.access.gate import current_actor, needs
from booking.access.policy import Permission
from booking.appointments import actions, emails
from booking.appointments.forms import InvitesForm
from booking.appointments.models import Appointment
from booking.appointments.queries import board
from booking.appointments.queries import patient as queries
from booking.appointments.views import board as board_page
from booking.appointments.views import words
from booking.appointments.views.board import bp as desk
from booking.appointments.views.site import bp
from booking.audit import actions as audit
from booking.core import clock
from booking.core.db import transaction
from booking.patients.models import InviteStyle


@bp.get("/visit/<uuid:visit>/calendar-entries")
@needs(Permission.MY_VISIT)
def invites(visit: UUID) -> Any:
    """Ask how much her own entries may say."""
    return _page("patient/invites", _mine(visit))


@bp.post("/visit/<uuid:visit>/calendar-entries")
@needs(Permission.MY_VISIT)
def choose_invites(visit: UUID) -> Any:
    """Keep what she chose."""
    form = _form(_mine(visit))
    if not form.validate():
        return _page("patient/invites", _mine(visit), form)
    with transaction():
        _choose(_mine(visit), form)
    return redirect(url_for("appointments.visit", visit=visit), code=303)


@desk.get("/visits/<uuid:public_id>/calendar-entries")
@needs(Permission.VISIT_RECEIVE)
def invites_at_desk(public_id: UUID) -> Any:
    """Ask the same for somebody at the desk or on the telephone."""
    _note(public_id)
    return _page("staff/invites", _seen(public_id))


@desk.post("/visits/<uuid:public_id>/calendar-entries")
@needs(Permission.VISIT_RECEIVE)
def choose_invites_at_desk(public_id: UUID) -> Any:
    """Keep what she chose, for her."""
    form = _form(_seen(public_id))
    if not form.validate():
        _note(public_id)
        return _page("staff/invites", _seen(public_id), form)
    with transaction():
        _choose(_seen(public_id), form)
    return redirect(url_for("desk.visit", public_id=public_id), code=303)


def _mine(visit: UUID) -> Appointment:
    return queries.appointment_for(current_actor(), visit)


def _seen(public_id: UUID) -> Appointment:
    return board.visit_for(current_actor(), public_id)


def _note(public_id: UUID) -> None:
    """Write into the audit that somebody at the desk opened this visit."""
    with transaction():
        audit.record(board_page.seen(_seen(public_id)), by=current_actor(), at=clock.now())


def _form(visit: Appointment, **values: Any) -> InvitesForm:
    form = InvitesForm(**values)
    form.offer_clocks(words.city(visit.location.zone))
    return form


def _choose(visit: Appointment, form: InvitesForm) -> None:
    actor, now = current_actor(), clock.now()
    actions.choose_invites(actor, visit, InviteStyle(form.style.data), now=now)
    actions.choose_clock(actor, visit, form.zone.data or "", now=now)
    flash(_("Saved. It holds from the next message on."))


def _page(template: str, visit: Appointment, form: InvitesForm | None = None) -> Any:
    hers = {"style": visit.patient.invites, "zone": visit.patient.zone}
    form = form or _form(visit, formdata=None, data=hers)
    detailed = emails.detailed_title(visit)
    page = render_template(
        f"appointments/{template}.html", visit=visit, form=form, detailed=detailed
    )
    return page, 422 if form.errors else 200
