"""Book for a patient at the desk: find her or write her down, then press a time."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from booking.access.gate import current_actor, needs
from booking.access.policy import Permission
from booking.appointments import emails
from booking.appointments.actions import desk as actions
from booking.appointments.forms import NewcomerForm
from booking.appointments.models import Appointment
from booking.appointments.queries import board as boards
from booking.appointments.queries import desk as queries
from booking.appointments.queries.patient import service_last_had
from booking.appointments.views import slots
from booking.appointments.views.desk_site import bp, day_words
from booking.appointments.views.site import as_uuid, base_url
from booking.audit import actions as audit
from booking.audit.rules.patients import PatientsSearched
from booking.clinic import queries as clinic
from booking.clinic.models import Service
from booking.core import clock
from booking.core.db import transaction
from booking.core.errors import AlreadyTaken, BadInput, BookingError, NotAllowed, NotOffered
from booking.patients import queries as patients
from booking.patients.models import Channel, Patient
from booking.patients.rules import clean_email, clean_name, clean_phone

PAGES = "appointments/staff"


@bp.get("/visits/add")
@needs(Permission.VISIT_BOOK)
def add() -> Any:
    """Ask who comes: somebody to look for, or somebody new."""
    return _who_page(slots.Wish.of(request.args), _form(data={"channels": [Channel.EMAIL]}))


@bp.post("/visits/add")
@needs(Permission.VISIT_BOOK)
def add_now() -> Any:
    """Look for her, show the times, or book the one that was pressed."""
    wish = slots.Wish.of(request.form)
    if request.form.get("go") == "find":
        return _found_page(wish)
    record = as_uuid(request.form.get("patient"))
    form = _form()
    if record is None and not form.validate():
        return _who_page(wish, form)
    patient = patients.current(record) if record else None
    if "slot" not in request.form and request.form.get("go") != "over":
        return _times_page(wish, form, patient)
    try:
        visit_id = _book(wish, record or newcomer(form))
    except (AlreadyTaken, NotOffered, BadInput) as refused:
        again = patients.current(record) if record else None
        return _times_page(wish, form, again, refused)
    return redirect(url_for("desk.visit", public_id=visit_id), code=303)


def _book(wish: slots.Wish, who: actions.Newcomer | UUID) -> UUID:
    """Book, over others where that was asked for, and return the visit's public id."""
    nonce = request.form.get("nonce", "")[:64] or str(uuid4())
    actor, now = current_actor(), clock.now()
    with transaction():
        if request.form.get("go") == "over":
            if not actor.may(Permission.VISIT_OVERLAP):
                raise NotAllowed
            service, slot = slots.over_of(request.form, wish)
            visit = actions.add_over(
                actor,
                who,
                service,
                slot,
                reason=request.form.get("reason", ""),
                nonce=nonce,
                now=now,
                base_url=base_url(),
            )
        else:
            service, slot = slots.read(request.form["slot"])
            visit = actions.add_visit(
                actor, who, service, slot, nonce=nonce, now=now, base_url=base_url()
            )
        flash(told(visit, _("Booked.")))
        return visit.public_id


def told(visit: Appointment, words: str) -> str:
    """Return what was done, and whom to call because no message goes."""
    if emails.wanted_by(visit.patient):
        return words
    call = _("No message goes to %(name)s. Please call or text.", name=visit.patient.name)
    return f"{words} {call}"


def likeliest_first(services: Sequence[Service], patient: Patient | None) -> Sequence[Service]:
    """Return the clinic's order; for somebody known, what she had last first, first visits last."""
    last = service_last_had(patient.resource_id) if patient else None
    if last is None:
        return services
    return sorted(services, key=lambda each: (each.first_visit, each.id != last))


def _who_page(
    wish: slots.Wish, form: NewcomerForm, found: Sequence[Patient] | None = None, typed: str = ""
) -> Any:
    page = render_template(
        f"{PAGES}/add.html",
        wish=wish,
        form=form,
        found=found,
        typed=typed,
        day_words=day_words(wish.day),
        most=patients.FOUND_AT_MOST,
    )
    return page, 422 if form.errors else 200


def _found_page(wish: slots.Wish) -> Any:
    typed = request.form.get("who", "")[:100]
    found = patients.search(typed)
    form = _form(formdata=None, data={"name": typed, "channels": [Channel.EMAIL]})
    if not any(character.isalpha() for character in typed) or "@" in typed:
        form.name.data = ""
    page = _who_page(wish, form, found, typed)
    with transaction():
        event = PatientsSearched(found=len(found))
        audit.record(event, by=current_actor(), at=clock.now())
    return page


def _times_page(
    wish: slots.Wish,
    form: NewcomerForm,
    patient: Patient | None,
    refused: BookingError | None = None,
) -> Any:
    now = clock.now()
    kinds = []
    asked = wish.asked(boards.zone(), person_id=patient.resource_id if patient else None)
    for service in likeliest_first(clinic.services(), patient):
        offers = queries.offered_on(service, asked, now=now)
        later = () if offers else queries.nearest(service, asked, wish.around(now), now=now)
        kinds.append(
            (service, slots.words(service, wish.first(offers)), slots.words(service, later))
        )
    page = render_template(
        f"{PAGES}/add_times.html",
        wish=wish,
        form=form,
        patient=patient,
        kinds=kinds,
        day_words=day_words(wish.day),
        before=wish.day - timedelta(days=1),
        after=wish.day + timedelta(days=1),
        nonce=request.form.get("nonce") or str(uuid4()),
        refused=refused and _(refused.message),
        reason=request.form.get("reason", ""),
        practitioners=clinic.practitioners(),
        places=clinic.locations(),
        has_error=refused is not None,
    )
    return page, refused.status if refused else 200


def _form(**values: Any) -> NewcomerForm:
    return NewcomerForm(region=clinic.organisation().region, **values)


def newcomer(form: NewcomerForm) -> actions.Newcomer:
    """Return who was typed; the form has validated."""
    typed = (form.email.data or "").strip()
    return actions.Newcomer(
        name=clean_name(form.name.data or ""),
        phone=clean_phone(form.phone.data or "", region=form.region),
        email=clean_email(typed) if typed else "",
        channels=tuple(Channel(word) for word in form.channels.data or ()),
    )
