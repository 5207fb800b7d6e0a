"""Named reads of changes that the clinic is asked for."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from booking.access.policy import Actor
from booking.appointments.models import Appointment, ChangeRequest
from booking.appointments.queries.requests import ANSWERED_BY_ASKER, answered_by
from booking.appointments.rules import Status
from booking.core.db import NOW, session
from booking.core.errors import NotFound

_WHOLE = (
    joinedload(ChangeRequest.appointment).joinedload(Appointment.patient),
    joinedload(ChangeRequest.appointment).joinedload(Appointment.practitioner),
    joinedload(ChangeRequest.appointment).joinedload(Appointment.location),
    joinedload(ChangeRequest.appointment).joinedload(Appointment.service),
)


def open_change(appointment_id: int) -> ChangeRequest | None:
    """Return what is asked for a visit and not settled, or None."""
    return session().scalar(
        select(ChangeRequest).where(
            ChangeRequest.appointment_id == appointment_id, ChangeRequest.settled_at.is_(None)
        )
    )


_OPEN = (
    ChangeRequest.settled_at.is_(None),
    Appointment.status == Status.BOOKED,
    Appointment.ends_at > NOW,
)
NUMBER_OPEN = (
    select(func.count(ChangeRequest.id))
    .join(ChangeRequest.appointment)
    .where(ANSWERED_BY_ASKER, *_OPEN)
)
"""The question how many of `open_changes` there are; told `NOW` and `requests.asker`."""


def open_changes(actor: Actor, *, now: datetime) -> Sequence[ChangeRequest]:
    """Return the wishes that wait for somebody, by when the visit begins; none for past visits."""
    wanted = (
        select(ChangeRequest)
        .join(ChangeRequest.appointment)
        .where(answered_by(actor), *_OPEN)
        .options(*_WHOLE)
        .order_by(Appointment.starts_at, ChangeRequest.id)
    )
    return session().scalars(wanted, {"now": now}).all()


def change_for(actor: Actor, public_id: UUID) -> ChangeRequest:
    """Return a wish the actor may settle, settled or not. Raises NotFound."""
    wanted = (
        select(ChangeRequest)
        .join(ChangeRequest.appointment)
        .where(answered_by(actor), ChangeRequest.public_id == public_id)
        .options(*_WHOLE)
    )
    found = session().scalar(wanted)
    if found is None:
        raise NotFound
    return found
