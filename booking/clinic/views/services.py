"""What can be booked: the owner's pages."""

from typing import Any
from uuid import UUID

from flask import redirect, request, url_for
from werkzeug.wrappers import Response

from booking.access.gate import current_actor, needs
from booking.access.policy import Permission
from booking.clinic import actions, queries
from booking.clinic.forms import OwnTermsForm, ServiceForm
from booking.clinic.forms.own_terms import filled_from_own
from booking.clinic.forms.services import filled_from_service
from booking.clinic.models import Practitioner, Service
from booking.clinic.rules.starters import STARTERS
from booking.clinic.views import bp
from booking.clinic.views.shell import page, saved
from booking.core import clock
from booking.core.db import transaction


@bp.get("/services")
@needs(Permission.CLINIC_EDIT)
def services() -> Any:
    """List what can be booked and what is kept back, and what could be added."""
    known = queries.every_service()
    return page(
        "services",
        services=known,
        ready={row.id for row in known if queries.can_be_given(row)},
        starters=STARTERS,
    )


@bp.post("/services")
@needs(Permission.CLINIC_EDIT)
def begin_service() -> Response:
    """Add one of the services to begin with, kept back, and go on to change it."""
    with transaction():
        starter = request.form.get("starter", "")
        made = actions.begin_service(current_actor(), starter, now=clock.now()).public_id
    return redirect(url_for("clinic.service", service=made), code=303)


@bp.get("/services/<uuid:service>")
@needs(Permission.CLINIC_EDIT)
def service(service: UUID) -> Any:
    """Show a service to change."""
    row = queries.any_service(service)
    told = filled_from_service(
        row,
        practitioners=[one.id for one in queries.practitioners_giving(row.id)],
        rooms=queries.rooms_of_service(row.id),
    )
    return _one(row, ServiceForm(formdata=None, data=told))


@bp.post("/services/<uuid:service>")
@needs(Permission.CLINIC_EDIT)
def change_service(service: UUID) -> Any:
    """Change a service; visits booked already stay as they are."""
    row = queries.any_service(service)
    form = _offered(ServiceForm())
    if not form.validate():
        return _one(row, form)
    with transaction():
        actions.change_service(
            current_actor(),
            service,
            form.plan(),
            practitioners=[int(each) for each in form.practitioners.data or []],
            rooms=[int(each) for each in form.rooms.data or []],
            now=clock.now(),
        )
    return saved("clinic.services")


@bp.get("/services/<uuid:service>/with/<uuid:practitioner>")
@needs(Permission.CLINIC_EDIT)
def own_terms(service: UUID, practitioner: UUID) -> Any:
    """Show what is another with one practitioner, to change."""
    row = queries.any_service(service)
    who, own = queries.given_by(row.id, practitioner)
    return _hers(row, who, OwnTermsForm(formdata=None, data=filled_from_own(own)))


@bp.post("/services/<uuid:service>/with/<uuid:practitioner>")
@needs(Permission.CLINIC_EDIT)
def change_own_terms(service: UUID, practitioner: UUID) -> Any:
    """Change that; what is left empty is as with everybody."""
    row = queries.any_service(service)
    who, _own = queries.given_by(row.id, practitioner)
    form = OwnTermsForm()
    if not form.validate():
        return _hers(row, who, form)
    own = form.plan(who.name)
    with transaction():
        actions.change_own_terms(current_actor(), service, practitioner, own, now=clock.now())
    return saved("clinic.service", service=service)


@bp.post("/services/<uuid:service>/offer")
@needs(Permission.CLINIC_EDIT)
def offer_service(service: UUID) -> Response:
    """Let a service be booked."""
    return _offer(service, active=True)


@bp.post("/services/<uuid:service>/keep-back")
@needs(Permission.CLINIC_EDIT)
def keep_service_back(service: UUID) -> Response:
    """Let a service be booked no more."""
    return _offer(service, active=False)


def _offer(service: UUID, *, active: bool) -> Response:
    with transaction():
        actions.offer_service(current_actor(), service, active=active, now=clock.now())
    return redirect(url_for("clinic.services"), code=303)


def _offered(form: ServiceForm) -> ServiceForm:
    form.offer(queries.practitioners(), queries.rooms())
    return form


def _one(row: Service, form: ServiceForm) -> Any:
    givers = queries.givers_of(row.id)
    return page(
        "service",
        form=_offered(form),
        service=row,
        givers=[(who, any(filled_from_own(own).values())) for who, own in givers],
        clinic_row=queries.organisation(),
    )


def _hers(row: Service, who: Practitioner, form: OwnTermsForm) -> Any:
    return page(
        "own_terms",
        form=form,
        service=row,
        practitioner=who,
        usual=filled_from_service(row, practitioners=(), rooms=()),
        clinic_row=queries.organisation(),
    )
