"""Tables: appointments, holds, links to a visit, booking nonces."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    Enum,
    ForeignKey,
    Index,
    LargeBinary,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from booking.appointments.rules import LIVE as LIVE
from booking.appointments.rules import Clearance as Clearance
from booking.appointments.rules import Outcome as Outcome
from booking.appointments.rules import Status as Status
from booking.appointments.rules import Wish as Wish
from booking.appointments.rules import standing, video_is_open
from booking.clinic.models import Location, Practitioner, Room, Service, Way
from booking.core.db import Base, PublicId
from booking.core.sealed import CLINIC, SealedJson
from booking.patients.models import Patient


def _values(kinds: type[StrEnum]) -> list[str]:
    return [kind.value for kind in kinds]


class Appointment(PublicId, Base):
    """One visit of one patient. Its times in `occupancy` are what keeps others out.

    `uid` and `sequence` are the calendar's: made once, and raised with every change that a
    calendar must follow. `changed_at` is strictly newer with each. `answer_by` is when a request
    ends by itself. Visits booked as one share `series` (one patient, one after another, `leg` from
    1) or `together` (people who come at the same time). `overlap_reason` says why reception let
    this visit meet another; None where it does not.
    """

    __tablename__ = "appointment"
    __table_args__ = (
        Index("ix_appointment_day", "location_id", "starts_at"),
        Index("ix_appointment_practitioner_day", "practitioner_id", "starts_at"),
        Index("ix_appointment_coming", "status", "ends_at", "starts_at", "clearance"),
        Index("ix_appointment_leg", "series", "leg", unique=True),
        CheckConstraint("starts_at < ends_at", name="forwards"),
        CheckConstraint("sequence >= 0", name="sequence"),
        CheckConstraint("room_id IS NOT NULL OR way = 'video'", name="room_unless_video"),
        CheckConstraint("(status = 'requested') <= (answer_by IS NOT NULL)", name="requests_end"),
        CheckConstraint("(series IS NULL) = (leg IS NULL)", name="series_has_legs"),
    )
    uid: Mapped[str] = mapped_column(unique=True)
    sequence: Mapped[int] = mapped_column(default=0)
    patient_id: Mapped[int] = mapped_column(ForeignKey("patient.id"), index=True)
    practitioner_id: Mapped[int] = mapped_column(ForeignKey("practitioner.id"))
    location_id: Mapped[int] = mapped_column(ForeignKey("location.id"))
    room_id: Mapped[int | None] = mapped_column(ForeignKey("room.id"))  # None: by video
    service_id: Mapped[int] = mapped_column(ForeignKey("service.id"))
    way: Mapped[Way] = mapped_column(
        Enum(Way, values_callable=_values, native_enum=False), default=Way.IN_PERSON
    )
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]  # of what the patient sees, without time before and after
    status: Mapped[Status] = mapped_column(
        Enum(Status, values_callable=_values, native_enum=False), default=Status.BOOKED
    )
    clearance: Mapped[Clearance] = mapped_column(
        Enum(Clearance, values_callable=_values, native_enum=False), default=Clearance.WAITING
    )
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    arrived_at: Mapped[datetime | None]
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    cancelled_at: Mapped[datetime | None]
    answer_by: Mapped[datetime | None]
    let_go_at: Mapped[datetime | None]  # cancelled because something has changed for her
    series: Mapped[UUID | None] = mapped_column(index=True)
    leg: Mapped[int | None]
    together: Mapped[UUID | None] = mapped_column(index=True)
    overlap_reason_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    video_url: Mapped[str] = mapped_column(default="")  # of this visit; else the practitioner's

    overlap_reason = SealedJson("overlap_reason_sealed")

    patient: Mapped[Patient] = relationship()
    practitioner: Mapped[Practitioner] = relationship()
    location: Mapped[Location] = relationship()
    room: Mapped[Room | None] = relationship()
    service: Mapped[Service] = relationship()

    @property
    def owner_id(self) -> UUID:
        """Whose data key seals this row: the patient's."""
        return self.patient.public_id

    def video_address(self, now: datetime) -> str:
        """Return where to meet by video while that is shown, else nothing. Never in a message."""
        open_now = video_is_open(starts_at=self.starts_at, ends_at=self.ends_at, now=now)
        by_video = self.way is Way.VIDEO and self.status in LIVE
        return (self.video_url or self.practitioner.video_url) if by_video and open_now else ""

    def standing(self, now: datetime) -> Status:
        """Return where it stands at `now`; a request nobody answered in time has expired."""
        return standing(self.status, answer_by=self.answer_by, now=now)


