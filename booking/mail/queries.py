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
