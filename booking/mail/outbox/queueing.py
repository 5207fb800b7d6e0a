"""Queue a message in the transaction that causes it, or one that died once more."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import and_, bindparam, or_, select

from booking.core.db import session
from booking.core.sealed import CLINIC
from booking.mail.models import Mail, MailState
from booking.mail.outbox.rows import stop
from booking.mail.rules import UnmailableAddress, ascii_address, masked


@dataclass(frozen=True, kw_only=True)
class Draft:
    """What to send: `kind` names templates and renderer ("appointments/confirmation").

    `snapshot` holds everything the message needs, as plain JSON values, taken now: delivery never
    looks at the appointment again. `dedupe_key` stops doubles. Give `appointment_id` and
    `sequence` when the message says how an appointment stands: such messages leave in order, and
    a newer one replaces older ones that have not left, with an invite or without. So do messages
    that carry versions of one calendar entry, by its uid and sequence. A message that `reminds` of
    version `sequence` of an appointment replaces nothing, and is replaced by whatever tells of a
    version as new or newer.
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


_KNOWN = select(Mail.id).where(Mail.dedupe_key == bindparam("key"))


def enqueue(draft: Draft, *, now: datetime) -> None:
    """Add `draft` to the outbox; a second one with the same key changes nothing.

    Older unsent messages of the same thread are stopped. Its id and date are fixed from here on.
    """
    if session().scalar(_KNOWN, {"key": draft.dedupe_key}) is not None:
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
        replaced = Mail.thread == thread
        if draft.appointment_id is not None:
            of_it = Mail.appointment_id == draft.appointment_id
            # Reminders, and what was said without an invite of how the visit stood before.
            before = and_(Mail.thread == _without_invite(draft), Mail.sequence < sequence)
            replaced = or_(replaced, and_(of_it, or_(Mail.thread.is_(None), before)))
        stop(replaced, Mail.sequence <= sequence, now=now)
    session().add(mail)


def _place(draft: Draft) -> tuple[str | None, int]:
    """The thread a message belongs to, and its version there.

    That is the calendar uid, because readers keep versions of that; else the appointment.
    """
    if invite := draft.snapshot.get("invite"):
        return str(invite["uid"]), int(invite["sequence"])
    if draft.appointment_id is None or draft.reminds:
        return None, draft.sequence
    return _without_invite(draft), draft.sequence


def _without_invite(draft: Draft) -> str:
    return f"appointment {draft.appointment_id}"


def _domain(snapshot: dict[str, Any]) -> str:
    try:
        return ascii_address(snapshot["sender"]["address"]).rpartition("@")[2]
    except (KeyError, UnmailableAddress):
        return "mail.invalid"  # such a message never leaves: delivery refuses its sender


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
        mail.message_sealed = None  # it was made for another reader
        mail.to_masked = masked(to_address)
    mail.state, mail.attempts, mail.ended_at = MailState.QUEUED, 0, None
    mail.next_try_at = mail.waiting_since = now


def give_up(mail: Mail, *, now: datetime) -> None:
    """Forget a dead message; one that is not dead stays as it is."""
    if mail.state is MailState.DEAD:
        mail.ended_at = now
        mail.state, mail.snapshot_sealed, mail.message_sealed = MailState.STOPPED, None, None
