"""Tables: that something has changed for somebody, and what it stopped."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from booking.appointments.models import Appointment
from booking.core.db import Base, PublicId


class Change(PublicId, Base):
    """Somebody said that something has changed. Why is asked nowhere, so it stands nowhere.

    `person_id` is her resource. `by_user_id` is who said it for her; None is herself. What was
    before it is kept, so that taking it back brings exactly that.
    """

    __tablename__ = "care_change"
    person_id: Mapped[int] = mapped_column(ForeignKey("resource.id"), index=True)
    at: Mapped[datetime]
    by_user_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    gently_before: Mapped[bool]
    quiet_before: Mapped[datetime | None]
    undone_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]  # from when on messages came again
    messages: Mapped[int] = mapped_column(default=0)  # unsent ones that were stopped

    visits: Mapped[list["ChangedVisit"]] = relationship()
    waits: Mapped[list["ChangedWait"]] = relationship()


class ChangedVisit(Base):
    """A visit that was let go, and the time it had: [[resource, start, end], …], ISO in UTC."""

    __tablename__ = "care_visit"
    change_id: Mapped[int] = mapped_column(ForeignKey("care_change.id"), primary_key=True)
    appointment_id: Mapped[int] = mapped_column(ForeignKey("appointment.id"), primary_key=True)
    claims: Mapped[list[Any]] = mapped_column(JSON)
    came_back: Mapped[bool | None]  # None until it is taken back

    appointment: Mapped[Appointment] = relationship()


class ChangedWait(Base):
    """A place on the waiting list that was given up."""

    __tablename__ = "care_wait"
    change_id: Mapped[int] = mapped_column(ForeignKey("care_change.id"), primary_key=True)
    entry_id: Mapped[int] = mapped_column(ForeignKey("waiting_entry.id"), primary_key=True)
