"""Visits as a day lists them: plain values of named columns, for many at once."""

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import and_, or_, select

from booking.appointments.models import Appointment
from booking.appointments.rules import LIVE, Clearance, Status
from booking.availability.rules import epoch_minute, epoch_minute_after, instant_of
from booking.clinic.models import Location, Practitioner, Room, Service
from booking.core.db import session
from booking.core.intervals import Span
from booking.patients.models import Patient


class Listed(NamedTuple):
    """A visit on a day's page. `service` is its outward name, `room` None by video.

    `position` is the practitioner's in the clinic's order, `resource` what stands for her in
    `occupancy`. `overlaps` says that reception let it meet another; `together`, that its patient
    comes with somebody.
    """

    id: int
    public_id: UUID
    starts_at: datetime
    ends_at: datetime
    zone: str
    status: Status
    clearance: Clearance
    patient: str
    service: str
    room: str | None
    practitioner_id: int
    practitioner: str
    position: int
    resource: int
    overlaps: bool
    together: bool

    @property
    def span(self) -> Span:
        """When it is, in epoch minutes."""
        return epoch_minute(self.starts_at), epoch_minute_after(self.ends_at)


_COLUMNS = (
    select(
        Appointment.id,
        Appointment.public_id,
        Appointment.starts_at,
        Appointment.ends_at,
        Location.zone,
        Appointment.status,
        Appointment.clearance,
        Patient.name,
        Service.outward_name,
        Room.name,
        Appointment.practitioner_id,
        Practitioner.name,
        Practitioner.position,
        Practitioner.resource_id,
        Appointment.overlap_reason_sealed.is_not(None),
        Appointment.together.is_not(None),
    )
    .select_from(Appointment)
    .join(Patient, Patient.id == Appointment.patient_id)
    .join(Practitioner, Practitioner.id == Appointment.practitioner_id)
    .join(Location, Location.id == Appointment.location_id)
    .join(Service, Service.id == Appointment.service_id)
    .outerjoin(Room, Room.id == Appointment.room_id)
    .order_by(Appointment.starts_at, Appointment.id)
)


def visits_of(
    practitioner_ids: Collection[int], window: Span, *, now: datetime
) -> dict[int, list[Listed]]:
    """Visits that begin within `window`, by practitioner and in order; with requests still open."""
    asked_for = and_(Appointment.status == Status.REQUESTED, Appointment.answer_by > now)
    wanted = _COLUMNS.where(
        Appointment.practitioner_id.in_(practitioner_ids),
        Appointment.starts_at >= instant_of(window[0]),
        Appointment.starts_at < instant_of(window[1]),
        or_(Appointment.status.in_(LIVE), asked_for),
    )
    found: dict[int, list[Listed]] = defaultdict(list)
    for row in session().execute(wanted):
        visit = Listed._make(row)
        found[visit.practitioner_id].append(visit)
    return found
