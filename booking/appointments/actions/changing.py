"""Move and cancel a visit, and correct a mistyped address. One use case, one function.

Each loads, decides, writes, queues mail and records, in the caller's transaction. Locks are taken
in one order everywhere: the person, then times, then the audit's head.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from booking.access.policy import Actor
from booking.accounts import actions as accounts
from booking.appointments import emails, rules
from booking.appointments.actions import links
from booking.appointments.actions.booking import mail, new_uid, next_version, resources
from booking.appointments.models import Appointment, Hold
from booking.appointments.queries import patient as queries
from booking.appointments.rules import Status
from booking.audit import actions as audit
from booking.audit.rules import (
    AddressCorrected,
    AppointmentCancelled,
    AppointmentMoved,
)
from booking.availability import queries as availability
from booking.availability.rules import Offer
from booking.clinic import queries as clinic
from booking.clinic.models import Service
from booking.core.db import session
from booking.core.errors import N_, HoldOver, TooManyTries, WrongState
from booking.mail import outbox
from booking.occupancy import actions as occupancy
from booking.occupancy import queries as taken
from booking.occupancy.rules import of_person
from booking.patients import actions as patients
from booking.patients.models import InviteStyle
from booking.patients.rules import clean_email


def move(
    actor: Actor, appointment: Appointment, kept: Hold, *, now: datetime, base_url: str
) -> Appointment:
    """Give a visit the time that is kept for it, and mail the update.

    Raises WrongState, TooLate, HoldOver, AlreadyTaken and NotOffered.
    """
    if kept.moving_id != appointment.id:
        raise HoldOver
    person = appointment.patient.resource_id
    _lock_as_it_stands(appointment, [person, *resources(kept)])
    if queries.hold(kept.public_id) is None:  # a rival with the same button was first
        raise HoldOver
    ensure_movable(appointment, now=now)
    rules.ensure_kept(kept.expires_at, now=now)
    offer = _offer_kept(kept, appointment)
    occupancy.release_hold(kept.id)
    occupancy.release(appointment.id)
    occupancy.claim(of_person(person, offer.claims), appointment_id=appointment.id, now=now)
    appointment.practitioner_id = offer.practitioner_id
    appointment.location_id = offer.location_id
    appointment.room_id = offer.room_id
    appointment.starts_at, appointment.ends_at = offer.starts_at, offer.ends_at
    next_version(appointment, now=now)
    session().delete(kept)
    session().flush()
    session().refresh(appointment)
    mail("moved", appointment, now=now, base_url=base_url)
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

    A visit that is cancelled already stays as it is. Raises WrongState and TooLate.
    """
    _lock_as_it_stands(appointment, ())
    if appointment.status is Status.CANCELLED:
        return appointment
    ensure_cancellable(appointment, now=now)
    appointment.status, appointment.cancelled_at = Status.CANCELLED, now
    occupancy.release(appointment.id)
    next_version(appointment, now=now)
    session().flush()
    mail("cancelled", appointment, now=now, base_url=base_url)
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


def correct_address(
    actor: Actor, appointment: Appointment, email: str, *, now: datetime, base_url: str
) -> Appointment:
    """Send everything to another address, because the first was mistyped.

    Whoever reads mail at the first one is taken for a stranger: every link sent so far stops
    working, and so does what was opened with one. What has not left does not leave; if a message
    may have gone, a bare cancellation follows it, without name, time or place. The visit then
    gets a new calendar uid, so that neither entry can touch the other, whichever arrives first.
    Time and the person's resource stay.

    Raises WrongState when the visit is no longer just booked, TooManyTries after a few
    corrections, BadInput for what cannot be written to.
    """
    email = clean_email(email)
    _lock_as_it_stands(appointment, ())
    if appointment.status is not Status.BOOKED:
        raise WrongState
    if queries.confirmations_of(appointment.id) >= rules.CONFIRMATIONS_OF_A_VISIT:
        raise TooManyTries(
            N_("The address was changed several times. Please call us and we will set it right."),
            retry_after=24 * 60 * 60,
        )
    links.withdraw_links(appointment.id, now=now)
    accounts.end_visit_sessions(appointment.id, but=actor.session_id, now=now)
    accounts.end_person_sessions(appointment.patient.resource_id, but=actor.session_id, now=now)
    gone = outbox.withdraw(appointment.id, now=now)
    next_version(appointment, now=now)
    if gone:
        ours = clinic.organisation()
        if appointment.patient.invites is not InviteStyle.NONE:
            outbox.enqueue(emails.withdrawn(appointment, clinic=ours), now=now)
        appointment.uid = new_uid(ours.sender_address)
    patients.correct_email(appointment.patient, email)
    mail("confirmation", appointment, now=now, base_url=base_url)
    audit.record(
        AddressCorrected(patient_id=appointment.patient_id, appointment_id=appointment.id),
        by=actor,
        at=now,
    )
    return appointment


def _lock_as_it_stands(appointment: Appointment, more: Iterable[int]) -> None:
    """Queue behind everyone who changes this visit, then read what they have made of it.

    Whoever decides on what was read before the lock writes a version that exists already.
    """
    own = taken.claims_of(appointment.id)
    occupancy.lock([*more, *(claim.resource_id for claim in own)])
    session().refresh(appointment)


def ensure_movable(appointment: Appointment, *, now: datetime) -> None:
    """Raise WrongState or TooLate unless the patient may move this visit online."""
    rules.ensure_may_change(
        appointment.status,
        starts_at=appointment.starts_at,
        window=timedelta(minutes=appointment.service.move_window_minutes),
        now=now,
    )


def ensure_cancellable(appointment: Appointment, *, now: datetime) -> None:
    """Raise WrongState or TooLate unless the patient may cancel this visit online."""
    rules.ensure_may_change(
        appointment.status,
        starts_at=appointment.starts_at,
        window=timedelta(minutes=appointment.service.cancel_window_minutes),
        now=now,
    )


def _offer_kept(kept: Hold, appointment: Appointment) -> Offer:
    """Return the offer behind a live hold, as it was promised when the hold began."""
    return availability.offer_at(
        session().get_one(Service, kept.service_id),
        practitioner_id=kept.practitioner_id,
        location_id=kept.location_id,
        starts_at=kept.starts_at,
        now=kept.created_at,
        person_id=appointment.patient.resource_id,
        but_hold_id=kept.id,
        but_appointment_id=appointment.id,
    )
