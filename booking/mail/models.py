"""Table: the outbox. A mail is a row, committed with what causes it."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, Enum, ForeignKey, Index, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from booking.core.db import Base, PublicId
from booking.core.sealed import SealedJson


class MailState(StrEnum):
    """Where a message stands."""

    QUEUED = "queued"
    SENT = "sent"
    DEAD = "dead"  # refused for good, or given up; reception sees it
    STOPPED = "stopped"  # superseded or stale; never sent


class MailFence(Base):
    """One row while no mail may leave: the database was restored, and nobody confirmed it yet."""

    __tablename__ = "mail_fence"
    __table_args__ = (CheckConstraint("id = 1", name="one"),)
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    since: Mapped[datetime]


class Mail(PublicId, Base):
    """One message to one person. Snapshot and message are sealed, and wiped once sent.

    Messages of one thread (a calendar uid, or an appointment without one) leave in `sequence`
    order, and an unsent one is stopped when a newer one is queued. A reminder has an appointment
    and no thread. `claimed_at` is a worker's
    lease.
    """

    __tablename__ = "mail"
    __table_args__ = (
        Index("ix_mail_due", "state", "next_try_at"),
        Index("ix_mail_thread", "thread", "sequence"),
        Index("ix_mail_sent_at", "sent_at"),
    )
    kind: Mapped[str]
    owner_id: Mapped[UUID]  # whose data key seals the snapshot
    snapshot_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    message_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)  # as first tried
    dedupe_key: Mapped[str] = mapped_column(unique=True)
    appointment_id: Mapped[int | None] = mapped_column(ForeignKey("appointment.id"), index=True)
    thread: Mapped[str | None]
    sequence: Mapped[int] = mapped_column(default=0)
    message_id: Mapped[str] = mapped_column(unique=True)
    state: Mapped[MailState] = mapped_column(
        Enum(MailState, values_callable=lambda e: [m.value for m in e], native_enum=False),
        default=MailState.QUEUED,
    )
    created_at: Mapped[datetime]  # also the message's Date
    waiting_since: Mapped[datetime]  # the two days of trying count from here
    next_try_at: Mapped[datetime]
    not_after: Mapped[datetime | None]  # stale from then on
    attempts: Mapped[int] = mapped_column(default=0)
    claimed_at: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]  # when it was stopped or given up
    to_masked: Mapped[str] = mapped_column(default="")  # stays when the address itself is wiped
    last_code: Mapped[int | None]  # the relay's last SMTP code
    last_reason: Mapped[str] = mapped_column(default="")  # one of `rules.Outcome.reason`

    snapshot = SealedJson("snapshot_sealed")
    message = SealedJson("message_sealed")  # base64 of the bytes
