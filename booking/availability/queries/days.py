"""Who is in on a day, and which booked visits meet the time that is closed."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import func, select

from booking.availability.models import TimeOff, WeeklyHours
from booking.availability.queries.schedules import hours_between, open_time
from booking.availability.rules import (
    day_start,
    epoch_minute,
    epoch_minute_after,
    instant_of,
)
from booking.clinic.models import Location, Practitioner, Service
from booking.core.db import session
from booking.core.intervals import Span, contains, normalise
from booking.occupancy import queries as occupancy

_AHEAD = timedelta(days=366)


def working_day(place: Location, day: date) -> dict[int, list[tuple[datetime, datetime]]]:
    """Return who is in at a location on `day`: published hours less time off.

    By practitioner id, as sorted `[start, end)` in aware UTC. Who has no hours there that day is
    missing; who has, but is away, has an empty list.
    """
    window = _whole_day(place, day)
    start, end = instant_of(window[0]), instant_of(window[1])
    wanted = hours_between(start, end).where(
        WeeklyHours.published, Location.id == place.id, WeeklyHours.weekday == day.weekday()
    )
    rows = session().execute(wanted).all()
    return {
        practitioner_id: [(instant_of(a), instant_of(b)) for a, b in spans]
        for (practitioner_id, _place), spans in open_time(rows, window).items()
    }


def away_on(place: Location, day: date) -> dict[int, list[TimeOff]]:
    """Return the time off that meets a local day, by practitioner id, soonest first."""
    start, end = (instant_of(minute) for minute in _whole_day(place, day))
    rows = session().scalars(
        select(TimeOff)
        .where(TimeOff.ends_at > start, TimeOff.starts_at < end)
        .order_by(TimeOff.starts_at, TimeOff.id)
    )
    found: dict[int, list[TimeOff]] = defaultdict(list)
    for row in rows:
        found[row.practitioner_id].append(row)
    return dict(found)


def visits_within(
    practitioner: Practitioner, starts_at: datetime, ends_at: datetime, zone: ZoneInfo
) -> dict[date, int]:
    """Return how many booked visits meet `[starts_at, ends_at)`, by local date in `zone`."""
    visits = occupancy.appointments_within(practitioner.resource_id, start=starts_at, end=ends_at)
    return _by_day((times[0][0] for times in visits.values()), zone)


def visits_outside(practitioner: Practitioner, zone: ZoneInfo, *, now: datetime) -> dict[date, int]:
    """Return how many visits of the coming year lie outside her open time, by local date.

    Visits stay when hours shrink or time off is taken. Preparing and clearing may reach past the
    hours by design, so as much is overlooked at both ends.
    """
    end = now + _AHEAD
    window = (epoch_minute(now) - 1440, epoch_minute_after(end) + 1440)
    before, after = (
        session()
        .execute(select(func.max(Service.minutes_before), func.max(Service.minutes_after)))
        .one()
    )
    wanted = hours_between(now, end).where(
        WeeklyHours.published, Practitioner.id == practitioner.id
    )
    rows = session().execute(wanted).all()
    hers = normalise(
        (start - (before or 0), finish + (after or 0))
        for spans in open_time(rows, window).values()
        for start, finish in spans
    )
    visits = occupancy.appointments_within(practitioner.resource_id, start=now, end=end)
    outside = (times[0][0] for times in visits.values() if not _lies_in(hers, times))
    return _by_day(outside, zone)


def _whole_day(place: Location, day: date) -> Span:
    zone = ZoneInfo(place.zone)
    return day_start(day, zone), day_start(day + timedelta(days=1), zone)


def _lies_in(spans: list[Span], times: Iterable[tuple[datetime, datetime]]) -> bool:
    return all(
        contains(spans, (epoch_minute(start), epoch_minute_after(end))) for start, end in times
    )


def _by_day(instants: Iterable[datetime], zone: ZoneInfo) -> dict[date, int]:
    counts: dict[date, int] = {}
    for instant in instants:
        day = instant.astimezone(zone).date()
        counts[day] = counts.get(day, 0) + 1
    return counts
