"""A practitioner's own hours and time off. Someone else's are not found."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import or_, select

from booking.access.policy import Actor
from booking.availability.models import TimeOff, WeeklyHours
from booking.availability.queries.schedules import Version, schedule
from booking.availability.rules import PreviewDay, day_start, instant_of, preview_days
from booking.availability.rules.hours import WeeklyHours as Hours
from booking.availability.rules.leave import Leave, as_written
from booking.availability.rules.weeks import Elsewhere, Stretch
from booking.clinic import queries as clinic
from booking.clinic.models import Location, Practitioner, Service, ServicePractitioner
from booking.core.db import session
from booking.core.errors import NotFound

PREVIEW_DAYS = 14


@dataclass(frozen=True, kw_only=True)
class Week:
    """The weekly hours one location has: the draft if there is one, else what is published.

    `starts_on` is the date they hold from; None when there are no hours yet. `ends_on` is the last
    date any of them holds, `date.max` when they go on.
    """

    version: Version
    stretches: tuple[Stretch, ...]
    starts_on: date | None
    ends_on: date

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


def location(public_id: UUID) -> Location:
    """Return a location of the clinic. Raises NotFound."""
    found = session().scalar(select(Location).where(Location.public_id == public_id))
    if found is None:
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


def week(practitioner_id: int, location_id: int, *, today: date) -> Week:
    """Return what the practitioner last wrote for a location; `today` is the location's date."""
    rows = (
        session()
        .scalars(
            select(WeeklyHours)
            .where(
                WeeklyHours.practitioner_id == practitioner_id,
                WeeklyHours.location_id == location_id,
                or_(WeeklyHours.valid_until.is_(None), WeeklyHours.valid_until >= today),
            )
            .order_by(WeeklyHours.weekday, WeeklyHours.starts)
        )
        .all()
    )
    drafts = [row for row in rows if not row.published]
    shown = drafts or [row for row in rows if row.published]
    newest = max((row.valid_from for row in shown), default=None)
    reference = max(newest or today, today)
    return Week(
        version=Version.DRAFT if drafts else Version.PUBLISHED,
        stretches=tuple(
            Stretch(row.weekday, row.starts, row.ends)
            for row in shown
            if row.valid_until is None or row.valid_until >= reference
        ),
        starts_on=newest,
        ends_on=max((row.valid_until or date.max for row in shown), default=date.max),
    )


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


def rule_of(row: WeeklyHours) -> Hours:
    """Return a stored row as the rules read it."""
    return Hours(
        weekday=row.weekday,
        starts=row.starts,
        ends=row.ends,
        valid_from=row.valid_from,
        valid_until=row.valid_until,
        every_n_weeks=row.every_n_weeks,
        anchor=row.valid_from,
    )


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
    practitioner_id: int, place: Location, service_id: int, shown: Week, *, now: datetime
) -> list[PreviewDay]:
    """Two weeks of what patients will see of `shown`, from its first day or today.

    Hours that start later are seen as on the day before, so that the horizon does not hide them.
    """
    zone = ZoneInfo(place.zone)
    first = max(shown.starts_on or date.min, now.astimezone(zone).date())
    start = instant_of(day_start(first, zone))
    end = instant_of(day_start(first + timedelta(days=PREVIEW_DAYS), zone))
    known = schedule(
        service_id,
        start=start,
        end=end,
        now=max(now, start - timedelta(days=1)),
        practitioner_ids=[practitioner_id],
        location_ids=[place.id],
        version=shown.version,
    )
    return preview_days(known.offers(), first, PREVIEW_DAYS)


def time_off_to_come(
    practitioner_id: int, zone: ZoneInfo, *, now: datetime
) -> list[tuple[TimeOff, Leave]]:
    """Return the time off that is not over, soonest first, each as written on `zone`'s clock."""
    rows = session().scalars(
        select(TimeOff)
        .where(TimeOff.practitioner_id == practitioner_id, TimeOff.ends_at > now)
        .order_by(TimeOff.starts_at, TimeOff.id)
    )
    return [(row, as_written(row.starts_at, row.ends_at, zone)) for row in rows]


def time_off_for(actor: Actor, public_id: UUID) -> TimeOff:
    """Return one stretch of the actor's own time off. Raises NotFound."""
    found = session().scalar(
        select(TimeOff).where(
            TimeOff.public_id == public_id,
            TimeOff.practitioner_id == practitioner_for(actor).id,
        )
    )
    if found is None:
        raise NotFound
    return found
