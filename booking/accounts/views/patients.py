"""Patients sign in by a mailed link."""

from typing import Any

from flask import redirect, url_for

from booking.access.gate import current_actor, public
from booking.access.policy import Permission
from booking.accounts import actions, queries
from booking.accounts.actions import throttle
from booking.accounts.forms import ButtonForm, PatientSignInForm
from booking.accounts.rules import NETWORK, REQUESTS, LinkPurpose
from booking.accounts.views import bp
from booking.accounts.views.shell import (
    PATIENT_HOME,
    begin,
    letters_for,
    network_address,
    old_session,
    outside,
    page,
    too_many,
)
from booking.core import clock
from booking.core.addresses import canonical_email
from booking.core.db import transaction
from booking.core.errors import LinkOver, TooManyTries


@bp.get("/my/sign-in")
@public
def patient_sign_in() -> Any:
    """Ask who she is."""
    if current_actor().may(Permission.MY_VISITS):
        return redirect(PATIENT_HOME, code=303)
    return page("patient_sign_in", form=PatientSignInForm(formdata=None))


@bp.post("/my/sign-in")
@public
def patient_link() -> Any:
    """Mail her a link if she has booked; the answer is the same for everybody."""
    form = PatientSignInForm()
    if not form.validate_on_submit():
        return page("patient_sign_in", form=form)
    now, name, email = clock.now(), str(form.name.data), str(form.email.data)
    try:
        with transaction():
            asked = throttle.bucket("patient-link", canonical_email(email))
            throttle.count(asked, schedule=REQUESTS, now=now)
            throttle.count(throttle.network(network_address()), schedule=NETWORK, now=now)
            person = outside().person_id(name=name, email=email)
            actions.request_sign_in_link(
                name=name,
                email=email,
                person_id=person,
                letters=letters_for("accounts.patient_enter"),
                now=now,
            )
    except TooManyTries as pause:
        return too_many("patient_sign_in", pause, form=form)
    return redirect(url_for("accounts.patient_link_sent"), code=303)


@bp.get("/my/check-your-mail")
@public
def patient_link_sent() -> Any:
    """Say what happens next, to everybody alike."""
    return page("check_mail")


@bp.get("/my/sign-in/<string:token>")
@public
def patient_enter(token: str) -> Any:
    """Show a button; opening the link changes nothing."""
    try:
        queries.usable_link(token, LinkPurpose.PATIENT_SIGN_IN, now=clock.now())
    except LinkOver as over:
        return _link_over(over)
    return page("patient_enter", form=ButtonForm(formdata=None))


@bp.post("/my/sign-in/<string:token>")
@public
def patient_entered(token: str) -> Any:
    """Sign her in; the link is used up."""
    try:
        with transaction():
            cookie = actions.enter_patient(
                token,
                person_id=outside().person_id,
                now=clock.now(),
                instead_of=old_session(),
            )
    except LinkOver as over:
        return _link_over(over)
    begin(cookie)
    return redirect(PATIENT_HOME, code=303)


def _link_over(over: LinkOver) -> Any:
    """A quarter of an hour is soon over: the page leads to a new link, or in, where she is in."""
    return page("patient_link_over", status=over.status)
