"""Move, swap and cancel at the desk, the card with her times, and who runs late."""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from booking.access.gate import current_actor, needs
from booking.access.policy import Permission
from booking.appointments.actions import desk as actions
from booking.appointments.models import Appointment
from booking.appointments.queries import board as boards
from booking.appointments.queries import desk as queries
from booking.appointments.rules import Status
from booking.appointments.views import slots
from booking.appointments.views.adding import told
from booking.appointments.views.desk_site import asked_day, bp, day_words, seen
from booking.appointments.views.site import as_uuid, base_url
from booking.appointments.views.steps import back_to
from booking.audit import actions as audit
from booking.availability.rules import Offer
from booking.clinic import queries as clinic
from booking.clinic.models import Service
from booking.core import clock
from booking.core.db import session, transaction
from booking.core.errors import AlreadyTaken, BadInput, BookingError, NotOffered, WrongState

PAGES = "appointments/staff"


@bp.get("/visits/<uuid:public_id>/move")
@needs(Permission.VISIT_MOVE)
def move(public_id: UUID) -> Any:
    """Show the times of a day that this visit can move to, its own day first."""
    return _move_page(boards.visit_for(current_actor(), public_id), request.args)


@bp.post("/visits/<uuid:public_id>/move")
@needs(Permission.VISIT_MOVE)
def move_now(public_id: UUID) -> Any:
    """Move the visit; or show the times again where this one is gone."""
    actor = current_actor()
    boards.visit_for(actor, public_id)
    try:
        _service, slot = slots.read(request.form.get("slot", ""))
        with transaction():
            moved = actions.move_visit(actor, public_id, slot, now=clock.now(), base_url=base_url())
            flash(told(moved, _("Moved.")))
    except (AlreadyTaken, NotOffered, BadInput, WrongState) as refused:
        return _move_page(boards.visit_for(actor, public_id), request.form, refused)
    return redirect(url_for("desk.visit", public_id=public_id), code=303)


@bp.get("/visits/<uuid:public_id>/cancel")
@needs(Permission.VISIT_MOVE)
def cancel(public_id: UUID) -> Any:
    """Ask once whether to cancel. No reason is asked for."""
    visit = boards.visit_for(current_actor(), public_id)
    return _page("cancel", visit, rest=queries.rest_of(current_actor(), visit, now=clock.now()))


@bp.post("/visits/<uuid:public_id>/cancel")
@needs(Permission.VISIT_MOVE)
def cancel_now(public_id: UUID) -> Any:
    """Cancel the visit, or the rest of its series; sent twice, one message goes of each."""
    actor, now = current_actor(), clock.now()
    with transaction():
        if request.form.get("which") == "rest":
            done = actions.cancel_rest(actor, public_id, now=now, base_url=base_url())
            said = ngettext(
                "%(num)d visit is cancelled.", "%(num)d visits are cancelled.", len(done)
            )
            flash(told(done[0], said))
        else:
            visit = actions.cancel_visit(actor, public_id, now=now, base_url=base_url())
            flash(told(visit, _("Cancelled.")))
    return redirect(url_for("desk.visit", public_id=public_id), code=303)


@bp.get("/visits/<uuid:public_id>/swap")
@needs(Permission.VISIT_MOVE)
def swap(public_id: UUID) -> Any:
    """Show with which visits of a day this one can change places, then both as they would be."""
    actor = current_actor()
    visit = boards.visit_for(actor, public_id)
    other = as_uuid(request.args.get("with"))
    return _swap_page(visit, boards.visit_for(actor, other) if other else None)


@bp.post("/visits/<uuid:public_id>/swap")
@needs(Permission.VISIT_MOVE)
def swap_now(public_id: UUID) -> Any:
    """Let both change places, or say why not."""
    actor = current_actor()
    boards.visit_for(actor, public_id)
    other = as_uuid(request.form.get("with"))
    if other is None:
        return redirect(url_for("desk.swap", public_id=public_id), code=303)
    try:
        with transaction():
            for visit in actions.swap_visits(
                actor, public_id, other, now=clock.now(), base_url=base_url()
            ):
                flash(told(visit, _("%(name)s has the other time now.", name=visit.patient.name)))
    except (AlreadyTaken, NotOffered, WrongState) as refused:
        both = [boards.visit_for(actor, each) for each in (public_id, other)]
        return _swap_page(both[0], both[1], refused)
    return redirect(url_for("desk.visit", public_id=public_id), code=303)


