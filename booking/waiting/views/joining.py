"""Joining the list: from the page of times, or to come earlier than a visit one has."""

from typing import Any
from uuid import UUID

from flask import redirect, render_template, request, session, url_for
from flask_babel import gettext as _

from booking.access.gate import current_actor, needs, public
from booking.access.policy import Permission
from booking.appointments.actions import Details
from booking.appointments.emails import wanted_by
from booking.appointments.models import Appointment
from booking.appointments.queries import patient as visits
from booking.appointments.rules import Status
from booking.appointments.views import site
from booking.clinic import queries as clinic
from booking.clinic.models import Service
from booking.core import clock
from booking.core.db import transaction
from booking.core.errors import TooManyTries, WrongState
from booking.core.translating import locale_now
from booking.waiting import actions
from booking.waiting.forms import JoinForm, WishForm
from booking.waiting.models import WaitingEntry
from booking.waiting.views.blueprint import base_url, bp, prepared, wanted

JOINED, THANKED = "waiting", "waiting-for"
"""Keys in the cookie; their values are public ids: of the place on the list, and of the service."""


@bp.get("/waiting/<uuid:service>")
@public
def join(service: UUID) -> Any:
    """Ask when she could come, and who she is."""
    asked = clinic.service_for_booking(service)
    told = {
        "channels": ["email"],
        "practitioner": request.args.get("practitioner", ""),
        "location": request.args.get("location", ""),
    }
    return _page(asked, _join_form(asked, data=told))


@bp.post("/waiting/<uuid:service>")
@public
def joined(service: UUID) -> Any:
    """Put her on the list."""
    asked = clinic.service_for_booking(service)
    form = _join_form(asked)
    if not form.validate():
        return _page(asked, form)
    try:
        with transaction():
            typed = {**form.typed, "language": locale_now()}
            details = Details.of(typed, region=clinic.organisation().region)
            entry = actions.join(
                current_actor(),
                actions.register(details, asked.id, now=clock.now()),
                wanted(form, asked),
                network=site.network(),
                now=clock.now(),
                base_url=base_url(),
                joined_here=site.as_uuid(session.get(JOINED)),
            )
    except TooManyTries as many:
        form.form_errors.append(_(many.message))
        return _page(clinic.service_for_booking(service), form, status=429)
    return _thanked(service, entry, mailed="email" in typed["channels"])


@bp.get("/visit/<uuid:visit>/earlier")
@needs(Permission.MY_VISIT)
def earlier(visit: UUID) -> Any:
    """Ask when she could come instead of the visit she has."""
    mine = _to_come(visit)
    return _page(mine.service, _wish_form(mine.service), visit=mine)


@bp.post("/visit/<uuid:visit>/earlier")
@needs(Permission.MY_VISIT)
def wait_for_earlier(visit: UUID) -> Any:
    """Put her on the list for something earlier; the visit stays hers until she takes it."""
    mine = _to_come(visit)
    form = _wish_form(mine.service)
    if not form.validate():
        return _page(mine.service, form, visit=mine)
    with transaction():
        mine = _to_come(visit)
        entry = actions.join(
            current_actor(),
            mine.patient,
            wanted(form, mine.service, instead_of=mine),
            network=None,
            now=clock.now(),
            base_url=base_url(),
        )
        mailed = wanted_by(mine.patient)
        service = mine.service.public_id
    return _thanked(service, entry, mailed=mailed)


@bp.get("/waiting/thanks")
@public
def thanks() -> Any:
    """Say that she is on the list, to the browser that joined, by what was typed there."""
    service = site.as_uuid(session.get(THANKED))
    if service is None:
        return redirect(url_for("appointments.choose_visit"), code=303)
    mailed = request.args.get("by") != "call"
    return render_template("waiting/thanks.html", service=service, mailed=mailed)


def _thanked(service: UUID, entry: WaitingEntry | None, *, mailed: bool) -> Any:
    """Lead to the page that thanks: the same whether or not somebody of that name waited."""
    if entry is not None:
        session[JOINED] = str(entry.public_id)
    session[THANKED] = str(service)
    return redirect(url_for("waiting.thanks", by=None if mailed else "call"), code=303)


def _to_come(visit: UUID) -> Appointment:
    """Return her own visit. Raises NotFound, and WrongState unless it is still to come."""
    mine = visits.appointment_for(current_actor(), visit)
    if mine.status is not Status.BOOKED or mine.starts_at <= clock.now():
        raise WrongState
    return mine


def _join_form(service: Service, **values: Any) -> JoinForm:
    form = JoinForm(region=clinic.organisation().region, **values)
    prepared(form, service)
    return form


def _wish_form(service: Service) -> WishForm:
    return prepared(WishForm(), service)


def _page(
    service: Service, form: WishForm, *, visit: Appointment | None = None, status: int = 200
) -> tuple[str, int]:
    page = render_template("waiting/join.html", form=form, service=service, visit=visit)
    return page, 422 if form.errors and status == 200 else status
