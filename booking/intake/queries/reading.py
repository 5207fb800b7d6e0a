"""Who may read whose forms: by a visit not long ago or to come, or by a right of her own.

The one place that says so. A visit counts as long as it stands with that practitioner, so whoever
it is given to gets the right and whoever it is taken from loses it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, exists, or_, select
from sqlalchemy.orm import joinedload

from booking.appointments.models import LIVE, Appointment
from booking.clinic import queries as clinic_queries
from booking.clinic.models import Practitioner
from booking.core.db import session
from booking.core.errors import NotFound
from booking.intake.models import HandOver, ReadingRight


def readable_patients(user_id: int | None, *, now: datetime) -> Select[int]:
    """The ids of the records whose forms a practitioner with this account may read at `now`."""
    return _readable(Practitioner.user_id == user_id, now)


def patients_of(practitioner_id: int, *, now: datetime) -> Sequence[int]:
    """The ids of the records whose forms this practitioner may read at `now`."""
    return session().scalars(_readable(Practitioner.id == practitioner_id, now)).all()


def given_patients(user_id: int | None, *, now: datetime) -> Select[int]:
    """The ids of the records she may read by a right, not by a visit of her own."""
    return (
        select(ReadingRight.patient_id)
        .join(Practitioner, Practitioner.id == ReadingRight.practitioner_id)
        .where(Practitioner.user_id == user_id, _stands(now))
    )


def _readable(who: ColumnElement[bool], now: datetime) -> Select[int]:
    by_visit = (
        select(Appointment.patient_id)
        .join(Practitioner, Practitioner.id == Appointment.practitioner_id)
        .where(who, _visit_counts(now))
    )
    by_right = (
        select(ReadingRight.patient_id)
        .join(Practitioner, Practitioner.id == ReadingRight.practitioner_id)
        .where(who, _stands(now))
    )
    either = by_visit.union(by_right).subquery()
    return select(either.c.patient_id)


@dataclass(frozen=True)
class Reader:
    """A practitioner who may read her forms; `right` is that she gave her, None by a visit.

    `until` is when a right that was handed over ends.
    """

    practitioner: Practitioner
    right: ReadingRight | None
    until: datetime | None = None


def readers_of(patient_id: int, *, now: datetime) -> list[Reader]:
    """Who may read a record's forms at `now`: by visits, then by rights."""
    treating = session().scalars(
        select(Practitioner)
        .where(
            Practitioner.id.in_(
                select(Appointment.practitioner_id).where(
                    Appointment.patient_id == patient_id, _visit_counts(now)
                )
            )
        )
        .order_by(Practitioner.position)
    )
    found = [Reader(each, None) for each in treating]
    known = {each.practitioner.id for each in found}
    for right in _rights_on(patient_id, now=now):
        given = right if right.given_by is None else None
        if given is not None or right.practitioner_id not in known:
            found.append(Reader(right.practitioner, given, right.until))
    return found


def colleagues_for(patient_id: int, *, now: datetime) -> list[Practitioner]:
    """Practitioners at work here who may not read a record's forms."""
    readers = {each.practitioner.id for each in readers_of(patient_id, now=now)}
    return [each for each in clinic_queries.practitioners() if each.id not in readers]


def right_of(patient_id: int, public_id: UUID) -> ReadingRight:
    """A right that this patient gave and has not taken back. Raises NotFound."""
    found = session().scalar(
        select(ReadingRight).where(
            ReadingRight.public_id == public_id,
            ReadingRight.patient_id == patient_id,
            ReadingRight.given_by.is_(None),
            ReadingRight.ended_at.is_(None),
        )
    )
    if found is None:
        raise NotFound
    return found


def practitioner_ever(public_id: UUID) -> Practitioner:
    """Somebody who treats here or has treated here. Raises NotFound."""
    found = session().scalar(select(Practitioner).where(Practitioner.public_id == public_id))
    if found is None:
        raise NotFound
    return found


def rights_of(practitioner_id: int, *, now: datetime) -> Sequence[ReadingRight]:
    """The rights this practitioner has beside those of her visits."""
    wanted = select(ReadingRight).where(
        ReadingRight.practitioner_id == practitioner_id, _stands(now)
    )
    return session().scalars(wanted.order_by(ReadingRight.id)).all()


def given_to(patient_id: int, practitioner_id: int) -> ReadingRight | None:
    """The right that this patient has given this practitioner."""
    return session().scalar(
        select(ReadingRight).where(
            ReadingRight.patient_id == patient_id,
            ReadingRight.practitioner_id == practitioner_id,
            ReadingRight.given_by.is_(None),
            ReadingRight.ended_at.is_(None),
        )
    )


def visits_to_come(practitioner_id: int, *, now: datetime) -> int:
    """How many visits still stand with this practitioner."""
    wanted = select(Appointment.id).where(
        Appointment.practitioner_id == practitioner_id,
        Appointment.status.in_(LIVE),
        Appointment.ends_at > now,
    )
    return len(session().scalars(wanted).all())


def _rights_on(patient_id: int, *, now: datetime) -> Sequence[ReadingRight]:
    wanted = (
        select(ReadingRight)
        .where(ReadingRight.patient_id == patient_id, _stands(now))
        .options(joinedload(ReadingRight.practitioner))
        .order_by(ReadingRight.id)
    )
    return session().scalars(wanted).all()


def _stands(now: datetime) -> ColumnElement[bool]:
    lasts = or_(ReadingRight.until.is_(None), ReadingRight.until > now)
    return and_(ReadingRight.ended_at.is_(None), lasts)


def _visit_counts(now: datetime) -> ColumnElement[bool]:
    """Visits to come and those not longer ago than the clinic says, unless handed over since."""
    since = now - timedelta(days=clinic_queries.organisation().reading_days)
    handed_over = exists().where(
        HandOver.practitioner_id == Appointment.practitioner_id, HandOver.at >= Appointment.ends_at
    )
    return and_(Appointment.status.in_(LIVE), Appointment.ends_at > since, ~handed_over)
