"""Passkeys: sign in with one, add one, remove one. The browser's part is static/js/passkeys.js."""

from typing import Any
from uuid import UUID

from flask import flash, jsonify, redirect, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from booking.access.gate import current_actor, needs, public
from booking.access.policy import Permission
from booking.accounts import actions, queries
from booking.accounts.actions import throttle
from booking.accounts.actions.passkeys import Holder
from booking.accounts.forms import (
    CodeForm,
    PasskeyAnswerForm,
    PasskeyForm,
    PatientSignInForm,
    SignInForm,
)
from booking.accounts.models import Passkey
from booking.accounts.rules import NETWORK, local_path
from booking.accounts.views import bp
from booking.accounts.views.browsers import greet, greet_patient
from booking.accounts.views.proving import prove
from booking.accounts.views.shell import (
    PATIENT_HOME,
    after_sign_in,
    begin,
    code_hint,
    network_address,
    old_session,
    outside,
    page,
    step_up,
)
from booking.accounts.views.ways import site, tell_of_change
from booking.accounts.views.welcome import show_codes
from booking.core import clock
from booking.core.db import transaction
from booking.core.errors import NotAllowed, TooManyTries


@bp.post("/sign-in/passkey/options")
@public
def passkey_options() -> Any:
    """Say what a passkey has to sign; the same for everybody, so it tells nothing."""
    now = clock.now()
    try:
        with transaction():
            throttle.count(throttle.network(network_address()), schedule=NETWORK, now=now)
            return jsonify(actions.options_to_use(site(), now=now))
    except TooManyTries as pause:
        return jsonify({}), pause.status, {"Retry-After": str(pause.retry_after)}


@bp.post("/sign-in/passkey")
@public
def sign_in_with_passkey() -> Any:
    """Sign in whoever's passkey it is: with it, nothing else is asked."""
    token, wanted = _entered(), request.form.get("next")
    if token is None:
        form = SignInForm(formdata=None)
        form.next.data = wanted
        return page("sign_in", form=form, passkey_refused=True, has_error=True, status=422)
    return _in(token, wanted)


@bp.post("/my/passkey")
@public
def patient_with_passkey() -> Any:
    """The same from the patients' page."""
    token = _entered()
    if token is None:
        form = PatientSignInForm(formdata=None)
        return page("patient_sign_in", form=form, passkey_refused=True, has_error=True, status=422)
    return _in(token, None)


@bp.post("/sign-in/again/passkey")
@needs(Permission.ACCOUNT_OWN)
def again_with_passkey() -> Any:
    """Take a passkey of the person's own instead of another code, or another mailed link."""
    form = PasskeyAnswerForm()
    with transaction():
        token = actions.prove_with_passkey(
            current_actor(), site(), answer=str(form.answer.data or ""), now=clock.now()
        )
    wanted = form.next.data
    if token is None:
        shown = CodeForm(formdata=None)
        shown.next.data = wanted
        return page(
            "again", form=shown, hint=code_hint(), passkey_refused=True, has_error=True, status=422
        )
    home = after_sign_in(None) if current_actor().is_staff else PATIENT_HOME
    begin(token)
    return redirect(local_path(wanted, otherwise=home), code=303)


@bp.get("/sign-ins/passkeys")
@needs(Permission.ACCOUNT_OWN)
def new_passkey() -> Any:
    """Ask for a name and offer to make one."""
    return _more_needed() or page("new_passkey", form=PasskeyForm(formdata=None))


@bp.post("/sign-ins/passkeys/options")
@needs(Permission.ACCOUNT_OWN)
def new_passkey_options() -> Any:
    """Say what a browser needs to make a passkey for whoever is signed in."""
    if _more_needed() is not None:
        raise NotAllowed
    with transaction():
        return jsonify(actions.options_to_make(site(), _holder(), now=clock.now()))


