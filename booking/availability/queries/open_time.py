"""When practitioners can be seen: published hours less whatever closes them."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Row, Select, or_, select

from booking.availability.models import TimeOff, WeeklyHours
from booking.availability.rules import WeeklyHours as Hours
from booking.availability.rules import (
    epoch_minute,
    epoch_minute_after,
    instant_of,
    open_spans,
)
from booking.clinic.models import Location, Practitioner
from booking.core.db import session
from booking.core.intervals import Span, normalise, subtract

_ZONE_SPREAD = timedelta(days=1)  # a local date reaches at most this far beyond the UTC one


def hours_between(start: datetime, end: datetime) -> Select[*tuple[Any, ...]]:
    """Weekly hours that may hold between two instants, with whose and where, in offering order."""
    first, last = (start - _ZONE_SPREAD).date(), (end + _ZONE_SPREAD).date()
    return (
        select(
            Practitioner.id.label("practitioner_id"),
            Practitioner.resource_id,
            Location.id.label("location_id"),
            Location.zone,
            WeeklyHours.weekday,
            WeeklyHours.starts,
            WeeklyHours.ends,
            WeeklyHours.valid_from,
            WeeklyHours.valid_until,
            WeeklyHours.every_n_weeks,
        )
        .join(Practitioner, Practitioner.id == WeeklyHours.practitioner_id)
        .join(Location, Location.id == WeeklyHours.location_id)
        .where(
            Practitioner.active,
            WeeklyHours.valid_from <= last,
            or_(WeeklyHours.valid_until.is_(None), WeeklyHours.valid_until >= first),
        )
        .order_by(Practitioner.position, Practitioner.id, Location.position, Location.id)
    )


def open_time(rows: Iterable[Row[Any]], reach: Span) -> dict[tuple[int, int], list[Span]]:
    """Published hours less time off, by practitioner and location."""
    weeks: dict[tuple[int, int], list[Hours]] = defaultdict(list)
    zones: dict[int, ZoneInfo] = {}
    for row in rows:
        zones[row.location_id] = ZoneInfo(row.zone)
        weeks[row.practitioner_id, row.location_id].append(
            Hours(
                weekday=row.weekday,
                starts=row.starts,
                ends=row.ends,
                valid_from=row.valid_from,
                valid_until=row.valid_until,
                every_n_weeks=row.every_n_weeks,
                anchor=row.valid_from,
            )
        )
    away = _time_off({practitioner_id for practitioner_id, _ in weeks}, reach)
    return {
        key: subtract(open_spans(week, zones[key[1]], reach), away.get(key[0], []))
        for key, week in weeks.items()
    }


def _time_off(practitioner_ids: Collection[int], reach: Span) -> dict[int, list[Span]]:
    """When each practitioner is away, in whole minutes that cover it."""
    wanted = select(TimeOff.practitioner_id, TimeOff.starts_at, TimeOff.ends_at).where(
        TimeOff.practitioner_id.in_(practitioner_ids),
        TimeOff.ends_at > instant_of(reach[0]),
        TimeOff.starts_at < instant_of(reach[1]),
    )
    away: dict[int, list[Span]] = defaultdict(list)
    for practitioner_id, starts_at, ends_at in session().execute(wanted):
        away[practitioner_id].append((epoch_minute(starts_at), epoch_minute_after(ends_at)))
    return {practitioner_id: normalise(spans) for practitioner_id, spans in away.items()}
