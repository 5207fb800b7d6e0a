"""Note who runs late. Nothing moves by it, and nobody is mailed."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import delete

from booking.access.policy import Actor
from booking.appointments.models import Appointment, Delay
from booking.appointments.queries import board as queries
from booking.audit import actions as audit
from booking.audit.rules.visits import DelayNoted
from booking.core.db import session
from booking.core.errors import N_, BadInput, NotFound

LONGEST = 240


def note_patient_late(actor: Actor, public_id: UUID, minutes: int, *, now: datetime) -> Appointment:
    """Note how many minutes late she will be; 0 takes it back. Raises NotFound, BadInput."""
    _ensure_sound(minutes)
    visit = queries.visit_for(actor, public_id)
    session().execute(delete(Delay).where(Delay.appointment_id == visit.id))
    if minutes:
        session().add(Delay(appointment_id=visit.id, minutes=minutes, noted_at=now))
    noted = DelayNoted(patient_id=visit.patient_id, appointment_id=visit.id, minutes=minutes)
    audit.record(noted, by=actor, at=now)
    return visit


def note_practitioner_late(
    actor: Actor, practitioner: UUID, day: date, minutes: int, *, now: datetime
) -> None:
    """Note how many minutes late a practitioner is on a day; 0 takes it back.

    Raises NotFound, also for another practitioner's own column, and BadInput.
    """
    _ensure_sound(minutes)
    hers = [one for one in queries.visible(actor) if one.public_id == practitioner]
    if not hers:
        raise NotFound
    session().execute(delete(Delay).where(Delay.practitioner_id == hers[0].id, Delay.day == day))
    if minutes:
        late = Delay(practitioner_id=hers[0].id, day=day, minutes=minutes, noted_at=now)
        session().add(late)
    noted = DelayNoted(practitioner_id=hers[0].id, minutes=minutes)
    audit.record(noted, by=actor, at=now)


def _ensure_sound(minutes: int) -> None:
    if not 0 <= minutes <= LONGEST:
        raise BadInput(N_("Enter how many minutes late, from 0 to 240"))
