"""Named reads of what came back about visits."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from booking.appointments.models import LIVE, Appointment
from booking.calendars.models import VisitAnswer
from booking.calendars.rules.answers import ASK_RECEPTION
from booking.core.db import session
from booking.core.errors import NotFound


def to_look_at(*, now: datetime) -> Sequence[VisitAnswer]:
    """Return what somebody at reception has to look at, soonest visit first."""
    wanted = (
        select(VisitAnswer)
        .join(VisitAnswer.appointment)
        .where(
            VisitAnswer.seen_at.is_(None),
            VisitAnswer.answer.in_(ASK_RECEPTION),
            VisitAnswer.sequence == Appointment.sequence,
            Appointment.status.in_(LIVE),
            Appointment.ends_at > now,
        )
        .options(
            joinedload(VisitAnswer.appointment).joinedload(Appointment.patient),
            joinedload(VisitAnswer.appointment).joinedload(Appointment.location),
        )
        .order_by(Appointment.starts_at, VisitAnswer.id)
    )
    return session().scalars(wanted).all()


def answer(public_id: UUID) -> VisitAnswer:
    """Return one answer. Raises NotFound."""
    found = session().scalar(select(VisitAnswer).where(VisitAnswer.public_id == public_id))
    if found is None:
        raise NotFound
    return found


def latest(visit: Appointment) -> VisitAnswer | None:
    """Return the last thing that came back about a visit as it now stands, or None."""
    wanted = select(VisitAnswer).where(
        VisitAnswer.appointment_id == visit.id, VisitAnswer.sequence == visit.sequence
    )
    order = (VisitAnswer.received_at.desc(), VisitAnswer.id.desc())
    return session().scalar(wanted.order_by(*order).limit(1))
