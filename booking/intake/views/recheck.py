"""Before a later visit: each medicine listed before, one by one, and how it is now."""

from typing import Any

from flask import render_template as render
from flask import request
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from booking.access.gate import current_actor
from booking.core import clock
from booking.core.db import transaction
from booking.intake.actions import patient as actions
from booking.intake.forms.recheck import RecheckForm, recheck_form
from booking.intake.queries.patient import Filling
from booking.intake.rules.answers import Answer, Answers
from booking.intake.rules.questionnaire import Item
from booking.intake.rules.recheck import CHANGED, rechecked
from booking.intake.views.frame import (
    fixed,
    go_to,
    load,
    onward,
    remember_device,
    save_page,
    steps_of,
)
from booking.intake.views.said import row_words


def recheck_page(filled: Filling, page: Item) -> Any:
    """Show the medicines with a choice at each, or keep what was chosen."""
    group = filled.questionnaire.find(page.recheck)
    rows = filled.sight.answers[page.recheck].rows
    form = recheck_form(rows, [_name(group, row) for row in rows])
    form.partial = request.form.get("go") == "leave"
    if request.method == "GET" or not form.validate_on_submit():
        return _show(filled, page, form)
    now_rows = rechecked(rows, form.given)
    save_page(filled, page, {page.recheck: Answer(rows=now_rows)})
    changed = next((n for n, state in enumerate(form.given, 1) if state == CHANGED), None)
    if changed is not None and not form.partial:
        return remember_device(_to_entry(filled, page, changed, len(now_rows)))
    return remember_device(onward(filled.visit.public_id, page, {}))


def _name(group: Item, row: Answers) -> str:
    return ", ".join(part for part in row_words(group, row) if part)


def _to_entry(filled: Filling, page: Item, row: int, of: int) -> Response:
    """On to the entry of the first one that changed, to say how."""
    places = [
        each for each in filled.places if page.recheck in [item.link_id for item in each.items]
    ]
    place = filled.place_of(places[0])
    return go_to("questions.question", filled.visit.public_id, place=place, row=row, of=of)


def _show(filled: Filling, page: Item, form: RecheckForm) -> Any:
    if request.method == "GET":
        with transaction():
            actions.note_opened(current_actor(), filled, now=clock.now())
        filled = load(filled.visit.public_id)
    body = render(
        "intake/patient/recheck.html",
        filled=filled,
        page=page,
        steps=steps_of(filled, page),
        form=form,
        lead=_(fixed(filled, page.items[0].link_id)),
    )
    return body, 422 if form.errors else 200
