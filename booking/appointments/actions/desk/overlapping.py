"""Let a visit meet others, as an exception with a reason.

It claims whatever part of its time is still free, so that rows of one resource never overlap; what
others have stays theirs. The patient's own time must be free: nobody is in two places.
"""

from datetime import datetime
from uuid import UUID

from booking.access.policy import Actor
from booking.appointments.actions.desk import timing
from booking.appointments.actions.desk.adding import Who, new_visit, person_for, tell
from booking.appointments.models import Appointment, BookingNonce
from booking.appointments.queries import desk as desk_queries
from booking.appointments.rules import Slot
from booking.audit import actions as audit
from booking.audit.rules.visits import OverlapPermitted
from booking.clinic.models import Service
from booking.core.db import session
from booking.core.errors import N_, AlreadyTaken, BadInput
from booking.occupancy import actions as occupancy
from booking.occupancy import queries as taken
from booking.occupancy.rules import without

HERS = N_(
    "This patient has another visit or a kept time then. Nobody can be in two places, so this was "
    "not booked. Please move the other visit first."
)
REASON_LIMIT = 500


def add_over(
    actor: Actor,
    who: Who,
    service: UUID,
    slot: Slot,
    *,
    reason: str,
    nonce: str,
    now: datetime,
    base_url: str,
) -> Appointment:
    """Book a time that others have in whole or in part. A nonce books once.

    Raises BadInput without a reason, NotFound where that practitioner does not give the service
    at that place, and AlreadyTaken when the patient herself is elsewhere then.
    """
    reason = reason.strip()
    if not reason or len(reason) > REASON_LIMIT:
        raise BadInput(N_("Say why this visit may overlap, in up to 500 characters"))
    if slot.starts_at < now:
        raise BadInput(N_("That time has passed. Please choose another."))
    if (done := timing.done_with(nonce)) is not None:
        return done
    kind = timing.known(Service, service)
    patient = person_for(who, now=now)
    person = patient.resource_id
    timing.lock_for_all([slot], persons=[person])
    offer = desk_queries.any_time(kind, slot, now=now)
    visit = new_visit(patient, kind, offer, now=now)
    claims = timing.claims_of(offer, person)
    others = taken.claims_meeting(claims, now=now)
    if any(other.resource_id == person for other in others):
        raise AlreadyTaken(HERS, resources=[person])
    free = without(claims, others)
    if set(free) != set(claims):
        visit.overlap_reason = reason
        permitted = OverlapPermitted(patient_id=patient.id, appointment_id=visit.id)
        audit.record(permitted, by=actor, at=now)
    occupancy.claim(free, appointment_id=visit.id, now=now)
    session().add(BookingNonce(nonce=nonce, appointment_id=visit.id, created_at=now))
    session().flush()
    tell(actor, visit, now=now, base_url=base_url)
    return visit
