"""The owner's page to put the questions of one section into other words."""

from typing import Any
from uuid import UUID

from flask import redirect, render_template, url_for

from booking.access.gate import current_actor, needs
from booking.access.policy import Permission
from booking.core import clock
from booking.core.db import transaction
from booking.core.errors import NotFound
from booking.intake.actions import setup as actions
from booking.intake.forms.setup import WordingForm, wording_form
from booking.intake.queries import questionnaires
from booking.intake.rules.questionnaire import Item, Questionnaire, shipped
from booking.intake.rules.rewording import can_be_reworded
from booking.intake.views.staff import staff


@staff.get("/questions-asked/shipped/words/<string:section>")
@needs(Permission.INTAKE_SETUP)
def words_of_shipped(section: str) -> Any:
    """Show the words of a section of the shipped version, to be changed."""
    return _show(shipped(), section)


@staff.post("/questions-asked/shipped/words/<string:section>")
@needs(Permission.INTAKE_SETUP)
def reword_shipped(section: str) -> Any:
    """Keep other words as a version of the clinic's own."""
    return _keep(shipped(), section)


@staff.get("/questions-asked/<uuid:loaded>/words/<string:section>")
@needs(Permission.INTAKE_SETUP)
def words_of(loaded: UUID, section: str) -> Any:
    """Show the words of a section of one of the clinic's own versions, to be changed."""
    return _show(_own(loaded), section)


@staff.post("/questions-asked/<uuid:loaded>/words/<string:section>")
@needs(Permission.INTAKE_SETUP)
def reword(loaded: UUID, section: str) -> Any:
    """Keep other words: in this version while nobody was asked it, else in one more."""
    return _keep(_own(loaded), section)


def _own(loaded: UUID) -> Questionnaire:
    return questionnaires.whole(actions.version_of(loaded).version)


def _show(base: Questionnaire, section: str) -> Any:
    asked = _asked(base, section)
    return _page(base, section, asked, wording_form(asked)(formdata=None))


def _keep(base: Questionnaire, section: str) -> Any:
    asked = _asked(base, section)
    form = wording_form(asked)()
    if not form.validate_on_submit():
        return _page(base, section, asked, form)
    with transaction():
        row = actions.reword(current_actor(), base, form.words, now=clock.now())
        kept = row.public_id
    return redirect(url_for("intake.preview", loaded=kept), code=303)


def _asked(base: Questionnaire, section: str) -> list[Item]:
    found = can_be_reworded(base, section)
    if not found:
        raise NotFound
    return found


def _page(base: Questionnaire, section: str, asked: list[Item], form: WordingForm) -> Any:
    body = render_template(
        "intake/staff/wording.html",
        version=base.version,
        section=base.find(section),
        fields=[(form[f"text-{item.link_id}"], form[f"why-{item.link_id}"]) for item in asked],
        form=form,
    )
    return body, 422 if form.errors else 200
