"""What binds patients who book and change visits: a service's rules, or a practitioner's own."""

from dataclasses import dataclass, fields
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, bindparam, func, select

from booking.appointments.models import Appointment
from booking.clinic.models import BookingMode, LateChange, Service, ServicePractitioner, Way
from booking.core.db import session


@dataclass(frozen=True, kw_only=True)
class Terms:
    """The rules of one service with one practitioner. Windows and spans are whole minutes."""

    mode: BookingMode
    way: Way
    new_patients: bool
    move_window_minutes: int
    cancel_window_minutes: int
    late_change: LateChange
    request_minutes: int


def _hers_or_general(name: str) -> ColumnElement[Any]:
    general = getattr(Service, name)
    hers = getattr(ServicePractitioner, name, None)
    return (general if hers is None else func.coalesce(hers, general)).label(name)


def _terms(*whose: ColumnElement[bool]) -> Select[*tuple[Any, ...]]:
    """Made once, because making costs more than asking."""
    return (
        select(ServicePractitioner.practitioner_id, *map(_hers_or_general, _NAMES))
        .select_from(Service)
        .outerjoin(ServicePractitioner, and_(ServicePractitioner.service_id == Service.id, *whose))
        .where(Service.id == bindparam("service_id"))
    )


_NAMES = [each.name for each in fields(Terms)]
_ONE = _terms(ServicePractitioner.practitioner_id == bindparam("practitioner_id"))
_ALL = _terms()


def terms(service_id: int, practitioner_id: int) -> Terms:
    """Return what holds for a service with a practitioner: her own rules where she has some."""
    asked = {"service_id": service_id, "practitioner_id": practitioner_id}
    return _read(session().connection().execute(_ONE, asked).one())


def terms_by_practitioner(service_id: int) -> dict[int, Terms]:
    """Return the terms of everyone who gives a service, by practitioner id."""
    rows = session().connection().execute(_ALL, {"service_id": service_id})
    return {row.practitioner_id: _read(row) for row in rows if row.practitioner_id is not None}


def terms_of(visit: Appointment) -> Terms:
    """Return what holds for a visit."""
    return terms(visit.service_id, visit.practitioner_id)


def _read(row: Row[Any]) -> Terms:
    return Terms(**{name: getattr(row, name) for name in _NAMES})
