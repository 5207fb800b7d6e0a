"""Filling an empty database with the demo's clinic, people, diary and visits."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from importlib.resources import files
from random import Random
from uuid import uuid4

from sqlalchemy import select

from booking.access.policy import Actor, Role
from booking.accounts import actions as accounts
from booking.accounts.models import UserRole
from booking.appointments.actions.booking import mail
from booking.appointments.models import Appointment, Clearance, Status
from booking.audit import actions as audit
from booking.audit.rules.visits import AppointmentBooked
from booking.availability.models import Change, Closure, DatedHours, TimeOff, WeeklyHours
from booking.calendars.actions import copies
from booking.clinic import actions as clinic
from booking.clinic.models import (
    Location,
    OwnSegment,
    Practitioner,
    Room,
    SegmentKind,
    Service,
    ServicePractitioner,
    ServiceSegment,
)
from booking.clinic.rules import ClinicPlan, read
from booking.core.db import session
from booking.demo import desk, forms, proofs
from booking.demo.diary import DAYS_BACK, SHIFTS, ZONE, Lunch, Visit, diary
from booking.demo.people import MadeUp, made_up_people
from booking.occupancy import actions as occupancy
from booking.occupancy.models import ResourceKind
from booking.occupancy.rules import Claim, of_person
from booking.patients import actions as patients
from booking.patients.models import Channel, Patient

PEOPLE = 210
SEED = 1123
MINUTE = timedelta(minutes=1)
Segment = ServiceSegment | OwnSegment
NO_SHOWS, EARLY = 0.03, 0.75


@dataclass(frozen=True)
class _Names:
    """The clinic's rows by their names; rooms by place and name."""

    practitioners: Mapping[str, Practitioner]
    places: Mapping[str, Location]
    rooms: Mapping[tuple[str, str], Room]
    services: Mapping[str, Service]
    parts: Mapping[tuple[str, str], Sequence[Segment]]  # by practitioner and service


def fill(*, now: datetime, base_url: str) -> date:
    """Store the whole demo, as it would stand at `now`; return the clinic's day it was made on.

    The same day and hour give the same people and visits. Coming visits are mailed; the links in
    the messages begin with `base_url`.
    """
    dice = Random(SEED)  # noqa: S311 - made-up visits, nothing to guess
    plan = read(files("booking.demo").joinpath("clinic.toml").read_text())
    clinic.load(
        plan,
        new_resource=clinic.NewResource(
            room=lambda: occupancy.new_resource(ResourceKind.ROOM),
            practitioner=lambda: occupancy.new_resource(ResourceKind.PRACTITIONER),
        ),
    )
    names = _names()
    _staff(plan, names, now=now)
    today = now.astimezone(ZONE).date()
    proofs.give(names.practitioners.values(), today, now=now)
    _hours(names, today)
    _single_days(names, today)
    visits = _visits(names, today, dice=dice, now=now)
    coming = sorted((v for v in visits if v.starts_at > now), key=lambda visit: visit.starts_at)
    for visit in coming:
        mail("confirmation", visit, now=now, base_url=base_url)
    copies.adopt(now=now)  # two hundred visits would fill their practitioners' mailboxes too
    scene = forms.Scene(desk=_desk(), treating=_treating, base_url=base_url, now=now)
    forms.fill_in([visit for visit in coming if visit.service.first_visit], scene)
    forms.fill_in_again(*_first_and_later(visits, coming), scene)
    desk.leave_work(coming, desk.Desk(actor=scene.desk, base_url=base_url, now=now))
    return today


def _names() -> _Names:
    return _Names(
        practitioners={row.name: row for row in session().scalars(select(Practitioner))},
        places={row.outward_name: row for row in session().scalars(select(Location))},
        rooms={
            (row.location.outward_name, row.name): row for row in session().scalars(select(Room))
        },
        services={row.name: row for row in session().scalars(select(Service))},
        parts={
            (who.name, service.name): given.segments or service.segments
            for given, who, service in session().execute(
                select(ServicePractitioner, Practitioner, Service)
                .join(Practitioner, Practitioner.id == ServicePractitioner.practitioner_id)
                .join(Service, Service.id == ServicePractitioner.service_id)
            )
        },
    )


def _staff(plan: ClinicPlan, names: _Names, *, now: datetime) -> None:
    """Accounts without passwords: the demo's people come in by printed links only."""
    for who in plan.practitioners:
        account = accounts.join(
            name=who.name, email=who.email, roles=[Role.PRACTITIONER], password_hash=None, now=now
        )
        clinic.give_account(names.practitioners[who.name].id, account.id)
    for person in plan.people:
        roles = [Role(word) for word in person.roles]
        accounts.join(
            name=person.name, email=person.email, roles=roles, password_hash=None, now=now
        )


