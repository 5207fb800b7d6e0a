"""Which rows of the outbox are meant, in SQL, and how one is stopped."""

from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import ColumnElement, CursorResult, and_, exists, or_, select, update
from sqlalchemy.orm import aliased

from booking.core.db import session
from booking.mail.models import Mail, MailState

# Longer than every step of a conversation with a relay that answers just before each timeout.
LEASE = timedelta(minutes=10)


def stop(*which: ColumnElement[bool], now: datetime) -> int:
    """Stop what waits of these rows and nobody hands over just now; return how many there were."""
    found = session().execute(
        update(Mail)
        .where(*which, Mail.state == MailState.QUEUED, unclaimed(now))
        .values(as_stopped(now)),
        execution_options={"synchronize_session": False},
    )
    return cast(CursorResult[object], found).rowcount


def as_stopped(now: datetime) -> dict[str, Any]:
    """Return the values of a row that is stopped: nothing of what it said is left."""
    wiped = {"snapshot_sealed": None, "message_sealed": None}
    return {"state": MailState.STOPPED, "ended_at": now, **wiped}


def unclaimed(now: datetime) -> ColumnElement[bool]:
    """Rows that no worker has in hand."""
    return or_(Mail.claimed_at.is_(None), Mail.claimed_at < now - LEASE)


def _is_newer(other: Any) -> ColumnElement[bool]:
    return and_(
        other.thread == Mail.thread,
        or_(
            other.sequence > Mail.sequence,
            and_(other.sequence == Mail.sequence, other.id > Mail.id),
        ),
    )


def _is_older(other: Any) -> ColumnElement[bool]:
    return and_(other.thread == Mail.thread, other.id != Mail.id, ~_is_newer(other))


def superseded() -> ColumnElement[bool]:
    """Rows that a newer one of their thread replaces."""
    other = aliased(Mail)
    return exists(select(other.id).where(_is_newer(other), other.state != MailState.STOPPED))


def waits_for_older() -> ColumnElement[bool]:
    """Rows with an older one of their thread that has not left."""
    other = aliased(Mail)
    return exists(select(other.id).where(_is_older(other), other.state == MailState.QUEUED))
