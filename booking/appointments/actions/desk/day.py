"""What the staff do with a visit on the day: it arrives, begins, ends; and each step back."""

from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select

from booking.access.policy import Actor
from booking.appointments.models import Appointment
from booking.appointments.queries import board as queries
from booking.appointments.rules import Status, ensure_may_start, ensure_step
from booking.audit import actions as audit
from booking.audit.rules.visits import AppointmentStatusChanged
from booking.core.db import session
from booking.core.errors import N_, NotFound, WrongState


def mark_arrived(actor: Actor, public_id: UUID, *, now: datetime) -> Appointment:
    """Note that the patient is here. Doing it twice is doing it once.

    Raises NotFound, and WrongState on another day or once the visit has moved on.
    """
    visit = _locked(actor, public_id)
    if visit.status is Status.ARRIVED:
        return visit
    _ensure_on_its_day(visit, now=now)
    visit.arrived_at = now
    return _step(actor, visit, Status.ARRIVED, now=now)


def undo_arrived(actor: Actor, public_id: UUID, *, now: datetime) -> Appointment:
    """Take the arrival back. Raises NotFound, and WrongState once the visit has begun."""
    visit = _locked(actor, public_id)
    if visit.status is Status.BOOKED:
        return visit
    if visit.status is not Status.ARRIVED:
        raise WrongState(N_("This visit has already begun. Its practitioner can take that back."))
    visit.arrived_at = None
    return _step(actor, visit, Status.BOOKED, now=now)


def start_visit(actor: Actor, public_id: UUID, *, now: datetime) -> Appointment:
    """Begin one's own visit, if the answers before it were read and decided on.

    Raises NotFound for anybody else's, WrongState with the reason where it cannot begin.
    """
    visit = _own(actor, public_id)
    if visit.status is Status.IN_ROOM:
        return visit
    _ensure_on_its_day(visit, now=now)
    ensure_may_start(visit.clearance)
    if visit.status is Status.BOOKED:
        visit.arrived_at = now
        visit.status = Status.ARRIVED
    visit.started_at = visit.started_at or now
    return _step(actor, visit, Status.IN_ROOM, now=now)


def finish_visit(actor: Actor, public_id: UUID, *, now: datetime) -> Appointment:
    """End one's own visit. Raises NotFound, and WrongState unless it has begun."""
    visit = _own(actor, public_id)
    if visit.status is Status.DONE:
        return visit
    visit.finished_at = now
    return _step(actor, visit, Status.DONE, now=now)


def undo_step(actor: Actor, public_id: UUID, *, now: datetime) -> Appointment:
    """Take the last step of one's own visit back: done is in the room again, begun arrived.

    Raises NotFound, and WrongState where there is nothing to take back.
    """
    visit = _own(actor, public_id)
    if visit.status is Status.DONE:
        visit.finished_at = None
        return _step(actor, visit, Status.IN_ROOM, now=now)
    if visit.status is Status.IN_ROOM:
        visit.started_at = None
        return _step(actor, visit, Status.ARRIVED, now=now)
    raise WrongState


def mark_missed(actor: Actor, public_id: UUID, *, now: datetime) -> Appointment:
    """Note that she did not come. Raises NotFound, and WrongState before the visit's start."""
    visit = _locked(actor, public_id)
    if visit.status is Status.NO_SHOW:
        return visit
    if now < visit.starts_at:
        raise WrongState(N_("This visit has not begun yet. Nothing was changed."))
    return _step(actor, visit, Status.NO_SHOW, now=now)


def undo_missed(actor: Actor, public_id: UUID, *, now: datetime) -> Appointment:
    """Take that back. Raises NotFound, and WrongState where there is nothing to take back."""
    visit = _locked(actor, public_id)
    if visit.status is Status.BOOKED:
        return visit
    if visit.status is not Status.NO_SHOW:
        raise WrongState
    return _step(actor, visit, Status.BOOKED, now=now)


def _locked(actor: Actor, public_id: UUID) -> Appointment:
    """Load a visit the actor may see, with its row kept from others until the end."""
    visit = queries.visit_for(actor, public_id)
    session().execute(
        select(Appointment.id).where(Appointment.id == visit.id).with_for_update()
    ).one()
    session().refresh(visit, ["status", "clearance", "arrived_at", "started_at", "finished_at"])
    return visit


def _own(actor: Actor, public_id: UUID) -> Appointment:
    visit = _locked(actor, public_id)
    if actor.practitioner_id != visit.practitioner_id:
        raise NotFound
    return visit


def _ensure_on_its_day(visit: Appointment, *, now: datetime) -> None:
    zone = ZoneInfo(visit.location.zone)
    if visit.starts_at.astimezone(zone).date() != now.astimezone(zone).date():
        raise WrongState(N_("This visit is on another day. Nothing was changed."))


def _step(actor: Actor, visit: Appointment, to: Status, *, now: datetime) -> Appointment:
    ensure_step(visit.status, to)
    visit.status = to
    session().flush()
    audit.record(
        AppointmentStatusChanged(
            patient_id=visit.patient_id, appointment_id=visit.id, status=to.value
        ),
        by=actor,
        at=now,
    )
    return visit
