"""Tables: the organisation, its locations, rooms, services, practitioners, credentials, words."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, Enum, ForeignKey, ForeignKeyConstraint, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from booking.clinic.models.words import OwnWords as OwnWords
from booking.clinic.rules.kinds import BookingMode as BookingMode
from booking.clinic.rules.kinds import CredentialKind as CredentialKind
from booking.clinic.rules.kinds import GapRule as GapRule
from booking.clinic.rules.kinds import LateChange as LateChange
from booking.clinic.rules.kinds import SegmentKind as SegmentKind
from booking.clinic.rules.kinds import Way as Way
from booking.core.db import Base, PublicId


def _values(kinds: type[StrEnum]) -> list[str]:
    return [kind.value for kind in kinds]


class ReceptionView(StrEnum):
    """How much of a form reception may open (docs/glossary.md, "reception view")."""

    TASKS = "tasks"
    STANDARD = "standard"
    FULL = "full"


class Organisation(Base):
    """The one clinic this deployment is for: its names, numbers and settings. Always row 1."""

    __tablename__ = "organisation"
    __table_args__ = (CheckConstraint("id = 1", name="only_one"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    outward_name: Mapped[str]  # what the outside world may see: "Canal Street"
    sender_name: Mapped[str]  # neutral From name
    sender_address: Mapped[str]  # From and ORGANIZER address
    phone: Mapped[str]
    phone_hours: Mapped[str]
    currency: Mapped[str] = mapped_column(default="GBP")
    locale: Mapped[str] = mapped_column(default="en_GB")
    other_locales: Mapped[str] = mapped_column(default="")  # space-separated, offered besides
    region: Mapped[str] = mapped_column(default="GB")  # for reading phone numbers
    emergency_number: Mapped[str]
    emergency_department: Mapped[str]
    urgent_advice_line: Mapped[str]
    early_pregnancy_unit: Mapped[str]
    crisis_text: Mapped[str]
    watched_by: Mapped[str] = mapped_column(default="")  # who watches urgent flags; "" is nobody
    watched_when: Mapped[str] = mapped_column(default="")
    urgent_email: Mapped[str] = mapped_column(default="")  # told at once of an urgent form
    reception_view: Mapped[ReceptionView] = mapped_column(
        Enum(ReceptionView, values_callable=_values, native_enum=False),
        default=ReceptionView.STANDARD,
    )
    minimum_age: Mapped[int] = mapped_column(default=16)  # years, for booking online
    reminder_hours: Mapped[int] = mapped_column(default=48)  # before the visit; 0 is never
    reminder_morning: Mapped[str] = mapped_column(default="08:00")  # of the day; "" is never
    check_at: Mapped[str] = mapped_column(default="15:00")  # of the day before; "" is never
    check_days: Mapped[int] = mapped_column(default=7)  # a form sent longer before is old
    quiet_from: Mapped[str] = mapped_column(default="21:00")  # no reminder leaves from here on
    quiet_until: Mapped[str] = mapped_column(default="08:00")
    reading_days: Mapped[int] = mapped_column(default=90)  # a practitioner reads on after a visit
    # Records of whoever was treated before coming of age: to the end of the year of this birthday,
    # one year longer where the last visit may have been at seventeen; 0 keeps them as others.
    young_kept_to_age: Mapped[int] = mapped_column(default=25)
    unfinished_days: Mapped[int] = mapped_column(default=30)  # a form not sent is kept
    retention_by: Mapped[str] = mapped_column(default="")  # who decided how long things are kept
    permissions: Mapped[str] = mapped_column(default="partner")  # asked for, one by one
    techniques: Mapped[str] = mapped_column(default="electroacupuncture moxa cupping")  # done here
    leave_url: Mapped[str] = mapped_column(default="https://www.bbc.co.uk/weather")  # "": none

    @property
    def languages(self) -> tuple[str, ...]:
        """The locales pages can be read in, the clinic's own first."""
        return (self.locale, *self.other_locales.split())

    @property
    def offered_techniques(self) -> frozenset[str]:
        """What is done here besides needles."""
        return frozenset(self.techniques.split())

    def locale_for(self, chosen: str) -> str:
        """Return the locale to write to somebody in who chose `chosen`; "" is no choice."""
        return chosen if chosen in self.languages else self.locale


