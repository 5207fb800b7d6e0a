"""Tables: what can be taken, and what is taken when."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import BigInteger, CheckConstraint, Enum, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from booking.core.db import Base


class ResourceKind(StrEnum):
    """What can be in only one place at a time."""

    PRACTITIONER = "practitioner"
    ROOM = "room"
    PATIENT = "patient"


class Resource(Base):
    """A practitioner, a room or a patient, seen as something that can be taken.

    `mark` is another, at random, after every change of what is taken of it: the database sees to
    that (migration 0004). What was read under one mark is true as long as the mark is the same.
    """

    __tablename__ = "resource"
    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[ResourceKind] = mapped_column(
        Enum(ResourceKind, values_callable=lambda e: [m.value for m in e], native_enum=False)
    )
    mark: Mapped[int] = mapped_column(BigInteger, default=0)


class Occupancy(Base):
    """One stretch during which a resource can be nowhere else.

    Rows of one resource never overlap: the rule stands in migration 0002, in the database itself.
    A row belongs to an appointment or to a hold. At `expires_at` it ends by itself: a hold's
    always does, an appointment's while it is only asked for.
    """

    __tablename__ = "occupancy"
    __table_args__ = (
        Index("ix_occupancy_seek", "resource_id", "ends_at", "starts_at"),
        CheckConstraint("starts_at < ends_at", name="forwards"),
        CheckConstraint(
            "(appointment_id IS NULL) <> (hold_id IS NULL)", name="for_one_appointment_or_hold"
        ),
        CheckConstraint("hold_id IS NULL OR expires_at IS NOT NULL", name="holds_expire"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    resource_id: Mapped[int] = mapped_column(ForeignKey("resource.id"))
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    appointment_id: Mapped[int | None] = mapped_column(ForeignKey("appointment.id"), index=True)
    hold_id: Mapped[int | None] = mapped_column(
        ForeignKey("hold.id", ondelete="CASCADE"), index=True
    )
    expires_at: Mapped[datetime | None]
