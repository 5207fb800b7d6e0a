"""Named reads for the pages of the day: counts, and a practitioner's own patients."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache, reduce
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
from booking.core.db import NOW, session
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


_COUNTS = select(
    conversations.NUMBER_WAITING.scalar_subquery().label("written"),
    reminders.NUMBER_OF_TASKS.scalar_subquery().label("calls"),
    undelivered.NUMBER.scalar_subquery().label("undelivered"),
    answers.NUMBER_TO_LOOK_AT.scalar_subquery().label("answers"),
    requests.NUMBER_OPEN.scalar_subquery().label("requests"),
    changes.NUMBER_OPEN.scalar_subquery().label("changes"),
    waiting.NUMBER_WAITING.scalar_subquery().label("waiting"),
)
_UNSETTLED = (
    select(Absence, AnotherTime, Appointment)
    .join(AnotherTime, AnotherTime.absence_id == Absence.id)
    .join(Appointment, Appointment.id == AnotherTime.appointment_id)
    .where(Absence.ended_at.is_(None), Absence.ends_at > NOW)
    .options(joinedload(Absence.practitioner))
    .order_by(Absence.starts_at, Absence.id)
)
_KEPT_FOR_SOMEBODY = (
    select(WaitingOffer)
    .where(WaitingOffer.state == OfferState.OPEN, WaitingOffer.answer_by > NOW)
    .options(
        joinedload(WaitingOffer.entry).joinedload(WaitingEntry.patient),
        joinedload(WaitingOffer.location),
    )
    .order_by(WaitingOffer.answer_by)
)


def work(actor: Actor, *, now: datetime) -> Work:
    """Return all that waits at the desk."""
    asked = {"now": now, **requests.asker(actor)}
    counts = session().connection().execute(_COUNTS, asked).one()
    offers = session().scalars(_KEPT_FOR_SOMEBODY, {"now": now}).all()
    return Work(
        written=counts.written,
        calls=counts.calls,
        undelivered=counts.undelivered,
        answers=counts.answers,
        requests=counts.requests,
        changes=counts.changes,
        stranded=len(availability.stranded(now=now)),
        ill=_ill(now),
        offered=Offered(offers=offers, waiting=counts.waiting),
    )


def _ill(now: datetime) -> Sequence[Ill]:
    """Absences that are not over with visits that nobody has settled."""
    found: dict[Absence, list[away.Standing]] = {}
    for absence, asked, visit in session().execute(_UNSETTLED, {"now": now}):
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


# What is counted behind each page of the rail: several numbers make one sum.
_RAIL: Mapping[str, tuple[Permission, Sequence[Select[int]]]] = {
    "worklist": (
        Permission.WORKLIST,
        (reminders.NUMBER_OF_TASKS, undelivered.NUMBER, answers.NUMBER_TO_LOOK_AT),
    ),
    "messages": (Permission.WORKLIST, (conversations.NUMBER_WAITING,)),
    "requests": (Permission.REQUEST_ANSWER, (requests.NUMBER_OPEN, changes.NUMBER_OPEN)),
    "intake": (Permission.INTAKE_REVIEW, (queue.NUMBER_TO_REVIEW,)),
    "waiting": (Permission.VISIT_RECEIVE, (waiting.NUMBER_WAITING,)),
    "read": (Permission.INTAKE_READ, (queue.NUMBER_TO_READ,)),
}


def rail_numbers(actor: Actor, *, now: datetime) -> Mapping[str, int]:
    """Return how much waits behind each page of the rail that the actor may open, in one statement.

    The names are those of the rail's pages. Numbers of lists she may see, and nothing else.
    """
    pages = tuple(page for page, (permission, _) in _RAIL.items() if actor.may(permission))
    if not pages:
        return {}
    asked = {"now": now, "user": actor.user_id, **queue.since(now), **requests.asker(actor)}
    numbers = session().connection().execute(_numbers(pages), asked).one()
    return dict(zip(pages, numbers, strict=True))


@cache
def _numbers(pages: tuple[str, ...]) -> Select[*tuple[int, ...]]:
    """The question for these pages, made once: every page of the staff asks it."""
    sums = (reduce(add, (part.scalar_subquery() for part in _RAIL[page][1])) for page in pages)
    return select(*sums)


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
