"""The questions before a visit, as a patient meets them. Addresses are numbers, titles neutral."""

from typing import Any
from uuid import UUID

from flask import render_template as render
from flask import request, url_for
from werkzeug.wrappers import Response

from booking.access.gate import current_actor, needs
from booking.access.policy import Permission
from booking.core import clock
from booking.core.db import transaction
from booking.core.errors import NotFound
from booking.intake.actions import patient as actions
from booking.intake.forms.patient import CodeForm, PageForm
from booking.intake.queries import patient as queries
from booking.intake.queries.patient import Filling
from booking.intake.rules.progress import SENDING_PAGE
from booking.intake.rules.questionnaire import Item, Kind, questions
from booking.intake.views.frame import (
    bp,
    correcting,
    fixed,
    form_for,
    go_to,
    help_now,
    is_kept,
    load,
    onward,
    remember_device,
    save_page,
    steps_of,
    stop_page,
    urgent_stop,
)
from booking.intake.views.recheck import recheck_page
from booking.intake.views.rows import rows_page


@bp.get("/")
@needs(Permission.MY_ANSWERS)
def begin() -> Response:
    """Go to the form of the visit the link is for, or of the next one."""
    visit = queries.next_visit(current_actor(), now=clock.now())
    return go_to("questions.start", visit)


@bp.get("/<uuid:visit>")
@needs(Permission.MY_ANSWERS)
def start(visit: UUID) -> str | Response:
    """Urgent help, how long it takes, who reads it."""
    filled = load(visit)
    if filled.sent and filled.form is not None:
        if asked := queries.open_questions(filled.form):
            return go_to("questions.again", visit, asked=asked[0].public_id)
        return go_to("questions.sent", visit)
    return render(
        "intake/patient/start.html",
        filled=filled,
        help=help_now(filled),
        about=fixed(filled, "start_about"),
        begun=filled.version > 0,
    )


@bp.get("/<uuid:visit>/list")
@needs(Permission.MY_ANSWERS)
def tasks(visit: UUID) -> str | Response:
    """The sections and how far each is."""
    filled = load(visit)
    if filled.sent:
        return go_to("questions.sent", visit)
    return render("intake/patient/list.html", **task_rows(filled), form=CodeForm())


def task_rows(filled: Filling) -> dict[str, Any]:
    """What the list shows: each section, where it begins, how far it is; whether all is there."""
    sight = filled.sight
    rows = []
    for section in filled.questionnaire.sections:
        own = [page for page in sight.pages() if page.section is section]
        if not own and not sight.is_closed(section):
            continue
        unsaved = [page for page in own if page.item.link_id not in sight.seen]
        rows.append(
            {
                "section": section,
                "place": filled.place_of((unsaved or own)[0].item) if own else None,
                "state": "closed" if sight.is_closed(section) else str(sight.state(section)),
            }
        )
    return {"filled": filled, "rows": rows, "ready": sight.next_open() is None}


@bp.route("/<uuid:visit>/<int:place>", methods=["GET", "POST"])
@needs(Permission.MY_ANSWERS)
def question(visit: UUID, place: int) -> Any:
    """One page of questions: show it, or save it and go on."""
    filled = load(visit)
    if filled.sent and not correcting(filled):
        return go_to("questions.sent", visit)
    if not 1 <= place <= len(filled.places):
        raise NotFound
    page = filled.places[place - 1]
    if page.link_id == SENDING_PAGE:
        return go_to("questions.check", visit)
    if page.link_id not in [each.item.link_id for each in filled.sight.pages_to_change()]:
        return go_to("questions.tasks", visit)
    if page.recheck:
        return recheck_page(filled, page)
    group = next((item for item in page.items if item.kind is Kind.GROUP), None)
    if group is not None:
        return rows_page(filled, page, group)
    return _plain_page(filled, page)


def _plain_page(filled: Filling, page: Item) -> Any:
    form = form_for(filled, page, page)
    form.partial = request.form.get("go") == "leave"
    if request.method == "GET" or not form.validate_on_submit():
        return _show_page(filled, page, form)
    visit = filled.visit.public_id
    if form.given or not form.partial:
        save_page(filled, page, form.given)
    return remember_device(onward(visit, page, form.given))


def _show_page(filled: Filling, page: Item, form: PageForm) -> Any:
    earlier = {item.link_id for item in questions(page)} & set(filled.sight.answers)
    if request.method == "GET" and earlier:
        with transaction():
            actions.note_opened(current_actor(), filled, now=clock.now())
        filled = load(filled.visit.public_id)
    urgent = page.link_id == "urgent_now"
    first = _opens_section(filled, page)
    body = render(
        "intake/patient/question.html",
        filled=filled,
        page=page,
        steps=steps_of(filled, page),
        form=form,
        first=first,
        kept=first is not None and is_kept(first),
        help=help_now(filled) if urgent else None,
        texts=[fixed(filled, item.link_id) for item in page.items if item.kind is Kind.DISPLAY],
    )
    return body, 422 if form.errors else 200


def _opens_section(filled: Filling, page: Item) -> Item | None:
    """The section a page is the first of, whose introduction it shows."""
    return next(
        (section for section in filled.questionnaire.sections if section.items[0] is page), None
    )


@bp.get("/<uuid:visit>/<int:place>/now")
@needs(Permission.MY_ANSWERS)
def now(visit: UUID, place: int) -> Any:
    """Stop and get help: fixed texts for what was ticked on the page just saved."""
    filled = load(visit)
    if not 1 <= place <= len(filled.places):
        raise NotFound
    page = filled.places[place - 1]
    own = {item.link_id for item in questions(page)}
    given = {key: value for key, value in filled.sight.answers.items() if key in own}
    stop = urgent_stop(filled, given)
    if not stop:
        return go_to("questions.tasks", visit)
    following = filled.sight.after(page.link_id)
    if following is None or filled.sent:
        return stop_page(filled, stop, onward=url_for("questions.tasks", visit=visit))
    place = filled.place_of(following.item)
    onward = url_for("questions.question", visit=visit, place=place)
    return stop_page(filled, stop, onward=onward)
