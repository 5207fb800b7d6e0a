"""An owner's emergency: open a record's answers with a reason, read them, close them; a review."""

from typing import Any
from uuid import UUID

from flask import current_app, redirect, render_template, url_for
from flask_babel import gettext as _

from booking.access.gate import current_actor, needs
from booking.access.policy import Permission
from booking.accounts.views import prove
from booking.accounts.views.shell import outside
from booking.appointments.queries.board import zone
from booking.audit import actions as audit
from booking.audit.rules.patients import EmergenciesListed
from booking.core import clock
from booking.core.db import transaction
from booking.core.settings import Settings
from booking.intake.views.words import Section, on_day, section_of
from booking.rights import actions, queries
from booking.rights.actions.emergencies import Word
from booking.rights.forms import EmergencyForm
from booking.rights.queries import emergencies as emergency_queries
from booking.rights.queries.emergencies import FormRead
from booking.rights.rules import EMERGENCY_LIVES
from booking.rights.views import bp


@bp.get("/records/<uuid:record>/emergency")
@needs(Permission.ANSWERS_EMERGENCY)
def emergency(record: UUID) -> Any:
    """Say what opening means, and ask why it is necessary."""
    return _ask(record, EmergencyForm(formdata=None)), 200


@bp.post("/records/<uuid:record>/emergency")
@needs(Permission.ANSWERS_EMERGENCY)
def emergency_opened(record: UUID) -> Any:
    """Open the answers for an hour, after a fresh code."""
    if (first := prove()) is not None:
        return first
    form = EmergencyForm()
    if not form.validate_on_submit():
        return _ask(record, form), 422
    with transaction():
        actions.open_in_emergency(
            current_actor(), record, str(form.reason.data), word=_word(), now=clock.now()
        )
    return redirect(url_for("rights.emergency_answers", record=record), code=303)


@bp.get("/records/<uuid:record>/answers")
@needs(Permission.ANSWERS_EMERGENCY)
def emergency_answers(record: UUID) -> Any:
    """Show what the forms of a record say while the hour lasts."""
    with transaction():
        found = actions.read_in_emergency(current_actor(), record, now=clock.now())
        if found is None:
            return redirect(url_for("rights.emergency", record=record), code=303)
        patient, access, forms = found
        return render_template(
            "rights/emergency_answers.html",
            patient=patient,
            until=access.expires_at,
            forms=[_in_words(each) for each in forms],
            zone=zone().key,
        )


@bp.post("/records/<uuid:record>/answers/close")
@needs(Permission.ANSWERS_EMERGENCY)
def emergency_closed(record: UUID) -> Any:
    """Close the answers before the hour is over."""
    with transaction():
        actions.close_emergency(current_actor(), record, now=clock.now())
    return redirect(url_for("rights.emergencies"), code=303)


@bp.get("/emergencies")
@needs(Permission.ANSWERS_EMERGENCY)
def emergencies() -> str:
    """List every opening with who, whose and why, to be looked through by the owners."""
    found = emergency_queries.emergencies()
    page = render_template("rights/emergencies.html", found=found, zone=zone().key)
    with transaction():
        event = EmergenciesListed(emergencies=len(found))
        audit.record(event, by=current_actor(), at=clock.now())
    return page


def _ask(record: UUID, form: EmergencyForm) -> str:
    minutes = int(EMERGENCY_LIVES.total_seconds()) // 60
    patient = queries.record(record)
    return render_template("rights/emergency.html", patient=patient, form=form, minutes=minutes)


def _in_words(each: FormRead) -> tuple[str, list[Section]]:
    visit = each.form.appointment
    when = on_day(visit.starts_at, visit.location.zone)
    sections = (section_of(section, each.answers) for section in each.sections)
    told = [one for one in sections if one.rows or one.no or one.left_out]
    return str(_("Before the visit of %(day)s", day=when)), told if each.answers else []


def _word() -> Word:
    settings: Settings = current_app.extensions["settings"]
    return Word(
        frame=outside().mail_frame,
        link=f"{settings.base_url}{url_for('rights.emergencies')}",
        contact=settings.data_protection_contact,
    )
