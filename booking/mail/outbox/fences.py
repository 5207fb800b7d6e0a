"""The fence: nothing leaves after a restore until somebody lets it out."""

from datetime import datetime

from sqlalchemy import ColumnElement, delete, exists, func, select

from booking.core.db import session
from booking.mail.models import Mail, MailFence, MailState
from booking.mail.outbox.rows import stop


def unfenced() -> ColumnElement[bool]:
    """Everything while there is no fence, nothing while there is one."""
    return ~exists(select(MailFence.id))


def fence(*, now: datetime) -> None:
    """Let nothing leave until `open_fence`: what waits in a restored outbox has left before."""
    if session().get(MailFence, 1) is None:
        session().add(MailFence(id=1, since=now))


def fenced_since() -> datetime | None:
    """Return since when nothing leaves; None while mail flows."""
    return session().scalar(select(MailFence.since))


def waiting_before(since: datetime) -> int:
    """Return how many messages waited already when the fence was put up at `since`."""
    before = (Mail.state == MailState.QUEUED, Mail.created_at <= since)
    return session().scalar(select(func.count()).where(*before)) or 0


def open_fence(*, keep_waiting: bool, now: datetime) -> int:
    """Let mail leave again; return how many messages from before the fence were stopped.

    With `keep_waiting` what waited already when the fence was put up leaves too, perhaps a second
    time; without, it is stopped. Newer messages leave in any case.
    """
    since = fenced_since()
    if since is None:
        return 0
    stopped = 0
    if not keep_waiting:
        stopped = waiting_before(since)
        stop(Mail.created_at <= since, now=now)
    session().execute(delete(MailFence))
    return stopped
