"""A patient's password, if she wants one; and recovery codes, for everybody."""

from typing import Any

from flask import flash, redirect, url_for
from flask_babel import gettext as _

from booking.access.gate import current_actor, needs, public
from booking.access.policy import Permission
from booking.accounts import actions, queries
from booking.accounts.actions import throttle
from booking.accounts.actions.own_ways import password_bucket
from booking.accounts.forms import ButtonForm, OwnPasswordForm, PatientPasswordForm
from booking.accounts.rules import ACCOUNT, NETWORK
from booking.accounts.views import bp
from booking.accounts.views.browsers import greet_patient
from booking.accounts.views.proving import prove
from booking.accounts.views.shell import (
    PATIENT_HOME,
    STAFF_HOME,
    begin,
    network_address,
    old_session,
    outside,
    page,
    step_up,
    too_many,
)
from booking.accounts.views.ways import tell_of_change
from booking.core import clock
from booking.core.db import transaction
from booking.core.errors import TooManyTries


@bp.get("/my/password-sign-in")
@public
def password_sign_in() -> Any:
    """Ask for name, address and password."""
    return page("patient_password", form=PatientPasswordForm(formdata=None))


@bp.post("/my/password-sign-in")
@public
def password_signed_in() -> Any:
    """Sign a patient in; the answer to a wrong password is the same for everybody."""
    form = PatientPasswordForm()
    if not form.validate_on_submit():
        return page("patient_password", form=form)
    now, email = clock.now(), str(form.email.data)
    try:
        with transaction():
            throttle.count(password_bucket(email), schedule=ACCOUNT, now=now)
            throttle.count(throttle.network(network_address()), schedule=NETWORK, now=now)
    except TooManyTries as pause:
        return too_many("patient_password", pause, form=form)
    person = outside().person_id(name=str(form.name.data), email=email)
    right = actions.right_password(person, str(form.password.data))
    with transaction():
        token = actions.enter_with_password(
            person if right else None, email=email, now=now, instead_of=old_session()
        )
        if token is not None:
            throttle.give_back(throttle.network(network_address()))
    if token is None:
        form.password.errors = [
            _("This name, address and password do not belong together. Please try again.")
        ]
        return page("patient_password", form=form)
    greet_patient(person or 0)
    begin(token)
    return redirect(PATIENT_HOME, code=303)


@bp.get("/my/password")
@needs(Permission.MY_VISITS)
def own_password() -> Any:
    """Ask for a new password."""
    return _more_needed() or _own_password(OwnPasswordForm(formdata=None))


@bp.post("/my/password")
@needs(Permission.MY_VISITS)
def own_password_set() -> Any:
    """Keep it, end other sign-ins, and tell its owner by mail."""
    if (first := _more_needed()) is not None:
        return first
    form = OwnPasswordForm()
    reached = outside().reach(current_actor().person_id or 0)
    known = (reached.name, reached.email) if reached else ()
    form.about = (*outside().clinic_words(), *known)
    if not form.validate_on_submit():
        return _own_password(form)
    password_hash = actions.hashed_password(str(form.password.data))
    with transaction():
        actions.set_patient_password(
            current_actor(),
            password_hash=password_hash,
            email=reached.email if reached else None,
            now=clock.now(),
        )
        tell_of_change("password-set")
    flash(_("Your password works from now on."))
    return redirect(url_for("accounts.sign_ins"), code=303)


@bp.post("/my/password/remove")
@needs(Permission.MY_VISITS)
def own_password_removed() -> Any:
    """Sign in without a password again."""
    if (first := _more_needed()) is not None:
        return first
    with transaction():
        actions.remove_patient_password(current_actor(), now=clock.now())
        tell_of_change("password-removed")
    flash(_("Your password works no more."))
    return redirect(url_for("accounts.sign_ins"), code=303)


@bp.post("/sign-ins/recovery-codes")
@needs(Permission.ACCOUNT_OWN)
def new_codes() -> Any:
    """Make new recovery codes and show them, this once; the ones before work no more."""
    staff = current_actor().is_staff
    if (first := prove() if staff else _more_needed()) is not None:
        return first
    actor, now = current_actor(), clock.now()
    with transaction():
        codes = (
            actions.renew_recovery_codes(actor, now=now)
            if staff
            else actions.new_patient_codes(actor, now=now)
        )
        tell_of_change("codes-made")
    return page("recovery_codes", codes=codes, home=STAFF_HOME if staff else PATIENT_HOME)


def _own_password(form: OwnPasswordForm) -> Any:
    there = queries.password_of(current_actor().person_id) is not None
    return page("own_password", form=form, there=there, remove=ButtonForm(formdata=None))


def _more_needed() -> Any:
    """A mailed link alone may not add ways in: whoever reads the mailbox would get them."""
    if not current_actor().confirmed:
        return redirect(url_for("accounts.desk_code"), code=303)
    return step_up()
