"""Reception's pages: the queue of forms and one form, cut to what the desk may see."""

from typing import Any
from uuid import UUID

from flask import current_app, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from booking.access.gate import current_actor, needs
from booking.access.policy import Permission
from booking.core import clock
from booking.core.choices import choice
from booking.core.db import transaction
from booking.core.errors import N_
from booking.core.settings import Settings
from booking.intake.actions import review as actions
from booking.intake.forms.review import AskForm
from booking.intake.queries.queue import desk_queue
from booking.intake.views import desk, queue
from booking.intake.views.staff import staff
from booking.intake.views.words import _, label

NOT_WRITTEN = N_("No message goes to this patient now. What cannot wait needs a call.")


@staff.get("/forms", endpoint="queue")
@needs(Permission.INTAKE_REVIEW)
def forms() -> str:
    """Show the queue: to review, with patient, ready."""
    now = clock.now()
    with transaction():
        found = actions.list_for_reception(
            current_actor(), tab=queue.tab_named(), page=queue.page_named(), now=now
        )
        shown = queue.for_reception(found, chosen=None, now=now)
    return render_template("intake/staff/queue.html", queue=shown)


@staff.get("/forms/<uuid:public_id>")
@needs(Permission.INTAKE_REVIEW)
def review(public_id: UUID) -> str:
    """Show what there is to do about one form, and the answers the desk may see."""
    now = clock.now()
    with transaction():
        found = actions.open_at_desk(current_actor(), public_id, now=now)
        shown = desk.page(found, now=now)
        queued = desk_queue(tab=None, chosen=public_id, now=now)
        beside = queue.for_reception(queued, chosen=public_id, now=now)
    return render_template("intake/staff/review.html", page=shown, queue=beside)


@staff.post("/forms/<uuid:public_id>/claim")
@needs(Permission.INTAKE_REVIEW)
def claim(public_id: UUID) -> Response:
    """Take the form, from nobody or from the person the page named."""
    holder = request.form.get("holder", "")
    with transaction():
        actions.claim(
            current_actor(),
            public_id,
            holder=int(holder) if holder.isascii() and holder.isdigit() else None,
            now=clock.now(),
        )
    return _back_to(public_id)


@staff.post("/forms/<uuid:public_id>/rang")
@needs(Permission.INTAKE_REVIEW)
def rang(public_id: UUID) -> Response:
    """Note that she was rung."""
    with transaction():
        actions.rang(current_actor(), public_id, now=clock.now())
    return _back_to(public_id)


@staff.post("/forms/<uuid:public_id>/done")
@needs(Permission.INTAKE_REVIEW)
def done(public_id: UUID) -> Response:
    """Mark reception's part as done."""
    with transaction():
        actions.finish_at_desk(current_actor(), public_id, now=clock.now())
    return _back_to(public_id)


@staff.post("/forms/<uuid:public_id>/remind")
@needs(Permission.INTAKE_REVIEW)
def remind(public_id: UUID) -> Response:
    """Mail her the link to the questions again."""
    with transaction():
        written = actions.remind(current_actor(), public_id, base_url=_base_url(), now=clock.now())
    return _told(public_id, _("The link is on its way.") if written else _(NOT_WRITTEN))


@staff.post("/forms/<uuid:public_id>/remind-practitioner")
@needs(Permission.INTAKE_REVIEW)
def remind_practitioner(public_id: UUID) -> Response:
    """Mail the practitioner the link to her list."""
    link = f"{_base_url()}{url_for('intake.to_read')}"
    with transaction():
        actions.remind_practitioner(current_actor(), public_id, link=link, now=clock.now())
    flash(_("A reminder is on its way. There is at most one a day."))
    return _back_to(public_id)


@staff.get("/forms/<uuid:public_id>/ask")
@needs(Permission.INTAKE_REVIEW)
def choose_questions(public_id: UUID) -> Any:
    """Choose which questions to put to her again."""
    return _ask_page(public_id, AskForm(formdata=None), status=200)


@staff.post("/forms/<uuid:public_id>/ask")
@needs(Permission.INTAKE_REVIEW)
def ask(public_id: UUID) -> Any:
    """Put the chosen questions to her again, by a mail that does not say which."""
    form = AskForm()
    # Which of them can be asked from the desk, the action decides.
    form.questions.choices = [choice(each, each) for each in form.questions.data or []]
    if not form.validate_on_submit():
        return _ask_page(public_id, form, status=422)
    with transaction():
        written = actions.ask(
            current_actor(),
            public_id,
            form.questions.data or [],
            base_url=_base_url(),
            now=clock.now(),
        )
    return _told(public_id, _("The question is on its way.") if written else _(NOT_WRITTEN))


def _ask_page(public_id: UUID, form: AskForm, *, status: int) -> Any:
    now = clock.now()
    with transaction():
        found = actions.open_at_desk(current_actor(), public_id, now=now)
        shown = desk.page(found, now=now)
        form.questions.choices = [choice(item.link_id, label(item)) for item in found.askable]
        without = {
            item.link_id: _("No answer yet")
            for item in found.askable
            if item.link_id not in found.answered
        }
    page = render_template("intake/staff/ask.html", page=shown, form=form, without=without)
    return page, status


def _base_url() -> str:
    settings: Settings = current_app.extensions["settings"]
    return settings.base_url


def _told(public_id: UUID, words: str) -> Response:
    flash(words)
    return _back_to(public_id)


def _back_to(public_id: UUID) -> Response:
    return redirect(url_for("intake.review", public_id=public_id), code=303)
