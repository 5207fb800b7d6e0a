"""Named reads of the outbox."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import func, select

from booking.core.db import session
from booking.mail.models import Mail, MailState


def dead() -> Sequence[Mail]:
    """Messages that were refused for good or given up, newest first."""
    return (
        session()
        .scalars(select(Mail).where(Mail.state == MailState.DEAD).order_by(Mail.id.desc()))
        .all()
    )


def oldest_waiting() -> datetime | None:
    """Since when the longest-waiting unsent message has been due, or None."""
    waiting = select(func.min(Mail.created_at)).where(Mail.state == MailState.QUEUED)
    return session().scalar(waiting)


def stopped_at(moment: datetime, *, kind: str) -> Collection[str]:
    """The dedupe keys of the messages of this kind that were stopped at that very instant."""
    wanted = select(Mail.dedupe_key).where(
        Mail.kind == kind, Mail.state == MailState.STOPPED, Mail.ended_at == moment
    )
    return set(session().scalars(wanted))


def of_appointment(appointment_id: int) -> Sequence[Mail]:
    """Every message about an appointment, oldest first."""
    wanted = select(Mail).where(Mail.appointment_id == appointment_id).order_by(Mail.id)
    return session().scalars(wanted).all()


def was_sent(appointment_id: int) -> bool:
    """Tell whether a message about an appointment ever left."""
    sent = select(Mail.id).where(
        Mail.appointment_id == appointment_id, Mail.state == MailState.SENT
    )
    return session().scalar(sent.limit(1)) is not None


def was_queued(appointment_id: int, *, ending: str) -> bool:
    """Tell whether a message about an appointment was queued whose key ends like this."""
    wanted = select(Mail.id).where(
        Mail.appointment_id == appointment_id, Mail.dedupe_key.endswith(ending, autoescape=True)
    )
    return session().scalar(wanted.limit(1)) is not None