def _hours(names: _Names, today: date) -> None:
    monday = today - timedelta(days=today.weekday() + 7 * (DAYS_BACK // 7 + 1))
    for shift in SHIFTS:
        for weekday in shift.weekdays:
            session().add(
                WeeklyHours(
                    practitioner_id=names.practitioners[shift.who].id,
                    location_id=names.places[shift.place].id,
                    weekday=weekday,
                    starts=shift.starts,
                    ends=shift.ends,
                    valid_from=monday,
                    published=True,
                )
            )


def _single_days(names: _Names, today: date) -> None:
    """A day on which one place is closed, one with more hours and one with fewer; all ahead."""
    mei, canal, mill = names.practitioners["Mei Tan"], names.places["Canal Street"], "Mill Lane"
    monday = today + timedelta(days=21 - today.weekday())
    shut = datetime.combine(monday + timedelta(days=3), time(), ZONE)
    session().add(
        Closure(
            location_id=names.places[mill].id,
            starts_at=shut,
            ends_at=shut + timedelta(days=1),
            name="Boiler service",
        )
    )
    for day, change, starts, ends in (
        (monday + timedelta(days=1), Change.ADDS, time(18), time(20)),
        (monday + timedelta(days=2), Change.REMOVES, time(14), time(17, 30)),
    ):
        session().add(
            DatedHours(
                practitioner_id=mei.id,
                location_id=canal.id,
                day=day,
                change=change,
                starts=starts,
                ends=ends,
                published=True,
            )
        )


def _first_and_later(
    visits: Sequence[Appointment], coming: Sequence[Appointment]
) -> tuple[Appointment, Appointment]:
    """A visit that is over and the soonest to come of the same patient, with one practitioner."""
    return next(
        (before, after)
        for after in coming
        for before in visits
        if not after.service.first_visit
        and before.status is Status.DONE
        and (before.patient_id, before.practitioner_id) == (after.patient_id, after.practitioner_id)
    )


def _desk() -> Actor:
    row = session().scalars(select(UserRole).where(UserRole.role == Role.RECEPTION)).one()
    return Actor(roles=frozenset({Role.RECEPTION}), user_id=row.user_id)


def _treating(visit: Appointment) -> Actor:
    return Actor(
        roles=frozenset({Role.PRACTITIONER}),
        user_id=visit.practitioner.user_id,
        practitioner_id=visit.practitioner_id,
    )


def _visits(names: _Names, today: date, *, dice: Random, now: datetime) -> list[Appointment]:
    minutes = {key: sum(part.minutes for part in parts) for key, parts in names.parts.items()}
    people = [_register(each, now=now) for each in made_up_people(PEOPLE, dice=dice)]
    made = []
    for entry in diary(today, minutes=minutes, people=PEOPLE, dice=dice):
        if isinstance(entry, Lunch):
            session().add(
                TimeOff(
                    practitioner_id=names.practitioners[entry.who].id,
                    starts_at=entry.starts_at,
                    ends_at=entry.ends_at,
                    note="Lunch",
                )
            )
        else:
            made.append(_visit(names, entry, people[entry.patient], dice=dice, now=now))
    return made


def _register(person: MadeUp, *, now: datetime) -> Patient:
    return patients.register(
        person_id=occupancy.new_resource(ResourceKind.PATIENT),
        name=person.name,
        email=person.email,
        phone=person.phone,
        channels=[Channel(word) for word in person.channels],
        note=person.note,
        now=now,
    )


def _visit(
    names: _Names, visit: Visit, patient: Patient, *, dice: Random, now: datetime
) -> Appointment:
    service = names.services[visit.service]
    room = names.rooms[visit.shift.place, visit.room]
    booked_at = min(now, visit.starts_at) - timedelta(
        days=dice.randint(1, 12), minutes=dice.randint(0, 600)
    )
    row = Appointment(
        uid=f"{uuid4()}@canalstreet.example",
        patient_id=patient.id,
        practitioner_id=names.practitioners[visit.shift.who].id,
        location_id=room.location_id,
        room_id=room.id,
        service_id=service.id,
        starts_at=visit.starts_at,
        ends_at=visit.ends_at,
        created_at=booked_at,
        changed_at=booked_at,
        clearance=Clearance.WAITING if service.first_visit else Clearance.NOT_NEEDED,
    )
    _as_it_stands(row, dice=dice, now=now)
    session().add(row)
    session().flush()
    claims = _claims(names, visit, room)
    occupancy.claim(of_person(patient.resource_id, claims), appointment_id=row.id, now=now)
    booked = AppointmentBooked(appointment_id=row.id, patient_id=patient.id)
    audit.record(booked, by=None, at=booked_at)
    return row


def _as_it_stands(row: Appointment, *, dice: Random, now: datetime) -> None:
    """Set what has happened to a visit by `now`: over, in the room, arrived, or still to come."""
    missed, early = dice.random() < NO_SHOWS, dice.random() < EARLY
    if row.ends_at <= now and missed:
        row.status = Status.NO_SHOW
        return
    arrives_at = row.starts_at - (40 if early else 5) * MINUTE
    if arrives_at <= now:
        row.status, row.arrived_at = Status.ARRIVED, arrives_at
    if row.starts_at <= now:
        row.status, row.started_at = Status.IN_ROOM, row.starts_at
        if row.clearance is Clearance.WAITING:
            row.clearance = Clearance.CLEAR
    if row.ends_at <= now:
        row.status, row.finished_at = Status.DONE, row.ends_at


def _claims(names: _Names, visit: Visit, room: Room) -> list[Claim]:
    """The room for the whole visit and the time after it; the practitioner while needed."""
    service, practitioner = names.services[visit.service], names.practitioners[visit.shift.who]
    whole_end = visit.ends_at + service.minutes_after * MINUTE
    claims = [
        Claim(room.resource_id, visit.starts_at, whole_end),
        Claim(practitioner.resource_id, visit.ends_at, whole_end),
    ]
    at = visit.starts_at
    for segment in names.parts[visit.shift.who, visit.service]:
        until = at + segment.minutes * MINUTE
        if segment.kind is SegmentKind.HANDS_ON:
            claims.append(Claim(practitioner.resource_id, at, until))
        at = until
    return claims
