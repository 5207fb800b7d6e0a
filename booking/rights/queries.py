"""Named reads about records: what they hold, and what stands against erasing them."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from booking.appointments.models import LIVE, Appointment, Status
from booking.core.db import session
from booking.core.errors import NotFound
from booking.patients.models import Patient
from booking.rights.rules import Keeping, VisitPast, keeping


def record(public_id: UUID) -> Patient:
    """Return one patient's record. Raises NotFound."""
    found = session().scalar(select(Patient).where(Patient.public_id == public_id))
    if found is None:
        raise NotFound
    return found


def appointment_ids(patient_id: int) -> Sequence[int]:
    """Return the ids of every visit on a record."""
    wanted = select(Appointment.id).where(Appointment.patient_id == patient_id)
    return session().scalars(wanted).all()


def what_is_kept(patient_id: int, *, years: int, now: datetime) -> Keeping:
    """Tell what stands against erasing a record now."""
    wanted = select(Appointment.ends_at, Appointment.status).where(
        Appointment.patient_id == patient_id
    )
    visits = [
        VisitPast(
            ends_at=row.ends_at,
            to_come=row.status in LIVE and row.ends_at > now,
            took_place=row.status in {Status.IN_ROOM, Status.DONE},
        )
        for row in session().execute(wanted)
    ]
    return keeping(visits, years=years, now=now)
