"""The owner's page about the staff."""

from typing import Any
from uuid import UUID

from flask import redirect, request, url_for
from flask_babel import gettext as _

from booking.access.gate import current_actor, needs
from booking.access.policy import Permission, Role
from booking.accounts import actions, queries
from booking.accounts.forms import InviteForm, RolesForm
from booking.accounts.rules import LinkPurpose
from booking.accounts.views import bp
from booking.accounts.views.proving import prove
from booking.accounts.views.shell import letters_for, outside, page
from booking.core import clock
from booking.core.db import transaction
from booking.core.errors import WrongState


@bp.get("/people")
@needs(Permission.PERSON_INVITE)
def people() -> Any:
    """Show who is on the staff, who is invited, and a form to invite somebody."""
    return _people(_invite_form(InviteForm(formdata=None)))


@bp.post("/people")
@needs(Permission.PERSON_INVITE)
def invite() -> Any:
    """Invite somebody."""
    if (first := prove()) is not None:
        return first
    form = _invite_form(InviteForm())
    if not form.validate_on_submit():
        return _people(form)
    chosen = str(form.practitioner.data or "")
    invited = actions.Invited(
        name=str(form.name.data),
        email=str(form.email.data),
        roles=frozenset(Role(word) for word in form.roles.data or []),
        practitioner_id=int(chosen) if chosen else None,
    )
    try:
        with transaction():
            actions.invite(
                current_actor(),
                invited,
                letters=letters_for("accounts.welcome"),
                now=clock.now(),
            )
    except WrongState as taken:
        form.email.errors = [_(taken.message)]
        return _people(form)
    return redirect(url_for("accounts.people"), code=303)


@bp.post("/people/invitations/<uuid:public_id>/resend")
@needs(Permission.PERSON_INVITE)
def resend(public_id: UUID) -> Any:
    """Send a fresh invitation; the older link stops working."""
    if (first := prove()) is not None:
        return first
    with transaction():
        actions.resend(
            current_actor(),
            public_id,
            letters=letters_for("accounts.welcome"),
            now=clock.now(),
        )
    return redirect(url_for("accounts.people"), code=303)


@bp.post("/people/invitations/<uuid:public_id>/withdraw")
@needs(Permission.PERSON_INVITE)
def withdraw(public_id: UUID) -> Any:
    """Withdraw an invitation."""
    if (first := prove()) is not None:
        return first
    with transaction():
        actions.revoke(current_actor(), public_id, now=clock.now())
    return redirect(url_for("accounts.people"), code=303)


@bp.post("/people/<uuid:public_id>/fresh-start")
@needs(Permission.PERSON_INVITE)
def fresh_start(public_id: UUID) -> Any:
    """Mail somebody a link to set up password and phone again."""
    if (first := prove()) is not None:
        return first
    with transaction():
        actions.offer_fresh_start(
            current_actor(),
            public_id,
            letters=letters_for("accounts.welcome"),
            now=clock.now(),
        )
    return redirect(url_for("accounts.people", sent=public_id), code=303)


@bp.post("/people/<uuid:public_id>/stop")
@needs(Permission.PERSON_INVITE)
def stop(public_id: UUID) -> Any:
    """Let somebody sign in no more; her open pages stop at their next step."""
    if (first := prove()) is not None:
        return first
    with transaction():
        actions.stop(current_actor(), public_id, now=clock.now())
    return redirect(url_for("accounts.people"), code=303)


@bp.post("/people/<uuid:public_id>/let-back")
@needs(Permission.PERSON_INVITE)
def let_back(public_id: UUID) -> Any:
    """Let somebody sign in again."""
    if (first := prove()) is not None:
        return first
    with transaction():
        actions.let_back(current_actor(), public_id, now=clock.now())
    return redirect(url_for("accounts.people"), code=303)


@bp.get("/people/<uuid:public_id>/roles")
@needs(Permission.PERSON_INVITE)
def roles(public_id: UUID) -> Any:
    """Show what somebody does here, to change it."""
    who = queries.user_by_public_id(public_id)
    form = RolesForm(formdata=None)
    form.roles.data = [held.role.value for held in who.roles]
    return page("roles", form=form, who=who)


@bp.post("/people/<uuid:public_id>/roles")
@needs(Permission.PERSON_INVITE)
def roles_changed(public_id: UUID) -> Any:
    """Change what somebody does here; her open pages stop at their next step."""
    if (first := prove()) is not None:
        return first
    form = RolesForm()
    if not form.validate_on_submit():
        return page("roles", form=form, who=queries.user_by_public_id(public_id))
    chosen = frozenset(Role(word) for word in form.roles.data or [])
    try:
        with transaction():
            actions.change_roles(current_actor(), public_id, chosen, now=clock.now())
    except WrongState as last:
        form.roles.errors = [_(last.message)]
        return page("roles", form=form, who=queries.user_by_public_id(public_id))
    return redirect(url_for("accounts.people"), code=303)


@bp.post("/people/<uuid:public_id>/sign-out")
@needs(Permission.PERSON_INVITE)
def sign_out_of(public_id: UUID) -> Any:
    """End every sign-in of somebody, who may sign in again."""
    if (first := prove()) is not None:
        return first
    with transaction():
        actions.sign_out(current_actor(), public_id, now=clock.now())
    return redirect(url_for("accounts.people"), code=303)


def _invite_form(form: InviteForm) -> InviteForm:
    form.offer(outside().open_practitioners())
    return form


def _people(form: InviteForm) -> Any:
    return page(
        "people",
        form=form,
        staff=queries.staff(),
        me=current_actor().user_id,
        zone=outside().zone().key,
        notices=outside().notices(current_actor()),
        sent=request.args.get("sent", ""),
        invitations=queries.open_links(purpose=LinkPurpose.STAFF_INVITE, now=clock.now()),
        role_names={
            Role.OWNER: _("Owner"),
            Role.PRACTITIONER: _("Practitioner"),
            Role.RECEPTION: _("Reception"),
        },
    )