@bp.get("/visits/<uuid:public_id>/card")
@needs(Permission.VISIT_BOOK)
def card(public_id: UUID) -> Any:
    """Show a card to print with the times of her visits, for whom no message reaches."""
    visit = boards.visit_for(current_actor(), public_id)
    return _page("card", visit, visits=queries.to_come(visit, now=clock.now()))


@bp.post("/visits/<uuid:public_id>/late")
@needs(Permission.VISIT_RECEIVE)
def late(public_id: UUID) -> Any:
    """Note how late she will be."""
    with transaction():
        visit = actions.note_patient_late(current_actor(), public_id, _minutes(), now=clock.now())
        return back_to(visit)


@bp.post("/day/late")
@needs(Permission.VISIT_MOVE)
def practitioner_late() -> Any:
    """Note how late a practitioner is today; she for herself, the desk for everybody."""
    who, day = as_uuid(request.form.get("practitioner")), asked_day(request.form.get("date", ""))
    if who is None:
        raise BadInput
    with transaction():
        actions.note_practitioner_late(current_actor(), who, day, _minutes(), now=clock.now())
    return redirect(url_for("desk.day", date=day.isoformat()), code=303)


def _minutes() -> int:
    text = request.form.get("minutes", "").strip() or "0"
    if not text.isascii() or not text.isdigit() or len(text) > 3:
        raise BadInput(_("Enter how many minutes late, from 0 to 240"))
    return int(text)


def _move_page(visit: Appointment, values: Any, refused: BookingError | None = None) -> Any:
    actor, now = current_actor(), clock.now()
    own_day = visit.starts_at.astimezone(boards.zone()).date()
    wish = slots.Wish.of({"date": own_day.isoformat(), **values})
    staff = boards.visible(actor)
    asked = wish.asked(boards.zone(), person_id=visit.patient.resource_id, moving=visit)
    hers = [one.id for one in staff if wish.practitioner is None or wish.practitioner.id == one.id]
    asked = replace(asked, practitioner_ids=hers)
    service = session().get_one(Service, visit.service_id)
    offers = [each for each in queries.offered_on(service, asked, now=now) if not _has(visit, each)]
    later = [] if offers else queries.nearest(service, asked, wish.around(now), now=now)
    page = _page(
        "move",
        visit,
        wish=wish,
        offers=slots.words(service, offers),
        later=slots.words(service, [each for each in later if not _has(visit, each)]),
        before=wish.day - timedelta(days=1),
        after=wish.day + timedelta(days=1),
        day_words=day_words(wish.day),
        refused=refused and _(refused.message),
        practitioners=staff,
        places=clinic.locations(),
        has_error=refused is not None,
    )
    return page, refused.status if refused else 200


def _has(visit: Appointment, offer: Offer) -> bool:
    """Whether an offer is the very time the visit has: that is no move."""
    hers = (visit.starts_at, visit.practitioner_id, visit.location_id)
    return (offer.starts_at, offer.practitioner_id, offer.location_id) == hers


def _swap_page(
    visit: Appointment, other: Appointment | None, refused: BookingError | None = None
) -> Any:
    actor = current_actor()
    own_day = visit.starts_at.astimezone(boards.zone()).date()
    shown = asked_day(request.args.get("date", "") or own_day.isoformat())
    found = boards.visits_between(actor, shown, days=1, now=clock.now())[shown]
    page = _page(
        "swap",
        visit,
        other=other,
        choice=[v for v in found if v.id != visit.id and v.status is Status.BOOKED],
        shown=shown,
        before=shown - timedelta(days=1),
        after=shown + timedelta(days=1),
        refused=refused and _(refused.message),
        has_error=refused is not None,
    )
    return page, refused.status if refused else 200


def _page(name: str, visit: Appointment, **shown: Any) -> str:
    """Draw a page about one visit, and record that it was seen."""
    page = render_template(f"{PAGES}/{name}.html", visit=visit, zone=visit.location.zone, **shown)
    event = seen(visit)
    with transaction():
        audit.record(event, by=current_actor(), at=clock.now())
    return page
