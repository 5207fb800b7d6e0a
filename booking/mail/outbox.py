"""Queue a message in the transaction that causes it."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import select

from booking.core.db import session
from booking.core.sealed import CLINIC
from booking.mail.models import Mail


@dataclass(frozen=True, kw_only=True)
class Draft:
    """What to send: `kind` names templates and renderer ("appointments/confirmation").

    `snapshot` holds everything the message needs, as plain JSON values, taken now: delivery never
    looks at the appointment again. `dedupe_key` stops doubles. Messages of one appointment leave
    in `sequence` order. `not_after` is when the message becomes pointless.
    """

    kind: str
    snapshot: dict[str, Any]
    dedupe_key: str
    owner_id: UUID = CLINIC
    appointment_id: int | None = None
    sequence: int = 0
    not_before: datetime | None = None
    not_after: datetime | None = None
    message_domain: str = field(default="clinic.example")


def enqueue(draft: Draft, *, now: datetime) -> None:
    """Add `draft` to the outbox; a second one with the same key changes nothing."""
    if session().scalar(select(Mail.id).where(Mail.dedupe_key == draft.dedupe_key)) is not None:
        return
    mail = Mail(
        kind=draft.kind,
        owner_id=draft.owner_id,
        dedupe_key=draft.dedupe_key,
        appointment_id=draft.appointment_id,
        sequence=draft.sequence,
        message_id=f"<{uuid4()}@{draft.message_domain}>",
        created_at=now,
        next_try_at=draft.not_before or now,
        not_after=draft.not_after,
    )
    mail.snapshot = draft.snapshot
    session().add(mail)
