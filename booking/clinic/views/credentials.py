"""The owner's page: what those who treat have to show, until when, and who has checked it."""

from typing import Any
from uuid import UUID

from flask import redirect, render_template, url_for
from werkzeug.wrappers import Response

from booking.access.gate import current_actor, needs
from booking.access.policy import Permission
from booking.accounts import queries as accounts
from booking.clinic import actions, queries
from booking.clinic.forms import CredentialForm, filled_from
from booking.clinic.models import CredentialKind
from booking.clinic.views import bp
from booking.core import clock
from booking.core.db import transaction


@bp.get("/credentials")
@needs(Permission.CREDENTIAL_EDIT)
def credentials() -> Any:
    """List everybody's, with what runs out, and a form for one more."""
    return _list(CredentialForm(formdata=None))


@bp.post("/credentials")
@needs(Permission.CREDENTIAL_EDIT)
def enter_credential() -> Any:
    """Enter one."""
    form = CredentialForm()
    form.offer(queries.practitioners())
    if not form.validate():
        return _list(form)
    with transaction():
        who = queries.practitioner(UUID(form.practitioner.data))
        actions.enter(current_actor(), who, _entered(form), now=clock.now())
    return _back()


@bp.get("/credentials/<uuid:credential>")
@needs(Permission.CREDENTIAL_EDIT)
def credential(credential: UUID) -> Any:
    """Show one, to change it."""
    row = queries.credential(credential)
    return _one(CredentialForm(formdata=None, data=filled_from(row)), credential)


@bp.post("/credentials/<uuid:credential>")
@needs(Permission.CREDENTIAL_EDIT)
def change_credential(credential: UUID) -> Any:
    """Change one; it has to be checked again."""
    form = CredentialForm()
    row = queries.credential(credential)
    form.offer([row.practitioner])
    if not form.validate():
        return _one(form, credential)
    with transaction():
        actions.change(current_actor(), credential, _entered(form), now=clock.now())
    return _back()


@bp.post("/credentials/<uuid:credential>/checked")
@needs(Permission.CREDENTIAL_EDIT)
def check_credential(credential: UUID) -> Response:
    """Note that it was looked up just now."""
    with transaction():
        actions.check(current_actor(), credential, now=clock.now())
    return _back()


@bp.post("/credentials/<uuid:credential>/remove")
@needs(Permission.CREDENTIAL_EDIT)
def remove_credential(credential: UUID) -> Response:
    """Take one off the list."""
    with transaction():
        actions.remove(current_actor(), credential, now=clock.now())
    return _back()


def _entered(form: CredentialForm) -> actions.Entered:
    return actions.Entered(
        kind=CredentialKind(form.kind.data),
        body=form.body.data or "",
        number=form.number.data or "",
        register_url=form.register_url.data or "",
        expires_on=form.expires_on.data,
    )


def _back() -> Response:
    return redirect(url_for("clinic.credentials"), code=303)


def _list(form: CredentialForm) -> Any:
    people = queries.practitioners()
    form.offer(people)
    page = render_template(
        "clinic/credentials.html",
        form=form,
        people=people,
        rows=queries.credentials(),
        stages={row.id: ending.stage for row, ending in queries.ending_soon(now=clock.now())},
        checkers={one.user_id: one.name for one in accounts.staff()},
        zone=queries.home_zone(),
    )
    return page, 422 if form.errors else 200


def _one(form: CredentialForm, public_id: UUID) -> Any:
    row = queries.credential(public_id)
    form.offer([row.practitioner])
    return render_template("clinic/credential.html", form=form, row=row), (
        422 if form.errors else 200
    )
