"""A practitioner's own hours and time off. Someone else's are not found."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TypeVar
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import or_, select

from booking.access.policy import Actor
from booking.availability.models import DatedHours, TimeOff, WeeklyHours
from booking.availability.queries.schedules import schedule
from booking.availability.queries.written import rule_of
from booking.availability.rules import PreviewDay, day_start, instant_of, preview_days
from booking.availability.rules.hours import Version
from booking.availability.rules.hours import WeeklyHours as Hours
from booking.availability.rules.leave import Leave, as_written
from booking.availability.rules.weeks import Elsewhere, Period, periods
from booking.clinic import queries as clinic
from booking.clinic.models import Location, Practitioner, Service, ServicePractitioner
from booking.core.db import session
from booking.core.errors import NotFound

PREVIEW_DAYS = 14
_Mine = TypeVar("_Mine", TimeOff, DatedHours)


@dataclass(frozen=True, kw_only=True)
class Pattern:
    """One period's week at a location, a draft or published."""

    version: Version
    period: Period

    @property
    def is_draft(self) -> bool:
        return self.version is Version.DRAFT


def practitioner_for(actor: Actor) -> Practitioner:
    """Return the practitioner the actor is. Raises NotFound for everybody else."""
    number = actor.practitioner_id or clinic.practitioner_of(actor.user_id)
    found = session().get(Practitioner, number) if number is not None else None
    if found is None or not found.active:
        raise NotFound
    return found


def home(practitioner_id: int) -> Location:
    """Return the location whose clock she goes by: the first she has hours at, else the first.

    Raises NotFound when the clinic has no location.
    """
    worked = select(WeeklyHours.location_id).where(WeeklyHours.practitioner_id == practitioner_id)
    found = session().scalar(
        select(Location)
        .order_by(Location.id.in_(worked).desc(), Location.position, Location.id)
        .limit(1)
    )
    if found is None:
        raise NotFound
    return found


def patterns(practitioner_id: int, location_id: int, *, today: date) -> list[Pattern]:
    """Return what the practitioner wrote for a location that holds on `today` or later.

    Drafts first, then what is published, each by its first day; `today` is the location's date.
    """
    rows = (
        session()
        .scalars(
            select(WeeklyHours).where(
                WeeklyHours.practitioner_id == practitioner_id,
                WeeklyHours.location_id == location_id,
                or_(WeeklyHours.valid_until.is_(None), WeeklyHours.valid_until >= today),
            )
        )
        .all()
    )
    drafts = periods((rule_of(row) for row in rows if not row.published), today=today)
    published = periods((rule_of(row) for row in rows if row.published), today=today)
    return [
        *(Pattern(version=Version.DRAFT, period=each) for each in drafts),
        *(Pattern(version=Version.PUBLISHED, period=each) for each in published),
    ]


def elsewhere(practitioner_id: int, location_id: int, *, after: date) -> list[Elsewhere]:
    """Return the hours published for all other locations that still hold on `after` or later."""
    wanted = (
        select(WeeklyHours, Location)
        .join(Location, Location.id == WeeklyHours.location_id)
        .where(
            WeeklyHours.practitioner_id == practitioner_id,
            WeeklyHours.location_id != location_id,
            WeeklyHours.published,
            or_(WeeklyHours.valid_until.is_(None), WeeklyHours.valid_until >= after),
        )
        .order_by(Location.position, Location.id)
    )
    places: dict[int, tuple[Location, list[Hours]]] = {}
    for row, place in session().execute(wanted):
        places.setdefault(place.id, (place, []))[1].append(rule_of(row))
    return [Elsewhere(place.name, ZoneInfo(place.zone), rows) for place, rows in places.values()]


def services_given(practitioner_id: int) -> Sequence[Service]:
    """Return the services the practitioner gives, in the clinic's order."""
    return (
        session()
        .scalars(
            select(Service)
            .join(ServicePractitioner, ServicePractitioner.service_id == Service.id)
            .where(ServicePractitioner.practitioner_id == practitioner_id, Service.active)
            .order_by(Service.position, Service.id)
        )
        .all()
    )


def preview(
    practitioner_id: int, place: Location, service_id: int, shown: Pattern | None, *, now: datetime
) -> list[PreviewDay]:
    """Two weeks of what patients will see of `shown`, from its first day or today.

    Hours that start later are seen as on the day before, so that the horizon does not hide them.
    Without a pattern the days of single hours are seen.
    """
    zone = ZoneInfo(place.zone)
    today = now.astimezone(zone).date()
    first = max(shown.period.first, today) if shown else today
    start = instant_of(day_start(first, zone))
    end = instant_of(day_start(first + timedelta(days=PREVIEW_DAYS), zone))
    known = schedule(
        service_id,
        start=start,
        end=end,
        now=max(now, start - timedelta(days=1)),
        practitioner_ids=[practitioner_id],
        location_ids=[place.id],
        version=shown.version if shown else Version.PUBLISHED,
    )
    return preview_days(known.offers(), first, PREVIEW_DAYS)


@dataclass(frozen=True, kw_only=True)
class Planned:
    """Time off, and the same as a person would write it."""

    row: TimeOff
    leave: Leave


def time_off_to_come(practitioner_id: int, zone: ZoneInfo, *, now: datetime) -> list[Planned]:
    """Return the time off that is not over, soonest first, each as written on `zone`'s clock."""
    rows = session().scalars(
        select(TimeOff)
        .where(TimeOff.practitioner_id == practitioner_id, TimeOff.ends_at > now)
        .order_by(TimeOff.starts_at, TimeOff.id)
    )
    return [Planned(row=row, leave=as_written(row.starts_at, row.ends_at, zone)) for row in rows]


def time_off_for(actor: Actor, public_id: UUID) -> TimeOff:
    """Return one stretch of the actor's own time off. Raises NotFound."""
    return _own(actor, TimeOff, public_id)


def dated_to_come(practitioner_id: int, location_id: int, *, today: date) -> Sequence[DatedHours]:
    """Return what is different on single days from `today` on, by day and time."""
    return (
        session()
        .scalars(
            select(DatedHours)
            .where(
                DatedHours.practitioner_id == practitioner_id,
                DatedHours.location_id == location_id,
                DatedHours.day >= today,
            )
            .order_by(DatedHours.day, DatedHours.starts, DatedHours.id)
        )
        .all()
    )


def dated_for(actor: Actor, public_id: UUID) -> DatedHours:
    """Return one of the actor's own single days. Raises NotFound."""
    return _own(actor, DatedHours, public_id)


def _own(actor: Actor, table: type[_Mine], public_id: UUID) -> _Mine:
    found = session().scalar(
        select(table).where(
            table.public_id == public_id,
            table.practitioner_id == practitioner_for(actor).id,
        )
    )
    if found is None:
        raise NotFound
    return found
