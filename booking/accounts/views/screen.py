"""A screen that others can see: lock it, hide names on it; and keys for whoever wants them."""

from typing import Any

from flask import redirect, render_template, request, url_for
from flask import session as cookie
from werkzeug.wrappers import Response

from booking.access.gate import current_actor, needs
from booking.access.policy import Permission
from booking.accounts import actions, queries
from booking.accounts.forms import CodeForm, PasskeyAnswerForm
from booking.accounts.rules import local_path
from booking.accounts.views import bp
from booking.accounts.views.codes import ask_code, take_code
from booking.accounts.views.shell import STAFF_HOME, begin, code_hint, page
from booking.accounts.views.ways import site
from booking.core import clock, names_shown
from booking.core.db import transaction


@bp.post("/screen")
@needs(Permission.SCREEN_OWN)
def screen() -> Response:
    """Lock the screen, or show names as the button says; then back to where it was."""
    back = local_path(request.form.get("back"), otherwise=STAFF_HOME)
    wanted = request.form.get("do")
    if wanted == "lock":
        with transaction():
            actions.lock_screen(current_actor(), now=clock.now())
        return redirect(url_for("accounts.locked", next=back), code=303)
    names_shown.choose(names_shown.named(wanted))
    return redirect(back, code=303)


@bp.get("/locked")
@needs(Permission.SCREEN_UNLOCK)
def locked() -> Any:
    """Show nothing but that the screen is locked, and ask for a code."""
    return ask_code("locked")


@bp.post("/locked")
@needs(Permission.SCREEN_UNLOCK)
def unlock() -> Any:
    """Take a code and go back to the page that was locked."""
    return take_code("locked", _open)


@bp.post("/locked/passkey")
@needs(Permission.SCREEN_UNLOCK)
def unlock_with_passkey() -> Any:
    """Take a passkey of her own instead of a code."""
    form = PasskeyAnswerForm()
    with transaction():
        token = actions.prove_with_passkey(
            current_actor(), site(), answer=str(form.answer.data or ""), now=clock.now()
        )
    if token is not None:
        return _open(token, form.next.data)
    shown = CodeForm(formdata=None)
    shown.next.data = form.next.data
    refused = {"passkey_refused": True, "has_error": True}
    return page("locked", form=shown, hint=code_hint(), status=422, **refused)


def _open(token: str, wanted: str | None) -> Response:
    """Go back to the page that was locked; names stay as they were shown."""
    names = cookie.get(names_shown.KEPT_AS)
    begin(token)
    names_shown.choose(names_shown.named(names))
    return redirect(local_path(wanted, otherwise=STAFF_HOME), code=303)


@bp.get("/keys")
@needs(Permission.SCREEN_OWN)
def keys() -> str:
    """List the keys there are, and whether they are switched on."""
    return render_template("accounts/keys.html", on=keys_on())


@bp.post("/keys")
@needs(Permission.SCREEN_OWN)
def keys_set() -> Response:
    """Switch keys on or off."""
    with transaction():
        actions.switch_keys(current_actor(), to=request.form.get("do") == "on")
    return redirect(url_for("accounts.keys"), code=303)


def keys_on() -> bool:
    """Tell whether whoever acts has switched keys on."""
    number = current_actor().user_id
    return number is not None and queries.user(number).keys_on
