"""The owner hands the patients of somebody who leaves over to a colleague, in one step."""

from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, url_for

from booking.access.gate import current_actor, needs
from booking.access.policy import Permission
from booking.accounts.views.proving import prove
from booking.clinic import queries as clinic_queries
from booking.core import clock
from booking.core.choices import choice
from booking.core.db import transaction
from booking.core.errors import BadInput, WrongState
from booking.intake.actions import reading as actions
from booking.intake.forms.handing import HandOverForm
from booking.intake.queries import reading as queries
from booking.intake.views.staff import staff
from booking.intake.views.words import _, n_


@staff.get("/hand-over")
@needs(Permission.PATIENTS_HAND_OVER)
def handing() -> str:
    """Choose who leaves and who takes over."""
    return _page(_offer(HandOverForm(formdata=None)))


@staff.post("/hand-over")
@needs(Permission.PATIENTS_HAND_OVER)
def hand_over() -> Any:
    """Hand over, after a fresh code."""
    if (first := prove()) is not None:
        return first
    form = _offer(HandOverForm())
    if not form.validate_on_submit():
        return _page(form), 422
    try:
        with transaction():
            count = actions.hand_over(
                current_actor(), UUID(form.leaver.data), UUID(form.heir.data), now=clock.now()
            )
    except (BadInput, WrongState) as wrong:
        form.form_errors.append(_(wrong.message))
        return _page(form), wrong.status
    flash(n_("%(num)s patient handed over.", "%(num)s patients handed over.", count))
    return redirect(url_for("intake.handing"), code=303)


def _offer(form: HandOverForm) -> HandOverForm:
    everybody = [choice(str(one.public_id), one.name) for one in clinic_queries.practitioners()]
    for field in (form.leaver, form.heir):
        field.choices = [choice("", _("Choose")), *everybody]
    return form


def _page(form: HandOverForm) -> str:
    now = clock.now()
    return render_template(
        "intake/staff/hand_over.html",
        form=form,
        days=clinic_queries.organisation().reading_days,
        people=[
            (
                one.name,
                len(queries.patients_of(one.id, now=now)),
                queries.visits_to_come(one.id, now=now),
            )
            for one in clinic_queries.practitioners()
        ],
    )
