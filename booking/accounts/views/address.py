"""A member of staff signs in with another address, or takes that back from the one before."""

from typing import Any

from flask import redirect, url_for

from booking.access.gate import current_actor, needs, public
from booking.access.policy import Permission
from booking.accounts import actions, queries
from booking.accounts.actions import throttle
from booking.accounts.forms import AddressForm, ButtonForm
from booking.accounts.rules import REQUESTS, LinkPurpose
from booking.accounts.views import bp
from booking.accounts.views.proving import prove
from booking.accounts.views.shell import PATIENT_HOME, leave, letters_for, page, too_many
from booking.core import clock
from booking.core.db import transaction
from booking.core.errors import TooManyTries


@bp.get("/sign-ins/address")
@needs(Permission.ACCOUNT_OWN)
def address() -> Any:
    """Ask for the new address; patients have theirs corrected by the clinic."""
    if not current_actor().is_staff:
        return redirect(PATIENT_HOME, code=303)
    return page("address", form=AddressForm(formdata=None))


@bp.post("/sign-ins/address")
@needs(Permission.ACCOUNT_OWN)
def address_asked() -> Any:
    """Mail a link to the new address; the answer is the same whoever has it."""
    actor = current_actor()
    if not actor.is_staff:
        return redirect(PATIENT_HOME, code=303)
    if (first := prove()) is not None:
        return first
    form = AddressForm()
    if not form.validate_on_submit():
        return page("address", form=form)
    now = clock.now()
    try:
        with transaction():
            asked = throttle.bucket("new-address", actor.user_id or 0)
            throttle.count(asked, schedule=REQUESTS, now=now)
            actions.ask_for_address(
                current_actor(),
                str(form.email.data),
                letters=letters_for("accounts.new_address"),
                now=now,
            )
    except TooManyTries as pause:
        return too_many("address", pause, form=form)
    return page("check_mail_address", email=form.email.data)


@bp.get("/new-address/<string:token>")
@public
def new_address(token: str) -> Any:
    """Show the address and a button; opening the page changes nothing."""
    link = queries.usable_link(token, LinkPurpose.NEW_ADDRESS, now=clock.now())
    return page("new_address", form=ButtonForm(formdata=None), email=link.email)


@bp.post("/new-address/<string:token>")
@public
def new_address_set(token: str) -> Any:
    """Change it; she signs in again with the new one."""
    with transaction():
        actions.change_address(token, letters=letters_for("accounts.old_address"), now=clock.now())
    leave()
    return redirect(url_for("accounts.sign_in"), code=303)


@bp.get("/old-address/<string:token>")
@public
def old_address(token: str) -> Any:
    """Show what was before and a button; opening the page changes nothing."""
    link = queries.usable_link(token, LinkPurpose.OLD_ADDRESS, now=clock.now())
    return page("old_address", form=ButtonForm(formdata=None), email=link.email)


@bp.post("/old-address/<string:token>")
@public
def old_address_set(token: str) -> Any:
    """Take the change back, and lead to a new password: somebody may know the old one."""
    with transaction():
        actions.undo_address(token, now=clock.now())
    leave()
    return redirect(url_for("accounts.forgotten"), code=303)
