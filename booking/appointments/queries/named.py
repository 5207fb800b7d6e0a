"""Visits by name, for pages of features that know only their numbers."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import select

from booking.appointments.models import Appointment
from booking.clinic.models import Location, Practitioner, Service
from booking.core.db import session
from booking.patients.models import Patient


class NamedVisit(NamedTuple):
    """A visit as the staff know it; `starts_at` is aware UTC, `zone` the location's."""

    public_id: UUID
    patient: str
    practitioner: str
    service: str
    place: str
    starts_at: datetime
    zone: str


def name_visits(appointment_ids: Collection[int]) -> Sequence[NamedVisit]:
    """Return these visits with the names in them, soonest first."""
    wanted = (
        select(
            Appointment.public_id,
            Patient.name,
            Practitioner.name,
            Service.name,
            Location.name,
            Appointment.starts_at,
            Location.zone,
        )
        .join(Patient, Patient.id == Appointment.patient_id)
        .join(Practitioner, Practitioner.id == Appointment.practitioner_id)
        .join(Service, Service.id == Appointment.service_id)
        .join(Location, Location.id == Appointment.location_id)
        .where(Appointment.id.in_(appointment_ids))
        .order_by(Appointment.starts_at, Appointment.id)
    )
    return [NamedVisit(*row) for row in session().execute(wanted)]
