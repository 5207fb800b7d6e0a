"""Move rows from one record to another; what joining and parting share."""

from collections.abc import Collection, Iterable
from typing import Any

from sqlalchemy import select, update

from booking.appointments.models import Appointment
from booking.care.models import ChangedVisit
from booking.conversations.models import Line
from booking.core.db import session
from booking.intake.models import IntakeForm
from booking.patients.models import Patient
from booking.waiting.models import WaitingEntry

OF_RECORDS = (IntakeForm, WaitingEntry, Line)
"""Tables beside the visits that name a record by `patient_id`."""


def put(table: Any, ids: Collection[int], **values: object) -> None:
    """Write `values` into the rows with these ids."""
    session().execute(
        update(table).where(table.id.in_(ids)).values(**values),
        execution_options={"synchronize_session": False},
    )


def move_visits(ids: Collection[int], *, to: Patient) -> None:
    """Let visits be on another record; what was sealed for the one is sealed for the other."""
    wanted = select(Appointment).where(
        Appointment.id.in_(ids), Appointment.overlap_reason_sealed.is_not(None)
    )
    reasons = {visit.id: visit.overlap_reason for visit in session().scalars(wanted)}
    session().flush()
    put(Appointment, ids, patient_id=to.id)
    for number, reason in reasons.items():
        visit = session().get_one(Appointment, number)
        session().refresh(visit)  # its patient is another one now, and with her the key
        visit.overlap_reason = reason
    session().flush()


def claims_of(visits: Iterable[int], *, of: int, to: int) -> list[int]:
    """Let the time that was given up with visits be another person's, should it be taken back."""
    rows = session().scalars(
        select(ChangedVisit).where(ChangedVisit.appointment_id.in_(list(visits)))
    )
    found = []
    for row in rows:
        row.claims = [[to if claim[0] == of else claim[0], *claim[1:]] for claim in row.claims]
        found.append(row.appointment_id)
    return found
