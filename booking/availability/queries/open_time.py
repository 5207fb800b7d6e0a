"""When practitioners can be seen: weekly and single days' hours less whatever closes them."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import (
    BindParameter,
    Integer,
    Row,
    Select,
    String,
    Subquery,
    bindparam,
    cast,
    literal,
    null,
    or_,
    select,
    union_all,
)

from booking.availability.models import (
    Change,
    Closure,
    DatedHours,
    OutsideBusy,
    TimeOff,
    WeeklyHours,
)
from booking.availability.rules import (
    OpenSpans,
    epoch_minute,
    epoch_minute_after,
    instant_of,
    open_spans,
)
from booking.availability.rules import WeeklyHours as Hours
from booking.availability.rules.days import Different
from booking.availability.rules.explaining import Closing
from booking.availability.rules.hours import Version
from booking.clinic.models import Location, Practitioner
from booking.core.db import UtcDateTime, session
from booking.core.intervals import Span, normalise, subtract, union

_ZONE_SPREAD = timedelta(days=1)  # a local date reaches at most this far beyond the UTC one
_WEEKLY = "weekly"

Key = tuple[int, int]
"""(practitioner id, location id)"""


def hours_between(
    start: datetime,
    end: datetime,
    *,
    version: Version = Version.PUBLISHED,
    whose: Select[Any] | None = None,
) -> Select[*tuple[Any, ...]]:
    """Hours that may hold between two instants, with whose and where, in offering order.

    Weekly hours and those of single days, one query. For Version.DRAFT both drafts and what is
    published are among them; `open_time` lets drafts take the place of what they are to replace.
    `whose` selects practitioners (ids); None is everybody.
    """
    first, last = (start - _ZONE_SPREAD).date(), (end + _ZONE_SPREAD).date()
    hours = _all_hours(first, last, version, whose)
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


def _all_hours(first: date, last: date, version: Version, whose: Select[Any] | None) -> Subquery:
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
    if whose is not None:
        weekly = weekly.where(WeeklyHours.practitioner_id.in_(whose))
        dated = dated.where(DatedHours.practitioner_id.in_(whose))
    return union_all(weekly, dated).subquery("hours")


def open_time(rows: Iterable[Row[Any]], reach: Span) -> dict[Key, OpenSpans]:
    """What rows of `hours_between` leave open within `reach`, by practitioner and location.

    Weekly hours, less what is taken from single days, with what is added to them, less time off
    and closures.
    """
    weeks, zones = _by_place(rows)
    closed = _closed({who for who, _ in weeks}, zones.keys(), reach)
    return {
        (who, where): _open(
            week, tuple(union(closed.people[who], closed.places[where])), zones[where], reach
        )
        for (who, where), week in weeks.items()
    }


def open_between(practitioner_ids: Collection[int], window: Span) -> dict[Key, OpenSpans]:
    """When each of these practitioners can be seen within `window`, by location: two queries."""
    return open_time(_rows(practitioner_ids, window), window)


def rota(practitioner_ids: Collection[int], window: Span) -> dict[Key, OpenSpans]:
    """The same before time off: when they would be in, closures left out."""
    weeks, zones = _by_place(_rows(practitioner_ids, window))
    closed = _closed((), zones.keys(), window)
    return {
        (who, where): _open(week, tuple(closed.places[where]), zones[where], window)
        for (who, where), week in weeks.items()
    }


def _rows(practitioner_ids: Collection[int], window: Span) -> Sequence[Row[Any]]:
    wanted = hours_between(instant_of(window[0]), instant_of(window[1]))
    return session().execute(wanted.where(Practitioner.id.in_(practitioner_ids))).all()


def _by_place(
    rows: Iterable[Row[Any]],
) -> tuple[dict[Key, tuple[tuple[Any, ...], ...]], dict[int, ZoneInfo]]:
    """What is written by practitioner and location, and each location's zone."""
    weeks: dict[Key, list[tuple[Any, ...]]] = defaultdict(list)
    zones: dict[int, ZoneInfo] = {}
    for row in rows:
        if row.location_id not in zones:
            zones[row.location_id] = ZoneInfo(row.zone)
        weeks[row.practitioner_id, row.location_id].append(row[_WRITTEN])
    return {key: tuple(week) for key, week in weeks.items()}, zones


