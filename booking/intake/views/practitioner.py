"""The practitioner's pages: her list, and one form with what it raised, to read and decide on."""

from typing import Any
from uuid import UUID

from flask import redirect, render_template, request, url_for

from booking.access.gate import current_actor, needs
from booking.access.policy import Permission
from booking.core import clock
from booking.core.db import transaction
from booking.core.errors import WrongState
from booking.intake.actions import deciding as actions
from booking.intake.forms.review import DecisionForm
from booking.intake.queries.queue import own_queue
from booking.intake.rules.review import Choice
from booking.intake.views import queue, reading
from booking.intake.views.staff import staff
from booking.intake.views.words import _


@staff.get("/forms/to-read")
@needs(Permission.INTAKE_READ)
def to_read() -> str:
    """Show the forms of her own coming visits."""
    now = clock.now()
    with transaction():
        entries = actions.list_for_practitioner(current_actor(), now=now)
        tab = request.args.get("list", "")
        shown = queue.for_practitioner(entries, tab=tab, chosen=None, now=now)
    return render_template("intake/staff/queue.html", queue=shown)


@staff.get("/forms/<uuid:public_id>/read")
@needs(Permission.INTAKE_READ)
def read(public_id: UUID) -> Any:
    """Show what her answers raised, her answers, and a form for the decision."""
    return _read(public_id, DecisionForm(formdata=None), status=200)


@staff.post("/forms/<uuid:public_id>/decide")
@needs(Permission.INTAKE_READ)
def decide(public_id: UUID) -> Any:
    """Record one decision on everything that has to be decided before treatment."""
    form = DecisionForm()
    if not form.validate_on_submit():
        return _read(public_id, form, status=422)
    try:
        with transaction():
            actions.decide(
                current_actor(),
                public_id,
                Choice(form.choice.data),
                str(form.note.data),
                version=form.read_version,
                now=clock.now(),
            )
    except WrongState as changed:
        form.form_errors.append(_(changed.message))
        return _read(public_id, form, status=changed.status)
    return redirect(url_for("intake.read", public_id=public_id), code=303)


def _read(public_id: UUID, form: DecisionForm, *, status: int) -> Any:
    now, actor = clock.now(), current_actor()
    with transaction():
        review = actions.open_to_read(actor, public_id, now=now)
        shown = reading.page(review, reader=actor, now=now)
        beside = queue.for_practitioner(
            own_queue(actor, now=now), tab="", chosen=public_id, now=now
        )
    form.version.data = str(shown.version)
    page = render_template("intake/staff/read.html", page=shown, form=form, queue=beside)
    return page, status
