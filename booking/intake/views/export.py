"""A form to take along: as FHIR, as plain JSON, on paper. Every one is in the audit."""

import json
from typing import Any
from uuid import UUID

from flask import make_response, request
from werkzeug.wrappers import Response

from booking.access.gate import current_actor, needs
from booking.access.policy import Permission
from booking.accounts.views import step_up
from booking.clinic import queries as clinic_queries
from booking.core import clock
from booking.core.db import transaction
from booking.core.errors import NotFound
from booking.intake.actions import deciding as actions
from booking.intake.queries import questionnaires
from booking.intake.queries.answers import newest
from booking.intake.queries.review import Review, visit_for_reception
from booking.intake.rules.answers import Json
from booking.intake.rules.fhir import bundle
from booking.intake.views import paper
from booking.intake.views.desk import header
from booking.intake.views.frame import numbers
from booking.intake.views.staff import staff
from booking.intake.views.words import _, on_day, section_of

KINDS = {
    "fhir": ("application/fhir+json", "form.fhir.json"),
    "json": ("application/json", "form.json"),
    "pdf": ("application/pdf", "form.pdf"),
}


@staff.get("/forms/<uuid:public_id>/copy")
@needs(Permission.INTAKE_READ)
def copy(public_id: UUID) -> Any:
    """Give a copy of a form that was sent, after a fresh code: a PDF unless `as` says else."""
    kind = request.args.get("as", "pdf")
    if kind not in KINDS:
        raise NotFound
    if (again := step_up()) is not None:
        return again
    now = clock.now()
    with transaction():
        review = actions.copy_form(current_actor(), public_id, kind=kind, now=now)
        content = _content(review, kind)
    return _file(content, *KINDS[kind])


@staff.get("/forms/<uuid:public_id>/blank")
@needs(Permission.INTAKE_REVIEW)
def blank(public_id: UUID) -> Response:
    """The questions on paper for one visit, to fill in by hand."""
    patient, clinic = visit_for_reception(public_id).patient, clinic_queries.organisation()
    asked = questionnaires.put_to(patient, questionnaires.current())
    help_texts = ("start", "start_call", "start_today", "start_about")
    told = [str(_(asked.find(each).text)).format(**numbers()) for each in help_texts]
    signs = [f"• {_(sign.text)}" for sign in asked.find("start_signs").items]
    helping = [*told[:2], *signs, *told[2:]]
    title = _("Questions before your visit")
    helping = [_("For %(name)s", name=patient.name), *helping]
    content = paper.blank_pdf(asked, title=title, helping=helping, foot=clinic.outward_name)
    return _file(content, "application/pdf", "form.pdf")


def _content(review: Review, kind: str) -> bytes:
    if kind == "pdf":
        return _pdf(review)
    found = newest(review.form) if review.form is not None else None
    if found is None:
        raise NotFound
    data: Json = found.response
    if kind == "fhir":
        data = bundle(
            found.response,
            review.answers,
            questionnaire=review.questionnaire,
            patient=review.visit.patient.public_id,
            authored=found.saved_at,
        )
    return json.dumps(data, ensure_ascii=False, indent=1).encode()


def _pdf(review: Review) -> bytes:
    visit = review.visit
    sent = review.form.sent_at if review.form is not None else None
    lines = [header(visit, service=visit.service.outward_name, now=clock.now())]
    if sent is not None:
        lines.append(_("Sent %(when)s.", when=on_day(sent, visit.location.zone)))
    sections = [section_of(each, review.answers) for each in review.questionnaire.sections]
    told = [each for each in sections if each.rows or each.no or each.left_out]
    foot = clinic_queries.organisation().outward_name
    return paper.answers_pdf(told, name=visit.patient.name, below="\n".join(lines), foot=foot)


def _file(content: bytes, kind: str, name: str) -> Response:
    response: Response = make_response(content)
    response.headers["Content-Type"] = kind
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
