"""A patient's own e-mail address: asked for, changed by the new one, taken back by the old one."""

from typing import Any

from flask import redirect, render_template, url_for

from booking.access.gate import current_actor, needs, public
from booking.access.policy import Permission
from booking.accounts import queries as account_queries
from booking.accounts.actions import throttle
from booking.accounts.forms import AddressForm, ButtonForm
from booking.accounts.rules import REQUESTS, LinkPurpose
from booking.accounts.views import leave, step_up
from booking.accounts.views.shell import letters_for
from booking.appointments.views import site
from booking.core import clock
from booking.core.db import transaction
from booking.rights import actions
from booking.rights.views import bp


@bp.get("/my/address")
@needs(Permission.MY_VISITS)
def own_address() -> Any:
    """Ask for the new address."""
    return _more_needed() or _ask(AddressForm(formdata=None))


@bp.post("/my/address")
@needs(Permission.MY_VISITS)
def own_address_asked() -> Any:
    """Mail a link to it; the answer is the same whoever has that address."""
    if (first := _more_needed()) is not None:
        return first
    form = AddressForm()
    if not form.validate_on_submit():
        return _ask(form), 422
    actor, now = current_actor(), clock.now()
    with transaction():
        asked = throttle.bucket("patient-address", actor.person_id)
        throttle.count(asked, schedule=REQUESTS, now=now)
        actions.ask_for_own_address(
            actor, str(form.email.data), letters=letters_for("rights.new_own_address"), now=now
        )
    return render_template("rights/address_asked.html", email=form.email.data)


@bp.get("/my/new-address/<string:token>")
@public
def new_own_address(token: str) -> Any:
    """Show the address and a button; opening the page changes nothing."""
    return _button("new_address", token, LinkPurpose.PATIENT_ADDRESS)


@bp.post("/my/new-address/<string:token>")
@public
def new_own_address_set(token: str) -> Any:
    """Change it; she signs in again with the new one."""
    with transaction():
        actions.change_own_address(
            token,
            letters=letters_for("rights.old_own_address"),
            now=clock.now(),
            base_url=site.base_url(),
        )
    leave()
    return redirect(url_for("accounts.patient_sign_in"), code=303)


@bp.get("/my/old-address/<string:token>")
@public
def old_own_address(token: str) -> Any:
    """Show what was before and a button; opening the page changes nothing."""
    return _button("old_address", token, LinkPurpose.PATIENT_UNDO)


@bp.post("/my/old-address/<string:token>")
@public
def old_own_address_set(token: str) -> Any:
    """Take the change back."""
    with transaction():
        actions.undo_own_address(token, now=clock.now(), base_url=site.base_url())
    leave()
    return redirect(url_for("accounts.patient_sign_in"), code=303)


def _ask(form: AddressForm) -> str:
    return render_template("rights/address.html", form=form)


def _button(template: str, token: str, purpose: LinkPurpose) -> str:
    link = account_queries.usable_link(token, purpose, now=clock.now())
    form = ButtonForm(formdata=None)
    return render_template(f"rights/{template}.html", form=form, email=link.email)


def _more_needed() -> Any:
    """A mailed link alone does not change where mail goes."""
    if not current_actor().confirmed:
        return redirect(url_for("accounts.desk_code"), code=303)
    return step_up()
