"""Staff type a form for somebody who gave it on paper, by phone or in person."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from booking.access.gate import current_actor, needs
from booking.access.policy import Permission
from booking.appointments.views.desk_site import seen
from booking.audit import actions as audit
from booking.core import clock
from booking.core.db import transaction
from booking.core.errors import WrongState
from booking.core.words import local_day
from booking.intake.actions import typing as actions
from booking.intake.forms.patient import PageForm, page_form
from booking.intake.forms.typing import MEDICINE_LINES, WayForm
from booking.intake.models import Way
from booking.intake.queries import patient as queries
from booking.intake.queries import questionnaires
from booking.intake.rules.answers import Answer, Answers
from booking.intake.rules.changes import MEDICINES
from booking.intake.rules.progress import SENDING_PAGE
from booking.intake.rules.questionnaire import Item, Kind, Questionnaire, questions
from booking.intake.views.consents import page_texts
from booking.intake.views.frame import bp, device, forms_link, go_to
from booking.intake.views.staff import staff
from booking.intake.views.words import _, first


@staff.route("/forms/<uuid:public_id>/type", methods=["GET", "POST"])
@needs(Permission.INTAKE_TYPE)
def type_form(public_id: UUID) -> Any:
    """All questions on one page; what is typed is sent in one go."""
    visit = actions.visit_to_type(current_actor(), public_id, now=clock.now())
    asked = questionnaires.put_to(visit.patient, questionnaires.current())
    day = local_day(clock.now(), visit.location.zone)
    whole = Item(link_id="all", kind=Kind.GROUP, text="", items=tuple(_put(asked)))
    form = page_form(whole, list(_put(asked)), {}, before={}, today=day)
    form.partial = True
    way = WayForm(prefix="way")
    if request.method == "POST" and form.validate_on_submit() and way.validate_on_submit():
        try:
            with transaction():
                actions.type_form(
                    current_actor(),
                    public_id,
                    _told(form, way),
                    Way(way.way.data),
                    link=forms_link(),
                    now=clock.now(),
                )
        except WrongState as wrong:
            form.form_errors.append(_(wrong.message))
        else:
            return _back_to(public_id)
    failed = bool(form.errors or way.errors or form.form_errors)
    with transaction():
        audit.record(seen(visit), by=current_actor(), at=clock.now())
    visit = actions.visit_to_type(current_actor(), public_id, now=clock.now())
    page = render_template(
        "intake/staff/type.html",
        name=first(visit.patient.name),
        back=_page_of(public_id),
        form=form,
        way=way,
        sections=_sections(asked, form),
        has_error=failed,
    )
    return page, 422 if failed else 200


@staff.post("/forms/<uuid:public_id>/confirmed")
@needs(Permission.INTAKE_TYPE)
def confirmed(public_id: UUID) -> Response:
    """What was typed was gone through with her at the visit."""
    with transaction():
        actions.confirm_at_visit(current_actor(), public_id, now=clock.now())
    return _back_to(public_id)


@bp.post("/<uuid:visit>/confirm")
@needs(Permission.MY_ANSWERS)
def confirm(visit: UUID) -> Response:
    """She finds right what was typed for her, and ticks what she has read of the rest."""
    page = queries.filling(
        current_actor(), visit, token=device(), now=clock.now()
    ).questionnaire.find(SENDING_PAGE)
    ticks = {
        item.link_id: Answer(codes=("yes",))
        for item in questions(page)
        if item.tick and request.form.get(item.link_id)
    }
    with transaction():
        actions.confirm_by_link(current_actor(), visit, ticks, pages=page_texts(), now=clock.now())
    return go_to("questions.sent", visit)


def _page_of(public_id: UUID) -> str:
    """The page of the form for whoever types: reception's, or the practitioner's."""
    endpoint = "intake.review" if current_actor().is_reception else "intake.read"
    return url_for(endpoint, public_id=public_id)


def _back_to(public_id: UUID) -> Response:
    return redirect(_page_of(public_id), code=303)


def _put(asked: Questionnaire) -> list[Item]:
    """The questions to type an answer to; lists are typed as lines, statements are hers."""
    return [
        item
        for section in asked.sections
        for page in section.items
        if page.link_id != SENDING_PAGE
        for item in questions(page)
        if item.kind is not Kind.GROUP
    ]


@dataclass(frozen=True)
class TypedSection:
    """One section of the page; the medicines are typed as lines below the questions about them."""

    key: str
    title: str
    questions: tuple[Any, ...]
    lists_medicines: bool


def _sections(asked: Questionnaire, form: PageForm) -> list[TypedSection]:
    found = [_section(section, form) for section in asked.sections]
    return [each for each in found if each.questions]


def _section(section: Item, form: PageForm) -> TypedSection:
    own = {item.link_id for page in section.items for item in questions(page)}
    return TypedSection(
        key=section.link_id,
        title=str(_(section.text)),
        questions=tuple(each for each in form.questions if each.item.link_id in own),
        lists_medicines=MEDICINES in own,
    )


def _told(form: PageForm, way: WayForm) -> Answers:
    names = [line.strip() for line in str(way.medicines.data or "").splitlines() if line.strip()]
    rows = tuple({"med_name": Answer(text=name)} for name in names[:MEDICINE_LINES])
    return {**form.given, **({"med_list": Answer(rows=rows)} if rows else {})}
