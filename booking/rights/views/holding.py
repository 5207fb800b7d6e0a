"""The owner keeps a record from being erased, for a legal reason, and lifts that again."""

from typing import Any
from uuid import UUID

from flask import redirect, render_template, url_for

from booking.access.gate import current_actor, needs
from booking.access.policy import Permission
from booking.accounts.views import step_up
from booking.accounts.views.proving import prove
from booking.appointments.queries.board import zone
from booking.core import clock
from booking.core.db import transaction
from booking.rights import actions, queries
from booking.rights.forms import HoldForm
from booking.rights.views import bp


@bp.get("/records/<uuid:record>/hold")
@needs(Permission.RECORD_HOLD)
def hold(record: UUID) -> Any:
    """Show what holds there are and were, after a fresh code, and a form to place one."""
    if (again := step_up()) is not None:
        return again
    return _page(record, HoldForm(formdata=None))


@bp.post("/records/<uuid:record>/hold")
@needs(Permission.RECORD_HOLD)
def place_hold(record: UUID) -> Any:
    """Place a hold."""
    if (first := prove()) is not None:
        return first
    form = HoldForm()
    if not form.validate_on_submit():
        return _page(record, form), 422
    with transaction():
        actions.hold(current_actor(), record, reason=str(form.reason.data), now=clock.now())
    return redirect(url_for("rights.hold", record=record), code=303)


@bp.post("/records/<uuid:record>/hold/lift")
@needs(Permission.RECORD_HOLD)
def lift_hold(record: UUID) -> Any:
    """Lift the hold that stands."""
    if (first := prove()) is not None:
        return first
    with transaction():
        actions.lift(current_actor(), record, now=clock.now())
    return redirect(url_for("rights.hold", record=record), code=303)


def _page(record: UUID, form: HoldForm) -> str:
    patient = queries.record(record)
    return render_template(
        "rights/hold.html",
        patient=patient,
        holds=queries.holds_of(patient.id),
        form=form,
        zone=zone().key,
    )
