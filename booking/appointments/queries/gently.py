"""Whom to contact gently among the patients of visits, and whom to lead in quietly."""

from collections.abc import Collection, Iterable
from uuid import UUID

from sqlalchemy import and_, or_, select

from booking.appointments.models import Appointment
from booking.core.db import session
from booking.patients.models import Patient

MET_GENTLY = or_(Patient.gently, Patient.quiet_since.is_not(None))
"""As `Patient.met_gently`, in SQL."""


def gently_met(visits: Collection[UUID]) -> dict[UUID, Patient]:
    """Return the patients to contact gently, by the public ids of their visits, in that order."""
    wanted = (
        select(Appointment.public_id, Patient)
        .join(Patient, Patient.id == Appointment.patient_id)
        .where(Appointment.public_id.in_(visits), MET_GENTLY)
    )
    found = dict(iter(session().execute(wanted)))
    return {visit: found[visit] for visit in visits if visit in found}


def led_in(visits: Collection[UUID]) -> frozenset[UUID]:
    """Return those of these visits (public ids) whose patient is led to a quiet place at once."""
    unknown = and_(Patient.led_in.is_(None), Patient.wishes_sealed.is_not(None))
    wanted = (
        select(Appointment.public_id, Patient)
        .join(Patient, Patient.id == Appointment.patient_id)
        .where(Appointment.public_id.in_(visits), or_(Patient.led_in.is_(True), unknown))
    )
    return frozenset(visit for visit, hers in session().execute(wanted) if hers.is_led_in)


def each_once(patients: Iterable[Patient]) -> list[Patient]:
    """Return the same people, each once: somebody may have several visits on a page."""
    return list({patient.id: patient for patient in patients}.values())
