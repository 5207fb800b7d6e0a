"""What waits for the demo's front desk: messages, a waiting list, a request, records alike."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select

from booking.access.policy import Actor
from booking.appointments.actions import book, hold
from booking.appointments.models import Appointment
from booking.availability import queries as availability
from booking.clinic.models import BookingMode, Service
from booking.conversations import actions as conversations
from booking.core.db import session
from booking.occupancy import actions as occupancy
from booking.occupancy.models import ResourceKind
from booking.patients import actions as patients
from booking.patients.models import Patient
from booking.waiting import actions as waiting

STREET = (
    "Is there a step at the door on Mill Lane? My knee is not good this week.",
    "There is one, and a ramp beside it. We will have the door open for you.",
)
ASKS = (
    "Could I wait outside and be called? I would rather not sit in the waiting room.",
    "I have changed my telephone number. Where can I tell you the new one?",
)
WISHES = (
    waiting.Wanted(service_id=0, weekdays=(0, 1), parts=("morning",), days=28),
    waiting.Wanted(service_id=0, parts=("evening",)),
    waiting.Wanted(service_id=0, weekdays=(4,), days=14),
)


@dataclass(frozen=True, kw_only=True)
class Desk:
    """Who stands at the desk, this demo's address, and the time."""

    actor: Actor
    base_url: str
    now: datetime


def leave_work(coming: Sequence[Appointment], desk: Desk) -> None:
    """Give the desk something to do, about visits to come (soonest first) that ask for no form."""
    visits = list({visit.patient_id: visit for visit in reversed(coming)}.values())[::-1]
    visits = [visit for visit in visits if not visit.service.first_visit]
    _messages(visits[4:7], desk)
    _waiting(visits[20:23], desk)
    _alike(visits[9].patient, desk)
    _alike(visits[12].patient, desk)
    _request(visits[30].patient, desk)


def _messages(visits: Sequence[Appointment], desk: Desk) -> None:
    """Two that wait for an answer, and one conversation that has had it."""
    answered, *open_ones = visits
    earlier = desk.now - timedelta(hours=3)
    _writes(answered, STREET[0], at=earlier)
    conversations.answer(
        desk.actor,
        answered.patient,
        STREET[1],
        now=earlier + timedelta(minutes=20),
        base_url=desk.base_url,
    )
    for nth, (visit, text) in enumerate(zip(open_ones, ASKS, strict=True)):
        _writes(visit, text, at=desk.now - timedelta(minutes=25 + 40 * nth))


def _writes(visit: Appointment, text: str, *, at: datetime) -> None:
    conversations.write(Actor(person_id=visit.patient.resource_id), visit, text, now=at)


def _waiting(visits: Sequence[Appointment], desk: Desk) -> None:
    """Each would come earlier than the visit booked, at times of a wish of their own."""
    for nth, (visit, wish) in enumerate(zip(visits, WISHES, strict=True)):
        wanted = waiting.Wanted(
            service_id=visit.service_id,
            weekdays=wish.weekdays,
            parts=wish.parts,
            days=wish.days,
            instead_of=visit,
        )
        waiting.join(
            Actor(person_id=visit.patient.resource_id),
            visit.patient,
            wanted,
            network=None,
            now=desk.now - timedelta(days=3 - nth),
            base_url=desk.base_url,
        )


def _alike(known: Patient, desk: Desk) -> None:
    """The same person telephoned, and was written down once more."""
    patients.register(
        person_id=occupancy.new_resource(ResourceKind.PATIENT),
        name=known.name,
        email="",
        phone=known.phone,
        channels=known.safe_channels,
        note="",
        now=desk.now - timedelta(hours=2),
    )


def _request(patient: Patient, desk: Desk) -> None:
    """Somebody asks for a visit that the clinic answers first."""
    asked = select(Service).where(Service.mode == BookingMode.REQUEST)
    service = session().scalars(asked.order_by(Service.id)).first()
    if service is None:
        return
    offer = availability.first_offer(service, now=desk.now, person_id=patient.resource_id)
    if offer is None:
        return
    kept = hold(offer, now=desk.now)
    book(
        Actor(person_id=patient.resource_id),
        kept.public_id,
        {"record": str(patient.public_id)},
        nonce=str(kept.public_id),
        now=desk.now,
        base_url=desk.base_url,
    )
