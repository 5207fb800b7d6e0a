"""Named reads of conversations."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from booking.appointments.models import Appointment
from booking.appointments.queries.patient import WHOLE_VISIT
from booking.appointments.rules import LIVE
from booking.conversations.models import Line
from booking.core.db import session
from booking.patients.models import Patient


@dataclass(frozen=True, kw_only=True)
class Waiting:
    """A patient whose lines wait for the desk: how many, and since when."""

    patient: Patient
    lines: int
    since: datetime


def of_record(patient_id: int) -> Sequence[Line]:
    """Return all lines of a record, oldest first."""
    wanted = select(Line).where(Line.patient_id == patient_id).order_by(Line.written_at, Line.id)
    return session().scalars(wanted).all()


def of_visit(visit: Appointment) -> Sequence[Line]:
    """Return the lines that show behind a link to this visit, oldest first."""
    return [line for line in of_record(visit.patient_id) if line.appointment_id == visit.id]


def waiting() -> Sequence[Waiting]:
    """Return whose lines wait for the desk, longest first."""
    since = func.min(Line.written_at)
    wanted = (
        select(Line.patient_id, func.count(), since)
        .where(Line.settled_at.is_(None))
        .group_by(Line.patient_id)
        .order_by(since)
    )
    rows = session().execute(wanted).all()
    known = session().scalars(select(Patient).where(Patient.id.in_([row[0] for row in rows])))
    by_id = {one.id: one for one in known}
    return [Waiting(patient=by_id[who], lines=lines, since=at) for who, lines, at in rows]


NUMBER_WAITING = select(func.count(Line.patient_id.distinct())).where(Line.settled_at.is_(None))
"""The question how many patients wait for the desk."""


def open_lines(patient_id: int) -> int:
    """Return how many lines of a record wait for the desk."""
    wanted = select(func.count()).where(Line.patient_id == patient_id, Line.settled_at.is_(None))
    return session().scalar(wanted) or 0


def visit_to_show_on(patient_id: int, *, now: datetime) -> Appointment | None:
    """Return the visit on whose page what the desk writes shows: the next, else the last one."""
    hers = (
        select(Appointment)
        .where(Appointment.patient_id == patient_id, Appointment.status.in_(LIVE))
        .options(*WHOLE_VISIT)
    )
    ahead = hers.where(Appointment.ends_at > now).order_by(Appointment.starts_at)
    behind = hers.where(Appointment.ends_at <= now).order_by(Appointment.starts_at.desc())
    return session().scalar(ahead.limit(1)) or session().scalar(behind.limit(1))
