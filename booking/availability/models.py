"""Tables: when practitioners can be seen, and when places are closed."""

from datetime import date, datetime, time
from enum import StrEnum
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Enum, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from booking.availability.rules.days import Change as Change
from booking.core.db import Base, PublicId


def _values(kinds: type[StrEnum]) -> list[str]:
    return [kind.value for kind in kinds]


class WeeklyHours(PublicId, Base):
    """One stretch of a practitioner's week at one location, on the location's wall clock.

    `weekday` is 0 for Monday. `every_n_weeks` counts from the week of `anchor`, or of `valid_from`
    where there is none.
    """

    __tablename__ = "weekly_hours"
    __table_args__ = (
        CheckConstraint("starts < ends", name="forwards"),
        CheckConstraint("weekday BETWEEN 0 AND 6", name="weekday"),
        CheckConstraint("every_n_weeks >= 1", name="every_n_weeks"),
    )
    practitioner_id: Mapped[int] = mapped_column(ForeignKey("practitioner.id"), index=True)
    location_id: Mapped[int] = mapped_column(ForeignKey("location.id"))
    weekday: Mapped[int]
    starts: Mapped[time]
    ends: Mapped[time]
    valid_from: Mapped[date]
    valid_until: Mapped[date | None]
    every_n_weeks: Mapped[int] = mapped_column(default=1)
    anchor: Mapped[date | None]
    published: Mapped[bool] = mapped_column(default=False)


class DatedHours(PublicId, Base):
    """What is different on one date at one location: hours added or taken away, by its clock.

    Without times the whole day is taken away. Time added counts also where other time is taken.
    """

    __tablename__ = "dated_hours"
    __table_args__ = (
        CheckConstraint("starts < ends", name="forwards"),
        CheckConstraint("(starts IS NULL) = (ends IS NULL)", name="both_times"),
        CheckConstraint("starts IS NOT NULL OR change = 'removes'", name="added_has_times"),
    )
    practitioner_id: Mapped[int] = mapped_column(ForeignKey("practitioner.id"), index=True)
    location_id: Mapped[int] = mapped_column(ForeignKey("location.id"))
    day: Mapped[date]
    change: Mapped[Change] = mapped_column(Enum(Change, values_callable=_values, native_enum=False))
    starts: Mapped[time | None]
    ends: Mapped[time | None]
    published: Mapped[bool] = mapped_column(default=False)


class TimeOff(PublicId, Base):
    """A practitioner is away during `[starts_at, ends_at)`, wherever she works.

    What is not published is only planned, and closes nothing.
    """

    __tablename__ = "time_off"
    __table_args__ = (CheckConstraint("starts_at < ends_at", name="forwards"),)
    practitioner_id: Mapped[int] = mapped_column(ForeignKey("practitioner.id"), index=True)
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    note: Mapped[str] = mapped_column(default="")  # for colleagues: "Lunch", "Course"
    published: Mapped[bool] = mapped_column(default=True)


class Closure(PublicId, Base):
    """A location is closed during `[starts_at, ends_at)`, for everybody."""

    __tablename__ = "closure"
    __table_args__ = (CheckConstraint("starts_at < ends_at", name="forwards"),)
    location_id: Mapped[int] = mapped_column(ForeignKey("location.id"), index=True)
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    name: Mapped[str]  # inside: "Boxing Day"


class OutsideBusy(Base):
    """A practitioner is busy during `[starts_at, ends_at)`, says a calendar kept elsewhere.

    Closes time and never opens any. `source` is the public id of that calendar, whose last good
    reading these rows are.
    """

    __tablename__ = "outside_busy"
    __table_args__ = (
        CheckConstraint("starts_at < ends_at", name="forwards"),
        Index("ix_outside_busy_seek", "practitioner_id", "ends_at"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    source: Mapped[UUID] = mapped_column(index=True)
    practitioner_id: Mapped[int] = mapped_column(ForeignKey("practitioner.id"))
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]


class WrittenMark(Base):
    """One row: the mark of all that offers rest on beside what is taken.

    It is another, at random, after every change of hours, time off, closures, services and their
    terms, rooms, locations, practitioners and their proofs: the database sees to that (migration
    0024), at the latest when a transaction ends.
    """

    __tablename__ = "written_mark"
    __table_args__ = (CheckConstraint("id = 1", name="the_only_one"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    mark: Mapped[int] = mapped_column(BigInteger)