class Location(PublicId, Base):
    """A place with an address and a time zone of its own."""

    __tablename__ = "location"
    name: Mapped[str]  # inside
    outward_name: Mapped[str]
    address: Mapped[str]
    directions: Mapped[str] = mapped_column(default="")
    zone: Mapped[str]  # IANA
    position: Mapped[int] = mapped_column(default=0)
    rooms: Mapped[list["Room"]] = relationship(back_populates="location", order_by="Room.position")


class Room(PublicId, Base):
    """A room; a resource that is taken for the whole visit."""

    __tablename__ = "room"
    location_id: Mapped[int] = mapped_column(ForeignKey("location.id"), index=True)
    resource_id: Mapped[int] = mapped_column(ForeignKey("resource.id"), unique=True)
    name: Mapped[str]
    position: Mapped[int] = mapped_column(default=0)
    location: Mapped[Location] = relationship(back_populates="rooms")


class Practitioner(PublicId, Base):
    """Someone who treats. `user_id` is set once she has accepted her invitation.

    `title` is what the clinic calls what she does, `outward_title` what others may see of it.
    """

    __tablename__ = "practitioner"
    resource_id: Mapped[int] = mapped_column(ForeignKey("resource.id"), unique=True)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"), unique=True)
    name: Mapped[str]
    email: Mapped[str] = mapped_column(default="")
    title: Mapped[str] = mapped_column(default="")  # inside
    outward_title: Mapped[str] = mapped_column(default="")
    about: Mapped[str] = mapped_column(default="")  # shown to everybody
    languages: Mapped[str] = mapped_column(default="")
    position: Mapped[int] = mapped_column(default=0)
    active: Mapped[bool] = mapped_column(default=True)
    video_url: Mapped[str] = mapped_column(default="")  # hers; shown near the time, never mailed


class Credential(PublicId, Base):
    """A licence, an insurance or another proof, valid through the day `expires_on`.

    Of licences and of insurances the one that lasts longest counts, so the next may be entered
    while this one still runs. `checked_at` is when somebody looked it up with the body itself;
    changing what was entered takes that back.
    """

    __tablename__ = "credential"
    __table_args__ = (
        CheckConstraint("kind = 'other' OR expires_on IS NOT NULL", name="runs_out"),
        CheckConstraint("register_url = '' OR register_url LIKE 'https://%'", name="https"),
        CheckConstraint("(checked_at IS NULL) = (checked_by IS NULL)", name="checked_by_one"),
    )
    practitioner_id: Mapped[int] = mapped_column(ForeignKey("practitioner.id"), index=True)
    kind: Mapped[CredentialKind] = mapped_column(
        Enum(CredentialKind, values_callable=_values, native_enum=False)
    )
    body: Mapped[str]
    number: Mapped[str] = mapped_column(default="")
    register_url: Mapped[str] = mapped_column(default="")
    expires_on: Mapped[date | None]
    checked_at: Mapped[datetime | None]
    checked_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))

    practitioner: Mapped[Practitioner] = relationship()


class Service(PublicId, Base):
    """What can be booked. `name` is the clinic's own, `outward_name` what others may see.

    Every rule may be another for one practitioner: `ServicePractitioner`. Caps count a
    practitioner's visits of this service a day and a week (Monday to Sunday) by the location's
    calendar; None is without limit.
    """

    __tablename__ = "service"
    __table_args__ = (
        CheckConstraint("daily_cap > 0", name="daily_cap"),
        CheckConstraint("weekly_cap > 0", name="weekly_cap"),
    )
    name: Mapped[str]
    outward_name: Mapped[str]
    description: Mapped[str] = mapped_column(default="")  # outward, one line
    price_minor: Mapped[int]
    first_visit: Mapped[bool] = mapped_column(default=False)
    mode: Mapped[BookingMode] = mapped_column(
        Enum(BookingMode, values_callable=_values, native_enum=False), default=BookingMode.ONLINE
    )
    way: Mapped[Way] = mapped_column(
        Enum(Way, values_callable=_values, native_enum=False), default=Way.IN_PERSON
    )
    new_patients: Mapped[bool] = mapped_column(default=True)
    minutes_before: Mapped[int] = mapped_column(default=0)
    minutes_after: Mapped[int] = mapped_column(default=0)
    minimum_notice_minutes: Mapped[int] = mapped_column(default=120)
    horizon_days: Mapped[int] = mapped_column(default=90)
    grid_minutes: Mapped[int] = mapped_column(default=15)
    move_window_minutes: Mapped[int] = mapped_column(default=24 * 60)
    cancel_window_minutes: Mapped[int] = mapped_column(default=24 * 60)
    late_change: Mapped[LateChange] = mapped_column(
        Enum(LateChange, values_callable=_values, native_enum=False), default=LateChange.CALL
    )
    request_minutes: Mapped[int] = mapped_column(default=48 * 60)  # how long a request may wait
    daily_cap: Mapped[int | None]
    weekly_cap: Mapped[int | None]
    gap: Mapped[GapRule] = mapped_column(
        Enum(GapRule, values_callable=_values, native_enum=False), default=GapRule.NONE
    )
    position: Mapped[int] = mapped_column(default=0)
    active: Mapped[bool] = mapped_column(default=True)
    segments: Mapped[list["ServiceSegment"]] = relationship(
        back_populates="service", order_by="ServiceSegment.position", lazy="selectin"
    )

    @property
    def minutes(self) -> int:
        """How long the patient is there, without time before and after."""
        return sum(segment.minutes for segment in self.segments)


