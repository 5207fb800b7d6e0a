"""When practitioners can be seen: weekly and single days' hours less whatever closes them."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import (
    Integer,
    Row,
    Select,
    String,
    Subquery,
    cast,
    literal,
    null,
    or_,
    select,
    union_all,
)

from booking.availability.models import Change, Closure, DatedHours, TimeOff, WeeklyHours
from booking.availability.rules import WeeklyHours as Hours
from booking.availability.rules import (
    epoch_minute,
    epoch_minute_after,
    instant_of,
    open_spans,
)
from booking.availability.rules.days import Different
from booking.availability.rules.hours import Version
from booking.clinic.models import Location, Practitioner
from booking.core.db import session
from booking.core.intervals import Span, normalise, subtract, union

_ZONE_SPREAD = timedelta(days=1)  # a local date reaches at most this far beyond the UTC one
_WEEKLY = "weekly"

Key = tuple[int, int]
"""(practitioner id, location id)"""


def hours_between(
    start: datetime, end: datetime, *, version: Version = Version.PUBLISHED
) -> Select[*tuple[Any, ...]]:
    """Hours that may hold between two instants, with whose and where, in offering order.

    Weekly hours and those of single days, one query. For Version.DRAFT both drafts and what is
    published are among them; `open_time` lets drafts take the place of what they are to replace.
    """
    first, last = (start - _ZONE_SPREAD).date(), (end + _ZONE_SPREAD).date()
    hours = _all_hours(first, last, version)
    return (
        select(
            Practitioner.id.label("practitioner_id"),
            Practitioner.resource_id,
            Location.id.label("location_id"),
            Location.zone,
            hours.c.kind,
            hours.c.weekday,
            hours.c.starts,
            hours.c.ends,
            hours.c.valid_from,
            hours.c.valid_until,
            hours.c.every_n_weeks,
            hours.c.anchor,
            hours.c.published,
        )
        .join(hours, hours.c.practitioner_id == Practitioner.id)
        .join(Location, Location.id == hours.c.location_id)
        .where(Practitioner.active)
        .order_by(Practitioner.position, Practitioner.id, Location.position, Location.id)
    )


def _all_hours(first: date, last: date, version: Version) -> Subquery:
    weekly = select(
        WeeklyHours.practitioner_id,
        WeeklyHours.location_id,
        literal(_WEEKLY, String).label("kind"),
        WeeklyHours.weekday,
        WeeklyHours.starts,
        WeeklyHours.ends,
        WeeklyHours.valid_from,
        WeeklyHours.valid_until,
        WeeklyHours.every_n_weeks,
        WeeklyHours.anchor,
        WeeklyHours.published,
    ).where(
        WeeklyHours.valid_from <= last,
        or_(WeeklyHours.valid_until.is_(None), WeeklyHours.valid_until >= first),
    )
    dated = select(
        DatedHours.practitioner_id,
        DatedHours.location_id,
        cast(DatedHours.change, String),
        cast(null(), Integer),
        DatedHours.starts,
        DatedHours.ends,
        DatedHours.day,
        DatedHours.day,
        cast(null(), Integer),
        DatedHours.day,
        DatedHours.published,
    ).where(DatedHours.day.between(first, last))
    if version is Version.PUBLISHED:
        weekly, dated = weekly.where(WeeklyHours.published), dated.where(DatedHours.published)
    return union_all(weekly, dated).subquery("hours")


def open_time(rows: Iterable[Row[Any]], reach: Span) -> dict[Key, list[Span]]:
    """What rows of `hours_between` leave open within `reach`, by practitioner and location.

    Weekly hours, less what is taken from single days, with what is added to them, less time off
    and closures.
    """
    hours, away = _hours_and_leave(rows, reach)
    return {key: subtract(spans, away[key[0]]) for key, spans in hours.items()}


def open_between(practitioner_ids: Collection[int], window: Span) -> dict[Key, list[Span]]:
    """When each of these practitioners can be seen within `window`, by location: two queries."""
    return open_time(_rows(practitioner_ids, window), window)


def rota(practitioner_ids: Collection[int], window: Span) -> dict[Key, list[Span]]:
    """The same before time off: when they would be in, closures left out."""
    return _hours_and_leave(_rows(practitioner_ids, window), window)[0]


def _rows(practitioner_ids: Collection[int], window: Span) -> Iterable[Row[Any]]:
    wanted = hours_between(instant_of(window[0]), instant_of(window[1]))
    return session().execute(wanted.where(Practitioner.id.in_(practitioner_ids))).all()


def _hours_and_leave(
    rows: Iterable[Row[Any]], reach: Span
) -> tuple[dict[Key, list[Span]], dict[int, list[Span]]]:
    """Hours less closures by practitioner and location; time off by practitioner."""
    weeks: dict[Key, _Written] = defaultdict(_Written.empty)
    zones: dict[int, ZoneInfo] = {}
    for row in rows:
        zones[row.location_id] = ZoneInfo(row.zone)
        weeks[row.practitioner_id, row.location_id].note(row)
    away, shut = _closed({who for who, _ in weeks}, zones.keys(), reach)
    hours = {
        (who, where): subtract(written.open(zones[where], reach), shut[where])
        for (who, where), written in weeks.items()
    }
    return hours, away


class _Written(NamedTuple):
    """What is written down for one practitioner at one location."""

    published: list[Hours]
    drafts: list[Hours]
    different: list[Different]

    @classmethod
    def empty(cls) -> "_Written":
        return cls([], [], [])

    def note(self, row: Row[Any]) -> None:
        if row.kind == _WEEKLY:
            (self.published if row.published else self.drafts).append(rule_of(row))
        else:
            self.different.append(Different(row.valid_from, Change(row.kind), row.starts, row.ends))

    def open(self, zone: ZoneInfo, reach: Span) -> list[Span]:
        weekly = open_spans(in_place_of(self.published, self.drafts), zone, reach)
        gone = [each.hours for each in self.different if each.change is Change.REMOVES]
        more = [each.hours for each in self.different if each.change is Change.ADDS]
        left = subtract(weekly, open_spans(gone, zone, reach)) if gone else weekly
        return union(left, open_spans(more, zone, reach)) if more else left


def in_place_of(published: Iterable[Hours], drafts: Iterable[Hours]) -> list[Hours]:
    """Published hours with drafts in the place of what they are to replace."""
    found, drafts = list(published), list(drafts)
    for first, last in {(draft.valid_from, draft.valid_until) for draft in drafts}:
        found = [left for row in found for left in row.outside(first or date.min, last)]
    return [*found, *drafts]


def rule_of(row: Any) -> Hours:
    """Return weekly hours as stored in the way the rules read them."""
    return Hours(
        weekday=row.weekday,
        starts=row.starts,
        ends=row.ends,
        valid_from=row.valid_from,
        valid_until=row.valid_until,
        every_n_weeks=row.every_n_weeks,
        anchor=row.anchor or row.valid_from,
    )


def _closed(
    people: Collection[int], places: Collection[int], reach: Span
) -> tuple[dict[int, list[Span]], dict[int, list[Span]]]:
    """When practitioners are away and locations closed, in whole minutes that cover it."""
    start, end = instant_of(reach[0]), instant_of(reach[1])
    wanted = union_all(
        select(
            TimeOff.practitioner_id.label("who"),
            cast(null(), Integer).label("where"),
            TimeOff.starts_at,
            TimeOff.ends_at,
        ).where(
            TimeOff.practitioner_id.in_(people),
            TimeOff.published,
            TimeOff.ends_at > start,
            TimeOff.starts_at < end,
        ),
        select(
            cast(null(), Integer), Closure.location_id, Closure.starts_at, Closure.ends_at
        ).where(Closure.location_id.in_(places), Closure.ends_at > start, Closure.starts_at < end),
    )
    away: dict[int, list[Span]] = defaultdict(list)
    shut: dict[int, list[Span]] = defaultdict(list)
    for who, where, starts_at, ends_at in session().execute(wanted):
        span = epoch_minute(starts_at), epoch_minute_after(ends_at)
        (shut[where] if who is None else away[who]).append(span)
    return _normal(away), _normal(shut)


def _normal(spans: dict[int, list[Span]]) -> dict[int, list[Span]]:
    return defaultdict(list, {key: normalise(each) for key, each in spans.items()})
