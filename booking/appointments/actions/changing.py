"""Move and cancel a visit. One use case, one function.

Each loads, decides, writes, queues mail and records, in the caller's transaction. Locks are taken
in one order everywhere: the person, then times, then the audit's head.
"""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from booking.access.policy import Actor
from booking.appointments import rules
from booking.appointments.actions.asking import settle_changes
from booking.appointments.actions.booking import (
    lock_as_it_stands,
    mail,
    next_version,
    resources,
)
from booking.appointments.models import Appointment, Hold
from booking.appointments.queries import patient as queries
from booking.appointments.queries.terms import terms, terms_of
from booking.appointments.rules import Outcome, Status
from booking.audit import actions as audit
from booking.audit.rules.visits import AppointmentCancelled, AppointmentMoved
from booking.availability import queries as availability
from booking.availability.rules import Offer
from booking.clinic.models import BookingMode, Service
from booking.core.db import session
from booking.core.errors import N_, HoldOver, NotOffered, TooLate, WrongState
from booking.occupancy import actions as occupancy
from booking.occupancy import queries as taken
from booking.occupancy.rules import of_person

AGREED = (BookingMode.REQUEST, BookingMode.PHONE)
CALL_TO_MOVE = N_("Times with this practitioner are agreed with us. Please call to move there.")


def move(
    actor: Actor, appointment: Appointment, kept: Hold, *, now: datetime, base_url: str
) -> Appointment:
    """Give a visit the time that is kept for it, and mail the update. No window binds the staff.

    Raises WrongState, TooLate, HoldOver, AlreadyTaken and NotOffered.
    """
    if kept.moving_id != appointment.id:
        raise HoldOver
    person = appointment.patient.resource_id
    lock_as_it_stands(appointment, [person, *resources(kept)])
    if queries.hold(kept.public_id) is None:  # a rival with the same button was first
        raise HoldOver
    _ensure(ensure_movable, appointment, actor=actor, now=now)
    rules.ensure_kept(kept.expires_at, now=now)
    offer = _offer_kept(kept, appointment)
    if not actor.is_staff and terms(appointment.service_id, offer.practitioner_id).mode in AGREED:
        raise NotOffered(CALL_TO_MOVE)
    occupancy.release_hold(kept.id)
    occupancy.release(appointment.id)
    occupancy.claim(of_person(person, offer.claims), appointment_id=appointment.id, now=now)
    appointment.practitioner_id = offer.practitioner_id
    appointment.location_id = offer.location_id
    appointment.room_id = offer.room_id
    appointment.starts_at, appointment.ends_at = offer.starts_at, offer.ends_at
    appointment.overlap_reason = None  # it meets nobody any more
    next_version(appointment, now=now)
    session().delete(kept)
    session().flush()
    session().refresh(appointment)
    mail("moved", appointment, now=now, base_url=base_url)
    settle_changes(actor, appointment, Outcome.DONE, now=now)
    audit.record(
        AppointmentMoved(
            patient_id=appointment.patient_id,
            appointment_id=appointment.id,
            sequence=appointment.sequence,
        ),
        by=actor,
        at=now,
    )
    return appointment


def cancel(actor: Actor, appointment: Appointment, *, now: datetime, base_url: str) -> Appointment:
    """Cancel a visit, give its time back, and mail the cancellation; asks for no reason.

    A visit that is cancelled already stays as it is. No window binds the staff. Raises WrongState
    and TooLate.
    """
    lock_as_it_stands(appointment)
    if appointment.status is Status.CANCELLED:
        return appointment
    _ensure(ensure_cancellable, appointment, actor=actor, now=now)
    return take_out(actor, appointment, now=now, base_url=base_url)


def take_out(
    actor: Actor, appointment: Appointment, *, now: datetime, base_url: str
) -> Appointment:
    """Give the time of a locked visit back, mail the cancellation and record it."""
    appointment.status, appointment.cancelled_at = Status.CANCELLED, now
    occupancy.release(appointment.id)
    next_version(appointment, now=now)
    session().flush()
    mail("cancelled", appointment, now=now, base_url=base_url)
    settle_changes(actor, appointment, Outcome.DONE, now=now)
    audit.record(
        AppointmentCancelled(
            patient_id=appointment.patient_id,
            appointment_id=appointment.id,
            sequence=appointment.sequence,
        ),
        by=actor,
        at=now,
    )
    return appointment


