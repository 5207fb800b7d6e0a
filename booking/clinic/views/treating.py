"""Those who treat: the owner's pages."""

from typing import Any
from uuid import UUID

from werkzeug.wrappers import Response

from booking.access.gate import current_actor, needs
from booking.access.policy import Permission
from booking.clinic import actions, queries
from booking.clinic.forms import TreatingForm
from booking.clinic.models import Practitioner
from booking.clinic.views import bp
from booking.clinic.views.shell import new_resource, page, saved
from booking.core import clock
from booking.core.db import transaction


@bp.get("/treating")
@needs(Permission.CLINIC_EDIT)
def treating() -> Any:
    """List those who treat, and offer a form for one more."""
    return _list(TreatingForm(formdata=None))


@bp.post("/treating")
@needs(Permission.CLINIC_EDIT)
def add_treating() -> Any:
    """Add somebody who treats."""
    form = TreatingForm()
    if not form.validate():
        return _list(form)
    with transaction():
        actions.welcome(current_actor(), form.plan(), new_resource(), now=clock.now())
    return saved("clinic.treating")


@bp.get("/treating/<uuid:practitioner>")
@needs(Permission.CLINIC_EDIT)
def treating_one(practitioner: UUID) -> Any:
    """Show somebody to change what is said of them."""
    row = queries.anybody_who_treats(practitioner)
    told = {name: getattr(row, name) for name in vars(TreatingForm) if hasattr(row, name)}
    return _one(row, TreatingForm(formdata=None, data=told))


@bp.post("/treating/<uuid:practitioner>")
@needs(Permission.CLINIC_EDIT)
def change_treating(practitioner: UUID) -> Any:
    """Change what is said of somebody."""
    row = queries.anybody_who_treats(practitioner)
    form = TreatingForm()
    if not form.validate():
        return _one(row, form)
    with transaction():
        actions.describe_practitioner(
            current_actor(), practitioner, form.columns(), now=clock.now()
        )
    return saved("clinic.treating")


@bp.post("/treating/<uuid:practitioner>/leave")
@needs(Permission.CLINIC_EDIT)
def stop_treating(practitioner: UUID) -> Response:
    """Let nobody book with somebody any more; booked visits stay."""
    return _let(practitioner, active=False)


@bp.post("/treating/<uuid:practitioner>/come-back")
@needs(Permission.CLINIC_EDIT)
def treat_again(practitioner: UUID) -> Response:
    """Let people book with somebody again."""
    return _let(practitioner, active=True)


def _let(practitioner: UUID, *, active: bool) -> Response:
    with transaction():
        actions.let_treat(current_actor(), practitioner, active=active, now=clock.now())
    return saved("clinic.treating")


def _list(form: TreatingForm) -> Any:
    return page("treating", form=form, people=queries.everybody_who_treats())


def _one(row: Practitioner, form: TreatingForm) -> Any:
    return page("treating_one", form=form, who=row)
