"""The practitioner's pages: her list, and one form with what it raised, to read and decide on."""

from typing import Any
from uuid import UUID

from flask import redirect, render_template, request, url_for

from booking.access.gate import current_actor, needs
from booking.access.policy import Permission
from booking.core import clock
from booking.core.db import transaction
from booking.core.errors import NotFound, WrongState
from booking.intake.actions import deciding as actions
from booking.intake.forms.review import DecisionForm
from booking.intake.queries.queue import own_queue
from booking.intake.rules.review import Choice
from booking.intake.rules.ruleset import shipped as ruleset
from booking.intake.views import queue, reading
from booking.intake.views.staff import staff
from booking.intake.views.words import _


@staff.get("/forms/to-read")
@needs(Permission.INTAKE_READ)
def to_read() -> str:
    """Show the forms of her own coming visits."""
    now = clock.now()
    with transaction():
        found = actions.list_for_practitioner(
            current_actor(), shelf=queue.shelf_named(), page=queue.page_named(), now=now
        )
        shown = queue.for_practitioner(found, chosen=None, now=now)
    return render_template("intake/staff/queue.html", queue=shown)


@staff.get("/forms/<uuid:public_id>/read")
@needs(Permission.INTAKE_READ)
def read(public_id: UUID) -> Any:
    """Show what her answers raised, her answers, and forms for the decisions."""
    return _read(public_id)


@staff.post("/forms/<uuid:public_id>/decide")
@needs(Permission.INTAKE_READ)
def decide(public_id: UUID) -> Any:
    """Record a decision on one flag, or one on all that wait to be decided before treatment."""
    only = request.form.get("rule", "")
    if only and ruleset().rule(only) is None:
        raise NotFound
    form = DecisionForm(prefix=only)
    if not form.validate_on_submit():
        return _read(public_id, form, only=only, status=422)
    try:
        with transaction():
            actions.decide(
                current_actor(),
                public_id,
                Choice(form.choice.data),
                str(form.note.data),
                only=only,
                version=form.read_version,
                now=clock.now(),
            )
    except WrongState as changed:
        form.form_errors.append(_(changed.message))
        return _read(public_id, form, only=only, status=changed.status)
    return redirect(url_for("intake.read", public_id=public_id), code=303)


def _read(
    public_id: UUID, sent: DecisionForm | None = None, *, only: str = "", status: int = 200
) -> Any:
    """The page; `sent` is a form that did not go through, of the one rule `only` or of all."""
    now, actor = clock.now(), current_actor()
    with transaction():
        review = actions.open_to_read(actor, public_id, now=now)
        shown = reading.page(review, reader=actor, now=now)
        found = own_queue(actor, shelf=None, chosen=public_id, now=now)
        beside = queue.for_practitioner(found, chosen=public_id, now=now)
    rules = [each.rule_id for each in shown.raised if each.decidable and shown.mine]
    forms = {rule: DecisionForm(formdata=None, prefix=rule) for rule in ("", *rules)}
    if sent is not None:
        forms[only] = sent
    for form in forms.values():
        form.version.data = str(shown.version)
    page = render_template(
        "intake/staff/read.html",
        page=shown,
        form=sent or forms[""],
        whole=forms[""],
        forms=forms,
        opened=only,
        queue=beside,
    )
    return page, status
