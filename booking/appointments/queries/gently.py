"""Whom to contact gently among the patients of visits, and whom to lead in quietly."""

from collections.abc import Collection, Iterable
from uuid import UUID

from sqlalchemy import and_, or_, select

from booking.appointments.models import Appointment
from booking.appointments.queries.listed import Listed
from booking.core.db import session
from booking.patients.models import Patient
from booking.patients.queries import MET_GENTLY


def gently_met(visits: Collection[UUID]) -> dict[UUID, Patient]:
    """Return the patients to contact gently, by the public ids of their visits, in that order.

    No query for no visits.
    """
    if not visits:
        return {}
    wanted = (
        select(Appointment.public_id, Patient)
        .join(Patient, Patient.id == Appointment.patient_id)
        .where(Appointment.public_id.in_(visits), MET_GENTLY)
    )
    found = dict(iter(session().execute(wanted)))
    return {visit: found[visit] for visit in visits if visit in found}


def met_gently(listed: Iterable[Listed]) -> list[Patient]:
    """Return whom to contact gently of those a page lists, each once."""
    return each_once(gently_met([visit.public_id for visit in listed if visit.gently]).values())


def led_in(visits: Collection[UUID]) -> frozenset[UUID]:
    """Return those of these visits (public ids) whose patient is led to a quiet place at once.

    No query for no visits.
    """
    if not visits:
        return frozenset()
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
