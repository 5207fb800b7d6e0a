"""What is old enough to be deleted: forms begun and never sent."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from sqlalchemy import exists, func, select

from booking.appointments.models import Appointment
from booking.clinic import queries as clinic_queries
from booking.core.db import session
from booking.intake.models import AnswersVersion, Decision, Flag, IntakeForm, Severity
from booking.patients import queries as patients

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
        ~exists().where(
            Appointment.id == IntakeForm.appointment_id,
            Appointment.patient_id.in_(patients.under_hold()),
        ),
    )
    return session().scalars(wanted.order_by(IntakeForm.id).limit(AT_ONCE)).all()


def lock_visits(ids: Collection[int]) -> None:
    """Take the rows of these visits, in order."""
    wanted = select(Appointment.id).where(Appointment.id.in_(ids)).order_by(Appointment.id)
    session().execute(wanted.with_for_update())
