"""Rows for tests: a small clinic and its people. Call inside `with transaction():`."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from uuid import uuid4

from booking.access.policy import Role
from booking.accounts.models import User, UserRole
from booking.appointments.models import Appointment
from booking.availability.models import WeeklyHours
from booking.clinic.models import (
    Location,
    Organisation,
    Practitioner,
    Room,
    SegmentKind,
    Service,
    ServicePractitioner,
    ServiceRoom,
    ServiceSegment,
)
from booking.core.db import session
from booking.occupancy import actions as occupancy
from booking.occupancy.models import ResourceKind
from booking.occupancy.rules import Claim
from booking.patients import actions as patients
from booking.patients import queries as patient_queries
from booking.patients.models import Channel, Patient

# Summer, so that a forgotten offset shows. A Monday; 10:00 in London.
MONDAY = date(2027, 7, 5)
MONDAY_10AM = datetime(2027, 7, 5, 9, 0, tzinfo=UTC)
# When tests "are": the Friday before, 12:00 in London.
NOW = datetime(2027, 7, 2, 11, 0, tzinfo=UTC)
MINUTES = timedelta(minutes=1)


@dataclass(frozen=True)
class Clinic:
    """Ids of the clinic the tests use. Times: Monday to Friday 09:00-17:00 in London."""

    location: int
    rooms: tuple[int, ...]
    mei: int  # practitioners
    ines: int
    mei_resource: int
    ines_resource: int
    room_resources: tuple[int, ...]
    first_visit: int  # services; 60 minutes
    follow_up: int  # 45 minutes
    mei_user: int
    ines_user: int
    reception_user: int
    owner_user: int


def make_organisation(**changes: object) -> Organisation:
    values: dict[str, object] = {
        "id": 1,
        "name": "Canal Street Acupuncture",
        "outward_name": "Canal Street",
        "sender_name": "Canal Street",
        "sender_address": "visits@canalstreet.example",
        "phone": "020 7946 0102",
        "phone_hours": "Monday to Saturday, 8 to 6",
        "emergency_number": "999",
        "emergency_department": "your nearest A&E",
        "urgent_advice_line": "NHS 111",
        "early_pregnancy_unit": "the early pregnancy unit at your hospital",
        "crisis_text": "Call 111 in a crisis, and choose the mental health option.",
        "watched_by": "Dana",
        "watched_when": "Monday to Friday, 9 to 5",
        "urgent_email": "desk@canalstreet.example",
    }
    row = Organisation(**{**values, **changes})
    session().add(row)
    return row


def make_user(name: str, email: str, *roles: Role) -> User:
    user = User(name=name, email=email, email_canonical=email, created_at=NOW)
    user.roles = [UserRole(role=role) for role in roles]
    session().add(user)
    session().flush()
    return user


def make_practitioner(name: str, *, user: User | None = None, position: int = 0) -> Practitioner:
    row = Practitioner(
        name=name,
        resource_id=occupancy.new_resource(ResourceKind.PRACTITIONER),
        user_id=user.id if user else None,
        position=position,
    )
    session().add(row)
    session().flush()
    return row


def make_location(*, zone: str = "Europe/London", rooms: int = 2, name: str = "Canal") -> Location:
    location = Location(
        name=f"{name} Street rooms",
        outward_name=f"{name} Street",
        address=f"12 {name} Street, London N1",
        zone=zone,
    )
    session().add(location)
    session().flush()
    for number in range(1, rooms + 1):
        session().add(
            Room(
                location_id=location.id,
                resource_id=occupancy.new_resource(ResourceKind.ROOM),
                name=f"Room {number}",
                position=number,
            )
        )
    session().flush()
    return location


def make_service(
    name: str,
    minutes: int,
    *,
    practitioners: list[Practitioner],
    rooms: list[Room],
    **changes: object,
) -> Service:
    values: dict[str, object] = {
        "name": name,
        "outward_name": f"Appointment, {minutes} minutes",
        "price_minor": 6200,
        **changes,
    }
    service = Service(**values)
    service.segments = [ServiceSegment(position=0, kind=SegmentKind.HANDS_ON, minutes=minutes)]
    session().add(service)
    session().flush()
    for practitioner in practitioners:
        session().add(ServicePractitioner(service_id=service.id, practitioner_id=practitioner.id))
    for room in rooms:
        session().add(ServiceRoom(service_id=service.id, room_id=room.id))
    session().flush()
    return service


def make_week(practitioner: Practitioner, location: Location, *, published: bool = True) -> None:
    for weekday in range(5):
        session().add(
            WeeklyHours(
                practitioner_id=practitioner.id,
                location_id=location.id,
                weekday=weekday,
                starts=time(9),
                ends=time(17),
                valid_from=date(2026, 1, 5),
                published=published,
            )
        )


def make_clinic() -> Clinic:
    """Make an organisation, one location, two rooms, two practitioners, two services, staff."""
    make_organisation()
    mei_user = make_user("Mei Tan", "mei@canalstreet.example", Role.PRACTITIONER)
    ines_user = make_user("Inês Roca", "ines@canalstreet.example", Role.PRACTITIONER)
    desk = make_user("Dana Whitlock", "dana@canalstreet.example", Role.RECEPTION)
    owner = make_user("Olive Hart", "olive@canalstreet.example", Role.OWNER)
    location = make_location()
    mei = make_practitioner("Mei Tan", user=mei_user, position=1)
    ines = make_practitioner("Inês Roca", user=ines_user, position=2)
    rooms = list(location.rooms)
    both = {"practitioners": [mei, ines], "rooms": rooms}
    first = make_service("First visit", 60, first_visit=True, price_minor=7500, position=1, **both)
    follow = make_service("Follow-up", 45, position=2, **both)
    make_week(mei, location)
    make_week(ines, location)
    return Clinic(
        location=location.id,
        rooms=tuple(room.id for room in rooms),
        mei=mei.id,
        ines=ines.id,
        mei_resource=mei.resource_id,
        ines_resource=ines.resource_id,
        room_resources=tuple(room.resource_id for room in rooms),
        first_visit=first.id,
        follow_up=follow.id,
        mei_user=mei_user.id,
        ines_user=ines_user.id,
        reception_user=desk.id,
        owner_user=owner.id,
    )


def make_patient(
    name: str = "Amara Osei", email: str = "amara@example.org", phone: str = "+447700900123"
) -> Patient:
    person = patient_queries.person_id(name=name, email=email)
    return patients.register(
        person_id=person or occupancy.new_resource(ResourceKind.PATIENT),
        name=name,
        email=email,
        phone=phone,
        channels=[Channel.EMAIL],
        note="",
        now=NOW,
    )


def make_appointment(clinic: Clinic, **changes: object) -> Appointment:
    """Make a booked first visit with Mei on Monday 10:00-11:00, with its occupancy."""
    values: dict[str, object] = {
        "uid": f"{uuid4()}@canalstreet.example",
        "practitioner_id": clinic.mei,
        "location_id": clinic.location,
        "room_id": clinic.rooms[0],
        "service_id": clinic.first_visit,
        "starts_at": MONDAY_10AM,
        "ends_at": MONDAY_10AM + 60 * MINUTES,
        "created_at": NOW,
        "changed_at": NOW,
        **changes,
    }
    if "patient_id" not in values:
        values["patient_id"] = make_patient().id
    row = Appointment(**values)
    session().add(row)
    session().flush()
    resources = [
        session().get_one(Practitioner, row.practitioner_id).resource_id,
        session().get_one(Room, row.room_id).resource_id,
        session().get_one(Patient, row.patient_id).resource_id,
    ]
    occupancy.claim(
        [Claim(r, row.starts_at, row.ends_at) for r in resources], appointment_id=row.id, now=NOW
    )
    return row


def make_staggered(clinic: Clinic) -> Service:
    """Make a service of 20 minutes hands-on, 25 resting, 10 hands-on, given by both."""
    practitioners = [session().get_one(Practitioner, one) for one in (clinic.mei, clinic.ines)]
    rooms = [session().get_one(Room, one) for one in clinic.rooms]
    service = make_service(
        "Visit with rest", 20, practitioners=practitioners, rooms=rooms, position=3
    )
    service.segments += [
        ServiceSegment(position=1, kind=SegmentKind.RESTING, minutes=25),
        ServiceSegment(position=2, kind=SegmentKind.HANDS_ON, minutes=10),
    ]
    service.outward_name = "Appointment, 55 minutes"
    session().flush()
    return service
