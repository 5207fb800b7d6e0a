"""Ask the clinic to move or cancel a visit that is too near to change online, and settle that.

Asking changes nothing about the visit; somebody at the clinic does, or talks to her.
"""

from datetime import datetime

from booking.access.policy import Actor
from booking.appointments.actions.booking import lock_as_it_stands
from booking.appointments.models import Appointment, ChangeRequest
from booking.appointments.queries import changes as queries
from booking.appointments.queries.terms import terms_of
from booking.appointments.rules import Outcome, Status, Wish
from booking.audit import actions as audit
from booking.audit.rules.visits import ChangeAsked
from booking.clinic.models import LateChange
from booking.core.db import session
from booking.core.errors import WrongState


def may_ask(appointment: Appointment, *, now: datetime) -> bool:
    """Tell whether the clinic takes such wishes for this visit, which is still to come."""
    return (
        appointment.status is Status.BOOKED
        and appointment.starts_at > now
        and terms_of(appointment).late_change is LateChange.ASK
    )


def ask_change(actor: Actor, appointment: Appointment, wish: Wish, *, now: datetime) -> None:
    """Ask the clinic for a change. The same wish twice is one; another replaces the first.

    Raises WrongState where the clinic takes none, or the visit has begun.
    """
    lock_as_it_stands(appointment)
    if not may_ask(appointment, now=now):
        raise WrongState
    before = queries.open_change(appointment.id)
    if before is not None and before.wish is wish:
        return
    if before is not None:
        _settle(actor, before, Outcome.WITHDRAWN, now=now)
    session().add(ChangeRequest(appointment_id=appointment.id, wish=wish, created_at=now))
    session().flush()
    _record(actor, appointment, wish.value, now=now)


def take_back_change(actor: Actor, appointment: Appointment, *, now: datetime) -> None:
    """Take a wish back; the visit stays as it is. Nothing open is nothing to do."""
    settle_changes(actor, appointment, Outcome.WITHDRAWN, now=now)


def settle_changes(
    actor: Actor, appointment: Appointment, outcome: Outcome, *, now: datetime
) -> None:
    """End what is asked for a visit, if anything is."""
    lock_as_it_stands(appointment)
    if (before := queries.open_change(appointment.id)) is not None:
        _settle(actor, before, outcome, now=now)


def _settle(actor: Actor, change: ChangeRequest, outcome: Outcome, *, now: datetime) -> None:
    change.settled_at, change.outcome = now, outcome
    session().flush()
    _record(actor, change.appointment, outcome.value, now=now)


def _record(actor: Actor, visit: Appointment, what: str, *, now: datetime) -> None:
    event = ChangeAsked(patient_id=visit.patient_id, appointment_id=visit.id, what=what)
    audit.record(event, by=actor, at=now)
