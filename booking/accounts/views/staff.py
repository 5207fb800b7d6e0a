"""Staff sign in: the password, then a code; sign out; a new password by mail."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from flask import redirect, request, url_for
from flask_babel import gettext as _
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response

from booking.access.gate import current_actor, needs, public
from booking.access.policy import Permission
from booking.accounts import actions, queries
from booking.accounts.actions import throttle
from booking.accounts.actions.staff import account_bucket
from booking.accounts.forms import (
    CodeForm,
    ForgottenForm,
    NewPasswordForm,
    RecoveryCodeForm,
    SignInForm,
)
from booking.accounts.rules import ACCOUNT, NETWORK, REQUESTS, LinkPurpose
from booking.accounts.views import bp
from booking.accounts.views.browsers import greet
from booking.accounts.views.shell import (
    PATIENT_HOME,
    after_sign_in,
    begin,
    leave,
    letters_for,
    network_address,
    old_session,
    outside,
    page,
    second_step_address,
    seconds_left,
    settings,
    too_many,
)
from booking.audit import actions as audit
from booking.audit.rules.accounts import SignedOut
from booking.core import clock
from booking.core.addresses import canonical_email
from booking.core.db import transaction
from booking.core.errors import NotFound, TooManyTries

SECURITY_TEXT_HOLDS = timedelta(days=180)


@bp.get("/sign-in")
@public
def sign_in() -> Any:
    """Show the first step."""
    actor = current_actor()
    wanted = request.args.get("next")
    if actor.is_staff:
        return redirect(after_sign_in(wanted), code=303)
    form = SignInForm(formdata=None)
    form.next.data = wanted
    return page("sign_in", form=form)


@bp.post("/sign-in")
@public
def sign_in_with_password() -> Any:
    """Take address and password; the answer to a wrong one is the same for every address."""
    form = SignInForm()
    if not form.validate_on_submit():
        return page("sign_in", form=form)
    now = clock.now()
    email = str(form.email.data)
    try:
        with transaction():
            throttle.count(account_bucket(email), schedule=ACCOUNT, now=now)
            throttle.count(throttle.network(network_address()), schedule=NETWORK, now=now)
    except TooManyTries as pause:
        return too_many("sign_in", pause, form=form)
    check = actions.checked_password(email, str(form.password.data))
    with transaction():
        token = actions.begin_sign_in(check, email=email, now=now, instead_of=old_session())
        if token is not None:
            throttle.give_back(throttle.network(network_address()))
    if token is None:
        form.password.errors = [
            _("This address and password do not belong together. Please try again.")
        ]
        return page("sign_in", form=form)
    begin(token)
    return redirect(second_step_address(form.next.data), code=303)


@bp.get("/sign-in/code")
@needs(Permission.SECOND_FACTOR)
def second_factor() -> Any:
    """Show the second step."""
    form = CodeForm(formdata=None)
    form.next.data = request.args.get("next")
    return _second_step("code", form)


@bp.post("/sign-in/code")
@needs(Permission.SECOND_FACTOR)
def second_factor_code() -> Any:
    """Take the code from the telephone."""
    wrong = _("This code is not right, or has been used. Wait for the next one and enter that.")
    return _take(CodeForm(), "code", actions.check_code, wrong)


@bp.get("/sign-in/recovery-code")
@needs(Permission.SECOND_FACTOR)
def recovery_code() -> Any:
    """Show the second step for somebody without her telephone."""
    form = RecoveryCodeForm(formdata=None)
    form.next.data = request.args.get("next")
    return _second_step("recovery_code", form)


@bp.post("/sign-in/recovery-code")
@needs(Permission.SECOND_FACTOR)
def recovery_code_used() -> Any:
    """Take a recovery code."""
    wrong = _("This recovery code is not right, or it has been used.")
    return _take(RecoveryCodeForm(), "recovery_code", actions.check_recovery_code, wrong)


@bp.get("/staff")
@needs(Permission.ACCOUNT_OWN)
def home() -> Response:
    """Lead everybody to the page where her work begins."""
    actor = current_actor()
    return redirect(outside().home(actor) if actor.is_staff else PATIENT_HOME, code=303)


@bp.post("/sign-out")
@public
def sign_out() -> Response:
    """End the session of this browser, whosever it is; the cookie is worth nothing afterwards."""
    actor = current_actor()
    if actor.session_id is not None:
        now = clock.now()
        with transaction():
            actions.end_session(actor.session_id, now=now)
            audit.record(SignedOut(), by=actor, at=now)
    leave()
    answer = redirect(url_for("accounts.signed_out"), code=303)
    answer.headers["Clear-Site-Data"] = '"cache", "storage"'
    return answer


@bp.get("/still-here")
@public
def still_here() -> Response:
    """Let a session go on, for somebody who says so; answer the seconds it now has."""
    left = seconds_left()
    return Response(str(left), 200 if left else 401, mimetype="text/plain")


@bp.get("/signed-out")
@public
def signed_out() -> Any:
    """Say that it is done."""
    return page("signed_out")


@bp.get("/.well-known/change-password")
@public
def change_password() -> Response:
    """Lead password managers to where a password is changed."""
    return redirect(url_for("accounts.forgotten"), code=303)


@bp.get("/.well-known/security.txt")
@public
def security_contact() -> Response:
    """Say where a hole is reported (RFC 9116), if the clinic has named a place."""
    contact = settings().security_contact
    if not contact:
        raise NotFound
    expires = (clock.now() + SECURITY_TEXT_HOLDS).strftime("%Y-%m-%dT%H:%M:%SZ")
    told = f"Contact: {contact}\nExpires: {expires}\nPreferred-Languages: en\n"
    return Response(told, content_type="text/plain; charset=utf-8")


@bp.get("/sign-in/new-password")
@public
def forgotten() -> Any:
    """Ask where to send a link for a new password."""
    return page("forgotten", form=ForgottenForm(formdata=None))


@bp.post("/sign-in/new-password")
@public
def forgotten_sent() -> Any:
    """Mail the link; the answer is the same for every address."""
    form = ForgottenForm()
    if not form.validate_on_submit():
        return page("forgotten", form=form)
    now = clock.now()
    email = str(form.email.data)
    try:
        with transaction():
            asked = throttle.bucket("new-password", canonical_email(email))
            throttle.count(asked, schedule=REQUESTS, now=now)
            throttle.count(throttle.network(network_address()), schedule=NETWORK, now=now)
            actions.request_new_password(
                email, letters=letters_for("accounts.new_password"), now=now
            )
    except TooManyTries as pause:
        return too_many("forgotten", pause, form=form)
    return page("check_mail_staff")


@bp.get("/new-password/<string:token>")
@public
def new_password(token: str) -> Any:
    """Show the page for a new password; opening it changes nothing."""
    queries.usable_link(token, LinkPurpose.NEW_PASSWORD, now=clock.now())
    return page("new_password", form=NewPasswordForm(formdata=None))


@bp.post("/new-password/<string:token>")
@public
def new_password_set(token: str) -> Any:
    """Set the new password; signing in with it still takes the second step."""
    link = queries.usable_link(token, LinkPurpose.NEW_PASSWORD, now=clock.now())
    form = NewPasswordForm()
    form.about = (*outside().clinic_words(), link.email, queries.user(link.user_id or 0).name)
    if not form.validate_on_submit():
        return page("new_password", form=form)
    password_hash = actions.hashed_password(str(form.password.data))
    with transaction():
        actions.set_new_password(
            token,
            password_hash=password_hash,
            frame=outside().mail_frame(),
            now=clock.now(),
        )
    return redirect(url_for("accounts.sign_in"), code=303)


def _second_step(template: str, form: FlaskForm) -> Any:
    wanted = second_step_address(form.next.data)
    if wanted.startswith(url_for("accounts.set_up_second_factor")):
        return redirect(wanted, code=303)
    return page(template, form=form, **_steps_there())


def _steps_there() -> dict[str, bool]:
    """Which second steps whoever is half-way has set up."""
    who = queries.user(current_actor().user_id or 0)
    return {
        "phone": who.totp_confirmed_at is not None,
        "has_passkey": bool(queries.passkeys_of(user_id=who.id, person_id=None)),
    }


def _take(
    form: FlaskForm,
    template: str,
    check: Callable[..., actions.Checked],
    wrong: str,
) -> Any:
    if not form.validate_on_submit():
        return _second_step(template, form)
    try:
        with transaction():
            checked = check(current_actor(), str(form.code.data), now=clock.now())
    except TooManyTries as pause:
        return too_many(template, pause, form=form, **_steps_there())
    if checked.outcome is actions.Outcome.ACCEPTED:
        greet(current_actor().user_id or 0)
        begin(checked.token)
        return redirect(after_sign_in(form.next.data), code=303)
    if checked.outcome is actions.Outcome.OVER:
        return begin_again()
    form.code.errors = [wrong]
    return page(template, form=form, **_steps_there())


def begin_again() -> Any:
    """Leave the half session after too many wrong codes and show the first step."""
    leave()
    return page("sign_in", form=SignInForm(formdata=None), status=422, has_error=True, over=True)
