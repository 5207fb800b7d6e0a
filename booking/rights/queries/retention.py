"""What is old enough to be deleted: forms never sent, and records of who never came."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, exists, func, select

from booking.appointments.models import Appointment, Status
from booking.clinic import queries as clinic_queries
from booking.core.db import session
from booking.intake.models import AnswersVersion, Decision, Flag, IntakeForm, Severity
from booking.patients.models import Patient
from booking.waiting.models import WaitingEntry
from booking.waiting.rules import EntryState

MONTH = timedelta(days=365.25 / 12)
# Booked and over may well have taken place, though nobody marked it.
MAY_HAVE_COME = (Status.BOOKED, Status.ARRIVED, Status.IN_ROOM, Status.DONE)
AT_ONCE = 100  # in one transaction


def unfinished(*, now: datetime) -> Sequence[IntakeForm]:
    """Forms begun, never sent, and not touched for as many days as the clinic says."""
    old = now - timedelta(days=clinic_queries.organisation().unfinished_days)
    last = select(func.max(AnswersVersion.saved_at)).where(AnswersVersion.form_id == IntakeForm.id)
    to_ring = exists().where(
        Flag.form_id == IntakeForm.id,
        Flag.severity == Severity.URGENT,
        Flag.handled_at.is_(None),
        Flag.cleared_at.is_(None),
    )
    decided = exists().where(Flag.form_id == IntakeForm.id, Decision.flag_id == Flag.id)
    wanted = select(IntakeForm).where(
        IntakeForm.sent_at.is_(None),
        IntakeForm.first_answer_at < old,
        last.scalar_subquery() < old,
        ~to_ring,
        ~decided,
    )
    return session().scalars(wanted.order_by(IntakeForm.id).limit(AT_ONCE)).all()


def lock_visits(ids: Collection[int]) -> None:
    """Take the rows of these visits, in order."""
    wanted = select(Appointment.id).where(Appointment.id.in_(ids)).order_by(Appointment.id)
    session().execute(wanted.with_for_update())


def never_came(*, now: datetime) -> Sequence[UUID]:
    """Records of people who asked or booked and never came, older than the clinic keeps them."""
    months = clinic_queries.organisation().enquiry_months
    if not months:
        return []
    old = now - months * MONTH
    wanted = select(Patient.public_id).where(
        Patient.created_at < old,
        Patient.name_folded.not_like("erased %"),
        ~_visit(Appointment.ends_at >= old),
        ~_visit(Appointment.status.in_(MAY_HAVE_COME)),
        ~exists().where(
            WaitingEntry.patient_id == Patient.id, WaitingEntry.state == EntryState.WAITING
        ),
    )
    return session().scalars(wanted.order_by(Patient.id).limit(AT_ONCE)).all()


def _visit(which: ColumnElement[bool]) -> ColumnElement[bool]:
    return exists().where(Appointment.patient_id == Patient.id, which)
