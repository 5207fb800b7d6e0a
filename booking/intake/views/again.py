"""One question the clinic asked again; and what there is to read before sending."""

from typing import Any
from uuid import UUID

from flask import render_template as render
from flask import request
from flask_babel import gettext as _

from booking.access.gate import current_actor, needs
from booking.access.policy import Permission
from booking.core import clock
from booking.core.db import transaction
from booking.core.errors import NotFound
from booking.intake.actions import patient as actions
from booking.intake.forms.patient import page_form
from booking.intake.queries import patient as queries
from booking.intake.rules.questionnaire import Item, Kind, live, questions, walk
from booking.intake.views.frame import (
    bp,
    device,
    forms_link,
    go_to,
    help_now,
    load,
    remember_device,
    today,
)


@bp.route("/<uuid:visit>/again/<uuid:asked>", methods=["GET", "POST"])
@needs(Permission.MY_ANSWERS)
def again(visit: UUID, asked: UUID) -> Any:
    """One question the clinic asked again; only that one."""
    filled = load(visit)
    wanted = queries.question_asked(filled, asked)
    item = filled.questionnaire.find(wanted.link_id)
    page = Item(link_id="again", kind=Kind.GROUP, text=item.text, items=(item,))
    counted = live(filled.questionnaire.sections, filled.sight.answers)
    own = {each.link_id for each in walk([item])}
    before = {key: value for key, value in counted.items() if key not in own}
    form = page_form(page, list(questions(page)), {}, before=before, today=today(filled))
    if request.method == "POST" and form.validate_on_submit():
        if not form.given:
            form[form.questions[0].name].errors = [_("Please choose or write something here.")]
        else:
            with transaction():
                actions.answer_again(
                    current_actor(),
                    visit,
                    asked,
                    form.given,
                    token=device(),
                    link=forms_link(),
                    now=clock.now(),
                )
            return remember_device(go_to("questions.thanks", visit, asked=asked))
    body = render("intake/patient/again.html", filled=filled, page=page, form=form)
    return body, 422 if form.errors else 200


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