class Hold(PublicId, Base):
    """A time kept for someone who is still typing; gives itself back at `expires_at`.

    `typed` is what she has typed so far. `moving_id` is the visit she is moving, if any. Times kept
    together share `series` and end at one moment; `leg` counts them from 1, and what was typed
    stands with the first. `form_key` is the key of the page whose button was pressed, so that a
    second press finds the first one's time. `network` and `person` are keyed hashes.
    """

    __tablename__ = "hold"
    service_id: Mapped[int] = mapped_column(ForeignKey("service.id"))
    practitioner_id: Mapped[int] = mapped_column(ForeignKey("practitioner.id"))
    location_id: Mapped[int] = mapped_column(ForeignKey("location.id"))
    room_id: Mapped[int | None] = mapped_column(ForeignKey("room.id"))  # None: by video
    moving_id: Mapped[int | None] = mapped_column(ForeignKey("appointment.id"))
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    series: Mapped[UUID | None] = mapped_column(index=True)
    leg: Mapped[int | None]
    form_key: Mapped[UUID | None] = mapped_column(index=True, unique=True)
    network: Mapped[bytes | None] = mapped_column(LargeBinary, index=True)
    person: Mapped[bytes | None] = mapped_column(LargeBinary, index=True)
    typed_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    created_at: Mapped[datetime]

    typed = SealedJson("typed_sealed")

    @property
    def owner_id(self) -> UUID:
        """Not yet anybody's record: sealed for the clinic."""
        return CLINIC


class ChangeRequest(PublicId, Base):
    """She asks the clinic to move or cancel a visit that she may no longer change herself.

    Nothing about the visit changes by asking. One is open at a time.
    """

    __tablename__ = "change_request"
    __table_args__ = (
        CheckConstraint("(settled_at IS NULL) = (outcome IS NULL)", name="settled_somehow"),
        Index(
            "ix_change_request_open",
            "appointment_id",
            unique=True,
            sqlite_where=text("settled_at IS NULL"),
            postgresql_where=text("settled_at IS NULL"),
        ),
    )
    appointment_id: Mapped[int] = mapped_column(ForeignKey("appointment.id"))
    wish: Mapped[Wish] = mapped_column(Enum(Wish, values_callable=_values, native_enum=False))
    created_at: Mapped[datetime]
    settled_at: Mapped[datetime | None]
    outcome: Mapped[Outcome | None] = mapped_column(
        Enum(Outcome, values_callable=_values, native_enum=False)
    )

    appointment: Mapped[Appointment] = relationship()


class VisitLink(Base):
    """A mailed link to one visit: many uses until the visit is over, older ones stay valid."""

    __tablename__ = "visit_link"
    id: Mapped[int] = mapped_column(primary_key=True)
    token_hash: Mapped[bytes] = mapped_column(unique=True)
    appointment_id: Mapped[int] = mapped_column(ForeignKey("appointment.id"), index=True)
    created_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


class BookingNonce(Base):
    """A rendered form's key, kept with its result: a double click gets the first result."""

    __tablename__ = "booking_nonce"
    nonce: Mapped[str] = mapped_column(primary_key=True)
    appointment_id: Mapped[int] = mapped_column(ForeignKey("appointment.id"))
    created_at: Mapped[datetime]


class Delay(Base):
    """How late one patient is for her visit, or one practitioner on a day by the board's calendar.

    One or the other. Only said, never acted upon: no time moves by it.
    """

    __tablename__ = "delay"
    __table_args__ = (
        CheckConstraint("minutes > 0", name="minutes"),
        CheckConstraint("(appointment_id IS NULL) <> (practitioner_id IS NULL)", name="of_one"),
        CheckConstraint("(practitioner_id IS NULL) = (day IS NULL)", name="a_day_of_hers"),
        UniqueConstraint("practitioner_id", "day"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    appointment_id: Mapped[int | None] = mapped_column(ForeignKey("appointment.id"), unique=True)
    practitioner_id: Mapped[int | None] = mapped_column(ForeignKey("practitioner.id"))
    day: Mapped[date | None]
    minutes: Mapped[int]
    noted_at: Mapped[datetime]


class Absence(PublicId, Base):
    """A practitioner cannot see anybody during `[starts_at, ends_at)`, told at short notice.

    The time off it made closes the time. `ended_at` is when she was well again after all.
    """

    __tablename__ = "absence"
    __table_args__ = (CheckConstraint("starts_at < ends_at", name="forwards"),)
    practitioner_id: Mapped[int] = mapped_column(ForeignKey("practitioner.id"), index=True)
    time_off_id: Mapped[int | None] = mapped_column(ForeignKey("time_off.id", ondelete="SET NULL"))
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    noted_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]

    practitioner: Mapped[Practitioner] = relationship()


class AnotherTime(Base):
    """A visit that meets an absence and needs another time; it stays booked until it gets one.

    Whether it has got one stands with the visit itself. `mailed` is false for whom only a call or
    a text reaches; `call_asked_at` is when she asked to be called.
    """

    __tablename__ = "another_time"
    __table_args__ = (UniqueConstraint("absence_id", "appointment_id"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    absence_id: Mapped[int] = mapped_column(ForeignKey("absence.id"))
    appointment_id: Mapped[int] = mapped_column(ForeignKey("appointment.id"), index=True)
    mailed: Mapped[bool]
    call_asked_at: Mapped[datetime | None]

    absence: Mapped[Absence] = relationship()
    appointment: Mapped[Appointment] = relationship()