class ServiceSegment(Base):
    """One part of a visit, in order."""

    __tablename__ = "service_segment"
    __table_args__ = (
        UniqueConstraint("service_id", "position"),
        CheckConstraint("minutes > 0", name="lasts"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    service_id: Mapped[int] = mapped_column(ForeignKey("service.id"))
    position: Mapped[int]
    kind: Mapped[SegmentKind] = mapped_column(
        Enum(SegmentKind, values_callable=_values, native_enum=False)
    )
    minutes: Mapped[int]
    service: Mapped[Service] = relationship(back_populates="segments")


class ServicePractitioner(Base):
    """This practitioner gives this service; what is not None is another rule for her.

    With `segments` of her own, her visits have those parts instead of the service's. A cap of
    NO_LIMIT is none, whatever the service has.
    """

    __tablename__ = "service_practitioner"
    __table_args__ = (
        CheckConstraint("daily_cap > 0", name="daily_cap"),
        CheckConstraint("weekly_cap > 0", name="weekly_cap"),
    )
    service_id: Mapped[int] = mapped_column(ForeignKey("service.id"), primary_key=True)
    practitioner_id: Mapped[int] = mapped_column(ForeignKey("practitioner.id"), primary_key=True)
    price_minor: Mapped[int | None]
    mode: Mapped[BookingMode | None] = mapped_column(
        Enum(BookingMode, values_callable=_values, native_enum=False)
    )
    new_patients: Mapped[bool | None]
    minimum_notice_minutes: Mapped[int | None]
    horizon_days: Mapped[int | None]
    grid_minutes: Mapped[int | None]
    move_window_minutes: Mapped[int | None]
    cancel_window_minutes: Mapped[int | None]
    daily_cap: Mapped[int | None]
    weekly_cap: Mapped[int | None]
    gap: Mapped[GapRule | None] = mapped_column(
        Enum(GapRule, values_callable=_values, native_enum=False)
    )
    segments: Mapped[list["OwnSegment"]] = relationship(order_by="OwnSegment.position")


class OwnSegment(Base):
    """One part of a visit as one practitioner gives it, in order."""

    __tablename__ = "own_segment"
    __table_args__ = (
        ForeignKeyConstraint(
            ["service_id", "practitioner_id"],
            ["service_practitioner.service_id", "service_practitioner.practitioner_id"],
            ondelete="CASCADE",
        ),
        CheckConstraint("minutes > 0", name="lasts"),
    )
    service_id: Mapped[int] = mapped_column(primary_key=True)
    practitioner_id: Mapped[int] = mapped_column(primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[SegmentKind] = mapped_column(
        Enum(SegmentKind, values_callable=_values, native_enum=False)
    )
    minutes: Mapped[int]


class ServiceRoom(Base):
    """This room suits this service."""

    __tablename__ = "service_room"
    service_id: Mapped[int] = mapped_column(ForeignKey("service.id"), primary_key=True)
    room_id: Mapped[int] = mapped_column(ForeignKey("room.id"), primary_key=True)
