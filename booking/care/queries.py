"""Named reads: whose visits somebody may let go, and what was said before."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import joinedload, selectinload

from booking.access.policy import Actor
from booking.appointments.models import Appointment
from booking.appointments.queries import patient as patient_queries
from booking.appointments.queries.patient import WHOLE_VISIT
from booking.appointments.rules import Status
from booking.care.models import Change, ChangedVisit
from booking.core.db import session
from booking.core.errors import NotFound
from booking.patients.models import Patient
from booking.waiting.models import WaitingEntry
from booking.waiting.rules import EntryState

STANDS = Change.undone_at.is_(None), Change.ended_at.is_(None)


def visits_to_come(actor: Actor, visit: Appointment, *, now: datetime) -> Sequence[Appointment]:
    """Return the visits somebody may keep or let go, soonest first; requests still open, too.

    Through a link: the visit it is for, and the other legs of its series. Signed in, or at the
    desk: all of the person's. A practitioner: those with her.
    """
    wanted = (
        select(Appointment)
        .join(Appointment.patient)
        .where(
            Patient.resource_id == visit.patient.resource_id,
            or_(
                Appointment.status == Status.BOOKED,
                and_(Appointment.status == Status.REQUESTED, Appointment.answer_by > now),
            ),
            Appointment.starts_at > now,
        )
        .options(*WHOLE_VISIT)
        .order_by(Appointment.starts_at)
    )
    if not actor.is_staff and actor.person_id is None:
        same = [Appointment.id == visit.id]
        if visit.series is not None:
            same.append(Appointment.series == visit.series)
        wanted = wanted.where(or_(*same), Appointment.patient_id == visit.patient_id)
    elif actor.is_staff and not (actor.is_reception or actor.is_owner):
        wanted = wanted.where(Appointment.practitioner_id == actor.practitioner_id)
    return session().scalars(wanted).all()


def visit_at_hand(actor: Actor, *, now: datetime) -> Appointment:
    """Return a link's visit; signed in, the next to come, else the last. Raises NotFound."""
    if actor.appointment_id is not None:
        return patient_queries.appointment(actor.appointment_id)
    mine = patient_queries.visits_of(actor.person_id) if actor.person_id is not None else ()
    ahead = [visit for visit in mine if visit.starts_at > now]
    found = ahead[-1:] or list(mine[:1])
    if not found:
        raise NotFound
    return found[0]


def records_of(person_id: int) -> Sequence[Patient]:
    """Return all records of a person."""
    return session().scalars(select(Patient).where(Patient.resource_id == person_id)).all()


def waits_of(person_id: int) -> Sequence[WaitingEntry]:
    """Return the person's places on the waiting list."""
    wanted = (
        select(WaitingEntry)
        .join(WaitingEntry.patient)
        .where(Patient.resource_id == person_id, WaitingEntry.state == EntryState.WAITING)
        .options(joinedload(WaitingEntry.patient), joinedload(WaitingEntry.service))
    )
    return session().scalars(wanted).all()


def over(person_id: int) -> Sequence[Change]:
    """Return what was said before, and taken back or ended since, latest first."""
    wanted = (
        select(Change)
        .where(
            Change.person_id == person_id,
            or_(Change.undone_at.is_not(None), Change.ended_at.is_not(None)),
        )
        .order_by(Change.id.desc())
    )
    return session().scalars(wanted).all()


def standing(person_id: int) -> Sequence[Change]:
    """Return what was said and neither taken back nor ended, latest last."""
    wanted = select(Change).where(Change.person_id == person_id, *STANDS).order_by(Change.id)
    return session().scalars(wanted).all()


def latest_change(person_id: int) -> Change | None:
    """Return what was said last, where it is neither taken back nor ended; else None."""
    wanted = (
        select(Change)
        .where(Change.person_id == person_id, *STANDS)
        .options(
            selectinload(Change.visits)
            .joinedload(ChangedVisit.appointment)
            .joinedload(Appointment.location),
            selectinload(Change.waits),
        )
        .order_by(Change.id.desc())
        .limit(1)
    )
    return session().scalar(wanted)
