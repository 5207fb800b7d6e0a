"""An invited person: her password, then her second factor, then her recovery codes."""

from typing import Any

from flask import redirect, request, url_for
from flask_babel import gettext as _

from booking.access.gate import current_actor, needs, public
from booking.access.policy import Permission
from booking.accounts import actions, queries
from booking.accounts.actions.people import JOINING
from booking.accounts.forms import CodeForm, OwnerForm, WelcomeForm
from booking.accounts.models import OneTimeLink
from booking.accounts.rules import LinkPurpose
from booking.accounts.views import bp
from booking.accounts.views.shell import (
    after_sign_in,
    begin,
    old_session,
    outside,
    page,
    too_many,
)
from booking.accounts.views.staff import begin_again
from booking.accounts.views.ways import tell_of_change
from booking.core import clock
from booking.core.db import transaction
from booking.core.errors import TooManyTries

WELCOMED = (*JOINING, LinkPurpose.FRESH_START)


@bp.get("/welcome/<string:token>")
@public
def welcome(token: str) -> Any:
    """Show what the invitation is for; opening it changes nothing."""
    link = queries.usable_link(token, *WELCOMED, now=clock.now())
    form = _form_of(link)(formdata=None)
    form.name.data = link.name
    return page("welcome", form=form, link=link)


@bp.post("/welcome/<string:token>")
@public
def join(token: str) -> Any:
    """Make the account with the password she chose, and go on to the second factor."""
    link = queries.usable_link(token, *WELCOMED, now=clock.now())
    form = _form_of(link)()
    form.about = (*outside().clinic_words(), link.email, link.name)
    if not form.validate_on_submit():
        return page("welcome", form=form, link=link)
    begin(_accepted(token, link, form))
    return redirect(url_for("accounts.set_up_second_factor"), code=303)


@bp.get("/welcome/second-factor")
@needs(Permission.SECOND_FACTOR)
def set_up_second_factor() -> Any:
    """Show the picture for her authenticator, until the first code shows that it is there."""
    form = CodeForm(formdata=None)
    form.next.data = request.args.get("next")
    return _set_up(form)


@bp.post("/welcome/second-factor")
@needs(Permission.SECOND_FACTOR)
def second_factor_confirmed() -> Any:
    """Take the first code; then show the recovery codes, this once."""
    form = CodeForm()
    if not form.validate_on_submit():
        return _set_up(form)
    codes: list[str] = []
    try:
        with transaction():
            half = current_actor()
            checked = actions.enrol(half, str(form.code.data), now=clock.now())
            if checked.outcome is actions.Outcome.ACCEPTED:
                codes = actions.new_recovery_codes(half.user_id or 0)
                tell_of_change("phone-set")
    except TooManyTries as pause:
        return too_many("set_up", pause, form=form, **_shown())
    if codes:
        begin(checked.token)
        return show_codes(codes, form.next.data)
    if checked.outcome is actions.Outcome.OVER:
        return begin_again()
    form.code.errors = [
        _("This code is not right. Check that your phone's clock is set by itself, and try again.")
    ]
    return _set_up(form)


def show_codes(codes: list[str], wanted: str | None) -> Any:
    """Show recovery codes, this once."""
    return page("recovery_codes", codes=codes, home=after_sign_in(wanted))


def _accepted(token: str, link: OneTimeLink, form: WelcomeForm) -> str:
    """Make the account, or begin an existing one afresh; return the cookie's token."""
    password_hash = actions.hashed_password(str(form.password.data))
    name, email, purpose = str(form.name.data), link.email, link.purpose
    if isinstance(form, OwnerForm):
        email = str(form.email.data)
    with transaction():
        if purpose is LinkPurpose.FRESH_START:
            return actions.start_afresh(
                token,
                password_hash=password_hash,
                frame=outside().mail_frame(),
                now=clock.now(),
                instead_of=old_session(),
            )
        return actions.accept_invitation(
            token,
            name=name,
            email=email,
            password_hash=password_hash,
            link_practitioner=outside().link_practitioner,
            now=clock.now(),
            instead_of=old_session(),
        )


def _form_of(link: OneTimeLink) -> type[WelcomeForm]:
    return OwnerForm if link.purpose is LinkPurpose.OWNER_SETUP else WelcomeForm


def _set_up(form: CodeForm) -> Any:
    who = queries.user(current_actor().user_id or 0)
    if queries.has_second_step(who):
        return redirect(url_for("accounts.second_factor"), code=303)
    refused = request.args.get("passkey") == "again"
    status = 422 if refused else 200
    shown = {"passkey_refused": True, "has_error": True} if refused else {}
    return page("set_up", form=form, status=status, **shown, **_shown())


def _shown() -> dict[str, Any]:
    who = queries.user(current_actor().user_id or 0)
    uri = actions.setup_uri(who, issuer=outside().clinic_words()[0])
    secret = str(who.totp_secret)
    return {
        "picture": actions.setup_picture(uri),
        "secret": " ".join(secret[at : at + 4] for at in range(0, len(secret), 4)),
        "uri": uri,
    }
