"""The outbox: queue a message in the transaction that causes it; claim, settle and stop rows.

A row is claimed by a conditional UPDATE, committed, handed over outside any transaction, and
settled in another. A worker that dies in between leaves a claimed row whose lease runs out.
"""

import base64
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast
from uuid import UUID, uuid4

from sqlalchemy import (
    ColumnElement,
    CursorResult,
    Select,
    and_,
    delete,
    exists,
    func,
    or_,
    select,
    update,
)
from sqlalchemy.orm import aliased

from booking.core.db import session
from booking.core.errors import SealBroken
from booking.core.sealed import CLINIC
from booking.mail.models import Mail, MailFence, MailState
from booking.mail.rules import (
    Outcome,
    UnmailableAddress,
    Verdict,
    ascii_address,
    masked,
    next_attempt,
)

# Longer than every step of a conversation with a relay that answers just before each timeout.
LEASE = timedelta(minutes=10)


@dataclass(frozen=True, kw_only=True)
class Draft:
    """What to send: `kind` names templates and renderer ("appointments/confirmation").

    `snapshot` holds everything the message needs, as plain JSON values, taken now: delivery never
    looks at the appointment again. `dedupe_key` stops doubles. Give `appointment_id` and
    `sequence` when the message says how an appointment stands: such messages leave in order, and
    a newer one replaces older ones that have not left. So do messages that carry versions of one
    calendar entry, by its uid and sequence. A message that `reminds` of version `sequence` of an
    appointment replaces nothing, and is replaced by whatever tells of a version as new or newer.
    `not_after` is when the message becomes pointless.
    """

    kind: str
    snapshot: dict[str, Any]
    dedupe_key: str
    owner_id: UUID = CLINIC
    appointment_id: int | None = None
    sequence: int = 0
    reminds: bool = False
    not_before: datetime | None = None
    not_after: datetime | None = None


def enqueue(draft: Draft, *, now: datetime) -> None:
    """Add `draft` to the outbox; a second one with the same key changes nothing.

    Older unsent messages of the same thread are stopped. Its id and date are fixed from here on.
    """
    if session().scalar(select(Mail.id).where(Mail.dedupe_key == draft.dedupe_key)) is not None:
        return
    thread, sequence = _place(draft)
    mail = Mail(
        kind=draft.kind,
        owner_id=draft.owner_id,
        dedupe_key=draft.dedupe_key,
        appointment_id=draft.appointment_id,
        thread=thread,
        sequence=sequence,
        message_id=f"<{uuid4()}@{_domain(draft.snapshot)}>",
        created_at=now,
        waiting_since=draft.not_before or now,
        next_try_at=draft.not_before or now,
        not_after=draft.not_after,
        to_masked=masked(str(draft.snapshot.get("to_address", ""))),
    )
    mail.snapshot = draft.snapshot
    if thread is not None:
        _stop(Mail.thread == thread, Mail.sequence <= sequence, now=now)
        if draft.appointment_id is not None:
            reminders = (Mail.thread.is_(None), Mail.appointment_id == draft.appointment_id)
            _stop(*reminders, Mail.sequence <= sequence, now=now)
    session().add(mail)


def _place(draft: Draft) -> tuple[str | None, int]:
    """The thread a message belongs to, and its version there.

    That is the calendar uid, because readers keep versions of that; else the appointment.
    """
    if invite := draft.snapshot.get("invite"):
        return str(invite["uid"]), int(invite["sequence"])
    if draft.appointment_id is None or draft.reminds:
        return None, draft.sequence
    return f"appointment {draft.appointment_id}", draft.sequence


def _domain(snapshot: dict[str, Any]) -> str:
    try:
        return ascii_address(snapshot["sender"]["address"]).rpartition("@")[2]
    except (KeyError, UnmailableAddress):
        return "mail.invalid"  # such a message never leaves: delivery refuses its sender


def withdraw(appointment_id: int, *, now: datetime) -> bool:
    """Stop every unsent message about an appointment; tell whether one may have gone out before.

    If so, the person who got it needs to be told (a cancellation to the old address).
    """
    _stop(Mail.appointment_id == appointment_id, now=now)
    gone = select(Mail.id).where(
        Mail.appointment_id == appointment_id, Mail.state != MailState.STOPPED
    )
    return session().scalar(gone.limit(1)) is not None


def forget(
    *,
    appointment_ids: Collection[int] = (),
    owner_ids: Collection[UUID] = (),
    dedupe_keys: Collection[str] = (),
    now: datetime,
) -> None:
    """Stop what waits about these visits, to these people and with these keys, and wipe it all.

    Also what refused messages said, which the desk still sees.
    """
    which = or_(
        Mail.appointment_id.in_(appointment_ids),
        Mail.owner_id.in_(owner_ids),
        Mail.dedupe_key.in_(dedupe_keys),
    )
    _stop(which, now=now)
    session().execute(
        update(Mail).where(which).values(snapshot_sealed=None, message_sealed=None, to_masked=""),
        execution_options={"synchronize_session": False},
    )


