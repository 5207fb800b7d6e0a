"""Table: the outbox. A mail is a row, committed with what causes it."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import Enum, ForeignKey, Index, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from booking.core.db import Base, PublicId
from booking.core.sealed import SealedJson


class MailState(StrEnum):
    """Where a message stands."""

    QUEUED = "queued"
    SENT = "sent"
    DEAD = "dead"  # refused for good, or given up; reception sees it
    STOPPED = "stopped"  # superseded or stale; never sent


class Mail(PublicId, Base):
    """One message to one person. The snapshot is sealed, and wiped once sent.

    Messages of one appointment leave in `sequence` order. `claimed_at` is a worker's lease.
    """

    __tablename__ = "mail"
    __table_args__ = (Index("ix_mail_due", "state", "next_try_at"),)
    kind: Mapped[str]
    owner_id: Mapped[UUID]  # whose data key seals the snapshot
    snapshot_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    dedupe_key: Mapped[str] = mapped_column(unique=True)
    appointment_id: Mapped[int | None] = mapped_column(ForeignKey("appointment.id"), index=True)
    sequence: Mapped[int] = mapped_column(default=0)
    message_id: Mapped[str] = mapped_column(unique=True)
    state: Mapped[MailState] = mapped_column(
        Enum(MailState, values_callable=lambda e: [m.value for m in e], native_enum=False),
        default=MailState.QUEUED,
    )
    created_at: Mapped[datetime]
    next_try_at: Mapped[datetime]
    not_after: Mapped[datetime | None]  # stale from then on
    attempts: Mapped[int] = mapped_column(default=0)
    claimed_at: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]
    last_code: Mapped[int | None]  # the server's last SMTP code

    snapshot = SealedJson("snapshot_sealed")
