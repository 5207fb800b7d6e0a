"""Named reads of the waiting list."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from booking.appointments.models import Appointment
from booking.core.db import session
from booking.core.errors import LinkOver, NotFound
from booking.core.tokens import digest
from booking.patients.models import Patient
from booking.waiting.models import WaitingEntry, WaitingLink, WaitingOffer
from booking.waiting.rules import EntryState, OfferState

_WHOLE = (
    joinedload(WaitingEntry.patient),
    joinedload(WaitingEntry.service),
    joinedload(WaitingEntry.practitioner),
    joinedload(WaitingEntry.location),
    joinedload(WaitingEntry.instead_of),
)


def waiting() -> Sequence[WaitingEntry]:
    """Return everybody who waits, longest first: the order in which times are offered."""
    wanted = (
        select(WaitingEntry)
        .where(WaitingEntry.state == EntryState.WAITING)
        .options(*_WHOLE)
        .order_by(WaitingEntry.created_at, WaitingEntry.id)
    )
    return session().scalars(wanted).all()


NUMBER_WAITING = select(func.count()).where(WaitingEntry.state == EntryState.WAITING)
"""The question how many people wait."""


def entry(public_id: UUID) -> WaitingEntry:
    """Return somebody's place on the list, for reception. Raises NotFound."""
    wanted = select(WaitingEntry).where(WaitingEntry.public_id == public_id).options(*_WHOLE)
    found = session().scalar(wanted)
    if found is None:
        raise NotFound
    return found


def entry_of_link(token: str) -> WaitingEntry:
    """Return the place on the list a mailed link belongs to. Raises LinkOver."""
    wanted = (
        select(WaitingEntry)
        .join(WaitingLink, WaitingLink.entry_id == WaitingEntry.id)
        .where(WaitingLink.token_hash == digest(token))
        .options(*_WHOLE)
    )
    found = session().scalar(wanted)
    if found is None or found.state is not EntryState.WAITING:
        raise LinkOver
    return found


def met_by_link(token: str) -> Appointment | None:
    """Return the visit that was taken with this link before, or None."""
    wanted = (
        select(Appointment)
        .join(WaitingEntry, WaitingEntry.met_by_id == Appointment.id)
        .join(WaitingLink, WaitingLink.entry_id == WaitingEntry.id)
        .where(WaitingLink.token_hash == digest(token))
    )
    return session().scalar(wanted)


def open_offer(entry_id: int, *, now: datetime) -> WaitingOffer | None:
    """Return the time kept for somebody right now, or None."""
    wanted = (
        select(WaitingOffer)
        .where(
            WaitingOffer.entry_id == entry_id,
            WaitingOffer.state == OfferState.OPEN,
            WaitingOffer.answer_by > now,
        )
        .options(joinedload(WaitingOffer.practitioner), joinedload(WaitingOffer.location))
    )
    return session().scalar(wanted)


def lapsed(*, now: datetime) -> Sequence[WaitingOffer]:
    """Return the offers nobody answered in time that are not marked so yet."""
    wanted = select(WaitingOffer).where(
        WaitingOffer.state == OfferState.OPEN, WaitingOffer.answer_by <= now
    )
    return session().scalars(wanted.with_for_update(skip_locked=True)).all()


def entries_with_open_offer() -> Collection[int]:
    """Return the ids of those who have an offer that is not settled."""
    wanted = select(WaitingOffer.entry_id).where(WaitingOffer.state == OfferState.OPEN)
    return set(session().scalars(wanted))


def offered_before(entry_ids: Collection[int]) -> dict[int, list[WaitingOffer]]:
    """Return everything ever offered to each, latest first; every id has a key."""
    wanted = (
        select(WaitingOffer)
        .where(WaitingOffer.entry_id.in_(entry_ids))
        .options(joinedload(WaitingOffer.location), joinedload(WaitingOffer.practitioner))
        .order_by(WaitingOffer.made_at.desc())
    )
    found: dict[int, list[WaitingOffer]] = {one: [] for one in entry_ids}
    for offer in session().scalars(wanted):
        found[offer.entry_id].append(offer)
    return found


def live_of_network(network: bytes) -> int:
    """Return how many of a network wait."""
    wanted = select(func.count()).where(
        WaitingEntry.network == network, WaitingEntry.state == EntryState.WAITING
    )
    return session().scalar(wanted) or 0


def same_wait(person_id: int, service_id: int) -> WaitingEntry | None:
    """Return the place a person (her resource) has already for a kind of visit, or None."""
    wanted = (
        select(WaitingEntry)
        .join(WaitingEntry.patient)
        .where(
            Patient.resource_id == person_id,
            WaitingEntry.service_id == service_id,
            WaitingEntry.state == EntryState.WAITING,
        )
        .options(*_WHOLE)
    )
    return session().scalar(wanted)
