"""Table: openings of a patient's answers in an emergency."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from booking.core.db import Base, PublicId
from booking.core.sealed import SealedJson


class EmergencyAccess(PublicId, Base):
    """An owner opened one record's answers, for a reason she wrote, until `expires_at`."""

    __tablename__ = "emergency_access"
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    patient_id: Mapped[int] = mapped_column(ForeignKey("patient.id"), index=True)
    owner_id: Mapped[UUID]  # the patient's public id: whose data key seals the reason
    reason_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    opened_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]

    reason = SealedJson("reason_sealed")
