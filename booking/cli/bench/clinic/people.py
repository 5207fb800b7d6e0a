"""Who works there, where and what for, and who comes."""

import random
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, time

from sqlalchemy import insert

from booking.access.policy import Role
from booking.accounts.models import User, UserRole
from booking.availability.models import WeeklyHours
from booking.cli.bench.clinic.made import (
    NOW,
    PATIENTS_EACH,
    TO_A_LOCATION,
    ZONE,
    Member,
    Named,
    drawn_uuid,
)
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
from booking.patients.models import Patient


def reception() -> int:
    """Make the organisation and somebody at its desk; return her id."""
    session().add(
        Organisation(
            id=1,
            name="Canal Street Acupuncture",
            outward_name="Canal Street",
            sender_name="Canal Street",
            sender_address="visits@canalstreet.example",
            phone="020 7946 0102",
            phone_hours="Monday to Friday, 9 to 5",
            emergency_number="999",
            emergency_department="A&E",
            urgent_advice_line="111",
            early_pregnancy_unit="the hospital",
            crisis_text="111",
        )
    )
    return account("Reception", Role.RECEPTION)


def account(name: str, role: Role) -> int:
    """Make somebody who can sign in; return her id."""
    email = f"{role.value}@canalstreet.example"
    user = User(name=name, email=email, email_canonical=email, created_at=NOW)
    user.roles = [UserRole(role=role)]
    session().add(user)
    session().flush()
    return user.id


def staff(count: int, dice: random.Random) -> Iterator[Member]:
    """Practitioners with their rooms, hours and patients, twenty to a location."""
    hers = occupancy.new_resources(ResourceKind.PRACTITIONER, count)
    rooms = occupancy.new_resources(ResourceKind.ROOM, count)
    people = occupancy.new_resources(ResourceKind.PATIENT, count * PATIENTS_EACH)
    place = Location(name="", outward_name="", address="", zone=ZONE.key)
    for nth, (resource, room_resource) in enumerate(zip(hers, rooms, strict=True)):
        if nth % TO_A_LOCATION == 0:
            name = f"Canal Street {nth // TO_A_LOCATION + 1}"
            place = Location(name=name, outward_name=name, address="London N1", zone=ZONE.key)
            session().add(place)
            session().flush()
        room = Room(location_id=place.id, resource_id=room_resource, name=f"Room {nth + 1}")
        one = Practitioner(name=f"Practitioner {nth + 1}", resource_id=resource, position=nth)
        session().add_all([room, one])
        session().flush()
        session().add_all(_week(one.id, place.id))
        comers = people[nth * PATIENTS_EACH : (nth + 1) * PATIENTS_EACH]
        patients = tuple(zip(_patients(comers, dice), comers, strict=True))
        yield Member(
            one.id,
            one.public_id,
            resource,
            place.id,
            place.public_id,
            room.id,
            room_resource,
            patients,
        )


def _week(practitioner_id: int, location_id: int) -> Iterator[WeeklyHours]:
    for weekday in range(5):
        yield WeeklyHours(
            practitioner_id=practitioner_id,
            location_id=location_id,
            weekday=weekday,
            starts=time(9),
            ends=time(17),
            valid_from=date(2020, 1, 6),
            published=True,
        )


def _patients(resources: Sequence[int], dice: random.Random) -> list[int]:
    rows = [
        {
            "public_id": drawn_uuid(dice),
            "resource_id": resource,
            "name": f"Patient {resource}",
            "name_folded": f"patient {resource}",
            "email": f"patient{resource}@example.org",
            "email_canonical": f"patient{resource}@example.org",
            "phone": "+447700900123",
            "channels": "email",
            "invites": "neutral",
            "created_at": NOW,
        }
        for resource in resources
    ]
    made = insert(Patient).returning(Patient.id, sort_by_parameter_order=True)
    return list(session().scalars(made, rows))


def service(parts: Iterable[tuple[SegmentKind, int]], givers: Sequence[Member]) -> Named:
    """Make a service of these parts, given by these practitioners in their rooms."""
    minutes = sum(length for _, length in parts)
    service = Service(name="Visit", outward_name=f"Appointment, {minutes} minutes", price_minor=0)
    service.segments = [
        ServiceSegment(position=nth, kind=kind, minutes=length)
        for nth, (kind, length) in enumerate(parts)
    ]
    session().add(service)
    session().flush()
    for one in givers:
        session().add(ServicePractitioner(service_id=service.id, practitioner_id=one.id))
        session().add(ServiceRoom(service_id=service.id, room_id=one.room))
    session().flush()
    return Named(service.id, service.public_id)
