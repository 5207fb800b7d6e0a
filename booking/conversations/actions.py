"""Write, answer and settle; erase."""

from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import update

from booking.access.policy import Actor
from booking.appointments.actions.links import links_for
from booking.appointments.emails import wanted_by
from booking.appointments.models import Appointment
from booking.appointments.rules import link_works
from booking.audit import actions as audit
from booking.audit.rules.patients import ConversationSettled, LineWritten
from booking.clinic import queries as clinic
from booking.conversations import emails, queries
from booking.conversations.models import Line
from booking.conversations.rules import clean_text, ensure_room
from booking.core.db import session
from booking.mail import outbox
from booking.patients import queries as patients
from booking.patients.models import Patient


def write(actor: Actor, visit: Appointment, text: str, *, now: datetime) -> Line:
    """Keep what a patient wrote on the page of her visit, for the desk.

    Raises BadInput for an empty or too long text, or where too much waits already.
    """
    kept = clean_text(text)
    ensure_room(queries.open_lines(visit.patient_id))
    return _add(actor, visit.patient, visit, kept, now=now, settled_at=None)


def answer(actor: Actor, patient: Patient, text: str, *, now: datetime, base_url: str) -> bool:
    """Keep what the desk writes, settle what she wrote, and tell her by mail that it waits.

    Returns whether a message goes: where e-mail is not safe none does, and somebody has to call.
    What answers her goes at once; what the desk begins does not meet a date she leaves in peace.
    Raises BadInput.
    """
    kept = clean_text(text)
    answers_her = queries.open_lines(patient.id) > 0
    visit = queries.visit_to_show_on(patient.id, now=now)
    line = _add(actor, patient, visit, kept, now=now, settled_at=now)
    _settle(patient, now=now)
    if not wanted_by(patient):
        return False
    leaves = now if answers_her else _in_peace_from(patient, visit, now=now)
    link = _link(visit, now=now, base_url=base_url)
    draft = emails.waiting(line, patient, clinic.organisation(), link=link, not_before=leaves)
    outbox.enqueue(draft, now=now)
    return True


def settle(actor: Actor, patient: Patient, *, now: datetime) -> None:
    """Note that what she wrote needs no answer; twice is once."""
    if _settle(patient, now=now):
        audit.record(ConversationSettled(patient_id=patient.id), by=actor, at=now)


def _add(
    actor: Actor,
    patient: Patient,
    visit: Appointment | None,
    text: str,
    *,
    now: datetime,
    settled_at: datetime | None,
) -> Line:
    line = Line(
        patient_id=patient.id,
        owner_id=patient.public_id,
        appointment_id=visit.id if visit else None,
        by_user_id=actor.user_id,
        written_at=now,
        settled_at=settled_at,
    )
    line.text = text
    session().add(line)
    session().flush()
    audit.record(LineWritten(patient_id=patient.id, line_id=line.id), by=actor, at=now)
    return line


def _settle(patient: Patient, *, now: datetime) -> bool:
    hers = (Line.patient_id == patient.id, Line.settled_at.is_(None))
    settled = update(Line).where(*hers).values(settled_at=now).returning(Line.id)
    return bool(session().scalars(settled).all())


def _in_peace_from(patient: Patient, visit: Appointment | None, *, now: datetime) -> datetime:
    zone = ZoneInfo(visit.location.zone if visit else clinic.locations()[0].zone)
    avoid = patients.hard_dates([patient.resource_id])
    return avoid[patient.resource_id].first_after(now, zone)


def _link(visit: Appointment | None, *, now: datetime, base_url: str) -> str:
    """A link to the visit while that works, else the page where patients sign in."""
    if visit is not None and link_works(visit.status, ends_at=visit.ends_at, now=now):
        return links_for(visit.id, base_url=base_url, now=now, to=("visit",))["visit"]
    return f"{base_url}/my/sign-in"
