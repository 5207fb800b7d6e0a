"""Named reads about records: what they hold, and what stands against erasing them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select, and_, case, exists, extract, false, func, or_, select
from sqlalchemy.orm import joinedload

from booking.accounts import queries as accounts
from booking.appointments.models import Appointment, Status
from booking.audit import queries as audit
from booking.clinic import queries as clinic
from booking.core.db import session
from booking.core.errors import NotFound
from booking.patients import queries as patients
from booking.patients.models import LegalHold, Patient
from booking.rights.queries.everything import Everything as Everything
from booking.rights.queries.everything import FormKept as FormKept
from booking.rights.queries.everything import everything_of
from booking.rights.rules import ADULT, ERASED, YEAR, Keeping, VisitPast, Young, keeping
from booking.waiting.models import WaitingEntry
from booking.waiting.rules import EntryState


def record(public_id: UUID) -> Patient:
    """Return one patient's record. Raises NotFound."""
    found = session().scalar(select(Patient).where(Patient.public_id == public_id))
    if found is None:
        raise NotFound
    return found


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One line of who did or saw what: when, who with which part, the event, and its numbers.

    `origin` as in `AuditRow`: role, sign-in and marks of network and request, where there are any.
    """

    at: datetime
    who: str
    tag: str
    about: str
    origin: Mapping[str, str] = field(default_factory=dict)


TO_COME = frozenset({Status.REQUESTED, Status.BOOKED, Status.ARRIVED, Status.IN_ROOM})


def records_of(person_id: int) -> Sequence[int]:
    """Return the ids of every record of a person."""
    wanted = select(Patient.id).where(Patient.resource_id == person_id).order_by(Patient.id)
    return session().scalars(wanted).all()


def everything(person_id: int) -> Everything:
    """Return all that is kept about a person."""
    return everything_of(person_id, records_of(person_id))


def kept_of_person(person_id: int, *, years: int, now: datetime) -> Keeping:
    """Tell what stands against erasing every record of a person now."""
    found = [what_is_kept(one, years=years, now=now) for one in records_of(person_id)]
    until = [each.until for each in found if each.until is not None]
    return Keeping(
        visit_to_come=any(each.visit_to_come for each in found),
        until=max(until, default=None),
        held=any(each.held for each in found),
    )


def seen_and_done(public_id: UUID) -> tuple[Patient, Sequence[Entry]]:
    """Return a record and all that is recorded about its person, newest first. Raises NotFound.

    The person's other records count too, and the lists of the days on which she had visits.
    """
    patient = record(public_id)
    ids = (
        session()
        .scalars(select(Patient.id).where(Patient.resource_id == patient.resource_id))
        .all()
    )
    visits = session().scalars(
        select(Appointment)
        .where(Appointment.patient_id.in_(ids))
        .options(joinedload(Appointment.location))
    )
    days = {
        visit.starts_at.astimezone(ZoneInfo(visit.location.zone)).date().isoformat()
        for visit in visits
    }
    names = _names()
    return patient, [
        Entry(
            at=row.at,
            who=names.get(row.actor, row.actor),
            tag=row.tag,
            about=", ".join(f"{key} {value}" for key, value in sorted(row.details.items())),
            origin=row.origin or {},
        )
        for row in audit.about_records(ids, days=days)
    ]


OPENED = frozenset(
    {
        *("conversation:opened", "intake:copied", "intake:opened", "intake:typed"),
        *("patient:emergency", "patient:opened", "visit:opened"),
    }
)
"""What of the audit says that somebody on the staff looked at what is one patient's."""


def opened_by_staff(person_id: int) -> Sequence[Entry]:
    """Return who on the staff opened something of a person's, newest first."""
    names = _names()
    return [
        Entry(
            at=row.at,
            who=names[row.actor],
            tag=row.tag,
            about=str(row.details.get("view", "")),
            origin=row.origin or {},
        )
        for row in audit.about_records(records_of(person_id))
        if row.tag in OPENED and row.actor in names
    ]


def _names() -> dict[str, str]:
    """Names of the staff by how the audit calls them ("user:7")."""
    return {f"user:{one.user_id}": one.name for one in accounts.staff()}


