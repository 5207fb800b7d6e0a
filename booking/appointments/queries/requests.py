"""Named reads of what waits for the clinic's answer.

Who sees what: reception everyone's, a practitioner what is asked of her. What ended by the clock is
not open, whether or not that is written down yet.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import Boolean, ColumnElement, Integer, Select, bindparam, func, or_, select
from sqlalchemy.sql import false, true

from booking.access.policy import Actor
from booking.appointments.models import Appointment
from booking.appointments.queries.patient import WHOLE_VISIT
from booking.appointments.rules import Status
from booking.core.db import NOW, session
from booking.core.errors import NotFound

_OPEN = (Appointment.status == Status.REQUESTED, Appointment.answer_by > NOW)
ANSWERED_BY_ASKER = or_(
    bindparam("everybody", type_=Boolean),
    Appointment.practitioner_id == bindparam("mine", type_=Integer),
)
"""As `answered_by`, for a question made once; `asker` has what it is told."""
NUMBER_OPEN = select(func.count(Appointment.id)).where(ANSWERED_BY_ASKER, *_OPEN)
"""The question how many of `open_requests` there are; told `NOW` and `asker`."""


def open_requests(actor: Actor, *, now: datetime) -> Sequence[Appointment]:
    """Return the requests that wait for an answer the actor may give, most pressing first."""
    order = (Appointment.answer_by, Appointment.series, Appointment.starts_at)
    wanted = _requests(actor).where(*_OPEN).order_by(*order)
    return session().scalars(wanted, {"now": now}).all()


def request_for(actor: Actor, public_id: UUID) -> Appointment:
    """Return a visit whose request the actor may answer, whatever became of it. Raises NotFound."""
    found = session().scalar(_requests(actor).where(Appointment.public_id == public_id))
    if found is None:
        raise NotFound
    return found


def late_requests(*, now: datetime, at_most: int) -> Sequence[int]:
    """Return ids of requests that ended by the clock and are not written down as expired."""
    wanted = (
        select(Appointment.id)
        .where(Appointment.status == Status.REQUESTED, Appointment.answer_by <= now)
        .order_by(Appointment.id)
    )
    return session().scalars(wanted.limit(at_most)).all()


def _requests(actor: Actor) -> Select[Appointment]:
    return select(Appointment).where(answered_by(actor)).options(*WHOLE_VISIT)


def asker(actor: Actor) -> dict[str, object]:
    """Return who asks, for the questions that have `ANSWERED_BY_ASKER` in them."""
    return {"everybody": actor.is_reception, "mine": actor.practitioner_id}


def answered_by(actor: Actor) -> ColumnElement[bool]:
    """Return the condition for visits whose requests the actor may answer."""
    if actor.is_reception:
        return true()
    if actor.practitioner_id is None:
        return false()
    return Appointment.practitioner_id == actor.practitioner_id
