"""Write down what came back about a visit. Nothing here changes a visit."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from booking.access.policy import Actor
from booking.appointments import emails
from booking.appointments.actions import say_anew
from booking.appointments.models import Appointment
from booking.audit import actions as audit
from booking.audit.rules.visits import ContactDone
from booking.calendars.models import VisitAnswer
from booking.calendars.queries import answers as queries
from booking.calendars.rules import Answer
from booking.calendars.rules.answers import Reply, answer_of, asks_again, is_from
from booking.core.db import session
from booking.patients.models import InviteStyle


def receive(reply: Reply, *, now: datetime, base_url: str) -> bool:
    """Take one calendar object that came in; False where it has no effect.

    It must be about a visit to come, of the person the visit is for, sent from her address.
    """
    visit = queries.visit_of_uid(reply.uid, now=now)
    if visit is None or not is_from(reply, visit.patient.email_canonical):
        return False
    if asks_again(reply):
        return _send_current(visit, now=now, base_url=base_url)
    answer = answer_of(reply, sequence=visit.sequence)
    if answer is None:
        return False
    note(visit, answer, now=now)
    return True


def came_back(message_id: str, *, now: datetime) -> bool:
    """Note that a message of ours could not be delivered; False where it has no effect.

    Its id is random and stands in that message only: who knows it has had the message.
    """
    visit = queries.visit_of_message(message_id, now=now)
    if visit is None:
        return False
    note(visit, Answer.UNDELIVERED, now=now)
    return True


def _send_current(visit: Appointment, *, now: datetime, base_url: str) -> bool:
    """Send the invitation as it stands, at most once an hour."""
    if not emails.wanted_by(visit.patient) or visit.patient.invites is InviteStyle.NONE:
        return False
    say_anew(visit, f"{now:%Y%m%d%H}", now=now, base_url=base_url)
    return True


def note(visit: Appointment, answer: Answer, *, now: datetime) -> None:
    """Note an answer to the visit as it stands; the same one again only says when it last came.

    After another one it is a new answer, which somebody has to look at again.
    """
    last = queries.latest(visit)
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
    elif row is not last:
        row.seen_at = row.seen_by = None
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
