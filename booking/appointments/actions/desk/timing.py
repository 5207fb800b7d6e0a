"""What every visit timed at the desk goes through: the locks, the offer, the claims."""

import zlib
from collections.abc import Collection, Iterable
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from sqlalchemy import select, text

from booking.appointments import rules
from booking.appointments.models import Appointment
from booking.appointments.queries.patient import booked_with, practitioners_seen
from booking.availability import queries as availability
from booking.availability.rules import AskedBy, Offer
from booking.clinic.models import Location, Practitioner, Room, Service
from booking.core.db import session
from booking.core.errors import NotFound
from booking.occupancy import actions as occupancy
from booking.occupancy import queries as taken
from booking.occupancy.rules import Claim, of_person

FORM_LOCK = text("SELECT pg_advisory_xact_lock(11, :key)")
Named = TypeVar("Named", Service, Practitioner, Location)


def known(model: type[Named], public_id: UUID) -> Named:
    """Return the row with this public id. Raises NotFound."""
    found = session().scalar(select(model).where(model.public_id == public_id))
    if found is None:
        raise NotFound
    return found


def done_with(nonce: str) -> Appointment | None:
    """Return what a form with this key led to before, behind every other press of it.

    Asked before anything is made, so that a second press leaves nothing behind.
    """
    if session().connection().dialect.name == "postgresql":
        session().execute(FORM_LOCK, {"key": zlib.crc32(nonce.encode()) - 2**31})
    return booked_with(nonce)


def lock_for_all(
    slots: Collection[rules.Slot],
    *,
    persons: Iterable[int],
    visits: Collection[Appointment] = (),
) -> None:
    """Queue for all that visits there may take, and behind everyone who changes these visits.

    That is the practitioners, every room of the places, the patients, and what the visits have;
    all at once, since locks are taken in one order everywhere. Then the visits are read again.
    """
    staff, places = {slot.practitioner for slot in slots}, {slot.location for slot in slots}
    own = [claim.resource_id for visit in visits for claim in taken.claims_of(visit.id)]
    hers = select(Practitioner.resource_id).where(Practitioner.public_id.in_(staff))
    rooms = (
        select(Room.resource_id)
        .join(Location, Location.id == Room.location_id)
        .where(Location.public_id.in_(places))
    )
    occupancy.lock([*persons, *own, *session().scalars(hers), *session().scalars(rooms)])
    for visit in visits:
        session().refresh(visit)


def offered(
    service: Service,
    slot: rules.Slot,
    *,
    now: datetime,
    person_id: int | None,
    but_appointment_id: int | None = None,
) -> Offer:
    """Return what the desk is offered at exactly this time. Raises NotFound, TimeNotOffered."""
    practitioner = known(Practitioner, slot.practitioner)
    return availability.offer_at(
        service,
        practitioner_id=practitioner.id,
        location_id=known(Location, slot.location).id,
        starts_at=slot.starts_at,
        now=now,
        person_id=person_id,
        known_to=[] if person_id is None else practitioners_seen(person_id),
        asked_by=AskedBy.STAFF,
        but_appointment_id=but_appointment_id,
    )


def claims_of(offer: Offer, person_id: int) -> tuple[Claim, ...]:
    """Return all that a visit takes, the patient's time among it."""
    return of_person(person_id, offer.claims)


def put(visit: Appointment, offer: Offer) -> None:
    """Write when, where and with whom the visit is now."""
    visit.practitioner_id, visit.location_id = offer.practitioner_id, offer.location_id
    visit.room_id = offer.room_id
    visit.starts_at, visit.ends_at = offer.starts_at, offer.ends_at
    visit.overlap_reason = None
