"""Tables: feeds, calendars kept elsewhere, and what of each visit was told to a practitioner's."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, Enum, ForeignKey, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from booking.appointments.models import Appointment
from booking.calendars.rules import Answer as Answer
from booking.calendars.rules import Reveal as Reveal
from booking.clinic.models import Practitioner
from booking.core.db import Base, PublicId
from booking.core.sealed import CLINIC, SealedJson


def _values(kinds: type[StrEnum]) -> list[str]:
    return [kind.value for kind in kinds]


class CalendarFeed(Base):
    """An address to subscribe to: one for a practitioner or for a patient's person, or none.

    Only the token's hash is kept. A new address replaces the row's hash; without the row nothing
    answers.
    """

    __tablename__ = "calendar_feed"
    __table_args__ = (
        CheckConstraint("(practitioner_id IS NULL) <> (person_id IS NULL)", name="for_one"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    token_hash: Mapped[bytes] = mapped_column(unique=True)
    practitioner_id: Mapped[int | None] = mapped_column(ForeignKey("practitioner.id"), unique=True)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("resource.id"), unique=True)
    reveal: Mapped[Reveal] = mapped_column(
        Enum(Reveal, values_callable=_values, native_enum=False), default=Reveal.HIDDEN
    )
    created_at: Mapped[datetime]


class SourceKind(StrEnum):
    """How a calendar kept elsewhere is read."""

    ICS = "ics"  # one file at one address
    CALDAV = "caldav"  # a collection on a calendar server


class OutsideCalendar(PublicId, Base):
    """A practitioner's calendar kept elsewhere, whose busy times close hers here.

    `access` holds `url`, `user` and `password`. The busy times of the last good reading stay until
    the next good one; `failing_since` says since when there was none.
    """

    __tablename__ = "outside_calendar"
    practitioner_id: Mapped[int] = mapped_column(ForeignKey("practitioner.id"), index=True)
    kind: Mapped[SourceKind] = mapped_column(
        Enum(SourceKind, values_callable=_values, native_enum=False)
    )
    access_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    etag: Mapped[str] = mapped_column(default="")
    created_at: Mapped[datetime]
    next_check_at: Mapped[datetime]
    read_at: Mapped[datetime | None]  # last good reading
    failing_since: Mapped[datetime | None]
    problem: Mapped[str] = mapped_column(default="")  # one of `rules.Problem`
    left_out: Mapped[int] = mapped_column(default=0)  # entries that could not be read

    access = SealedJson("access_sealed")

    practitioner: Mapped[Practitioner] = relationship()

    @property
    def owner_id(self) -> UUID:
        """A practitioner's own secret: sealed for the clinic."""
        return CLINIC


class CalendarServer(PublicId, Base):
    """The calendar server a practitioner's visits are written to; `access` as above.

    Trouble with a server is the server's: all of its visits wait until `next_try_at`.
    """

    __tablename__ = "calendar_server"
    practitioner_id: Mapped[int] = mapped_column(ForeignKey("practitioner.id"), unique=True)
    access_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    reveal: Mapped[Reveal] = mapped_column(
        Enum(Reveal, values_callable=_values, native_enum=False), default=Reveal.INITIALS
    )
    created_at: Mapped[datetime]
    next_try_at: Mapped[datetime]
    failures: Mapped[int] = mapped_column(default=0)
    failing_since: Mapped[datetime | None]
    problem: Mapped[str] = mapped_column(default="")

    access = SealedJson("access_sealed")

    @property
    def owner_id(self) -> UUID:
        """A practitioner's own secret: sealed for the clinic."""
        return CLINIC


class OwnInvites(Base):
    """A practitioner's word on invitations of her own. No row: they are mailed, with initials."""

    __tablename__ = "own_invites"
    practitioner_id: Mapped[int] = mapped_column(ForeignKey("practitioner.id"), primary_key=True)
    wanted: Mapped[bool]
    reveal: Mapped[Reveal] = mapped_column(
        Enum(Reveal, values_callable=_values, native_enum=False), default=Reveal.INITIALS
    )


class CopyWay(StrEnum):
    """How a practitioner is told of her visits."""

    INVITE = "invite"
    SERVER = "server"


class VisitCopy(Base):
    """One visit as one practitioner's own calendar was told of it, with a uid of its own.

    `told` is the fingerprint of what was last told or is to be told, `starts_at` and `ends_at` the
    times in it; `stamp` and `sequence` rise with each change. `stored` is the fingerprint her
    server holds ("" for none, "?" for perhaps), under `etag`.
    """

    __tablename__ = "visit_copy"
    __table_args__ = (UniqueConstraint("appointment_id", "practitioner_id", "way"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    appointment_id: Mapped[int] = mapped_column(ForeignKey("appointment.id"))
    practitioner_id: Mapped[int] = mapped_column(ForeignKey("practitioner.id"), index=True)
    way: Mapped[CopyWay] = mapped_column(Enum(CopyWay, values_callable=_values, native_enum=False))
    uid: Mapped[str] = mapped_column(unique=True)
    sequence: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]
    stamp: Mapped[datetime]
    told: Mapped[str]
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    cancelled: Mapped[bool] = mapped_column(default=False)
    seen_sequence: Mapped[int]  # the visit's own, when last looked at
    stored: Mapped[str] = mapped_column(default="")
    etag: Mapped[str] = mapped_column(default="")

    appointment: Mapped[Appointment] = relationship()
    practitioner: Mapped[Practitioner] = relationship()


class VisitAnswer(PublicId, Base):
    """What came back about a visit: her calendar's answer, or the message itself.

    Says nothing about the visit's time. `seen_at` is when reception dealt with it.
    """

    __tablename__ = "visit_answer"
    __table_args__ = (UniqueConstraint("appointment_id", "sequence", "answer"),)
    appointment_id: Mapped[int] = mapped_column(ForeignKey("appointment.id"))
    sequence: Mapped[int]  # the version of the visit it is about
    answer: Mapped[Answer] = mapped_column(Enum(Answer, values_callable=_values, native_enum=False))
    received_at: Mapped[datetime]
    seen_at: Mapped[datetime | None]
    seen_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))

    appointment: Mapped[Appointment] = relationship()
