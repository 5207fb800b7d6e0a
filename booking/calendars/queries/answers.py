"""Named reads of what came back about visits."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, and_, func, select
from sqlalchemy.orm import joinedload

from booking.appointments.models import LIVE, Appointment
from booking.calendars.models import VisitAnswer
from booking.calendars.rules.answers import ASK_RECEPTION
from booking.core.db import NOW, session
from booking.core.errors import NotFound
from booking.mail.models import Mail, MailState

# Unseen answers about visits to come: few, so that their visits are looked up one by one.
_WORTH_A_LOOK = (
    VisitAnswer.seen_at.is_(None),
    VisitAnswer.answer.in_(ASK_RECEPTION),
    VisitAnswer.appointment.has(
        and_(
            Appointment.sequence == VisitAnswer.sequence,
            Appointment.status.in_(LIVE),
            Appointment.ends_at > NOW,
        )
    ),
)
_TO_LOOK_AT = (
    select(VisitAnswer)
    .join(VisitAnswer.appointment)
    .where(*_WORTH_A_LOOK)
    .options(
        joinedload(VisitAnswer.appointment).joinedload(Appointment.patient),
        joinedload(VisitAnswer.appointment).joinedload(Appointment.location),
    )
    .order_by(Appointment.starts_at, VisitAnswer.id)
)
NUMBER_TO_LOOK_AT = select(func.count()).select_from(VisitAnswer).where(*_WORTH_A_LOOK)
"""The question how many of `to_look_at` there are; told `NOW`."""


def to_look_at(*, now: datetime) -> Sequence[VisitAnswer]:
    """Return what somebody at reception has to look at, soonest visit first."""
    return session().scalars(_TO_LOOK_AT, {"now": now}).all()


def count_to_look_at(*, now: datetime) -> int:
    """Return how many there are."""
    return session().scalar(NUMBER_TO_LOOK_AT, {"now": now}) or 0


def visit_of_uid(uid: str, *, now: datetime) -> Appointment | None:
    """Return the visit to come with this calendar uid, or None."""
    return session().scalar(_to_come(now).where(Appointment.uid == uid))


def visit_of_message(message_id: str, *, now: datetime) -> Appointment | None:
    """Return the visit to come that a message we sent was about, or None."""
    wanted = _to_come(now).join(Mail, Mail.appointment_id == Appointment.id)
    return session().scalar(
        wanted.where(Mail.message_id == message_id, Mail.state == MailState.SENT)
    )


def _to_come(now: datetime) -> Select[Appointment]:
    return (
        select(Appointment)
        .where(Appointment.status.in_(LIVE), Appointment.ends_at > now)
        .options(
            joinedload(Appointment.patient),
            joinedload(Appointment.practitioner),
            joinedload(Appointment.location),
        )
    )


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
