"""Table: each line of a conversation between a patient and the front desk."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, LargeBinary, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from booking.core.db import Base, PublicId
from booking.core.sealed import SealedJson
from booking.patients.models import Patient


class Line(PublicId, Base):
    """One message. `by_user_id` is who wrote it at the desk; None is the patient herself.

    `appointment_id` is the visit whose page it was written on or shows on; a mailed link to that
    visit leads to it. `settled_at` is when the desk had answered a patient's line, or found that
    it needs no answer; the desk's own are settled from the start.
    """

    __tablename__ = "conversation_line"
    __table_args__ = (
        Index(
            "ix_conversation_line_open",
            "written_at",
            sqlite_where=text("settled_at IS NULL"),
            postgresql_where=text("settled_at IS NULL"),
        ),
    )
    patient_id: Mapped[int] = mapped_column(ForeignKey("patient.id"), index=True)
    owner_id: Mapped[UUID]  # the record's public id as it was written: whose data key seals it
    appointment_id: Mapped[int | None] = mapped_column(ForeignKey("appointment.id"))
    by_user_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    text_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    written_at: Mapped[datetime]
    settled_at: Mapped[datetime | None]

    text = SealedJson("text_sealed")

    patient: Mapped[Patient] = relationship()
