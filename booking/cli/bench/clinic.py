"""The clinic that is measured: the same rows every time, loaded in bulk.

Practitioners work Monday to Friday, 09:00 to 17:00 in London, twenty to a location with a room for
each. Visits take half an hour; every practitioner has 150 in the next 31 days, and as many behind
her as it takes to reach the wanted number of rows in `occupancy` (a visit has three). On the board
day the first twenty have fifteen visits each.
"""

import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice
from typing import Any, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import insert, text

from booking.access.policy import Role
from booking.accounts.models import User, UserRole
from booking.appointments.models import Appointment, Clearance, Status
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
from booking.core.db import session, transaction
from booking.intake.models import Flag, FormState, IntakeForm, Severity
from booking.intake.rules import ruleset
from booking.occupancy import actions as occupancy
from booking.occupancy.models import ResourceKind
from booking.occupancy.rules import Claim
from booking.patients.models import Patient

ZONE = ZoneInfo("Europe/London")
MONDAY = date(2040, 7, 2)  # ahead of every clock: a process is told a shift, never back
NOW = datetime.combine(MONDAY, time(7), ZONE).astimezone(UTC)
BOARD_DAY = MONDAY + timedelta(days=8)
DAYS, VISITS, BOARD_VISITS = 31, 150, 15
DAY = timedelta(days=1)
LENGTH = timedelta(minutes=30)
GIVERS = (1, 20, 200)
TO_A_LOCATION, PATIENTS_EACH, ROWS_OF_A_VISIT, AT_ONCE = 20, 10, 3, 20_000
HANDS_ON, RESTING = SegmentKind.HANDS_ON, SegmentKind.RESTING
MIXED = (
    ((HANDS_ON, 30),),
    ((HANDS_ON, 45),),
    ((HANDS_ON, 60),),
    ((HANDS_ON, 20), (RESTING, 25), (HANDS_ON, 10)),
)

Visit = tuple["Member", datetime]


@dataclass(frozen=True, kw_only=True)
class Size:
    """How big a clinic to make; `rows` is the least number of rows in `occupancy`."""

    practitioners: int
    rows: int = 0
    forms: int = 0


@dataclass(frozen=True)
class Member:
    """A practitioner: her ids, where she works, and who comes to her, as (id, resource)."""

    id: int
    public_id: UUID
    resource: int
    location: int
    location_public_id: UUID
    room: int
    room_resource: int
    patients: tuple[tuple[int, int], ...]


class Named(NamedTuple):
    """A service by its two ids."""

    id: int
    public_id: UUID


@dataclass(frozen=True, kw_only=True)
class Made:
    """What was made. `services` by how many give them; `mixed` of 30, 45, 60 minutes and 20-25-10.
    `reception` and `treating`, the first practitioner's, are accounts.

    `free` are half-hours in which nobody comes, of the first practitioners.
    """

    staff: tuple[Member, ...]
    services: dict[int, Named]
    mixed: tuple[Named, ...]
    reception: int
    treating: int
    rows: int
    forms: int
    free: tuple[Visit, ...]


