"""Move rows from one record to another; what joining and parting share."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select, update

from booking.appointments import actions as visiting
from booking.appointments.emails import wanted_by
from booking.appointments.models import Appointment
from booking.appointments.queries.patient import visits_on_record
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


def moving_address(
    ids: Collection[int], *, of: Patient, to: Patient, now: datetime
) -> list[Appointment]:
    """Take back what the address of `of` was sent of these visits; return those to be told anew.

    None where both have one address. To be called before the visits move.
    """
    if of.email_canonical == to.email_canonical:
        return []
    visits = [visit for visit in visits_on_record(of.id) if visit.id in ids]
    return visiting.take_back_messages(visits, follow=wanted_by(to), now=now)


def tell_there(visits: Sequence[Appointment], *, now: datetime, base_url: str) -> None:
    """Tell of visits that moved to another record at its address."""
    for each in visits:
        session().refresh(each)  # its patient is another one now
    visiting.tell_anew(visits, now=now, base_url=base_url)


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
