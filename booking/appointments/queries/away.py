"""Named reads about practitioners who are ill: whose visits they meet, who has answered."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from sqlalchemy import bindparam, select
from sqlalchemy.orm import joinedload

from booking.appointments.models import Absence, AnotherTime, Appointment
from booking.appointments.queries.listed import Listed
from booking.appointments.queries.patient import WHOLE_VISIT, practitioners_seen
from booking.appointments.rules import Slot, Status
from booking.availability import queries as availability
from booking.availability.queries.offering import Narrowed
from booking.availability.rules import AskedBy, Offer
from booking.clinic.models import Location, Practitioner, Service
from booking.core.db import NOW, UtcDateTime, session
from booking.core.errors import NotFound

OF_EACH = 3
"""Times offered with the same practitioner, and with others: six in all."""
SOON = timedelta(days=14)


class Standing(StrEnum):
    """What has become of a visit that needs another time."""

    WAITING = "waiting"  # asked by mail, no answer yet
    CALL = "call"  # to be called: she asked for it, or no mail reaches her
    MOVED = "moved"
    CANCELLED = "cancelled"
    KEPT = "kept"  # the practitioner is there after all
    OVER = "over"  # its time has passed, or it took place


UNANSWERED = (Standing.WAITING, Standing.CALL)


@dataclass(frozen=True, kw_only=True)
class Answer:
    """One visit of an absence, and where it stands."""

    visit: Appointment
    asked: AnotherTime
    standing: Standing


def visits_meeting(
    practitioner_id: int, starts_at: datetime, ends_at: datetime, *, now: datetime
) -> Sequence[Appointment]:
    """Return her booked visits to come that meet `[starts_at, ends_at)`, soonest first."""
    wanted = (
        select(Appointment)
        .where(
            Appointment.practitioner_id == practitioner_id,
            Appointment.status == Status.BOOKED,
            Appointment.starts_at < ends_at,
            Appointment.ends_at > max(starts_at, now),
        )
        .options(*WHOLE_VISIT)
        .order_by(Appointment.starts_at, Appointment.id)
    )
    return session().scalars(wanted).all()


_NOT_OVER = (
    select(Absence)
    .where(Absence.ended_at.is_(None), Absence.ends_at > NOW)
    .options(joinedload(Absence.practitioner))
    .order_by(Absence.starts_at, Absence.id)
)


def absences(*, now: datetime) -> Sequence[Absence]:
    """Return absences that have not ended, soonest first."""
    return session().scalars(_NOT_OVER, {"now": now}).all()


def absence(public_id: UUID) -> Absence:
    """Return one. Raises NotFound."""
    wanted = select(Absence).where(Absence.public_id == public_id)
    found = session().scalar(wanted.options(joinedload(Absence.practitioner)))
    if found is None:
        raise NotFound
    return found


def answers(of: Absence) -> list[Answer]:
    """Return the visits an absence meets, in order of time, with where they stand."""
    wanted = (
        select(AnotherTime, Appointment)
        .join(Appointment, Appointment.id == AnotherTime.appointment_id)
        .where(AnotherTime.absence_id == of.id)
        .options(*WHOLE_VISIT)
        .order_by(AnotherTime.id)
    )
    return [
        Answer(visit=visit, asked=asked, standing=standing(asked, visit, of))
        for asked, visit in session().execute(wanted)
    ]


def standing(asked: AnotherTime, visit: Appointment | Listed, of: Absence) -> Standing:
    """Return what has become of a visit, by whatever way it came about."""
    if visit.status is Status.CANCELLED:
        return Standing.CANCELLED
    if not _meets(visit, of):
        return Standing.MOVED
    if of.ended_at is not None:
        return Standing.KEPT
    if visit.status is not Status.BOOKED:
        return Standing.OVER
    return Standing.WAITING if asked.mailed and asked.call_asked_at is None else Standing.CALL


def _meets(visit: Appointment | Listed, of: Absence) -> bool:
    same = visit.practitioner_id == of.practitioner_id
    return same and visit.starts_at < of.ends_at and visit.ends_at > of.starts_at


# From the absences, which are few: the visits of a day are hundreds.
_ASKED = (
    select(AnotherTime, Absence)
    .join(Absence, Absence.id == AnotherTime.absence_id)
    .where(
        Absence.ended_at.is_(None),
        Absence.starts_at < bindparam("end", type_=UtcDateTime),
        Absence.ends_at > bindparam("begin", type_=UtcDateTime),
    )
)


def needing(visits: Collection[Appointment | Listed]) -> frozenset[int]:
    """Return which of these visits (their ids) still need another time."""
    if not visits:
        return frozenset()
    within = {
        "begin": min(visit.starts_at for visit in visits),
        "end": max(visit.ends_at for visit in visits),
    }
    by_id = {visit.id: visit for visit in visits}
    return frozenset(
        asked.appointment_id
        for asked, of in session().execute(_ASKED, within)
        if asked.appointment_id in by_id
        and standing(asked, by_id[asked.appointment_id], of) in UNANSWERED
    )


def asked_about(visit: Appointment) -> AnotherTime | None:
    """Return the latest question about a visit, answered or not; None if there never was one."""
    wanted = (
        select(AnotherTime)
        .where(AnotherTime.appointment_id == visit.id)
        .options(joinedload(AnotherTime.absence))
        .order_by(AnotherTime.id.desc())
        .limit(1)
    )
    return session().scalar(wanted)


def offers_for(visit: Appointment, *, now: datetime) -> list[Offer]:
    """Return up to six times she is offered: with the same practitioner later, with others soon."""
    service = session().get_one(Service, visit.service_id)
    hers = availability.nearest(
        service, around=visit.starts_at, n=OF_EACH, now=now, **_asking(visit, same=True)
    )
    others = availability.nearest(
        service, around=visit.starts_at, n=OF_EACH, now=now, **_asking(visit, same=False)
    )
    found = [*hers, *(offer for offer in others if abs(offer.starts_at - visit.starts_at) <= SOON)]
    return sorted(found, key=lambda offer: offer.start)


def _asking(visit: Appointment, *, same: bool) -> Narrowed:
    wanted = select(Practitioner.id).where(
        (Practitioner.id == visit.practitioner_id) == same, Practitioner.active
    )
    person = visit.patient.resource_id
    return {
        "practitioner_ids": session().scalars(wanted).all(),
        "person_id": person,
        "known_to": practitioners_seen(person),
        "asked_by": AskedBy.PATIENT,
        "but_appointment_id": visit.id,
    }


def slot_of(offer: Offer) -> Slot:
    """Return what names an offer in a form."""
    practitioner = session().get_one(Practitioner, offer.practitioner_id)
    location = session().get_one(Location, offer.location_id)
    return Slot(practitioner.public_id, location.public_id, offer.starts_at)


def slots_for(asked: AnotherTime, *, now: datetime) -> frozenset[Slot]:
    """Return what she may choose from now."""
    return frozenset(slot_of(offer) for offer in offers_for(asked.appointment, now=now))
