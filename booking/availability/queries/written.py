"""Hours as they are written down: weeks and single days, and drafts with what they replace."""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from typing import Any, NamedTuple, Self
from zoneinfo import ZoneInfo

from sqlalchemy import (
    Integer,
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

from booking.availability.models import (
    Change,
    DatedHours,
    WeeklyHours,
)
from booking.availability.rules import WeeklyHours as Hours
from booking.availability.rules import (
    open_spans,
)
from booking.availability.rules.days import Different
from booking.availability.rules.hours import Version
from booking.clinic.models import Location, Practitioner
from booking.core.intervals import Span, subtract, union

_ZONE_SPREAD = timedelta(days=1)  # a local date reaches at most this far beyond the UTC one


_WEEKLY = "weekly"


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


WRITTEN = slice(4, 4 + len(_Row._fields))
"""Where that stands in a row of `hours_between`."""


class Written(NamedTuple):
    """What is written down for one practitioner at one location."""

    published: list[Hours]
    drafts: list[Hours]
    different: list[Different]

    @classmethod
    def of(cls, week: Iterable[tuple[Any, ...]]) -> Self:
        """Sort rows out; `week` has what `WRITTEN` cuts out of each."""
        written = cls([], [], [])
        for row in week:
            written._note(_Row(*row))
        return written

    def _note(self, row: _Row) -> None:
        if row.kind == _WEEKLY:
            (self.published if row.published else self.drafts).append(rule_of(row))
        else:
            self.different.append(Different(row.valid_from, Change(row.kind), row.starts, row.ends))

    def open(self, zone: ZoneInfo, reach: Span) -> list[Span]:
        """Return the hours within `reach` before anything closes them."""
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
