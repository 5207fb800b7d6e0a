"""What the reports count: a fixed number of statements whatever the number of visits."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import exists, select
from sqlalchemy.orm import aliased

from booking.appointments.models import LIVE, Appointment, Status
from booking.audit.models import AuditRow
from booking.audit.rules.visits import AppointmentMoved
from booking.availability.queries.open_time import open_here
from booking.clinic import queries as clinic
from booking.clinic.models import Location, Practitioner, Service
from booking.core.db import session
from booking.core.intervals import Span, intersect, normalise
from booking.occupancy.models import Occupancy as Taken
from booking.owner.rules.reports import Counted, Flow, HourlyUse, flow, occupancy
from booking.patients.models import Patient

_DAY = timedelta(days=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_STATUS = {
    Status.BOOKED: "booked",
    Status.ARRIVED: "booked",
    Status.IN_ROOM: "booked",
    Status.DONE: "done",
    Status.NO_SHOW: "no-show",
    Status.CANCELLED: "cancelled",
}


@dataclass(frozen=True, kw_only=True)
class Days:
    """From `first` to `last`, by the clock of each of these locations."""

    first: date
    last: date
    places: Collection[Location]

    def span(self, zone: ZoneInfo) -> Span:
        """These days in a zone, in epoch minutes."""
        begins = datetime.combine(self.first, datetime.min.time(), tzinfo=zone)
        ends = datetime.combine(self.last + _DAY, datetime.min.time(), tzinfo=zone)
        return _minute(begins), _minute(ends)

    @property
    def reach(self) -> tuple[datetime, datetime]:
        """Instants (aware UTC) between which all of these days lie, whatever the zone."""
        first = datetime.combine(self.first - _DAY, datetime.min.time(), tzinfo=UTC)
        return first, first + (self.last - self.first + 4 * _DAY)


def occupancy_of(days: Days) -> list[tuple[str, HourlyUse]]:
    """Return (name, occupancy) of everybody who could be seen on these days, in order.

    Taken is what the diary has of a practitioner, with preparing and clearing and without the
    stretches in which somebody rests and the practitioner is free.
    """
    people = list(clinic.everybody_who_treats())
    begins, ends = days.reach
    opened = open_here([who.id for who in people], (_minute(begins), _minute(ends)))
    taken = _taken(days)
    found = []
    for who in people:
        total = HourlyUse()
        for place in days.places:
            zone = ZoneInfo(place.zone)
            spans = intersect(opened.get((who.id, place.id), []), [days.span(zone)])
            total.add(occupancy(spans, normalise(taken[who.id, place.id]), zone))
        if total.whole.open:
            found.append((who.name, total))
    return found


def flow_of(days: Days) -> Flow:
    """Count the visits of these days."""
    begins, ends = days.reach
    zones = {place.id: ZoneInfo(place.zone) for place in days.places}
    later, theirs = aliased(Appointment), aliased(Patient)
    again = exists(
        select(later.id)
        .join(theirs, theirs.id == later.patient_id)
        .where(
            theirs.resource_id == Patient.resource_id,
            later.starts_at > Appointment.starts_at,
            later.status.in_(LIVE),
        )
    )
    wanted = (
        select(
            Appointment.location_id,
            Appointment.starts_at,
            Appointment.created_at,
            Appointment.status,
            Service.first_visit,
            again.label("again"),
        )
        .join(Service, Service.id == Appointment.service_id)
        .join(Patient, Patient.id == Appointment.patient_id)
        .where(Appointment.starts_at >= begins, Appointment.starts_at < ends)
        .where(Appointment.location_id.in_(zones))
    )
    visits = [
        Counted(
            day=row.starts_at.astimezone(zones[row.location_id]).date(),
            booked_on=row.created_at.astimezone(zones[row.location_id]).date(),
            status=_STATUS.get(row.status, "other"),
            first=row.first_visit,
            came_again=row.again,
        )
        for row in session().execute(wanted)
    ]
    inside = [
        each for each in visits if days.first <= each.day <= days.last and each.status != "other"
    ]
    return flow(inside, moved=_moved(days))


def _moved(days: Days) -> int:
    """How often a visit of these locations was moved on these days."""
    begins, ends = days.reach
    wanted = (
        select(AuditRow.at, Location.zone)
        .join(
            Appointment,
            Appointment.id == AuditRow.details["appointment_id"].as_integer(),
        )
        .join(Location, Location.id == Appointment.location_id)
        .where(
            AuditRow.tag == AppointmentMoved.tag,
            AuditRow.at >= begins,
            AuditRow.at < ends,
            Location.id.in_([place.id for place in days.places]),
        )
    )
    rows = session().execute(wanted).all()
    on = [row.at.astimezone(ZoneInfo(row.zone)).date() for row in rows]
    return sum(days.first <= day <= days.last for day in on)


def _taken(days: Days) -> dict[tuple[int, int], list[Span]]:
    begins, ends = days.reach
    wanted = (
        select(Practitioner.id, Appointment.location_id, Taken.starts_at, Taken.ends_at)
        .join(Practitioner, Practitioner.resource_id == Taken.resource_id)
        .join(Appointment, Appointment.id == Taken.appointment_id)
        .where(Taken.starts_at < ends, Taken.ends_at > begins)
        .where(Appointment.status.in_(LIVE))
    )
    found: dict[tuple[int, int], list[Span]] = defaultdict(list)
    for who, place, starts_at, ends_at in session().execute(wanted):
        found[who, place].append((_minute(starts_at), _minute(ends_at)))
    return found


def _minute(instant: datetime) -> int:
    return int((instant - _EPOCH).total_seconds() // 60)
