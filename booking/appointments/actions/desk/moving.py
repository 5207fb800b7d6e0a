"""Move, swap and cancel visits at the desk: no window closes, everything else holds."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from booking.access.policy import Actor
from booking.appointments.actions.asking import settle_changes
from booking.appointments.actions.booking import mail, next_version
from booking.appointments.actions.desk import timing
from booking.appointments.models import Appointment
from booking.appointments.queries import board as queries
from booking.appointments.rules import Outcome, Slot, Status
from booking.audit import actions as audit
from booking.audit.rules.visits import AppointmentCancelled, AppointmentMoved
from booking.clinic.models import Service
from booking.core.db import session
from booking.core.errors import N_, NotFound, WrongState
from booking.occupancy import actions as occupancy


def move_visit(
    actor: Actor, public_id: UUID, slot: Slot, *, now: datetime, base_url: str
) -> Appointment:
    """Give a booked visit another time, practitioner or place, and mail the update.

    A practitioner moves her own visits, within her own time. Raises NotFound, WrongState,
    TimeNotOffered and AlreadyTaken.
    """
    visit = queries.visit_for(actor, public_id)
    if not may_move_to(actor, slot):
        raise NotFound
    return move_to(actor, visit, slot, now=now, base_url=base_url)


def move_to(
    actor: Actor, visit: Appointment, slot: Slot, *, now: datetime, base_url: str
) -> Appointment:
    """Do so for a visit whose right to be moved was settled otherwise."""
    person = visit.patient.resource_id
    _lock([visit], [slot])
    ensure_booked(visit)
    if slot_of(visit) == slot and not visit.overlap_reason_sealed:  # the same button, twice
        return visit
    service = session().get_one(Service, visit.service_id)
    offer = timing.offered(service, slot, now=now, person_id=person, but_appointment_id=visit.id)
    occupancy.release(visit.id)
    occupancy.claim(timing.claims_of(offer, person), appointment_id=visit.id, now=now)
    timing.put(visit, offer)
    moved(actor, visit, now=now, base_url=base_url)
    return visit


def swap_visits(
    actor: Actor, public_id: UUID, other_id: UUID, *, now: datetime, base_url: str
) -> tuple[Appointment, Appointment]:
    """Let two booked visits change places, both or neither, and mail both updates.

    Each keeps its kind and length, so what is free around it may decide. Raises NotFound,
    WrongState, TimeNotOffered and AlreadyTaken.
    """
    first, second = (queries.visit_for(actor, each) for each in (public_id, other_id))
    if first.id == second.id:
        raise WrongState(N_("A visit cannot change places with itself. Please choose another."))
    both = (first, second)
    _lock(both, [slot_of(visit) for visit in both])
    for visit in both:
        ensure_booked(visit)
    # Read under the locks: a rival may have moved either since.
    wanted = [(first, slot_of(second)), (second, slot_of(first))]
    for visit in both:
        occupancy.release(visit.id)
    for visit, slot in wanted:
        service, person = session().get_one(Service, visit.service_id), visit.patient.resource_id
        offer = timing.offered(service, slot, now=now, person_id=person)
        occupancy.claim(timing.claims_of(offer, person), appointment_id=visit.id, now=now)
        timing.put(visit, offer)
        session().flush()
    for visit in both:
        moved(actor, visit, now=now, base_url=base_url)
    return both


def cancel_visit(actor: Actor, public_id: UUID, *, now: datetime, base_url: str) -> Appointment:
    """Cancel at the desk, whatever the patient's window; asks for no reason.

    Cancelled already, it stays as it is. Raises NotFound and WrongState.
    """
    visit = queries.visit_for(actor, public_id)
    return cancel(actor, visit, now=now, base_url=base_url)


def cancel(actor: Actor, visit: Appointment, *, now: datetime, base_url: str) -> Appointment:
    """Do so for a visit whose right to be cancelled was settled otherwise."""
    _lock([visit], [])
    if visit.status is Status.CANCELLED:
        return visit
    ensure_booked(visit)
    visit.status, visit.cancelled_at = Status.CANCELLED, now
    occupancy.release(visit.id)
    next_version(visit, now=now)
    session().flush()
    mail("cancelled", visit, now=now, base_url=base_url)
    settle_changes(actor, visit, Outcome.DONE, now=now)
    event = AppointmentCancelled(
        patient_id=visit.patient_id, appointment_id=visit.id, sequence=visit.sequence
    )
    audit.record(event, by=actor, at=now)
    return visit


def may_move_to(actor: Actor, slot: Slot) -> bool:
    """Tell whether the actor may give a visit this time: her own, or anybody's at the desk."""
    return slot.practitioner in {one.public_id for one in queries.visible(actor)}


def _lock(visits: Collection[Appointment], slots: Collection[Slot]) -> None:
    persons = [visit.patient.resource_id for visit in visits]
    timing.lock_for_all(slots, persons=persons, visits=visits)


def slot_of(visit: Appointment) -> Slot:
    """Return the time, practitioner and place a visit has."""
    return Slot(visit.practitioner.public_id, visit.location.public_id, visit.starts_at)


def ensure_booked(visit: Appointment) -> None:
    """Raise WrongState for a visit that is not just booked."""
    if visit.status is Status.REQUESTED:
        raise WrongState(N_("This visit is only asked for. Please answer the request first."))
    if visit.status is not Status.BOOKED:
        raise WrongState


def moved(actor: Actor, visit: Appointment, *, now: datetime, base_url: str) -> None:
    """Write the next version of a visit that has got another time, mail and record it.

    What its patient asked the clinic for is done with that, as when it is cancelled.
    """
    next_version(visit, now=now)
    session().flush()
    session().refresh(visit)
    mail("moved", visit, now=now, base_url=base_url)
    settle_changes(actor, visit, Outcome.DONE, now=now)
    event = AppointmentMoved(
        patient_id=visit.patient_id, appointment_id=visit.id, sequence=visit.sequence
    )
    audit.record(event, by=actor, at=now)
