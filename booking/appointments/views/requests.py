"""What waits for the clinic's answer: visits that were asked for. Approve, or offer other times."""

from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _

from booking.access.gate import current_actor, needs
from booking.access.policy import Permission
from booking.appointments import actions, rules
from booking.appointments.forms import DeclineForm
from booking.appointments.models import Appointment, ChangeRequest
from booking.appointments.queries import changes
from booking.appointments.queries import requests as queries
from booking.appointments.rules import Outcome, Slot, Status, Wish
from booking.appointments.views import site
from booking.appointments.views.desk_site import bp
from booking.audit import actions as audit
from booking.audit.rules.visits import RequestsListed
from booking.availability import queries as availability
from booking.clinic import queries as clinic
from booking.core import clock
from booking.core.db import transaction
from booking.core.errors import WrongState
from booking.core.words import clock_words, day_words

NEAR_SHOWN = 6


@bp.get("/requests")
@needs(Permission.REQUEST_ANSWER)
def requests() -> str:
    """List what waits for an answer, the most pressing first."""
    actor, now = current_actor(), clock.now()
    waiting = queries.open_requests(actor, now=now)
    wishes = changes.open_changes(actor, now=now)
    page = render_template("appointments/staff/requests.html", waiting=waiting, wishes=wishes)
    with transaction():
        audit.record(RequestsListed(requests=len(waiting) + len(wishes)), by=actor, at=now)
    return page


@bp.post("/requests/<uuid:public_id>/approve")
@needs(Permission.REQUEST_ANSWER)
def approve(public_id: UUID) -> Any:
    """Make it a visit. Raises WrongState when somebody was first, or the time ran out."""
    actor = current_actor()
    with transaction():
        visit = queries.request_for(actor, public_id)
        actions.approve_request(actor, visit, now=clock.now(), base_url=site.base_url())
    flash(_("The visit is booked, and the message with its invitation is on its way."))
    return redirect(url_for("desk.requests"), code=303)


@bp.get("/requests/<uuid:public_id>/decline")
@needs(Permission.REQUEST_ANSWER)
def decline(public_id: UUID) -> Any:
    """Show times near the one asked for, three of them ticked. Reading only."""
    visit = queries.request_for(current_actor(), public_id)
    near = _near(visit)
    form = _form(near, data={"times": [value for value, _words in near[: rules.TIMES_OFFERED]]})
    return _decline_page(visit, form)


@bp.post("/requests/<uuid:public_id>/decline")
@needs(Permission.REQUEST_ANSWER)
def decline_now(public_id: UUID) -> Any:
    """Give the time back, and mail the times that are ticked."""
    actor = current_actor()
    visit = queries.request_for(actor, public_id)
    form = _form(_near(visit))
    if not form.validate():
        return _decline_page(visit, form)
    with transaction():
        visit = queries.request_for(actor, public_id)
        actions.decline_request(
            actor,
            visit,
            alternatives=[rules.read_slot(text) for text in form.times.data or ()],
            now=clock.now(),
            base_url=site.base_url(),
        )
    flash(_("The request is declined, and the time is free again."))
    return redirect(url_for("desk.requests"), code=303)


@bp.post("/requests/changes/<uuid:public_id>/cancel")
@needs(Permission.REQUEST_ANSWER)
def cancel_as_asked(public_id: UUID) -> Any:
    """Cancel the visit, as was asked. Raises WrongState when that is not asked any more."""
    actor = current_actor()
    with transaction():
        asked = _open_change(public_id)
        if asked.wish is not Wish.CANCEL:
            raise WrongState
        visit = asked.appointment
        actions.cancel(actor, visit, now=clock.now(), base_url=site.base_url())
    flash(_("The visit is cancelled, and the message about it is on its way."))
    return redirect(url_for("desk.requests"), code=303)


@bp.post("/requests/changes/<uuid:public_id>/phone")
@needs(Permission.REQUEST_ANSWER)
def answered_by_phone(public_id: UUID) -> Any:
    """Note that somebody has talked about it. Raises WrongState when it is settled already."""
    with transaction():
        visit = _open_change(public_id).appointment
        actions.settle_changes(current_actor(), visit, Outcome.PHONE, now=clock.now())
    flash(_("Noted as answered by phone."))
    return redirect(url_for("desk.requests"), code=303)


def _open_change(public_id: UUID) -> ChangeRequest:
    found = changes.change_for(current_actor(), public_id)
    if found.settled_at is not None:
        raise WrongState
    return found


def _form(near: list[tuple[str, str]], **given: Any) -> DeclineForm:
    form = DeclineForm(**given)
    form.times.choices = near
    return form


def _near(visit: Appointment) -> list[tuple[str, str]]:
    """Return free times near the one asked for, as (slot, words); none for what is past."""
    now = clock.now()
    found = availability.nearest(
        visit.service,
        around=visit.starts_at,
        now=now,
        n=NEAR_SHOWN,
        person_id=visit.patient.resource_id,
    )
    people = {one.id: one for one in clinic.practitioners()}
    places = {one.id: one for one in clinic.locations()}
    shown = []
    for offer in found:
        who, where = people[offer.practitioner_id], places[offer.location_id]
        time = clock_words(offer.starts_at, where.zone)
        value = rules.slot_text(Slot(who.public_id, where.public_id, offer.starts_at))
        shown.append((value, f"{day_words(offer.local_date)}, {time}, {who.name}"))
    return shown


def _decline_page(visit: Appointment, form: DeclineForm) -> tuple[str, int]:
    """Show the page. Raises WrongState once there is nothing left to answer."""
    if visit.standing(clock.now()) is not Status.REQUESTED:
        raise WrongState
    page = render_template("appointments/staff/decline.html", visit=visit, form=form)
    return page, 422 if form.errors else 200
