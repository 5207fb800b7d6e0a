"""Join the waiting list, offer what has become free to one after the other, take, pass, leave.

Each runs inside the caller's transaction. Everybody is asked in the order in which she joined, and
nobody twice about the same time; passing costs nobody her place.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from booking.access.policy import Actor
from booking.appointments import actions as appointments
from booking.appointments import emails as visit_emails
from booking.appointments.models import Appointment, Hold
from booking.appointments.queries import patient as visits
from booking.clinic import queries as clinic
from booking.clinic.models import Location
from booking.core.db import session
from booking.core.errors import HoldOver
from booking.mail import outbox
from booking.occupancy import actions as occupancy
from booking.occupancy.models import ResourceKind
from booking.patients import actions as patients
from booking.patients import queries as patient_queries
from booking.patients.models import Patient
from booking.waiting import emails, queries, rules
from booking.waiting.actions.offering import offer_next as offer_next
from booking.waiting.actions.steps import lock, new_link, record, settle
from booking.waiting.models import WaitingEntry
from booking.waiting.rules import EntryState, OfferState


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What somebody waits for; see `WaitingEntry`."""

    service_id: int
    practitioner_id: int | None = None
    location_id: int | None = None
    weekdays: Sequence[int] = ()
    parts: Sequence[str] = ()
    days: int | None = None
    instead_of: Appointment | None = None


def register(details: appointments.Details, service_id: int, *, now: datetime) -> Patient:
    """Make a record for somebody who waits and is not known yet, as booking does.

    Whoever waits for this kind of visit already has the record she waits with.
    """
    patients.lock_person(name=details.name, email=details.email)
    person = patient_queries.person_id(name=details.name, email=details.email)
    before = queries.same_wait(person, service_id) if person is not None else None
    if before is not None:
        return before.patient
    return patients.register(
        person_id=person or occupancy.new_resource(ResourceKind.PATIENT),
        name=details.name,
        email=details.email,
        phone=details.phone,
        channels=details.channels,
        note=details.note,
        invites=details.invites,
        language=details.language,
        now=now,
    )


def join(
    actor: Actor,
    patient: Patient,
    wanted: Wanted,
    *,
    network: bytes | None,
    now: datetime,
    base_url: str,
    joined_here: UUID | None = None,
) -> WaitingEntry | None:
    """Put somebody on the list, or change what she waits for if she is there already.

    Returns None, and leaves her place as it is, where all that is known of who acts is the name and
    address of somebody who waits; `joined_here` is the place that was joined in the same browser.
    Raises TooManyTries when very many of one network wait.
    """
    entry = queries.same_wait(patient.resource_id, wanted.service_id)
    if entry is not None and not _may_change(actor, entry, patient, joined_here):
        return None
    if entry is None:
        if network is not None:
            rules.ensure_not_too_many(queries.live_of_network(network))
        entry = WaitingEntry(
            patient_id=patient.id, service_id=wanted.service_id, network=network, created_at=now
        )
        session().add(entry)
    entry.practitioner_id = wanted.practitioner_id
    entry.location_id = wanted.location_id
    entry.instead_of_id = wanted.instead_of.id if wanted.instead_of else None
    entry.weekdays = "".join(str(day) for day in sorted(set(wanted.weekdays)))
    entry.parts = " ".join(wanted.parts)
    session().flush()
    session().refresh(entry)
    entry.until = _last_day(entry.location, wanted.days, now=now) if wanted.days else None
    if visit_emails.wanted_by(patient):
        link = new_link(entry, now=now, base_url=base_url)
        outbox.enqueue(emails.joined(entry, clinic=clinic.organisation(), link=link), now=now)
    record(actor, entry, "joined", now=now)
    return entry


def _last_day(place: Location | None, days: int, *, now: datetime) -> date:
    """The last date she waits for, by the calendar of the place, or of the clinic's first one."""
    there = place or clinic.locations()[0]
    return now.astimezone(ZoneInfo(there.zone)).date() + timedelta(days=days)


def _may_change(
    actor: Actor, entry: WaitingEntry, patient: Patient, joined_here: UUID | None
) -> bool:
    if actor.is_staff or entry.public_id == joined_here:
        return True
    reached = patient if actor.by_mail else entry.patient
    return visits.record_for(actor, reached.public_id) is not None


def leave(actor: Actor, entry: WaitingEntry, *, now: datetime) -> None:
    """Take somebody off the list; a time kept for her is free again at once."""
    lock(entry)
    if entry.state is not EntryState.WAITING:
        return
    offer = queries.open_offer(entry.id, now=now)
    if offer is not None:
        settle(offer, OfferState.PASSED)
    entry.state, entry.settled_at = EntryState.LEFT, now
    record(actor, entry, "left", now=now)


def come_back(actor: Actor, entry: WaitingEntry, *, now: datetime) -> None:
    """Put somebody back where she was on the list; her place counts from when she joined.

    If she has joined anew meanwhile she keeps that one place, which then counts from the earlier.
    """
    if entry.state is not EntryState.LEFT:
        return
    newer = queries.same_wait(entry.patient.resource_id, entry.service_id)
    if newer is not None:
        newer.created_at = min(newer.created_at, entry.created_at)
    else:
        entry.state, entry.settled_at = EntryState.WAITING, None
        record(actor, entry, "came-back", now=now)


def take(actor: Actor, entry: WaitingEntry, *, now: datetime, base_url: str) -> Appointment:
    """Book the time that is kept for her, or move the visit she has to it.

    Whoever has cancelled that visit since takes the time all the same, as a booking.
    Raises HoldOver when it is not kept any more, and what booking and moving raise.
    """
    lock(entry)
    offer = queries.open_offer(entry.id, now=now)
    kept = session().get(Hold, offer.hold_id) if offer and offer.hold_id else None
    if offer is None or kept is None:
        raise HoldOver
    if entry.moving is not None:
        taken = appointments.move(actor, entry.moving, kept, now=now, base_url=base_url)
    else:
        if kept.moving_id is not None:
            kept = appointments.hold_anew(kept, now=now)
        herself = Actor(
            roles=actor.roles, user_id=actor.user_id, person_id=entry.patient.resource_id
        )
        taken = appointments.book(
            herself,
            kept.public_id,
            {"record": str(entry.patient.public_id)},
            nonce=str(kept.public_id),
            now=now,
            base_url=base_url,
        )
    offer.state, offer.hold_id = OfferState.TAKEN, None
    entry.state, entry.settled_at, entry.met_by_id = EntryState.MET, now, taken.id
    record(actor, entry, "met", now=now)
    return taken


def pass_on(actor: Actor, entry: WaitingEntry, *, now: datetime) -> None:
    """Let the time that is kept for her go to the next; she stays where she is on the list."""
    lock(entry)
    offer = queries.open_offer(entry.id, now=now)
    if offer is not None:
        settle(offer, OfferState.PASSED)
        record(actor, entry, "passed", now=now)
