"""A week of one practitioner, read as one stretch of time and cut into its days."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from booking.appointments.queries.board import Column, columns_of, zone
from booking.appointments.queries.plan import Away, Colleague
from booking.availability.rules import day_start
from booking.core.intervals import Span, intersect

DAYS = 7


@dataclass(frozen=True, kw_only=True)
class Week:
    """The days of a week by the calendar of `zone`, each with its own part of her time."""

    zone: ZoneInfo
    days: tuple[tuple[date, Column], ...]


def week(whose: Colleague, monday: date, *, now: datetime) -> Week:
    """Return seven days from `monday`, in as few queries as one day costs."""
    where = zone()
    starts = [day_start(monday + timedelta(days=nth), where) for nth in range(DAYS + 1)]
    (whole,) = columns_of([whose], (starts[0], starts[-1]), now=now)
    return Week(
        zone=where,
        days=tuple(
            (monday + timedelta(days=nth), _cut(whole, (starts[nth], starts[nth + 1])))
            for nth in range(DAYS)
        ),
    )


def _cut(whole: Column, day: Span) -> Column:
    return replace(
        whole,
        open=_within(whole.open, day),
        away=tuple(
            Away(span=span, note=away.note)
            for away in whole.away
            for span in intersect([away.span], [day])
        ),
        free=_within(whole.free, day),
        gaps=_within(whole.gaps, day),
        visits=tuple(v for v in whole.visits if day[0] <= v.span[0] < day[1]),
    )


def _within(spans: Iterable[Span], day: Span) -> tuple[Span, ...]:
    return tuple(intersect(list(spans), [day]))
