"""Named reads for the pages of the day: counts, and a practitioner's own patients."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import reduce
from operator import add

from sqlalchemy import Select, func, select
from sqlalchemy.orm import joinedload

from booking.access.policy import Actor, Permission
from booking.appointments.models import Absence, AnotherTime, Appointment
from booking.appointments.queries import away, changes, requests
from booking.appointments.queries.patient import WHOLE_VISIT
from booking.appointments.rules import LIVE
from booking.availability import queries as availability
from booking.calendars.queries import answers
from booking.conversations import queries as conversations
from booking.core.db import session
from booking.intake.queries import queue
from booking.patients.models import Patient
from booking.patients.queries import matching
from booking.reminders import queries as reminders
from booking.reminders.queries import undelivered
from booking.waiting import queries as waiting
from booking.waiting.models import WaitingEntry, WaitingOffer
from booking.waiting.rules import OfferState

PATIENTS_SHOWN = 50


@dataclass(frozen=True, kw_only=True)
class Ill:
    """An absence, and how many of its visits wait for an answer, or for a call."""

    absence: Absence
    waiting: int
    to_call: int


@dataclass(frozen=True, kw_only=True)
class Offered:
    """Times kept for people on the waiting list, and how many wait there in all."""

    offers: Sequence[WaitingOffer]
    waiting: int


@dataclass(frozen=True, kw_only=True)
class Work:
    """What waits for somebody at the desk, as numbers."""

    written: int
    calls: int
    undelivered: int
    answers: int
    requests: int
    changes: int
    stranded: int
    ill: Sequence[Ill]
    offered: Offered


def work(actor: Actor, *, now: datetime) -> Work:
    """Return all that waits at the desk."""
    return Work(
        written=conversations.count_waiting(),
        calls=len(reminders.open_tasks(now=now)),
        undelivered=undelivered.count(),
        answers=answers.count_to_look_at(now=now),
        requests=len(requests.open_requests(actor, now=now)),
        changes=len(changes.open_changes(actor, now=now)),
        stranded=len(availability.stranded(now=now)),
        ill=_ill(now),
        offered=_offered(now),
    )


def _ill(now: datetime) -> Sequence[Ill]:
    """Absences that are not over with visits that nobody has settled."""
    wanted = (
        select(Absence, AnotherTime, Appointment)
        .join(AnotherTime, AnotherTime.absence_id == Absence.id)
        .join(Appointment, Appointment.id == AnotherTime.appointment_id)
        .where(Absence.ended_at.is_(None), Absence.ends_at > now)
        .options(joinedload(Absence.practitioner))
        .order_by(Absence.starts_at, Absence.id)
    )
    found: dict[Absence, list[away.Standing]] = {}
    for absence, asked, visit in session().execute(wanted):
        found.setdefault(absence, []).append(away.standing(asked, visit, absence))
    return [
        Ill(
            absence=absence,
            waiting=standings.count(away.Standing.WAITING),
            to_call=standings.count(away.Standing.CALL),
        )
        for absence, standings in found.items()
        if set(standings) & set(away.UNANSWERED)
    ]


def _offered(now: datetime) -> Offered:
    kept = (
        select(WaitingOffer)
        .where(WaitingOffer.state == OfferState.OPEN, WaitingOffer.answer_by > now)
        .options(
            joinedload(WaitingOffer.entry).joinedload(WaitingEntry.patient),
            joinedload(WaitingOffer.location),
        )
        .order_by(WaitingOffer.answer_by)
    )
    number = session().scalar(waiting.number_waiting()) or 0
    return Offered(offers=session().scalars(kept).all(), waiting=number)


def rail_numbers(actor: Actor, *, now: datetime) -> Mapping[str, int]:
    """Return how much waits behind each page of the rail that the actor may open, in one statement.

    The names are those of the rail's pages. Numbers of lists she may see, and nothing else.
    """
    asked = _numbers(actor, now)
    if not asked:
        return {}
    numbers = [reduce(add, (part.scalar_subquery() for part in parts)) for parts in asked.values()]
    return dict(zip(asked, session().execute(select(*numbers)).one(), strict=True))


def _numbers(actor: Actor, now: datetime) -> dict[str, list[Select[int]]]:
    """What is counted for each page: several numbers make one sum."""
    found: dict[str, list[Select[int]]] = {}
    if actor.may(Permission.WORKLIST):
        found["worklist"] = [
            reminders.number_of_tasks(now=now),
            undelivered.number(),
            answers.number_to_look_at(now=now),
        ]
        found["messages"] = [conversations.number_waiting()]
    if actor.may(Permission.REQUEST_ANSWER):
        found["requests"] = [
            requests.number_open(actor, now=now),
            changes.number_open(actor, now=now),
        ]
    if actor.may(Permission.INTAKE_REVIEW):
        found["intake"] = [queue.number_to_review(now=now)]
    if actor.may(Permission.VISIT_RECEIVE):
        found["waiting"] = [waiting.number_waiting()]
    if actor.may(Permission.INTAKE_READ):
        found["read"] = [queue.number_to_read(actor, now=now)]
    return found


def own_patients(
    practitioner_id: int, typed: str, *, now: datetime
) -> Sequence[tuple[Patient, Appointment | None, Appointment | None]]:
    """Return a practitioner's patients with their last visit with her and the next, soonest first.

    `typed` narrows them as reception's search does. At most PATIENTS_SHOWN.
    """
    latest = func.max(Appointment.starts_at)
    hers = (
        select(Appointment.patient_id)
        .join(Patient, Patient.id == Appointment.patient_id)
        .where(Appointment.practitioner_id == practitioner_id, Appointment.status.in_(LIVE))
        .group_by(Appointment.patient_id)
        .order_by(latest.desc())
        .limit(PATIENTS_SHOWN)
    )
    if typed.strip():
        hers = hers.where(matching(typed))
    visits = (
        select(Appointment)
        .where(
            Appointment.patient_id.in_(session().scalars(hers).all()),
            Appointment.practitioner_id == practitioner_id,
            Appointment.status.in_(LIVE),
        )
        .options(*WHOLE_VISIT)
        .order_by(Appointment.starts_at)
    )
    last: dict[Patient, Appointment] = {}
    following: dict[Patient, Appointment] = {}
    for visit in session().scalars(visits):
        if visit.ends_at <= now:
            last[visit.patient] = visit
        else:
            following.setdefault(visit.patient, visit)
    coming = sorted(following, key=lambda one: following[one].starts_at)
    before = sorted((one for one in last if one not in following), key=lambda one: one.name_folded)
    return [(one, last.get(one), following.get(one)) for one in [*coming, *before]]
