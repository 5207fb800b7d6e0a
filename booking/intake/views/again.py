"""One question the clinic asked again; and what there is to read before sending."""

from typing import Any
from uuid import UUID

from flask import make_response, redirect, request, url_for
from flask import render_template as render
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from booking.access.gate import current_actor, needs
from booking.access.policy import Permission
from booking.core import clock
from booking.core.db import transaction
from booking.core.errors import NotFound
from booking.intake.actions import again as actions
from booking.intake.forms.patient import PageForm, page_form
from booking.intake.queries import patient as queries
from booking.intake.queries.patient import Filling
from booking.intake.rules import medicines
from booking.intake.rules.conditions import holds
from booking.intake.rules.conditions import questions as depends_on
from booking.intake.rules.questionnaire import Item, Kind, live, questions, walk
from booking.intake.views.frame import (
    bp,
    device,
    forms_link,
    go_to,
    help_now,
    load,
    remember_device,
    stop_page,
    today,
    urgent_stop,
)


@bp.route("/<uuid:visit>/again/<uuid:asked>", methods=["GET", "POST"])
@needs(Permission.MY_ANSWERS)
def again(visit: UUID, asked: UUID) -> Any:
    """One question the clinic asked again; only that one."""
    filled = load(visit)
    item = filled.questionnaire.find(queries.question_asked(filled, asked).link_id)
    if item.kind is Kind.GROUP:
        return go_to("questions.again_list", visit, asked=asked)
    form = _form_of(filled, item)
    if request.method == "GET" or not form.validate_on_submit():
        return _show(filled, form)
    if not form.given:
        form[form.questions[0].name].errors = [_("Please choose or write something here.")]
        return _show(filled, form)
    return remember_device(_answered(visit, asked, form, _list_after(filled, item, form)))


def _form_of(filled: Filling, item: Item) -> PageForm:
    """The form of one question with its details, never filled in from before."""
    page = Item(link_id="again", kind=Kind.GROUP, text=item.text, items=(item,))
    own = {each.link_id for each in walk([item])}
    counted = live(filled.questionnaire.sections, filled.sight.answers)
    before = {key: value for key, value in counted.items() if key not in own}
    return page_form(page, list(questions(page)), {}, before=before, today=today(filled))


def _show(filled: Filling, form: PageForm) -> Any:
    body = render("intake/patient/again.html", filled=filled, form=form)
    return body, 422 if form.errors else 200


def _list_after(filled: Filling, item: Item, form: PageForm) -> Item | None:
    """The list that this answer opens, such as the medicines after "Yes, I'll list them"."""
    for section in filled.questionnaire.sections:
        for page in section.items:
            opens = item.link_id in depends_on(page.when) and holds(page.when, form.given)
            if opens and page.items[0].kind is Kind.GROUP:
                return page.items[0]
    return None


def _answered(visit: UUID, asked: UUID, form: PageForm, group: Item | None) -> Response:
    save = actions.answer_again if group is None else actions.answer_first_part
    with transaction():
        save(
            current_actor(),
            visit,
            asked,
            form.given,
            token=device(),
            link=forms_link(),
            now=clock.now(),
        )
    filled = load(visit)
    if stop := urgent_stop(filled, form.given):
        onward = url_for("questions.sent", visit=visit)
        return make_response(stop_page(filled, stop, onward=onward))
    endpoint = "questions.thanks" if group is None else "questions.again_list"
    return go_to(endpoint, visit, asked=asked)


@bp.route("/<uuid:visit>/again/<uuid:asked>/list", methods=["GET", "POST"])
@needs(Permission.MY_ANSWERS)
def again_list(visit: UUID, asked: UUID) -> Any:
    """A list the clinic asked about: add to it; what was listed before stays and is not shown."""
    filled = load(visit)
    item = filled.questionnaire.find(queries.question_asked(filled, asked).link_id)
    group = item if item.kind is Kind.GROUP else filled.questionnaire.find("med_list")
    entry = Item(link_id=group.link_id, kind=Kind.GROUP, text=group.text, items=group.items)
    form = page_form(entry, list(questions(entry)), {}, before={}, today=today(filled))
    blank = not any(field.data for field in form if field.name != "csrf_token")
    added = "added" in request.args
    if request.method == "POST" and blank and added and request.form.get("go") != "add":
        return _close_list(visit, asked)
    if request.method == "GET" or not form.validate_on_submit():
        body = render(
            "intake/patient/again_list.html",
            filled=filled,
            group=group,
            form=form,
            added=added,
            names=medicines.shipped().names(),
        )
        return body, 422 if form.errors else 200
    with transaction():
        actions.add_row(
            current_actor(),
            visit,
            asked,
            group,
            form.given,
            token=device(),
            link=forms_link(),
            now=clock.now(),
        )
    if request.form.get("go") == "add":
        address = url_for("questions.again_list", visit=visit, asked=asked, added=1)
        return remember_device(redirect(address, code=303))
    return _close_list(visit, asked)


def _close_list(visit: UUID, asked: UUID) -> Response:
    with transaction():
        actions.finish_list(
            current_actor(),
            visit,
            asked,
            token=device(),
            link=forms_link(),
            now=clock.now(),
        )
    return remember_device(go_to("questions.thanks", visit, asked=asked))


@bp.get("/<uuid:visit>/again/<uuid:asked>/thanks")
@needs(Permission.MY_ANSWERS)
def thanks(visit: UUID, asked: UUID) -> Any:
    """The answer has arrived."""
    filled = load(visit)
    if filled.form is None:
        raise NotFound
    left = [each.public_id for each in queries.open_questions(filled.form)]
    return render("intake/patient/thanks.html", filled=filled, left=left, help=help_now(filled))


@bp.get("/<uuid:visit>/information")
@needs(Permission.MY_ANSWERS)
def information(visit: UUID) -> str:
    """What a visit involves and its risks: to read before ticking that it was read."""
    return render("intake/patient/information.html", filled=load(visit))
