"""Write other details into a record."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from booking.access.policy import Actor
from booking.accounts import actions as accounts
from booking.appointments.actions.links import withdraw_links
from booking.appointments.models import Appointment
from booking.audit import actions as audit
from booking.audit.rules import AddressCorrected, RecordCorrected
from booking.core.db import session
from booking.patients import actions as patients
from booking.patients import queries
from booking.patients.models import Channel, InviteStyle, Patient


@dataclass(frozen=True, kw_only=True)
class Details:
    """How a patient is called and reached; `email` is empty for none."""

    name: str
    phone: str
    email: str
    channels: tuple[Channel, ...]
    note: str
    invites: InviteStyle


def correct(actor: Actor, public_id: UUID, details: Details, *, now: datetime) -> Patient:
    """Write other details into a record. Raises NotFound.

    After another address, links mailed so far and sign-ins made with the old one open nothing:
    whoever reads that mailbox may be a stranger.
    """
    patient = queries.current(public_id)
    if details.email != patient.email:
        patients.correct_email(patient, details.email)
        visits = session().scalars(
            select(Appointment.id).where(Appointment.patient_id == patient.id)
        )
        for visit in visits.all():
            withdraw_links(visit, now=now)
            accounts.end_visit_sessions(visit, but=None, now=now)
            audit.record(
                AddressCorrected(patient_id=patient.id, appointment_id=visit), by=actor, at=now
            )
        accounts.end_person_sessions(patient.resource_id, but=None, now=now)
    patients.correct(
        patient,
        name=details.name,
        phone=details.phone,
        channels=details.channels,
        note=details.note,
        invites=details.invites,
    )
    audit.record(RecordCorrected(patient_id=patient.id), by=actor, at=now)
    return patient
