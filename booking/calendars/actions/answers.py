"""Write down what came back about a visit. Nothing here changes a visit."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from booking.access.policy import Actor
from booking.appointments.models import Appointment
from booking.audit import actions as audit
from booking.audit.rules import ContactDone
from booking.calendars.models import VisitAnswer
from booking.calendars.queries import answers as queries
from booking.calendars.rules import Answer
from booking.core.db import session


def note(visit: Appointment, answer: Answer, *, now: datetime) -> None:
    """Note an answer to the visit as it stands; the same one again only says when it last came."""
    row = session().scalar(
        select(VisitAnswer).where(
            VisitAnswer.appointment_id == visit.id,
            VisitAnswer.sequence == visit.sequence,
            VisitAnswer.answer == answer,
        )
    )
    if row is None:
        row = VisitAnswer(appointment_id=visit.id, sequence=visit.sequence, answer=answer)
        session().add(row)
    row.received_at = now
    session().flush()


def finish(actor: Actor, public_id: UUID, *, now: datetime) -> None:
    """Note that reception dealt with an answer; twice is once. Raises NotFound."""
    row = queries.answer(public_id)
    if row.seen_at is not None:
        return
    row.seen_at, row.seen_by = now, actor.user_id
    done = ContactDone(
        patient_id=row.appointment.patient_id,
        appointment_id=row.appointment_id,
        what=row.answer.value,
    )
    audit.record(done, by=actor, at=now)
