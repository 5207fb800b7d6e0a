"""Which booked visits meet time that is closed, or is about to be."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import func, select

from booking.availability.models import WeeklyHours
from booking.availability.queries.open_time import hours_between, open_time
from booking.availability.rules import (
    epoch_minute,
    epoch_minute_after,
)
from booking.clinic.models import Practitioner, Service
from booking.core.db import session
from booking.core.intervals import Span, contains, normalise
from booking.occupancy import queries as occupancy

_AHEAD = timedelta(days=366)


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
