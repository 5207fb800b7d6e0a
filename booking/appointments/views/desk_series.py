"""Several visits by a pattern, booked at the desk: all of them or none."""

from typing import Any
from uuid import UUID, uuid4

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from booking.access.gate import current_actor, needs
from booking.access.policy import Permission
from booking.appointments.actions import desk as actions
from booking.appointments.forms import NewcomerForm, RhythmForm
from booking.appointments.queries import patient as queries
from booking.appointments.views import pattern
from booking.appointments.views.adding import likeliest_first, newcomer, told
from booking.appointments.views.asked import Asked, asked_at_desk
from booking.appointments.views.desk_site import bp
from booking.appointments.views.pattern import LegWords
from booking.appointments.views.site import as_uuid, base_url
from booking.clinic import queries as clinic
from booking.clinic.models import Service
from booking.core import clock
from booking.core.db import transaction
from booking.core.errors import AlreadyTaken, BadInput, BookingError, NotOffered
from booking.patients import queries as patients
from booking.patients.models import Patient


@bp.get("/visits/series")
@needs(Permission.VISIT_BOOK)
def series() -> Any:
    """Who comes is asked first."""
    return redirect(url_for("desk.add"), code=303)


@bp.post("/visits/series")
@needs(Permission.VISIT_BOOK)
def series_now() -> Any:
    """Ask for a pattern, show what it comes to, or book all that was chosen."""
    record = as_uuid(request.form.get("patient"))
    patient = patients.current(record) if record else None
    person = NewcomerForm(region=clinic.organisation().region)
    if patient is None and not person.validate():
        return redirect(url_for("desk.add"), code=303)
    service = _service(patient)
    asked = asked_at_desk(
        service,
        path=url_for("desk.series"),
        person_id=patient.resource_id if patient else None,
        values=request.form,
    )
    form = pattern.form_of(request.form)
    known = pattern.COUNT in request.form and form.validate()
    legs = pattern.plan(asked, form) if known else []
    if not known or request.form.get("go") != "book":
        return _page(asked, form, legs, person, patient)
    if (done := queries.booked_with(_nonce())) is not None:  # the same button, pressed twice
        return redirect(url_for("desk.visit", public_id=done.public_id), code=303)
    legs = [pattern.with_choice(leg) for leg in legs]
    if any(leg.error for leg in legs):
        return _page(asked, form, legs, person, patient)
    try:
        public_id = _book(service, legs, record or newcomer(person))
    except (AlreadyTaken, NotOffered, BadInput) as refused:
        return _page(asked, form, pattern.plan(asked, form), person, patient, refused)
    return redirect(url_for("desk.visit", public_id=public_id), code=303)


def _book(service: Service, legs: list[LegWords], who: actions.Newcomer | UUID) -> UUID:
    slots = [slot for slot in pattern.slots_of(legs) if slot is not None]
    if not slots:
        raise BadInput(_("Choose at least one time"))
    with transaction():
        booked = actions.add_series(
            current_actor(),
            who,
            service.public_id,
            slots,
            nonce=_nonce(),
            now=clock.now(),
            base_url=base_url(),
        )
        said = ngettext("%(num)d visit is booked.", "%(num)d visits are booked.", len(slots))
        flash(told(booked[0], said))
        return booked[0].public_id


def _nonce() -> str:
    return request.form.get("nonce", "")[:64] or str(uuid4())


def _service(patient: Patient | None) -> Service:
    """Return the kind of visit that is asked for, else the likeliest there is."""
    services = likeliest_first(clinic.services(), patient)
    kind = as_uuid(request.form.get("service"))
    return next((each for each in services if each.public_id == kind), services[0])


def _page(
    asked: Asked,
    form: RhythmForm,
    legs: list[LegWords],
    person: NewcomerForm,
    patient: Patient | None,
    refused: BookingError | None = None,
) -> Any:
    bad = bool(form.errors) or any(leg.error for leg in legs)
    page = render_template(
        "appointments/staff/series.html",
        asked=asked,
        form=form,
        legs=legs,
        person=person,
        patient=patient,
        services=likeliest_first(clinic.services(), patient),
        nonce=_nonce(),
        refused=refused and _(refused.message),
        has_error=bad or refused is not None,
    )
    return page, refused.status if refused else 422 if bad else 200