@bp.post("/sign-ins/passkeys")
@needs(Permission.ACCOUNT_OWN)
def make_passkey() -> Any:
    """Keep a passkey and tell its owner by mail."""
    if (first := _more_needed()) is not None:
        return first
    form = PasskeyForm()
    if not form.validate_on_submit():
        return page("new_passkey", form=form)
    if _made(form) is None:
        return page("new_passkey", form=form, passkey_refused=True, has_error=True, status=422)
    flash(_("Your passkey works from now on."))
    return redirect(url_for("accounts.sign_ins"), code=303)


@bp.post("/sign-ins/passkeys/<uuid:passkey>/remove")
@needs(Permission.ACCOUNT_OWN)
def remove_passkey(passkey: UUID) -> Any:
    """Let a passkey work no more, and tell its owner by mail."""
    queries.own_passkey(current_actor(), passkey)  # not hers: as if there were none
    first = prove() if current_actor().is_staff else _more_needed()
    if first is not None:
        return first
    with transaction():
        found = queries.own_passkey(current_actor(), passkey)
        actions.remove_passkey(current_actor(), found, now=clock.now())
        tell_of_change("passkey-removed")
    flash(_("That passkey works no more."))
    return redirect(url_for("accounts.sign_ins"), code=303)


@bp.post("/welcome/passkey/options")
@needs(Permission.SECOND_FACTOR)
def first_passkey_options() -> Any:
    """Say what a browser needs to make the first second step of somebody who has none yet."""
    _refuse_second_step_there()
    with transaction():
        return jsonify(actions.options_to_make(site(), _holder(), now=clock.now()))


@bp.post("/welcome/passkey")
@needs(Permission.SECOND_FACTOR)
def first_passkey() -> Any:
    """Set up a passkey instead of a phone; then show the recovery codes, this once."""
    _refuse_second_step_there()
    form = PasskeyForm()
    form.name.data = form.name.data or _("My first passkey")
    half = current_actor()
    if not form.validate() or (made := _made(form)) is None:
        return redirect(url_for("accounts.set_up_second_factor", passkey="again"), code=303)
    with transaction():
        token, codes = actions.begin_with_first_passkey(half, made, now=clock.now())
    begin(token)
    return show_codes(codes, form.next.data)


def _entered() -> str | None:
    answer, now = str(request.form.get("answer") or ""), clock.now()
    with transaction():
        used = actions.enter_with_passkey(
            site(), answer=answer, now=now, instead_of=old_session(), by=current_actor()
        )
        if used is None:
            return None
        throttle.give_back(throttle.network(network_address()))
    token, person = used
    if person.user_id is not None:
        greet(person.user_id)
    else:
        greet_patient(person.person_id or 0)
    return token


def _in(token: str, wanted: str | None) -> Response:
    begin(token)
    home = after_sign_in(wanted) if current_user.actor.is_staff else PATIENT_HOME
    return redirect(home, code=303)


def _made(form: PasskeyForm) -> Passkey | None:
    with transaction():
        made = actions.make_passkey(
            current_actor(),
            site(),
            _holder(),
            name=str(form.name.data),
            answer=str(form.answer.data or ""),
            now=clock.now(),
        )
        if made is not None:
            tell_of_change("passkey-added")
        return made


def _holder() -> Holder:
    actor = current_actor()
    if actor.user_id is not None:
        return Holder(user_id=actor.user_id, name=queries.user(actor.user_id).email)
    reached = outside().reach(actor.person_id or 0)
    return Holder(person_id=actor.person_id, name=reached.name if reached else _("Your visits"))


def _more_needed() -> Any:
    """The way to what has to be shown first; a mailed link alone may not add ways in."""
    actor = current_actor()
    if not actor.is_staff and not actor.confirmed:
        return redirect(url_for("accounts.desk_code"), code=303)
    return step_up()


def _refuse_second_step_there() -> None:
    if queries.has_second_step(queries.user(current_actor().user_id or 0)):
        raise NotAllowed