def closing(rows: Iterable[Row[Any]], reach: Span) -> Closing:
    """The same rows of one practitioner at one location before anything closes them, and what does.

    Nothing at all where there are no rows.
    """
    found = list(rows)
    if not found:
        return Closing()
    who, where, zone = found[0].practitioner_id, found[0].location_id, ZoneInfo(found[0].zone)
    closed = _closed([who], [where], reach)
    return Closing(
        hours=_open(tuple(row[_WRITTEN] for row in found), (), zone, reach),
        time_off=closed.people[who],
        closures=closed.places[where],
    )


@lru_cache(maxsize=4096)
def _open(
    week: tuple[tuple[Any, ...], ...], closed: tuple[Span, ...], zone: ZoneInfo, reach: Span
) -> OpenSpans:
    """The same for one practitioner at one location; kept while what is written stays the same."""
    written = _Written([], [], [])
    for row in week:
        written.note(_Row(*row))
    return OpenSpans(subtract(written.open(zone, reach), closed))


class _Row(NamedTuple):
    """What a row of `hours_between` says of hours."""

    kind: str
    weekday: int
    starts: time
    ends: time
    valid_from: date
    valid_until: date | None
    every_n_weeks: int
    anchor: date | None
    published: bool


_WRITTEN = slice(4, 4 + len(_Row._fields))  # where they stand in a row of `hours_between`


class _Written(NamedTuple):
    """What is written down for one practitioner at one location."""

    published: list[Hours]
    drafts: list[Hours]
    different: list[Different]

    def note(self, row: _Row) -> None:
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


class _Closed(NamedTuple):
    """When practitioners are away or busy elsewhere, and locations closed, in whole minutes."""

    people: dict[int, list[Span]]
    places: dict[int, list[Span]]


_PEOPLE: BindParameter[list[int]] = bindparam("people", expanding=True)
_PLACES: BindParameter[list[int]] = bindparam("places", expanding=True)
_START = bindparam("start", type_=UtcDateTime)
_END = bindparam("end", type_=UtcDateTime)
_CLOSED = union_all(
    select(
        TimeOff.practitioner_id.label("who"),
        cast(null(), Integer).label("where"),
        TimeOff.starts_at,
        TimeOff.ends_at,
    ).where(
        TimeOff.practitioner_id.in_(_PEOPLE),
        TimeOff.published,
        TimeOff.ends_at > _START,
        TimeOff.starts_at < _END,
    ),
    select(
        OutsideBusy.practitioner_id,
        cast(null(), Integer),
        OutsideBusy.starts_at,
        OutsideBusy.ends_at,
    ).where(
        OutsideBusy.practitioner_id.in_(_PEOPLE),
        OutsideBusy.ends_at > _START,
        OutsideBusy.starts_at < _END,
    ),
    select(cast(null(), Integer), Closure.location_id, Closure.starts_at, Closure.ends_at).where(
        Closure.location_id.in_(_PLACES), Closure.ends_at > _START, Closure.starts_at < _END
    ),
)


def _closed(people: Collection[int], places: Collection[int], reach: Span) -> _Closed:
    asked = {
        "people": list(people),
        "places": list(places),
        "start": instant_of(reach[0]),
        "end": instant_of(reach[1]),
    }
    away: dict[int, list[Span]] = defaultdict(list)
    shut: dict[int, list[Span]] = defaultdict(list)
    for who, where, starts_at, ends_at in session().connection().execute(_CLOSED, asked):
        span = epoch_minute(starts_at), epoch_minute_after(ends_at)
        (shut[where] if who is None else away[who]).append(span)
    return _Closed(_normal(away), _normal(shut))


def _normal(spans: dict[int, list[Span]]) -> dict[int, list[Span]]:
    return defaultdict(list, {key: normalise(each) for key, each in spans.items()})