def appointment_ids(patient_id: int) -> Sequence[int]:
    """Return the ids of every visit on a record."""
    wanted = select(Appointment.id).where(Appointment.patient_id == patient_id)
    return session().scalars(wanted).all()


def what_is_kept(patient_id: int, *, years: int, now: datetime) -> Keeping:
    """Tell what stands against erasing a record now."""
    wanted = select(Appointment.ends_at, Appointment.status).where(
        Appointment.patient_id == patient_id
    )
    visits = [
        VisitPast(
            ends_at=row.ends_at,
            to_come=row.status in TO_COME and row.ends_at > now,
            took_place=row.status in {Status.IN_ROOM, Status.DONE},
        )
        for row in session().execute(wanted)
    ]
    of_age_in = session().scalar(select(Patient.of_age_in).where(Patient.id == patient_id))
    young = Young(of_age_in, clinic.organisation().young_kept_to_age) if of_age_in else None
    found = keeping(visits, years=years, now=now, young=young)
    return replace(found, held=patients.hold_on(patient_id) is not None)


def kept_long_enough(*, years: int, never_seen_days: int, now: datetime) -> Sequence[UUID]:
    """Return the records that need to be kept no longer: public ids, at most 50 at a time.

    Treated people's `years` after their last visit, longer where they were young then; others'
    `never_seen_days` after their last visit, or after the record was made. 0 keeps for good. Not
    while a legal hold stands, or while somebody waits for a time. A record that was joined to
    another goes with that one: its key opens what moved there.
    """
    visits = select(Appointment.id).where(Appointment.patient_id == Patient.id)
    treated = exists(visits.where(Appointment.status.in_([Status.IN_ROOM, Status.DONE])))

    def unused_since(day: datetime) -> ColumnElement[bool]:
        return and_(Patient.created_at < day, ~exists(visits.where(Appointment.ends_at >= day)))

    ways: list[ColumnElement[bool]] = [false()]
    if years:
        ways.append(and_(treated, unused_since(now - years * YEAR), ~_kept_as_young(now)))
    if never_seen_days:
        ways.append(and_(~treated, unused_since(now - timedelta(days=never_seen_days))))
    waits = select(WaitingEntry.id).where(
        WaitingEntry.patient_id == Patient.id, WaitingEntry.state == EntryState.WAITING
    )
    wanted = select(Patient.public_id).where(
        or_(*ways),
        Patient.name != ERASED,
        patients.standing(),
        Patient.id.not_in(patients.under_hold()),
        ~exists(waits),
    )
    return session().scalars(wanted.order_by(Patient.id).limit(50)).all()


def _kept_as_young(now: datetime) -> ColumnElement[bool]:
    """As `rules.Young.until`, of a treated patient, in SQL."""
    to_age = clinic.organisation().young_kept_to_age
    if not to_age:
        return false()
    last = (
        select(func.max(extract("year", Appointment.ends_at)))
        .where(
            Appointment.patient_id == Patient.id,
            Appointment.status.in_([Status.IN_ROOM, Status.DONE]),
        )
        .scalar_subquery()
    )
    at_seventeen = case((last >= Patient.of_age_in - 1, 1), else_=0)
    return and_(
        Patient.of_age_in.is_not(None),
        last <= Patient.of_age_in,
        Patient.of_age_in - ADULT + to_age + at_seventeen >= now.year,
    )


def has_other_records(patient: Patient) -> bool:
    """Tell whether a record's person has another one that was not erased."""
    others = select(Patient.id).where(
        Patient.resource_id == patient.resource_id,
        Patient.id != patient.id,
        Patient.name != ERASED,
    )
    return session().scalar(others.limit(1)) is not None


def held_owners() -> Select[UUID]:
    """Return the public ids of records under legal hold, which own what was sealed for them."""
    return select(Patient.public_id).where(Patient.id.in_(patients.under_hold()))


def holds_of(patient_id: int) -> Sequence[LegalHold]:
    """Return every legal hold there was on a record, newest first."""
    wanted = select(LegalHold).where(LegalHold.patient_id == patient_id)
    return session().scalars(wanted.order_by(LegalHold.id.desc())).all()
