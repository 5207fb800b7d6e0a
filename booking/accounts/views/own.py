"""One's own sign-ins: where one is signed in, sign out elsewhere, and the code once more."""

from typing import Any

from flask import flash, redirect, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from booking.access.gate import current_actor, needs
from booking.access.policy import Permission
from booking.accounts import actions, queries
from booking.accounts.forms import ButtonForm
from booking.accounts.rules import local_path
from booking.accounts.views import bp
from booking.accounts.views.codes import ask_code, take_code
from booking.accounts.views.shell import (
    STAFF_HOME,
    begin,
    leave,
    outside,
    page,
    patience,
)
from booking.core import clock
from booking.core.db import transaction


@bp.get("/sign-ins")
@needs(Permission.ACCOUNT_OWN)
def sign_ins() -> Any:
    """List where this person is signed in now."""
    actor = current_actor()
    found = queries.sessions_of(actor, now=clock.now(), patience=patience())
    return page(
        "sign_ins",
        form=ButtonForm(formdata=None),
        sign_ins=found,
        address=queries.user(actor.user_id).email if actor.user_id is not None else "",
        mine=actor.session_id,
        passkeys=queries.passkeys_of(user_id=actor.user_id, person_id=actor.person_id),
        codes_left=queries.codes_left(actor),
        has_password=queries.password_of(actor.person_id) is not None,
        zone=outside().zone().key,
    )


@bp.post("/sign-ins")
@needs(Permission.ACCOUNT_OWN)
def sign_out_elsewhere() -> Response:
    """End every sign-in of this person but this one."""
    with transaction():
        actions.sign_out_elsewhere(current_actor(), now=clock.now())
    flash(_("You are signed out everywhere else."))
    return redirect(url_for("accounts.sign_ins"), code=303)


@bp.get("/sign-in/again")
@needs(Permission.ACCOUNT_OWN)
def again() -> Any:
    """Ask for another code before something that matters."""
    return ask_code("again")


@bp.post("/sign-in/again")
@needs(Permission.ACCOUNT_OWN)
def again_with_code() -> Any:
    """Take the code and go on; a patient signs in by mail once more instead."""
    if not current_actor().is_staff:
        leave()
        return redirect(url_for("accounts.patient_sign_in"), code=303)
    return take_code("again", _go_on)


def _go_on(token: str, wanted: str | None) -> Response:
    begin(token)
    return redirect(local_path(wanted, otherwise=STAFF_HOME), code=303)