def rest_of(
    actor: Actor, appointment: Appointment, ensure: Callable[..., None], *, now: datetime
) -> list[Appointment]:
    """Return this visit and the later ones of its series, each that the actor may change.

    `ensure` is `ensure_movable` or `ensure_cancellable`; outside a series there are none.
    """
    later = queries.from_here_on(appointment)
    return [leg for leg in later if _allows(ensure, leg, actor=actor, now=now)]


def cancel_rest(
    actor: Actor, appointment: Appointment, *, now: datetime, base_url: str
) -> list[Appointment]:
    """Cancel this visit and the later ones of its series, each by the ordinary rules.

    Returns those that are cancelled now; one that is too late, or over, stays as it is.
    """
    _lock_all(queries.series_of(appointment))
    return [
        cancel(actor, leg, now=now, base_url=base_url)
        for leg in rest_of(actor, appointment, ensure_cancellable, now=now)
    ]


def move_rest(actor: Actor, kept: Hold, *, now: datetime, base_url: str) -> list[Appointment]:
    """Give several visits the times that are kept for them together; all of them or none.

    Raises what `move` raises.
    """
    together = queries.kept_together(kept)
    moving = [queries.appointment(each.moving_id) for each in together if each.moving_id]
    if not moving:
        raise HoldOver
    more = [each for one in together for each in resources(one)]
    _lock_all(moving, [moving[0].patient.resource_id, *more])
    return [
        move(actor, visit, each, now=now, base_url=base_url)
        for visit, each in zip(moving, together, strict=True)
    ]


def _lock_all(visits: Iterable[Appointment], more: Iterable[int] = ()) -> None:
    """Queue for the time of several visits at once, so that rivals cannot dead-lock."""
    own = [claim.resource_id for visit in visits for claim in taken.claims_of(visit.id)]
    occupancy.lock([*more, *own])


def _ensure(
    ensure: Callable[..., None], visit: Appointment, *, actor: Actor, now: datetime
) -> None:
    """Raise what `ensure` does; no window binds the staff, but the visit must be just booked."""
    if not actor.is_staff:
        ensure(visit, now=now)
    elif visit.status is not Status.BOOKED:
        raise WrongState


def _allows(
    ensure: Callable[..., None], visit: Appointment, *, actor: Actor, now: datetime
) -> bool:
    try:
        _ensure(ensure, visit, actor=actor, now=now)
    except (TooLate, WrongState):
        return False
    return True


def ensure_movable(appointment: Appointment, *, now: datetime) -> None:
    """Raise WrongState or TooLate unless the patient may move this visit online."""
    rules.ensure_may_change(
        appointment.status,
        starts_at=appointment.starts_at,
        window=timedelta(minutes=terms_of(appointment).move_window_minutes),
        now=now,
    )


def ensure_cancellable(appointment: Appointment, *, now: datetime) -> None:
    """Raise WrongState or TooLate unless the patient may cancel this visit online."""
    rules.ensure_may_change(
        appointment.status,
        starts_at=appointment.starts_at,
        window=timedelta(minutes=terms_of(appointment).cancel_window_minutes),
        now=now,
    )


def _offer_kept(kept: Hold, appointment: Appointment) -> Offer:
    """Return the offer behind a live hold, as it was promised when the hold began."""
    return availability.kept_offer(
        session().get_one(Service, kept.service_id),
        practitioner_id=kept.practitioner_id,
        location_id=kept.location_id,
        starts_at=kept.starts_at,
        now=kept.created_at,
        person_id=appointment.patient.resource_id,
        known_to=[kept.practitioner_id],  # settled when the hold began
        but_hold_id=kept.id,
        but_appointment_id=appointment.id,
    )
