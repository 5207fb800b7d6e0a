"""Check, send, leave for now, come back on another device."""

from typing import Any
from uuid import UUID

from flask import render_template as render
from flask import request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from booking.access.gate import current_actor, needs
from booking.access.policy import Permission
from booking.core import clock
from booking.core.db import transaction
from booking.intake.actions import patient as actions
from booking.intake.forms.fields.base import without_optional
from booking.intake.forms.patient import CodeForm, page_form
from booking.intake.queries import patient as queries
from booking.intake.queries.patient import Filling
from booking.intake.rules.answers import Answer, Answers
from booking.intake.rules.consents import FORM_QUESTIONS, ConsentKind
from booking.intake.rules.progress import SENDING_PAGE
from booking.intake.rules.questionnaire import Item, live, questions
from booking.intake.views.consents import page_texts
from booking.intake.views.frame import (
    CHECK,
    MINE,
    bp,
    coming_from,
    device,
    fixed,
    forms_link,
    go_to,
    help_now,
    left,
    load,
    remember_device,
    today,
)
from booking.intake.views.openings import who_opened
from booking.intake.views.patient import task_rows
from booking.intake.views.said import row_words, said


@bp.route("/<uuid:visit>/check", methods=["GET", "POST"])
@needs(Permission.MY_ANSWERS)
def check(visit: UUID) -> Any:
    """Everything said, with a way to change it; then three statements and the button."""
    filled = load(visit)
    if filled.sent:
        return go_to("questions.sent", visit)
    page = filled.questionnaire.find(SENDING_PAGE)
    ticks = [item for item in questions(page) if item.link_id not in filled.sight.draft.answers]
    form = page_form(page, ticks, {}, before={}, today=today(filled))
    missing = _still_missing(filled)
    if request.method == "POST" and form.validate_on_submit() and not missing:
        with transaction():
            actions.send(
                current_actor(),
                visit,
                form.given,
                pages=page_texts(),
                token=device(),
                link=forms_link(),
                now=clock.now(),
            )
        return remember_device(go_to("questions.sent", visit))
    if request.method == "GET" and filled.sight.seen:
        with transaction():
            actions.note_opened(current_actor(), filled, now=clock.now())
        filled = load(visit)
    failed = request.method == "POST"
    body = render(
        "intake/patient/check.html",
        filled=filled,
        form=form,
        groups=_answer_groups(filled, origin=CHECK),
        missing=_still_missing(filled),
        has_error=failed,
        failed=failed,
    )
    return body, 422 if failed else 200


def _still_missing(filled: Filling) -> list[tuple[str, str]]:
    """Pages to go to before sending: the question's words, and the address."""
    visit = filled.visit.public_id
    sight = filled.sight
    return [
        (
            str(_(page.item.text)),
            url_for(
                "questions.question",
                visit=visit,
                place=filled.place_of(page.item),
                **coming_from(CHECK),
            ),
        )
        for page in sight.pages()
        if page.item.link_id not in sight.seen or sight.lacks(page)
    ]


def _answer_groups(filled: Filling, *, origin: str) -> list[dict[str, Any]]:
    """By section: its name, whether it is shut here, and rows for the `rows` macro."""
    groups = []
    counted = live(filled.questionnaire.sections, filled.sight.answers)
    for section in filled.questionnaire.sections:
        closed = filled.sight.is_closed(section)
        rows = [] if closed else _section_rows(filled, section, counted, origin=origin)
        if rows or closed:
            groups.append({"title": _(section.text), "closed": closed, "rows": rows})
    return groups


def _section_rows(
    filled: Filling, section: Item, counted: Answers, *, origin: str
) -> list[tuple[str, str, str, str]]:
    rows = []
    for page in filled.sight.pages_to_change():
        if page.section is not section:
            continue
        place = filled.place_of(page.item)
        address = url_for(
            "questions.question",
            visit=filled.visit.public_id,
            place=place,
            **coming_from(origin),
        )
        for item in filled.sight.asked(page):
            words = _value(item, counted.get(item.link_id))
            question = without_optional(item.label or item.text)
            rows.append((question, words, address, question))
    return rows


def _value(item: Item, answer: Answer | None) -> str:
    if answer is None:
        return ""
    if answer.rows:
        return "\n".join(": ".join(filter(None, row_words(item, row))) for row in answer.rows)
    return said(item, answer)


@bp.get("/<uuid:visit>/sent")
@needs(Permission.MY_ANSWERS)
def sent(visit: UUID) -> Any:
    """It has arrived; the fixed urgent help once more; what the clinic asked since, if anything."""
    filled = load(visit)
    if not filled.sent or filled.form is None:
        return go_to("questions.start", visit)
    asked = [(each.public_id, each.link_id) for each in queries.open_questions(filled.form)]
    return render(
        "intake/patient/sent.html",
        filled=filled,
        help=help_now(filled),
        support=_support(filled),
        eat="" if filled.visit.room_id is None else fixed(filled, "eat"),
        to_confirm=queries.to_confirm(filled.form),
        statements=_statements(filled),
        asked=[public_id for public_id, _link_id in asked],
    )


def _statements(filled: Filling) -> list[tuple[str, str]]:
    """The statements before sending that nobody but she can tick: (name, words)."""
    page = filled.questionnaire.find(SENDING_PAGE)
    kept = {FORM_QUESTIONS[kind] for kind in (ConsentKind.INFORMATION, ConsentKind.PRIVACY)}
    return [(each.link_id, str(_(each.text))) for each in questions(page) if each.link_id in kept]


def _support(filled: Filling) -> str:
    """Where to get support, for who asked to be told."""
    wish = filled.sight.answers.get("feel_talk")
    wanted = wish is not None and "support" in wish.codes
    return fixed(filled, "P-SUPPORT") if wanted else ""


@bp.get("/<uuid:visit>/mine")
@needs(Permission.MY_ANSWERS)
def mine(visit: UUID) -> Any:
    """What was sent, to read or print, in a browser that may see it."""
    filled = load(visit)
    if not filled.sent:
        return go_to("questions.start", visit)
    return _show_mine(filled, CodeForm())


def _show_mine(filled: Filling, form: CodeForm) -> str:
    if filled.sight.seen:
        with transaction():
            actions.note_opened(current_actor(), filled, now=clock.now())
        filled = load(filled.visit.public_id)
    return render(
        "intake/patient/mine.html",
        filled=filled,
        groups=_answer_groups(filled, origin=MINE),
        openings=who_opened(filled.form, zone=filled.visit.location.zone) if filled.form else [],
        form=form,
    )


@bp.post("/<uuid:visit>/leave")
@needs(Permission.MY_ANSWERS)
def leave(visit: UUID) -> Response:
    """Stop for now: show the code that opens these answers on another device."""
    return remember_device(left(visit))


@bp.post("/<uuid:visit>/code")
@needs(Permission.MY_ANSWERS)
def code(visit: UUID) -> Any:
    """Take the code from the other device."""
    form = CodeForm()
    sent = load(visit).sent
    with transaction():
        right = actions.use_resume_code(
            current_actor(), visit, form.bare, token=device(), now=clock.now()
        )
    if right:
        endpoint = "questions.mine" if sent else "questions.tasks"
        return remember_device(go_to(endpoint, visit))
    form.code.errors = [
        _("That is not the code. Please look at it again. It has eight letters and numbers.")
    ]
    if sent:
        return _show_mine(load(visit), form), 422
    return render("intake/patient/list.html", **task_rows(load(visit)), form=form), 422
