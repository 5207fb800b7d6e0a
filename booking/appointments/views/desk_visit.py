"""The staff's page of one visit."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

from flask import current_app, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from booking.access.gate import current_actor, needs
from booking.access.policy import Permission
from booking.accounts import queries as accounts
from booking.appointments import actions, emails
from booking.appointments.models import Appointment
from booking.appointments.queries import away, desk
from booking.appointments.queries import board as queries
from booking.appointments.queries.listed import Listed
from booking.appointments.rules import Clearance, Status, ensure_may_start
from booking.appointments.views import drawing, messages, site
from booking.appointments.views.desk_site import bp, seen
from booking.appointments.views.signs import AHEAD, badges_of
from booking.audit import actions as audit
from booking.audit import queries as audit_queries
from booking.audit.rules.patients import AddressCorrected
from booking.audit.rules.visits import (
    AppointmentBooked,
    AppointmentCancelled,
    AppointmentMoved,
    AppointmentRequested,
    AppointmentStatusChanged,
    CallAsked,
    ChangeAsked,
    OverlapPermitted,
    RequestAnswered,
)
from booking.core import clock
from booking.core.db import transaction
from booking.core.errors import N_, WrongState
from booking.patients import queries as patients

HISTORY = (
    AppointmentBooked,
    AppointmentRequested,
    RequestAnswered,
    ChangeAsked,
    AppointmentMoved,
    AppointmentCancelled,
    AppointmentStatusChanged,
    OverlapPermitted,
    CallAsked,
    AddressCorrected,
)


@bp.get("/visits/<uuid:public_id>")
@needs(Permission.VISIT_READ)
def visit(public_id: UUID) -> str:
    """Show one visit: where it stands, how to reach the patient, what happened so far."""
    actor, now = current_actor(), clock.now()
    found = queries.visit_for(actor, public_id)
    behind, ahead = queries.earlier_and_later(found, now=now)
    day, today = found.starts_at.astimezone(queries.zone()).date(), clock.today(queries.zone())
    page = render_template(
        "appointments/staff/visit.html",
        visit=found,
        zone=found.location.zone,
        day=day,
        today=today,
        week_on=max(day, today) + timedelta(days=7),
        badges=badges_of([found]).get(found.id, ()),
        late=desk.late(found),
        needing=found.id in away.needing([found]),
        mailed=emails.wanted_by(found.patient),
        begun=now >= found.starts_at,
        over=now >= found.ends_at,
        standing=found.standing(now).value,
        company=desk.company_of(found),
        shades=drawing.SHADES,
        status_names=drawing.status_names(),
        history=_history(found),
        messages=messages.log_of(found, now=now) if actor.may(Permission.WORKLIST) else None,
        behind=behind,
        ahead=ahead,
        own=actor.practitioner_id == found.practitioner_id,
        rest=desk.rest_of(actor, found, now=now),
        hindrance=hindrance_of(found),
        answer=_answer(found),
    )
    opened = seen(found)
    with transaction():
        audit.record(opened, by=actor, at=now)
    return page


@bp.post("/visits/<uuid:public_id>/send-again")
@needs(Permission.WORKLIST)
def send_again(public_id: UUID) -> Response:
    """Send the patient how the visit stands once more."""
    actor = current_actor()
    with transaction():
        found = queries.visit_for(actor, public_id)
        actions.send_anew(actor, found, now=clock.now(), base_url=site.base_url())
    flash(_("The message is on its way once more."))
    return redirect(url_for("desk.visit", public_id=public_id, _anchor="messages"), code=303)


def _answer(visit: Appointment) -> str:
    """What last came back from the patient's calendar, untranslated; empty where nothing did."""
    ask: Callable[[Appointment], str] | None = current_app.extensions.get("desk.answer")
    return ask(visit) if ask else ""


def hindrance_of(visit: Appointment | Listed) -> str:
    """Return why the visit cannot begin yet, untranslated; empty where nothing is in the way."""
    if visit.status not in AHEAD:
        return ""
    if visit.clearance is Clearance.STOPPED:
        return N_("You decided to wait with this visit. Please speak with the patient first.")
    try:
        ensure_may_start(visit.clearance)
    except WrongState as reason:
        return reason.message
    return ""


def _history(visit: Appointment) -> list[dict[str, Any]]:
    """What happened to the visit, oldest first: tag, status, when, and who if on the staff."""
    rows = audit_queries.about_appointment(
        visit.id,
        patient_ids=patients.ids_behind(visit.patient_id),
        tags=[event.tag for event in HISTORY],
    )
    names: dict[str, str] = {}
    for row in rows:
        kind, _colon, number = row.actor.partition(":")
        if kind == "user" and row.actor not in names:
            names[row.actor] = accounts.user(int(number)).name
    return [
        {
            "tag": row.tag,
            "what": row.details.get("answer") or row.details.get("what"),
            "status": Status(str(row.details["status"])) if "status" in row.details else None,
            "at": row.at,
            "who": names.get(row.actor, ""),
        }
        for row in rows
    ]
