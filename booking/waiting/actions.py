"""Join the waiting list, offer what has become free to one after the other, take, pass, leave.

Each runs inside the caller's transaction. Everybody is asked in the order in which she joined, and
nobody twice about the same time; passing costs nobody her place.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from booking.access.policy import Actor
from booking.appointments import actions as appointments
from booking.appointments import emails as visit_emails
from booking.appointments.models import Appointment, Hold
from booking.appointments.queries import patient as visits
from booking.audit import actions as audit
from booking.audit.rules import WaitingChanged
from booking.availability import queries as availability
from booking.availability.rules import Offer
from booking.clinic import queries as clinic
from booking.core.db import session
from booking.core.errors import BookingError, HoldOver
from booking.core.tokens import digest, new_token
from booking.mail import outbox
from booking.occupancy import actions as occupancy
from booking.occupancy.models import ResourceKind
from booking.patients import actions as patients
from booking.patients import queries as patient_queries
from booking.patients.models import Patient
from booking.patients.rules import HardDates
from booking.waiting import emails, queries, rules
from booking.waiting.models import WaitingEntry, WaitingLink, WaitingOffer
from booking.waiting.rules import EntryState, OfferState

REACH = timedelta(days=2)  # every zone's idea of a date lies within this of UTC's


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
) -> WaitingEntry:
    """Put somebody on the list, or change what she waits for if she is there already.

    Raises TooManyTries when very many of one network wait.
    """
    entry = queries.same_wait(patient.resource_id, wanted.service_id)
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
    entry.until = (now + timedelta(days=wanted.days)).date() if wanted.days else None
    session().flush()
    session().refresh(entry)
    if visit_emails.wanted_by(patient):
        link = _new_link(entry, now=now, base_url=base_url)
        outbox.enqueue(emails.joined(entry, clinic=clinic.organisation(), link=link), now=now)
    _record(actor, entry, "joined", now=now)
    return entry


def leave(actor: Actor, entry: WaitingEntry, *, now: datetime) -> None:
    """Take somebody off the list; a time kept for her is free again at once."""
    _lock(entry)
    if entry.state is not EntryState.WAITING:
        return
    offer = queries.open_offer(entry.id, now=now)
    if offer is not None:
        _settle(offer, OfferState.PASSED)
    entry.state, entry.settled_at = EntryState.LEFT, now
    _record(actor, entry, "left", now=now)


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
        _record(actor, entry, "came-back", now=now)


def offer_next(*, now: datetime, base_url: str) -> bool:
    """Offer one time to the first who waits and can take one; tell whether there was one.

    What nobody answered in time is marked so first. Whoever must not be mailed is not asked here:
    reception sees her on its list.
    """
    for late in queries.lapsed(now=now):
        _settle(late, OfferState.LAPSED)
    asked = queries.entries_with_open_offer()
    free = [
        entry
        for entry in queries.waiting()
        if entry.id not in asked and visit_emails.wanted_by(entry.patient)
    ]
    before = queries.offered_before([entry.id for entry in free])
    avoid = patient_queries.hard_dates({entry.patient.resource_id for entry in free})
    for entry in free:
        found = _first_that_fits(
            entry, before[entry.id], avoid=avoid[entry.patient.resource_id], now=now
        )
        if found is not None and _still_waits(entry):
            _offer(entry, *found, now=now, base_url=base_url)
            return True
    return False


def take(actor: Actor, entry: WaitingEntry, *, now: datetime, base_url: str) -> Appointment:
    """Book the time that is kept for her, or move the visit she has to it.

    Whoever has cancelled that visit since takes the time all the same, as a booking.
    Raises HoldOver when it is not kept any more, and what booking and moving raise.
    """
    _lock(entry)
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
    _record(actor, entry, "met", now=now)
    return taken


def pass_on(actor: Actor, entry: WaitingEntry, *, now: datetime) -> None:
    """Let the time that is kept for her go to the next; she stays where she is on the list."""
    _lock(entry)
    offer = queries.open_offer(entry.id, now=now)
    if offer is not None:
        _settle(offer, OfferState.PASSED)
        _record(actor, entry, "passed", now=now)


def _lock(entry: WaitingEntry) -> None:
    """Queue behind everyone who changes this place on the list, then read what they made of it."""
    session().refresh(entry, ["state"], with_for_update=True)


def _still_waits(entry: WaitingEntry) -> bool:
    _lock(entry)
    return entry.state is EntryState.WAITING


def _first_that_fits(
    entry: WaitingEntry, before: Sequence[WaitingOffer], *, avoid: HardDates, now: datetime
) -> tuple[Offer, datetime] | None:
    """The soonest time that suits her and was not offered to her before, with its end.

    Neither the message, nor her time to answer, nor the visit meets a date to `avoid`.
    """
    wish, tried = entry.wish, {(offer.starts_at, offer.practitioner_id) for offer in before}
    end = now + timedelta(days=entry.service.horizon_days) + REACH
    known = availability.schedule(
        entry.service_id,
        start=now,
        end=min(end, wish.before or end),
        now=now,
        practitioner_ids=[entry.practitioner_id] if entry.practitioner_id else None,
        location_ids=[entry.location_id] if entry.location_id else None,
        person_id=entry.patient.resource_id,
        known_to=visits.practitioners_seen(entry.patient.resource_id),
        but_appointment_id=entry.moving.id if entry.moving else None,
    )
    for offer in known.fair_offers():
        if (offer.starts_at, offer.practitioner_id) in tried:
            continue
        if wish.fits(offer.starts_at, offer.zone):
            kept_until = rules.answer_by(offer.starts_at, offer.zone, now=now)
            if kept_until is None or any(
                avoid.meet(moment, offer.zone) for moment in (now, kept_until, offer.starts_at)
            ):
                continue
            if _movable(entry.moving, now=kept_until):
                return offer, kept_until
    return None


def _movable(visit: Appointment | None, *, now: datetime) -> bool:
    """Whether the visit she has, if any, may still move at the last moment she may answer."""
    if visit is None:
        return True
    try:
        appointments.ensure_movable(visit, now=now)
    except BookingError:
        return False
    return True


def _offer(
    entry: WaitingEntry, found: Offer, end: datetime, *, now: datetime, base_url: str
) -> None:
    kept = appointments.hold(
        found,
        now=now,
        until=end,
        person_id=entry.patient.resource_id if entry.moving else None,
        moving_id=entry.moving.id if entry.moving else None,
    )
    offer = WaitingOffer(
        entry_id=entry.id,
        hold_id=kept.id,
        practitioner_id=found.practitioner_id,
        location_id=found.location_id,
        starts_at=found.starts_at,
        made_at=now,
        answer_by=end,
    )
    session().add(offer)
    session().flush()
    link = _new_link(entry, now=now, base_url=base_url)
    outbox.enqueue(emails.offered(offer, entry, clinic=clinic.organisation(), link=link), now=now)
    _record(None, entry, "offered", now=now)


def _settle(offer: WaitingOffer, state: OfferState) -> None:
    """End an offer; its time is free from now on, if it was still kept."""
    kept = session().get(Hold, offer.hold_id) if offer.hold_id else None
    offer.state, offer.hold_id = state, None
    session().flush()
    if kept is not None:
        appointments.release_hold(kept)


def _new_link(entry: WaitingEntry, *, now: datetime, base_url: str) -> str:
    token = new_token()
    session().add(WaitingLink(token_hash=digest(token), entry_id=entry.id, created_at=now))
    return f"{base_url}/w/{token}"


def _record(actor: Actor | None, entry: WaitingEntry, what: str, *, now: datetime) -> None:
    audit.record(
        WaitingChanged(patient_id=entry.patient_id, entry_id=entry.id, what=what),
        by=actor,
        at=now,
    )
