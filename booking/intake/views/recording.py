"""Staff note what she read or allowed in person, and what came of an offer at a visit."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from flask import redirect, render_template, url_for
from werkzeug.wrappers import Response

from booking.access.gate import current_actor, needs
from booking.access.policy import Permission
from booking.appointments.views.desk_site import seen
from booking.audit import actions as audit
from booking.clinic import queries as clinic_queries
from booking.core import clock
from booking.core.choices import choice
from booking.core.db import transaction
from booking.core.errors import BadInput
from booking.intake.actions import consents as actions
from booking.intake.forms.consents import ConsentForm, LineForm
from booking.intake.models import Consent, ConsentKind, Given, Outcome, Through, Topic
from booking.intake.queries import consents as kept
from booking.intake.queries import questionnaires
from booking.intake.queries import review as queries
from booking.intake.rules.consents import FORM_QUESTIONS, Shown, asked_here
from booking.intake.rules.visibility import Level
from booking.intake.views import consents as words
from booking.intake.views.staff import staff
from booking.intake.views.words import _, first


@staff.route("/forms/<uuid:public_id>/consents", methods=["GET", "POST"])
@needs(Permission.INTAKE_REVIEW)
def consents(public_id: UUID) -> Any:
    """Show every record with its text, and note one said in person."""
    form = ConsentForm()
    texts = _texts()
    form.kind.choices = [choice(kind, _(words.NAMES[kind])) for kind in texts]
    if form.validate_on_submit():
        kind = ConsentKind(form.kind.data)
        with transaction():
            actions.record_at_desk(
                current_actor(),
                public_id,
                kind,
                Given(form.given.data),
                texts[kind],
                through=Through(form.through.data),
                now=clock.now(),
            )
        return redirect(url_for("intake.consents", public_id=public_id), code=303)
    visit = queries.visit_for_reception(public_id)
    with transaction():
        audit.record(seen(visit), by=current_actor(), at=clock.now())
    visit = queries.visit_for_reception(public_id)
    page = render_template(
        "intake/staff/consents.html",
        public_id=public_id,
        name=visit.patient.name,
        patient=visit.patient,
        form=form,
        records=words.history(_seen(visit.patient_id), zone=visit.location.zone),
        texts=[(_(words.NAMES[kind]), shown.text) for kind, shown in texts.items()],
        first_name=first(visit.patient.name),
    )
    return page, 422 if form.errors else 200


@staff.post("/forms/<uuid:public_id>/line")
@needs(Permission.INTAKE_READ)
def line(public_id: UUID) -> Response:
    """The practitioner notes what came of an offer at her visit."""
    queries.visit_for_practitioner(current_actor(), public_id, now=clock.now())
    form = LineForm()
    if not form.validate_on_submit():
        raise BadInput
    with transaction():
        actions.note_line(
            current_actor(),
            public_id,
            Topic(form.topic.data),
            Outcome(form.outcome.data),
            now=clock.now(),
        )
    return redirect(url_for("intake.read", public_id=public_id, _anchor="at-visit"), code=303)


def _seen(patient_id: int) -> Sequence[Consent]:
    level = Level(clinic_queries.organisation().reception_view)
    return kept.consents_at_desk(patient_id, level=level)


def _texts() -> dict[ConsentKind, Shown]:
    """What can be noted in person, each with the text it is about; the GP is on the form."""
    asked, pages = questionnaires.current(), words.page_texts()
    read = {
        kind: Shown(f"{_(asked.find(FORM_QUESTIONS[kind]).text)}\n\n{page}", asked.version)
        for kind, page in pages.items()
    }
    here = asked_here(clinic_queries.organisation().permissions)
    return {**read, **{kind: words.permission(kind) for kind in here}}