def forget_old(before: datetime, *, but_owners: Select[UUID], now: datetime) -> int:
    """Wipe what was refused before then, and drop the rows of no visit; return how many.

    The desk has had all that time to mend what was refused. Nothing of `but_owners` is touched.
    """
    others = Mail.owner_id.not_in(but_owners)
    refused = update(Mail).where(Mail.state == MailState.DEAD, Mail.ended_at < before, others)
    over = delete(Mail).where(
        Mail.appointment_id.is_(None),
        Mail.state.in_([MailState.SENT, MailState.STOPPED]),
        Mail.created_at < before,
        others,
    )
    unsynchronised = {"synchronize_session": False}
    wiped = session().execute(refused.values(_stopped(now)), execution_options=unsynchronised)
    dropped = session().execute(over, execution_options=unsynchronised)
    return sum(cast(CursorResult[object], each).rowcount for each in (wiped, dropped))


class InHand(Exception):
    """A message that was to be stopped is being handed over at this moment; try again at once."""


def stop_kinds(
    owner_ids: Collection[UUID],
    kinds: Collection[str],
    *,
    now: datetime,
    wait_until: datetime,
) -> int:
    """Stop every unsent message to these people whose kind begins with one of `kinds`.

    What was refused before is let go, too, so that nobody sends it again.

    Returns how many were unsent. Raises InHand while a worker hands one over: whoever calls rolls
    back, waits a moment and tries again, so that nothing leaves after the commit. From
    `wait_until` on what is in hand is let go, because a relay that hangs may hold a message for
    minutes.
    """
    theirs = and_(
        Mail.owner_id.in_(owner_ids), or_(*(Mail.kind.startswith(kind) for kind in kinds))
    )
    stopped = _stop(theirs, now=now)
    in_hand = select(Mail.id).where(theirs, Mail.state == MailState.QUEUED)
    if now < wait_until and session().scalar(in_hand.limit(1)) is not None:
        raise InHand
    session().execute(
        update(Mail).where(theirs, Mail.state == MailState.DEAD).values(_stopped(now)),
        execution_options={"synchronize_session": False},
    )
    return stopped


def stop_reminders(appointment_ids: Collection[int], *, now: datetime) -> None:
    """Stop every unsent reminder of these appointments."""
    if appointment_ids:
        _stop(Mail.thread.is_(None), Mail.appointment_id.in_(appointment_ids), now=now)


def send_again(mail: Mail, *, to_address: str = "", now: datetime) -> None:
    """Queue a dead message once more, to another address where one is given.

    Its two days begin anew. If a newer one of its thread exists, it is stopped instead. A message
    that is not dead stays as it is.
    """
    session().refresh(mail, with_for_update=True)  # a rival may have been first
    if mail.state is not MailState.DEAD:
        return
    if to_address:
        mail.snapshot = {**(mail.snapshot or {}), "to_address": to_address}
        mail.message_sealed = None  # made anew for whom it is for now
        mail.to_masked = masked(to_address)
    mail.state, mail.attempts, mail.ended_at = MailState.QUEUED, 0, None
    mail.next_try_at = mail.waiting_since = now


def give_up(mail: Mail, *, now: datetime) -> None:
    """Forget a dead message; one that is not dead stays as it is."""
    if mail.state is MailState.DEAD:
        mail.ended_at = now
        mail.state, mail.snapshot_sealed, mail.message_sealed = MailState.STOPPED, None, None


def _stop(*which: ColumnElement[bool], now: datetime) -> int:
    stopped = session().execute(
        update(Mail)
        .where(*which, Mail.state == MailState.QUEUED, _unclaimed(now))
        .values(_stopped(now)),
        execution_options={"synchronize_session": False},
    )
    return cast(CursorResult[object], stopped).rowcount


def _stopped(now: datetime) -> dict[str, Any]:
    wiped = {"snapshot_sealed": None, "message_sealed": None}
    return {"state": MailState.STOPPED, "ended_at": now, **wiped}


def _unclaimed(now: datetime) -> ColumnElement[bool]:
    return or_(Mail.claimed_at.is_(None), Mail.claimed_at < now - LEASE)


def _unfenced() -> ColumnElement[bool]:
    return ~exists(select(MailFence.id))


def fence(*, now: datetime) -> None:
    """Let nothing leave until `open_fence`: what waits in a restored outbox has left before."""
    if session().get(MailFence, 1) is None:
        session().add(MailFence(id=1, since=now))


def fenced_since() -> datetime | None:
    """Return since when nothing leaves; None while mail flows."""
    return session().scalar(select(MailFence.since))


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
        before = (Mail.state == MailState.QUEUED, Mail.created_at <= since)
        stopped = session().scalar(select(func.count()).where(*before)) or 0
        _stop(Mail.created_at <= since, now=now)
    session().execute(delete(MailFence))
    return stopped


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


def _superseded() -> ColumnElement[bool]:
    other = aliased(Mail)
    return exists(select(other.id).where(_is_newer(other), other.state != MailState.STOPPED))


def _waits_for_older() -> ColumnElement[bool]:
    other = aliased(Mail)
    return exists(select(other.id).where(_is_older(other), other.state == MailState.QUEUED))


def anything_due(*, now: datetime) -> bool:
    """Tell, by reading only, whether a pass over the outbox would find something to do."""
    due = select(Mail.id).where(
        Mail.state == MailState.QUEUED, Mail.next_try_at <= now, _unclaimed(now), _unfenced()
    )
    return session().scalar(due.limit(1)) is not None


def stop_pointless(*, now: datetime) -> None:
    """Stop what is stale, and what a newer message of its thread replaces."""
    _stop(or_(Mail.not_after <= now, _superseded()), now=now)


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
            _unclaimed(now),
            _unfenced(),
            ~_superseded(),
            ~_waits_for_older(),
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
        .where(Mail.id == found, Mail.state == MailState.QUEUED, _unclaimed(now))
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
