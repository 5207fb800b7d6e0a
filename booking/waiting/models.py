"""Tables: who waits for an earlier time, what was offered to her, and her mailed links."""

from datetime import date, datetime

from sqlalchemy import Enum, ForeignKey, Index, LargeBinary, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from booking.appointments.models import Appointment
from booking.appointments.rules import PartOfDay, Status
from booking.clinic.models import Location, Practitioner, Service
from booking.core.db import Base, PublicId
from booking.patients.models import Patient
from booking.waiting.rules import EntryState, OfferState, Wish


class WaitingEntry(PublicId, Base):
    """Somebody who would come if a time that suits her became free.

    None for practitioner or location means any. `weekdays` are digits, 0 for Monday; `parts` are
    space-separated PartOfDay values; both empty where all suit. `instead_of` is the later visit
    she has already, which an accepted offer moves; `met_by` the one she got from the list.
    """

    __tablename__ = "waiting_entry"
    __table_args__ = (Index("ix_waiting_entry_order", "state", "created_at"),)
    patient_id: Mapped[int] = mapped_column(ForeignKey("patient.id"), index=True)
    service_id: Mapped[int] = mapped_column(ForeignKey("service.id"))
    practitioner_id: Mapped[int | None] = mapped_column(ForeignKey("practitioner.id"))
    location_id: Mapped[int | None] = mapped_column(ForeignKey("location.id"))
    instead_of_id: Mapped[int | None] = mapped_column(ForeignKey("appointment.id"), index=True)
    weekdays: Mapped[str] = mapped_column(default="")
    parts: Mapped[str] = mapped_column(default="")
    until: Mapped[date | None]
    state: Mapped[EntryState] = mapped_column(
        Enum(EntryState, values_callable=lambda e: [m.value for m in e], native_enum=False),
        default=EntryState.WAITING,
    )
    network: Mapped[bytes | None] = mapped_column(LargeBinary)  # keyed hash
    created_at: Mapped[datetime]
    settled_at: Mapped[datetime | None]
    met_by_id: Mapped[int | None] = mapped_column(ForeignKey("appointment.id"))

    patient: Mapped[Patient] = relationship()
    service: Mapped[Service] = relationship()
    practitioner: Mapped[Practitioner | None] = relationship()
    location: Mapped[Location | None] = relationship()
    instead_of: Mapped[Appointment | None] = relationship(foreign_keys=[instead_of_id])

    @property
    def moving(self) -> Appointment | None:
        """The visit that an accepted offer moves; None when she has none, or has cancelled it."""
        visit = self.instead_of
        return visit if visit is not None and visit.status is not Status.CANCELLED else None

    @property
    def wish(self) -> Wish:
        """When she could come."""
        return Wish(
            weekdays=frozenset(int(digit) for digit in self.weekdays),
            parts=frozenset(PartOfDay(word) for word in self.parts.split()),
            until=self.until,
            before=self.moving.starts_at if self.moving else None,
        )


class WaitingOffer(PublicId, Base):
    """One time offered to one who waits, kept for her by `hold` until `answer_by`.

    She never has two at once: the database refuses a second open one.
    """

    __tablename__ = "waiting_offer"
    __table_args__ = (
        Index(
            "uq_waiting_offer_open",
            "entry_id",
            unique=True,
            sqlite_where=text("state = 'open'"),
            postgresql_where=text("state = 'open'"),
        ),
    )
    entry_id: Mapped[int] = mapped_column(ForeignKey("waiting_entry.id"), index=True)
    hold_id: Mapped[int | None] = mapped_column(ForeignKey("hold.id", ondelete="SET NULL"))
    practitioner_id: Mapped[int] = mapped_column(ForeignKey("practitioner.id"))
    location_id: Mapped[int] = mapped_column(ForeignKey("location.id"))
    starts_at: Mapped[datetime]
    made_at: Mapped[datetime]
    answer_by: Mapped[datetime]
    state: Mapped[OfferState] = mapped_column(
        Enum(OfferState, values_callable=lambda e: [m.value for m in e], native_enum=False),
        default=OfferState.OPEN,
    )

    entry: Mapped[WaitingEntry] = relationship()
    practitioner: Mapped[Practitioner] = relationship()
    location: Mapped[Location] = relationship()


class WaitingLink(Base):
    """A mailed link to somebody's place on the list; only its hash is kept."""

    __tablename__ = "waiting_link"
    id: Mapped[int] = mapped_column(primary_key=True)
    token_hash: Mapped[bytes] = mapped_column(unique=True)
    entry_id: Mapped[int] = mapped_column(ForeignKey("waiting_entry.id"), index=True)
    created_at: Mapped[datetime]
