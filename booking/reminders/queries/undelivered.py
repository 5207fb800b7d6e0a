"""Named reads of messages that did not arrive, for reception."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from booking.appointments.models import Appointment
from booking.core.db import session
from booking.core.errors import NotFound, SealBroken
from booking.mail import queries as mail_queries
from booking.mail.models import Mail, MailState


@dataclass(frozen=True, kw_only=True)
class Undelivered:
    """A dead message: to which address, and the visit it is about, if any."""

    mail: Mail
    to_address: str
    visit: Appointment | None

    @property
    def refused(self) -> bool:
        """Whether a server said no for good; otherwise nobody took it for two days."""
        return 500 <= (self.mail.last_code or 0) < 600


def undelivered() -> Sequence[Undelivered]:
    """Return all messages that did not arrive, newest first."""
    dead = mail_queries.dead()
    numbers = {row.appointment_id for row in dead if row.appointment_id is not None}
    visits = session().scalars(
        select(Appointment)
        .where(Appointment.id.in_(numbers))
        .options(joinedload(Appointment.patient), joinedload(Appointment.location))
    )
    by_id = {visit.id: visit for visit in visits}
    return [
        Undelivered(mail=row, to_address=_address(row), visit=by_id.get(row.appointment_id or 0))
        for row in dead
    ]


NUMBER = select(func.count()).where(Mail.state == MailState.DEAD)
"""The question how many messages did not arrive."""


def count() -> int:
    """Return how many messages did not arrive."""
    return session().scalar(NUMBER) or 0


def message(public_id: UUID) -> Mail:
    """Return one message that did not arrive. Raises NotFound for any other."""
    found = session().scalar(
        select(Mail).where(Mail.public_id == public_id, Mail.state == MailState.DEAD)
    )
    if found is None:
        raise NotFound
    return found


def of_record(patient_id: int) -> Sequence[Mail]:
    """Return what did not arrive of the messages about visits on one record, oldest first."""
    hers = select(Appointment.id).where(Appointment.patient_id == patient_id)
    wanted = select(Mail).where(Mail.state == MailState.DEAD, Mail.appointment_id.in_(hers))
    return session().scalars(wanted.order_by(Mail.id)).all()


def _address(mail: Mail) -> str:
    try:
        return str((mail.snapshot or {}).get("to_address", ""))
    except SealBroken:
        return ""
