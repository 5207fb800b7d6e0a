"""Let a visit go because something has changed, and take it back within a day."""

from collections.abc import Iterable
from datetime import datetime

from booking.access.policy import Actor
from booking.appointments.actions.booking import lock_as_it_stands, mail, new_uid, next_version
from booking.appointments.actions.changing import take_out
from booking.appointments.actions.requests import withdraw
from booking.appointments.models import Appointment
from booking.appointments.rules import Status
from booking.audit import actions as audit
from booking.audit.rules.visits import AppointmentBooked, AppointmentRequested
from booking.clinic import queries as clinic
from booking.core.db import session
from booking.core.errors import AlreadyTaken
from booking.occupancy import actions as occupancy
from booking.occupancy import queries as taken
from booking.occupancy.rules import Claim


def let_go(
    actor: Actor, appointment: Appointment, *, now: datetime, base_url: str
) -> tuple[Claim, ...]:
    """Cancel a visit in any window, free of charge, without a reason; take a request back.

    Returns what it had, so that it can be taken back; nothing when it is not to come any more.
    """
    lock_as_it_stands(appointment)
    if appointment.standing(now) not in (Status.BOOKED, Status.REQUESTED):
        return ()
    had = taken.claims_of(appointment.id)
    appointment.let_go_at = now
    if appointment.status is Status.REQUESTED:
        withdraw(actor, appointment, now=now)
    else:
        take_out(actor, appointment, now=now, base_url=base_url)
    return had


def take_back(
    actor: Actor, appointment: Appointment, had: Iterable[Claim], *, now: datetime, base_url: str
) -> bool:
    """Book a visit again that was let go, at its old time; tell whether that time was still free.

    Its calendar entry was cancelled, so it gets a new one. A time that has begun is gone. A
    request is asked again, to be answered by when it was to be.
    """
    claims, asked_for = tuple(had), appointment.answer_by is not None
    occupancy.lock(claim.resource_id for claim in claims)
    session().refresh(appointment)
    ends = appointment.answer_by or appointment.starts_at
    if appointment.status is not Status.CANCELLED or min(ends, appointment.starts_at) <= now:
        return False
    try:
        with session().begin_nested():
            occupancy.claim(
                claims, appointment_id=appointment.id, now=now, until=appointment.answer_by
            )
    except AlreadyTaken:
        return False
    appointment.status = Status.REQUESTED if asked_for else Status.BOOKED
    appointment.cancelled_at = appointment.let_go_at = None
    appointment.uid = new_uid(clinic.organisation().sender_address)
    next_version(appointment, now=now)
    session().flush()
    mail("requested" if asked_for else "confirmation", appointment, now=now, base_url=base_url)
    event = AppointmentRequested if asked_for else AppointmentBooked
    audit.record(
        event(patient_id=appointment.patient_id, appointment_id=appointment.id), by=actor, at=now
    )
    return True
