"""Pages of conversations: the patient's, behind her visit, and the desk's."""

from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from booking.access.gate import current_actor, needs
from booking.access.policy import Permission
from booking.accounts import queries as accounts
from booking.appointments.emails import wanted_by
from booking.appointments.models import Appointment
from booking.appointments.queries import board as boards
from booking.appointments.queries import patient as visits
from booking.appointments.views.site import base_url
from booking.audit import actions as audit
from booking.audit.rules.patients import ConversationOpened, ConversationsListed
from booking.conversations import actions, queries
from booking.conversations.forms import LineForm
from booking.core import clock
from booking.core.db import transaction
from booking.core.errors import BadInput
from booking.patients import queries as patients
from booking.patients.models import Patient

bp = Blueprint("conversations", __name__)
BLUEPRINTS = (bp,)


@bp.get("/visit/<uuid:visit>/messages")
@needs(Permission.MY_VISIT)
def mine(visit: UUID) -> Any:
    """Show a patient what was written about a visit, and let her write."""
    return _mine_page(visits.appointment_for(current_actor(), visit), LineForm(formdata=None))


@bp.post("/visit/<uuid:visit>/messages")
@needs(Permission.MY_VISIT)
def write(visit: UUID) -> Any:
    """Keep what she wrote for the desk."""
    found = visits.appointment_for(current_actor(), visit)
    form, appointment_id = LineForm(), found.id
    if not form.validate():
        return _mine_page(found, form)
    try:
        with transaction():
            again = visits.appointment(appointment_id)
            actions.write(current_actor(), again, form.text.data or "", now=clock.now())
    except BadInput as refused:
        form.text.errors = [_(refused.message)]
        return _mine_page(visits.appointment(appointment_id), form)
    flash(_("Your message is with us. We read it when we are open."))
    return redirect(url_for("conversations.mine", visit=visit), code=303)


@bp.get("/messages")
@needs(Permission.WORKLIST)
def listed() -> str:
    """Show whose messages wait for the desk, longest first."""
    waiting = queries.waiting()
    page = render_template("conversations/list.html", waiting=waiting, zone=boards.zone().key)
    with transaction():
        event = ConversationsListed(patients=len(waiting))
        audit.record(event, by=current_actor(), at=clock.now())
    return page


@bp.get("/patients/<uuid:record>/messages")
@needs(Permission.WORKLIST)
def opened(record: UUID) -> Any:
    """Show the desk a conversation, with a place to answer."""
    return _desk_page(patients.current(record), LineForm(formdata=None))


@bp.post("/patients/<uuid:record>/messages")
@needs(Permission.WORKLIST)
def answer(record: UUID) -> Any:
    """Answer, or begin; she is told by mail that something waits, where that is safe."""
    form = LineForm()
    if not form.validate():
        return _desk_page(patients.current(record), form)
    try:
        with transaction():
            told = actions.answer(
                current_actor(),
                patients.current(record),
                form.text.data or "",
                now=clock.now(),
                base_url=base_url(),
            )
    except BadInput as refused:
        form.text.errors = [_(refused.message)]
        return _desk_page(patients.current(record), form)
    flash(
        _("Written. A neutral message says that something waits.")
        if told
        else _("Written. No message goes out, because e-mail is not safe here: call or text.")
    )
    return _back(record)


@bp.post("/patients/<uuid:record>/messages/settle")
@needs(Permission.WORKLIST)
def settle(record: UUID) -> Response:
    """Note that no answer is needed."""
    with transaction():
        actions.settle(current_actor(), patients.current(record), now=clock.now())
    flash(_("Noted."))
    return _back(record)


def _back(record: UUID) -> Response:
    return redirect(url_for("conversations.opened", record=record), code=303)


def _mine_page(visit: Appointment, form: LineForm) -> Any:
    """Behind a link: what was written on this visit's page. Signed in: all of her record's."""
    signed_in = current_actor().person_id is not None
    lines = queries.of_record(visit.patient_id) if signed_in else queries.of_visit(visit)
    page = render_template(
        "conversations/mine.html", visit=visit, lines=lines, form=form, zone=visit.location.zone
    )
    return page, 422 if form.errors else 200


def _desk_page(patient: Patient, form: LineForm) -> Any:
    lines = queries.of_record(patient.id)
    written_by = {line.by_user_id for line in lines if line.by_user_id is not None}
    zone = boards.zone()
    peace = patients.hard_dates([patient.resource_id])[patient.resource_id]
    page = render_template(
        "conversations/desk.html",
        patient=patient,
        lines=lines,
        writers={number: accounts.user(number).name for number in written_by},
        form=form,
        zone=zone.key,
        mailed=wanted_by(patient),
        open_lines=sum(line.settled_at is None for line in lines),
        in_peace=peace.meet(clock.now(), zone),
    )
    with transaction():
        event = ConversationOpened(patient_id=patient.id, lines=len(lines))
        audit.record(event, by=current_actor(), at=clock.now())
    return page, 422 if form.errors else 200
