"""A practitioner is ill: her time closes, and everybody she was to see is asked about another.

Every visit stays booked until its patient answers or the desk acts; nothing is lost by silence.
"""

from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import delete

from booking.access.policy import Actor
from booking.appointments import emails
from booking.appointments.actions import links
from booking.appointments.actions.booking import mail, next_version
from booking.appointments.actions.desk import moving
from booking.appointments.models import Absence, AnotherTime, Appointment
from booking.appointments.queries import away as queries
from booking.appointments.queries import patient as patient_queries
from booking.appointments.rules import Slot
from booking.audit import actions as audit
from booking.audit.rules.visits import AbsenceNoted, CallAsked
from booking.availability.models import TimeOff
from booking.clinic import queries as clinic
from booking.clinic.models import Practitioner
from booking.core.db import session
from booking.core.errors import N_, BadInput, NotOffered
from booking.mail import outbox
from booking.occupancy import actions as occupancy
from booking.patients import queries as patients


def note_absence(
    actor: Actor,
    practitioner: Practitioner,
    starts_at: datetime,
    ends_at: datetime,
    *,
    now: datetime,
    base_url: str,
) -> Absence:
    """Close the time from `starts_at` to `ends_at`, and ask everybody booked in it.

    Whoever has no safe e-mail is put down for a call, and so is she for whom there is no day
    before the visit but her hard dates. Raises BadInput for a time that is over.
    """
    if not starts_at < ends_at or ends_at <= now:
        raise BadInput(N_("Choose a time that ends after it begins, and has not passed"))
    occupancy.lock([practitioner.resource_id])
    off = TimeOff(practitioner_id=practitioner.id, starts_at=starts_at, ends_at=ends_at)
    session().add(off)
    session().flush()
    absence = Absence(
        practitioner_id=practitioner.id,
        time_off_id=off.id,
        starts_at=starts_at,
        ends_at=ends_at,
        noted_at=now,
    )
    session().add(absence)
    session().flush()
    visits = queries.visits_meeting(practitioner.id, starts_at, ends_at, now=now)
    for visit in visits:
        leaves_at = _leaves_at(visit, now=now)
        mailed = emails.wanted_by(visit.patient) and leaves_at < visit.starts_at
        session().add(AnotherTime(absence_id=absence.id, appointment_id=visit.id, mailed=mailed))
        if mailed:
            _ask(visit, absence, leaves_at=leaves_at, now=now, base_url=base_url)
    _record(actor, absence, "away", visits=len(visits), now=now)
    return absence


def note_well(actor: Actor, public_id: UUID, *, now: datetime, base_url: str) -> Absence:
    """Back after all: open her time again, and confirm each visit still in it.

    Not one that she is away for all the same, by another absence. Twice is once. Raises NotFound.
    """
    absence = queries.absence(public_id)
    occupancy.lock([absence.practitioner.resource_id])
    session().refresh(absence)
    if absence.ended_at is not None:
        return absence
    still = [one.visit for one in queries.answers(absence) if one.standing in queries.UNANSWERED]
    if absence.time_off_id is not None:
        session().execute(delete(TimeOff).where(TimeOff.id == absence.time_off_id))
    absence.ended_at, absence.time_off_id = now, None
    session().flush()
    needing = queries.needing(still)
    for visit in still:
        if visit.id in needing:
            continue
        next_version(visit, now=now)
        session().flush()
        mail("confirmation", visit, now=now, base_url=base_url)
    _record(actor, absence, "back", visits=len(still), now=now)
    return absence


def take_other_time(
    actor: Actor, asked: AnotherTime, slot: Slot, *, now: datetime, base_url: str
) -> Appointment:
    """Move the visit to one of the times that are offered to her. Raises NotOffered and others."""
    if slot not in queries.slots_for(asked, now=now):
        raise NotOffered(N_("That time has just been taken. Please choose another."))
    return moving.move_to(actor, asked.appointment, slot, now=now, base_url=base_url)


def ask_anew(visit: Appointment, *, now: datetime, base_url: str) -> None:
    """Ask once more about a visit that still needs another time, if it was asked about by mail."""
    asked = queries.asked_about(visit)
    if asked is None or not asked.mailed or visit.id not in queries.needing([visit]):
        return
    if emails.wanted_by(visit.patient) and (leaves := _leaves_at(visit, now=now)) < visit.starts_at:
        _ask(visit, asked.absence, leaves_at=leaves, now=now, base_url=base_url)


def ask_for_call(actor: Actor, asked: AnotherTime, *, now: datetime) -> None:
    """Note that she would rather be called; asking twice is asking once."""
    if asked.call_asked_at is not None:
        return
    asked.call_asked_at = now
    visit = asked.appointment
    event = CallAsked(patient_id=visit.patient_id, appointment_id=visit.id)
    audit.record(event, by=actor, at=now)


def _leaves_at(visit: Appointment, *, now: datetime) -> datetime:
    """When a message that she did not cause may leave: not on one of her hard dates."""
    person = visit.patient.resource_id
    avoid = patients.hard_dates([person])[person]
    return avoid.first_after(now, ZoneInfo(visit.location.zone))


def _ask(
    visit: Appointment, absence: Absence, *, leaves_at: datetime, now: datetime, base_url: str
) -> None:
    token = links.new_visit_link(visit.id, now=now)
    draft = emails.another_time(
        visit,
        clinic=clinic.organisation(),
        link=f"{links.link_address(token, base_url=base_url)}/another-time",
        references=patient_queries.first_message_id(visit),
        absence=absence.public_id,
        not_before=leaves_at,
    )
    outbox.enqueue(draft, now=now)


def _record(actor: Actor, absence: Absence, what: str, *, visits: int, now: datetime) -> None:
    event = AbsenceNoted(absence_id=absence.id, what=what, visits=visits)
    audit.record(event, by=actor, at=now)
