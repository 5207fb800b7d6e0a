"""Tables: who may read her forms beside the practitioners of her visits."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from booking.clinic.models import Practitioner
from booking.core.db import Base, PublicId


class ReadingRight(PublicId, Base):
    """A practitioner may read the forms of a record without a visit of her own.

    The patient gave it (`given_by` is None), until she takes it back; or the owner did, handing
    over the patients of somebody who leaves, until `until`.
    """

    __tablename__ = "reading_right"
    __table_args__ = (
        CheckConstraint("(given_by IS NULL) = (until IS NULL)", name="hers_or_until"),
        Index(
            "ix_reading_right_live",
            "patient_id",
            "practitioner_id",
            unique=True,
            sqlite_where=text("ended_at IS NULL AND given_by IS NULL"),
            postgresql_where=text("ended_at IS NULL AND given_by IS NULL"),
        ),
    )
    patient_id: Mapped[int] = mapped_column(ForeignKey("patient.id"))
    practitioner_id: Mapped[int] = mapped_column(ForeignKey("practitioner.id"), index=True)
    given_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    given_at: Mapped[datetime]
    until: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]

    practitioner: Mapped[Practitioner] = relationship()


class HandOver(PublicId, Base):
    """Somebody's patients were handed over: her visits that were over by then open nothing more."""

    __tablename__ = "hand_over"
    __table_args__ = (CheckConstraint("practitioner_id <> to_id", name="to_another"),)
    practitioner_id: Mapped[int] = mapped_column(ForeignKey("practitioner.id"), index=True)
    to_id: Mapped[int] = mapped_column(ForeignKey("practitioner.id"))
    patients: Mapped[int]  # how many
    handed_by: Mapped[int] = mapped_column(ForeignKey("user.id"))
    at: Mapped[datetime]
