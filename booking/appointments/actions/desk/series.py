"""Move or cancel the rest of a series at the desk: a visit and those after it, all or none."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from booking.access.policy import Actor
from booking.appointments.actions.desk import timing
from booking.appointments.actions.desk.moving import (
    cancel,
    ensure_booked,
    may_move_to,
    moved,
    slot_of,
)
from booking.appointments.models import Appointment
from booking.appointments.queries import board, desk
from booking.appointments.rules import Slot
from booking.clinic.models import Service
from booking.core.db import session
from booking.core.errors import NotFound
from booking.occupancy import actions as occupancy


def cancel_rest(
    actor: Actor, public_id: UUID, *, now: datetime, base_url: str
) -> list[Appointment]:
    """Cancel a visit and what `desk.rest_of` names after it; each is told by a message of its own.

    Raises NotFound, and WrongState where the visit itself is not just booked.
    """
    visit = board.visit_for(actor, public_id)
    rest = desk.rest_of(actor, visit, now=now)
    timing.lock_for_all([], persons=[visit.patient.resource_id], visits=rest)
    return [cancel(actor, each, now=now, base_url=base_url) for each in rest or [visit]]


def move_rest(
    actor: Actor,
    public_id: UUID,
    wanted: Mapping[int, Slot],
    *,
    now: datetime,
    base_url: str,
) -> list[Appointment]:
    """Give visits of a series (ids) other times, all or none, and mail each update.

    They are of the visit `public_id` and those after it; one that has its time already stays.
    Returns those that moved. Raises NotFound, WrongState, TimeNotOffered and AlreadyTaken.
    """
    rest = desk.rest_of(actor, board.visit_for(actor, public_id), now=now)
    visits = [each for each in rest if each.id in wanted]
    if len(visits) < len(wanted) or not all(may_move_to(actor, s) for s in wanted.values()):
        raise NotFound
    persons = [each.patient.resource_id for each in visits]
    timing.lock_for_all(list(wanted.values()), persons=persons, visits=visits)
    moving = [
        each
        for each in visits
        if slot_of(each) != wanted[each.id] or each.overlap_reason_sealed is not None
    ]
    for each in moving:
        ensure_booked(each)
        occupancy.release(each.id)  # first all of them: one may go where another was
    for each in moving:
        service, person = session().get_one(Service, each.service_id), each.patient.resource_id
        offer = timing.offered(service, wanted[each.id], now=now, person_id=person)
        occupancy.claim(timing.claims_of(offer, person), appointment_id=each.id, now=now)
        timing.put(each, offer)
        session().flush()
    for each in moving:
        moved(actor, each, now=now, base_url=base_url)
    return moving