def make(size: Size) -> Made:
    """Fill an empty, migrated database, in transactions of its own."""
    dice = random.Random(size.practitioners)  # noqa: S311 - the same clinic every time
    with transaction():
        reception = _reception()
        staff = tuple(_staff(size.practitioners, dice))
        treating = _account("Practitioner", Role.PRACTITIONER)
        session().get_one(Practitioner, staff[0].id).user_id = treating
        services = {n: _service([(HANDS_ON, 30)], staff[:n]) for n in GIVERS if n <= len(staff)}
        mixed = tuple(_service(parts, staff[:TO_A_LOCATION]) for parts in MIXED)
    ahead = [(one, start) for one in staff for start in _ahead(one, staff, dice)]
    service = next(iter(services.values())).id
    visits = _load(ahead, service, Status.BOOKED, dice)
    missing = max(0, size.rows // ROWS_OF_A_VISIT - len(ahead))
    _load(islice(_behind(staff), missing), service, Status.DONE, dice)
    with transaction():
        _forms(visits[: size.forms], dice)
    _settle()
    taken = set(ahead)
    half_hours = list(_half_hours(MONDAY + timedelta(days=1), MONDAY + timedelta(days=DAYS)))
    free = [(one, start) for start in half_hours for one in staff[:TO_A_LOCATION]]
    return Made(
        staff=staff,
        services=services,
        mixed=mixed,
        reception=reception,
        treating=treating,
        rows=ROWS_OF_A_VISIT * (len(ahead) + missing),
        forms=size.forms,
        free=tuple(visit for visit in free if visit not in taken),
    )


def _reception() -> int:
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
    return _account("Reception", Role.RECEPTION)


def _account(name: str, role: Role) -> int:
    email = f"{role.value}@canalstreet.example"
    user = User(name=name, email=email, email_canonical=email, created_at=NOW)
    user.roles = [UserRole(role=role)]
    session().add(user)
    session().flush()
    return user.id


def _staff(count: int, dice: random.Random) -> Iterator[Member]:
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
            "public_id": _uuid(dice),
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


def _service(parts: Iterable[tuple[SegmentKind, int]], givers: Sequence[Member]) -> Named:
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


def _half_hours(first: date, last: date) -> Iterator[datetime]:
    """Every start of the working days from `first` up to, not with, `last`."""
    for nth in range((last - first).days):
        day = first + timedelta(days=nth)
        if day.weekday() < 5:
            opens = datetime.combine(day, time(9), ZONE).astimezone(UTC)
            yield from (opens + n * LENGTH for n in range(16))


def _ahead(one: Member, staff: Sequence[Member], dice: random.Random) -> list[datetime]:
    """When people come to her in the days ahead: 150 times, many of them on the board day."""
    tomorrow, last = MONDAY + timedelta(days=1), MONDAY + timedelta(days=DAYS)
    starts = list(_half_hours(tomorrow, last))
    board = [start for start in starts if start.date() == BOARD_DAY]
    if one not in staff[:TO_A_LOCATION]:
        return dice.sample(starts, VISITS)
    others = [start for start in starts if start.date() != BOARD_DAY]
    return dice.sample(board, BOARD_VISITS) + dice.sample(others, VISITS - BOARD_VISITS)


def _behind(staff: Sequence[Member]) -> Iterator[Visit]:
    """Full days, back from last Friday."""
    monday = MONDAY
    while True:
        monday -= timedelta(days=7)
        for start in _half_hours(monday, monday + timedelta(days=7)):
            yield from ((one, start) for one in staff)


def _load(
    visits: Iterable[Visit], service: int, status: Status, dice: random.Random
) -> list[tuple[int, int]]:
    """Store visits; return (appointment id, patient id) of each."""
    stream, made = iter(visits), list[tuple[int, int]]()
    add = insert(Appointment).returning(Appointment.id, sort_by_parameter_order=True)
    while some := list(islice(stream, AT_ONCE)):
        rows = [_row(one, start, service, status, dice) for one, start in some]
        with transaction():
            ids = list(session().scalars(add, rows))
            occupancy.claim_much(_claims(some, rows, ids))
        made += [(number, row["patient_id"]) for number, row in zip(ids, rows, strict=True)]
    return made


def _row(
    one: Member, start: datetime, service: int, status: Status, dice: random.Random
) -> dict[str, Any]:
    public_id = _uuid(dice)
    return {
        "public_id": public_id,
        "uid": f"{public_id}@canalstreet.example",
        "sequence": 0,
        "patient_id": dice.choice(one.patients)[0],
        "practitioner_id": one.id,
        "location_id": one.location,
        "room_id": one.room,
        "service_id": service,
        "starts_at": start,
        "ends_at": start + LENGTH,
        "status": status,
        "clearance": Clearance.WAITING,
        "created_at": NOW,
        "changed_at": NOW,
    }


def _claims(
    visits: Sequence[Visit], rows: Sequence[dict[str, Any]], ids: Sequence[int]
) -> Iterator[tuple[int, Claim]]:
    for (one, start), row, number in zip(visits, rows, ids, strict=True):
        patient = dict(one.patients)[row["patient_id"]]
        for resource in (one.resource, one.room_resource, patient):
            yield number, Claim(resource, start, start + LENGTH)


def _forms(visits: Sequence[tuple[int, int]], dice: random.Random) -> None:
    """Forms in every state of their review; one in ten has a flag that waits for a decision."""
    rules = [rule.id for rule in ruleset.shipped().rules]
    states = list(FormState)
    for appointment_id, patient_id in visits:
        owner = _uuid(dice)
        form = IntakeForm(
            owner_id=owner,
            patient_id=patient_id,
            appointment_id=appointment_id,
            questionnaire_version="1",
            state=dice.choice(states),
            created_at=NOW,
            sent_at=NOW,
        )
        session().add(form)
        if dice.randrange(10) == 0:
            session().flush()
            session().add(
                Flag(
                    form_id=form.id,
                    owner_id=owner,
                    rule_id=dice.choice(rules),
                    rule_version="1",
                    severity=Severity.BEFORE,
                    raised_at=NOW,
                )
            )


def _settle() -> None:
    """Let the database learn what is in its tables, as it does by itself in time."""
    with transaction():
        session().execute(text("ANALYZE"))


def _uuid(dice: random.Random) -> UUID:
    return UUID(int=dice.getrandbits(128), version=4)
