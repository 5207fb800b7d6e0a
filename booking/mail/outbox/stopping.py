"""Stop what has not left, because it must not or need not leave any more."""

from collections.abc import Collection
from datetime import datetime
from typing import cast
from uuid import UUID

from sqlalchemy import CursorResult, Select, and_, delete, or_, select, update

from booking.core.db import session
from booking.mail.models import Mail, MailState
from booking.mail.outbox.rows import as_stopped, stop, superseded


def withdraw(appointment_id: int, *, now: datetime) -> bool:
    """Stop every unsent message about an appointment; tell whether one may have gone out before.

    If so, the person who got it needs to be told (a cancellation to the old address).
    """
    stop(Mail.appointment_id == appointment_id, now=now)
    gone = select(Mail.id).where(
        Mail.appointment_id == appointment_id, Mail.state != MailState.STOPPED
    )
    return session().scalar(gone.limit(1)) is not None


def stop_keys(dedupe_keys: Collection[str], *, now: datetime) -> None:
    """Stop what waits under these keys."""
    stop(Mail.dedupe_key.in_(dedupe_keys), now=now)


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
    stop(which, now=now)
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
    wiped = session().execute(refused.values(as_stopped(now)), execution_options=unsynchronised)
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
    stopped = stop(theirs, now=now)
    in_hand = select(Mail.id).where(theirs, Mail.state == MailState.QUEUED)
    if now < wait_until and session().scalar(in_hand.limit(1)) is not None:
        raise InHand
    session().execute(
        update(Mail).where(theirs, Mail.state == MailState.DEAD).values(as_stopped(now)),
        execution_options={"synchronize_session": False},
    )
    return stopped


def stop_reminders(appointment_ids: Collection[int], *, now: datetime) -> None:
    """Stop every unsent reminder of these appointments."""
    if appointment_ids:
        stop(Mail.thread.is_(None), Mail.appointment_id.in_(appointment_ids), now=now)


def stop_pointless(*, now: datetime) -> None:
    """Stop what is stale, and what a newer message of its thread replaces."""
    stop(or_(Mail.not_after <= now, superseded()), now=now)
