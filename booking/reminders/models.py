"""Table: whom reception has to call or text, because e-mail must not reach them."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import Enum, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from booking.appointments.models import Appointment
from booking.core.db import Base, PublicId


class Told(StrEnum):
    """What the patient is to be told."""

    REMINDER = "reminder"
    MOVED = "moved"
    CANCELLED = "cancelled"
    HELD = "held"  # no reminder: it would meet one of her hard dates


class ContactTask(PublicId, Base):
    """One call or text about one visit. `key` makes it once; pointless from `not_after` on."""

    __tablename__ = "contact_task"
    key: Mapped[str] = mapped_column(unique=True)
    appointment_id: Mapped[int] = mapped_column(ForeignKey("appointment.id"), index=True)
    sequence: Mapped[int]  # the version of the visit it is about; older ones are pointless
    told: Mapped[Told] = mapped_column(
        Enum(Told, values_callable=lambda e: [m.value for m in e], native_enum=False)
    )
    created_at: Mapped[datetime]
    not_after: Mapped[datetime]
    done_at: Mapped[datetime | None]
    done_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))

    appointment: Mapped[Appointment] = relationship()
