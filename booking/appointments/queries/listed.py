"""Visits as a day lists them: plain values of named columns, for many at once."""

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import and_, bindparam, case, func, or_, select

from booking.appointments.models import Appointment, Delay
from booking.appointments.rules import LIVE, Clearance, Status
from booking.availability.rules import epoch_minute, epoch_minute_after, instant_of
from booking.clinic.models import Location, Practitioner, Room, Service
from booking.core.db import NOW, UtcDateTime, session
from booking.core.intervals import Span
from booking.patients.models import Patient
from booking.patients.queries import MET_GENTLY


class Listed(NamedTuple):
    """A visit on a day's page. `service` is its outward name, `room` None by video.

    `position` is the practitioner's in the clinic's order, `resource` what stands for her in
    `occupancy`. `overlaps` says that reception let it meet another; `together`, that its patient
    comes with somebody; `late`, by how many minutes; `gently`, that she is to be contacted gently;
    `led_in`, that she is led to a quiet place on arrival, None where nobody has worked it out.
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
    late: int
    gently: bool
    led_in: bool | None

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
        func.coalesce(Delay.minutes, 0),
        MET_GENTLY,
        func.coalesce(Patient.led_in, case((Patient.wishes_sealed.is_(None), False))),
    )
    .select_from(Appointment)
    .join(Patient, Patient.id == Appointment.patient_id)
    .join(Practitioner, Practitioner.id == Appointment.practitioner_id)
    .join(Location, Location.id == Appointment.location_id)
    .join(Service, Service.id == Appointment.service_id)
    .outerjoin(Room, Room.id == Appointment.room_id)
    .outerjoin(Delay, Delay.appointment_id == Appointment.id)
    .order_by(Appointment.starts_at, Appointment.id)
)


_OF_PRACTITIONERS = _COLUMNS.where(
    Appointment.practitioner_id.in_(bindparam("practitioners", expanding=True)),
    Appointment.starts_at >= bindparam("begin", type_=UtcDateTime),
    Appointment.starts_at < bindparam("end", type_=UtcDateTime),
    or_(
        Appointment.status.in_(LIVE),
        and_(
            Appointment.status == Status.REQUESTED,
            Appointment.answer_by > NOW,
        ),
    ),
)


def visits_of(
    practitioner_ids: Collection[int], window: Span, *, now: datetime
) -> dict[int, list[Listed]]:
    """Visits that begin within `window`, by practitioner and in order; with requests still open."""
    asked = {
        "practitioners": list(practitioner_ids),
        "begin": instant_of(window[0]),
        "end": instant_of(window[1]),
        "now": now,
    }
    found: dict[int, list[Listed]] = defaultdict(list)
    for row in session().connection().execute(_OF_PRACTITIONERS, asked).all():
        visit = Listed._make(row)
        found[visit.practitioner_id].append(visit)
    return found
