"""A code from the desk: reception gives it, the patient types it after signing in."""

from typing import Any
from uuid import UUID

from flask import flash, redirect
from flask_babel import gettext as _

from booking.access.gate import current_actor, needs
from booking.access.policy import Permission
from booking.accounts import actions
from booking.accounts.forms import ButtonForm, DeskCodeForm
from booking.accounts.views import bp
from booking.accounts.views.shell import PATIENT_HOME, begin, outside, page, too_many
from booking.core import clock
from booking.core.db import transaction
from booking.core.errors import TooManyTries


@bp.get("/visits/<uuid:visit>/code")
@needs(Permission.VISIT_RECEIVE)
def give_desk_code(visit: UUID) -> Any:
    """Say what the code is for, and to whom it may be given."""
    guest = outside().guest_of(current_actor(), visit)
    return page("give_desk_code", form=ButtonForm(formdata=None), guest=guest, visit=visit, code="")


@bp.post("/visits/<uuid:visit>/code")
@needs(Permission.VISIT_RECEIVE)
def desk_code_given(visit: UUID) -> Any:
    """Make a code and show it this once."""
    with transaction():
        guest = outside().guest_of(current_actor(), visit)
        code = actions.give_desk_code(current_actor(), guest, now=clock.now())
    shown = f"{code[:4]} {code[4:]}"
    return page("give_desk_code", form=ButtonForm(), guest=guest, visit=visit, code=shown)


@bp.get("/my/code")
@needs(Permission.MY_VISITS)
def desk_code() -> Any:
    """Ask for the code, and say how to get one."""
    return page("desk_code", form=DeskCodeForm(formdata=None))


@bp.post("/my/code")
@needs(Permission.MY_VISITS)
def desk_code_typed() -> Any:
    """Open her answers to this sign-in."""
    form = DeskCodeForm()
    if not form.validate_on_submit():
        return page("desk_code", form=form)
    try:
        with transaction():
            token = actions.confirm_sign_in(current_actor(), str(form.code.data), now=clock.now())
    except TooManyTries as pause:
        return too_many("desk_code", pause, form=form)
    if token is None:
        form.code.errors = [_("That is not the code, or it has run out. Ask for a new one.")]
        return page("desk_code", form=form)
    begin(token)
    flash(_("You can now see all you have answered."))
    return redirect(PATIENT_HOME, code=303)
