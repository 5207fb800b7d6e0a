"""Named reads of emergency openings: who has one now, all there were, and whom to tell."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from booking.access.policy import Actor, Role
from booking.accounts.models import User, UserRole
from booking.appointments.models import Appointment
from booking.clinic.models import Practitioner
from booking.core.db import session
from booking.intake.models import IntakeForm
from booking.intake.queries.answers import answered
from booking.intake.rules.answers import Answers
from booking.intake.rules.questionnaire import Item, live
from booking.patients.models import Patient
from booking.rights.models import EmergencyAccess


def open_now(actor: Actor, patient_id: int, *, now: datetime) -> EmergencyAccess | None:
    """Return the actor's own emergency access to a record while it lasts."""
    return session().scalar(
        select(EmergencyAccess)
        .where(
            EmergencyAccess.user_id == actor.user_id,
            EmergencyAccess.patient_id == patient_id,
            EmergencyAccess.expires_at > now,
            EmergencyAccess.ended_at.is_(None),
        )
        .order_by(EmergencyAccess.id.desc())
        .limit(1)
    )


@dataclass(frozen=True, kw_only=True)
class Emergency:
    """One line of the review: who opened whose record, when, until when and why."""

    who: str
    patient: str
    record: UUID
    opened_at: datetime
    until: datetime
    reason: str


def emergencies() -> Sequence[Emergency]:
    """Return every emergency opening, newest first."""
    wanted = (
        select(EmergencyAccess, User.name, Patient)
        .join(User, User.id == EmergencyAccess.user_id)
        .join(Patient, Patient.id == EmergencyAccess.patient_id)
        .order_by(EmergencyAccess.id.desc())
    )
    return [
        Emergency(
            who=who,
            patient=patient.name,
            record=patient.public_id,
            opened_at=access.opened_at,
            until=access.ended_at or access.expires_at,
            reason=access.reason or "",
        )
        for access, who, patient in session().execute(wanted)
    ]


def to_be_told(actor: Actor, patient_id: int) -> tuple[Sequence[User], Sequence[User]]:
    """Return the other owners, and the practitioners of the patient's visits who are no owners."""
    live_users = select(User).where(User.disabled_at.is_(None), User.id != actor.user_id)
    owner_ids = select(UserRole.user_id).where(UserRole.role == Role.OWNER)
    treating = (
        select(Practitioner.user_id)
        .join(Appointment, Appointment.practitioner_id == Practitioner.id)
        .where(Appointment.patient_id == patient_id, Practitioner.user_id.is_not(None))
    )
    owners = session().scalars(live_users.where(User.id.in_(owner_ids)).order_by(User.id))
    hers = live_users.where(User.id.in_(treating), User.id.not_in(owner_ids))
    return owners.all(), session().scalars(hers.order_by(User.id)).all()


@dataclass(frozen=True, kw_only=True)
class FormRead:
    """The newest answers before one visit, with the questions they answer."""

    form: IntakeForm
    version: int
    sections: Sequence[Item]
    answers: Answers


def forms_of(patient_id: int) -> Sequence[FormRead]:
    """Return what one record's forms say, the newest visit first. For emergencies only."""
    wanted = (
        select(IntakeForm)
        .join(Appointment, Appointment.id == IntakeForm.appointment_id)
        .where(IntakeForm.patient_id == patient_id)
        .options(joinedload(IntakeForm.appointment).joinedload(Appointment.location))
        .order_by(Appointment.starts_at.desc())
    )
    return [_read(form) for form in session().scalars(wanted)]


def _read(form: IntakeForm) -> FormRead:
    found = answered(form.appointment)
    sections = found.questionnaire.sections
    return FormRead(
        form=form,
        version=found.number,
        sections=sections,
        answers=live(sections, found.draft.answers),
    )
