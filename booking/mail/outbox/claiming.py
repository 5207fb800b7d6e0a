"""Claim the row that may leave next, and settle what became of it.

A row is claimed by a conditional UPDATE, committed, handed over outside any transaction, and
settled in another. A worker that dies in between leaves a claimed row whose lease runs out.
"""

import base64
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, func, or_, select, text, update

from booking.core.db import session
from booking.core.errors import SealBroken
from booking.mail.models import Mail, MailState
from booking.mail.outbox.fences import unfenced
from booking.mail.outbox.rows import superseded, unclaimed, waits_for_older
from booking.mail.rules import Outcome, Verdict, next_attempt

RATE_LOCK = text("SELECT pg_advisory_xact_lock(10, 2)")


def anything_due(*, now: datetime) -> bool:
    """Tell, by reading only, whether a pass over the outbox would find something to do."""
    due = select(Mail.id).where(
        Mail.state == MailState.QUEUED, Mail.next_try_at <= now, unclaimed(now), unfenced()
    )
    return session().scalar(due.limit(1)) is not None


def is_full(most_per_minute: int, *, now: datetime) -> bool:
    """Tell whether as many messages were handed over within the last minute as may be; 0 is none.

    All workers count together: whoever asks goes on alone until the commit.
    """
    if not most_per_minute:
        return False
    if session().connection().dialect.name == "postgresql":
        session().execute(RATE_LOCK)
    minute = timedelta(minutes=1)
    since, until = now - minute, now + minute  # a clock that was set back waits for nothing
    # In one statement: of what another worker settles meanwhile, two would each see nothing.
    tried = select(func.count()).where(
        or_(
            and_(Mail.sent_at > since, Mail.sent_at < until),
            and_(Mail.state == MailState.QUEUED, Mail.claimed_at > since),
            and_(Mail.state == MailState.DEAD, Mail.ended_at > since),
        )
    )
    return (session().scalar(tried) or 0) >= most_per_minute


@dataclass(frozen=True, kw_only=True)
class Claimed:
    """A row a worker may send now, as plain values.

    `message` holds the bytes of an earlier try, or none. `first_id` is the id of the first
    message of its thread that was sent. What cannot be unsealed is empty: then no message can be
    made of it, which ends this row and not the worker.
    """

    id: int
    claimed_at: datetime
    kind: str
    snapshot: dict[str, Any]
    message: bytes
    message_id: str
    date: datetime
    first_id: str | None


def claim(*, now: datetime) -> Claimed | None:
    """Take the message that has been due longest, or None. The caller commits, then sends."""
    due = (
        select(Mail.id)
        .where(
            Mail.state == MailState.QUEUED,
            Mail.next_try_at <= now,
            or_(Mail.not_after.is_(None), Mail.not_after > now),
            unclaimed(now),
            unfenced(),
            ~superseded(),
            ~waits_for_older(),
        )
        .order_by(Mail.next_try_at, Mail.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    found = session().scalar(due)
    if found is None:
        return None
    take = (
        update(Mail)
        .where(Mail.id == found, Mail.state == MailState.QUEUED, unclaimed(now))
        .values(claimed_at=now, attempts=Mail.attempts + 1)
        .returning(Mail.id)
    )
    if session().scalar(take) is None:
        return None
    return _claimed(session().get_one(Mail, found, populate_existing=True), now)


def _claimed(mail: Mail, now: datetime) -> Claimed:
    return Claimed(
        id=mail.id,
        claimed_at=now,
        kind=mail.kind,
        snapshot=_opened(mail, "snapshot") or {},
        message=base64.b64decode(_opened(mail, "message") or ""),
        message_id=mail.message_id,
        date=mail.created_at,
        first_id=_first_id(mail),
    )


def _opened(mail: Mail, name: str) -> Any:
    try:
        return getattr(mail, name)
    except SealBroken:
        return None


def _first_id(mail: Mail) -> str | None:
    if mail.thread is None:
        return None
    sent = select(Mail.message_id).where(
        Mail.thread == mail.thread, Mail.state == MailState.SENT, Mail.id != mail.id
    )
    return session().scalar(sent.order_by(Mail.id).limit(1))


def settle(
    claimed: Claimed, outcome: Outcome, message: bytes | None, *, now: datetime, jitter: float
) -> MailState:
    """Write down what became of a claimed message and return its state.

    Sent: snapshot and message are wiped. To be tried again: the very same `message` is kept for
    that. Refused or given up: kept for the desk. Only the claim's own worker may put it back.
    """
    mail = session().get_one(Mail, claimed.id, populate_existing=True, with_for_update=True)
    if mail.state is not MailState.QUEUED:
        return mail.state
    if outcome.verdict is Verdict.ACCEPTED:
        mail.state, mail.sent_at = MailState.SENT, now
        mail.snapshot_sealed = mail.message_sealed = None
    elif mail.claimed_at != claimed.claimed_at:
        return mail.state  # the lease ran out and another worker has it
    else:
        _put_back(mail, outcome, message, now=now, jitter=jitter)
    mail.claimed_at = None
    mail.last_code, mail.last_reason = outcome.code, outcome.reason
    return mail.state


def _put_back(
    mail: Mail, outcome: Outcome, message: bytes | None, *, now: datetime, jitter: float
) -> None:
    due = None
    if outcome.verdict is Verdict.TRY_AGAIN:
        due = next_attempt(
            outcome, attempts=mail.attempts, first_due=mail.waiting_since, now=now, jitter=jitter
        )
    if due is None:
        mail.state, mail.ended_at = MailState.DEAD, now
        return
    mail.next_try_at = due
    if message is not None and mail.message_sealed is None:
        mail.message = base64.b64encode(message).decode()
