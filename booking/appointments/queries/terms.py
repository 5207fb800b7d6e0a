"""What binds patients who book and change visits: a service's rules, or a practitioner's own."""

from dataclasses import dataclass, fields

from sqlalchemy import select

from booking.appointments.models import Appointment
from booking.clinic.models import BookingMode, LateChange, Service, ServicePractitioner
from booking.core.db import session


@dataclass(frozen=True, kw_only=True)
class Terms:
    """The rules of one service with one practitioner. Windows and spans are whole minutes."""

    mode: BookingMode
    new_patients: bool
    move_window_minutes: int
    cancel_window_minutes: int
    late_change: LateChange
    request_minutes: int


def terms(service: Service, practitioner_id: int | None = None) -> Terms:
    """Return what holds for a service; with a practitioner, her own rules where she has some."""
    own = None
    if practitioner_id is not None:
        own = session().get(ServicePractitioner, (service.id, practitioner_id))
    return _terms(service, own)


def terms_by_practitioner(service: Service) -> dict[int, Terms]:
    """Return the terms of everyone who gives a service, by practitioner id."""
    wanted = select(ServicePractitioner).where(ServicePractitioner.service_id == service.id)
    return {own.practitioner_id: _terms(service, own) for own in session().scalars(wanted)}


def terms_of(visit: Appointment) -> Terms:
    """Return what holds for a visit."""
    return terms(visit.service, visit.practitioner_id)


def _terms(service: Service, own: ServicePractitioner | None) -> Terms:
    names = [each.name for each in fields(Terms)]
    general = {name: getattr(service, name) for name in names}
    hers = {name: getattr(own, name, None) for name in names} if own else {}
    return Terms(**{**general, **{n: value for n, value in hers.items() if value is not None}})
