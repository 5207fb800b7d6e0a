"""When practitioners can be seen: weekly and single days' hours less whatever closes them."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import BindParameter, Row, Select, bindparam

from booking.availability.queries.closed import Closed, closed
from booking.availability.queries.written import WRITTEN, Written, hours_between
from booking.availability.rules import OpenSpans, instant_of
from booking.availability.rules.explaining import Closing
from booking.clinic.models import Practitioner
from booking.core.db import session
from booking.core.intervals import Span, subtract, union

Key = tuple[int, int]
"""(practitioner id, location id)"""

_Week = tuple[tuple[Any, ...], ...]


def open_time(rows: Iterable[Row[Any]], shut: Closed, reach: Span) -> dict[Key, OpenSpans]:
    """What rows of `hours_between` leave open within `reach`, by practitioner and location.

    Weekly hours, less what is taken from single days, with what is added to them, less what is
    `shut`: time off, what calendars kept elsewhere say, and closures.
    """
    weeks, zones = _by_place(rows)
    return _open_of(weeks, zones, shut, reach)


def open_between(practitioner_ids: Collection[int], window: Span) -> dict[Key, OpenSpans]:
    """When each of these practitioners can be seen within `window`, by location: two queries."""
    weeks, zones = _by_place(_rows(practitioner_ids, window))
    return _open_of(weeks, zones, closed(practitioner_ids, zones.keys(), window), window)


def open_here(practitioner_ids: Collection[int], window: Span) -> dict[Key, OpenSpans]:
    """The same by what is written down here: calendars kept elsewhere close nothing."""
    weeks, zones = _by_place(_rows(practitioner_ids, window))
    shut = closed(practitioner_ids, zones.keys(), window)
    return {
        (who, where): _open(
            week, tuple(union(shut.off[who], shut.places[where])), zones[where], window
        )
        for (who, where), week in weeks.items()
    }


class Rota(NamedTuple):
    """When practitioners would be in, closures left out; and what then is open for patients."""

    within: dict[Key, OpenSpans]
    open: dict[Key, OpenSpans]


def rota(practitioner_ids: Collection[int], window: Span) -> Rota:
    """The same before time off and after it: two queries."""
    weeks, zones = _by_place(_rows(practitioner_ids, window))
    shut = closed(practitioner_ids, zones.keys(), window)
    found = Rota({}, {})
    for (who, where), week in weeks.items():
        place, away = shut.places[where], union(shut.off[who], shut.elsewhere[who])
        found.within[who, where] = _open(week, tuple(place), zones[where], window)
        found.open[who, where] = _open(week, tuple(union(away, place)), zones[where], window)
    return found


def closing(rows: Iterable[Row[Any]], reach: Span) -> Closing:
    """The same rows of one practitioner at one location before anything closes them, and what does.

    Nothing at all where there are no rows.
    """
    found = list(rows)
    if not found:
        return Closing()
    who, where, zone = found[0].practitioner_id, found[0].location_id, ZoneInfo(found[0].zone)
    shut = closed([who], [where], reach)
    return Closing(
        hours=_open(tuple(row[WRITTEN] for row in found), (), zone, reach),
        time_off=shut.off[who],
        elsewhere=shut.elsewhere[who],
        closures=shut.places[where],
    )


def _open_of(
    weeks: Mapping[Key, _Week], zones: Mapping[int, ZoneInfo], shut: Closed, reach: Span
) -> dict[Key, OpenSpans]:
    return {
        (who, where): _open(
            week,
            tuple(union(union(shut.off[who], shut.elsewhere[who]), shut.places[where])),
            zones[where],
            reach,
        )
        for (who, where), week in weeks.items()
    }


def _rows(practitioner_ids: Collection[int], window: Span) -> Sequence[Row[Any]]:
    return session().execute(_hours(window), {"whose": list(practitioner_ids)}).all()


@lru_cache(maxsize=64)
def _hours(window: Span) -> Select[*tuple[Any, ...]]:
    """The query for hours in a window; kept, because building it costs as much as asking."""
    whose: BindParameter[list[int]] = bindparam("whose", expanding=True)
    wanted = hours_between(instant_of(window[0]), instant_of(window[1]))
    return wanted.where(Practitioner.id.in_(whose))


def _by_place(rows: Iterable[Row[Any]]) -> tuple[dict[Key, _Week], dict[int, ZoneInfo]]:
    """What is written by practitioner and location, and each location's zone."""
    weeks: dict[Key, list[tuple[Any, ...]]] = defaultdict(list)
    zones: dict[int, ZoneInfo] = {}
    for row in rows:
        if row.location_id not in zones:
            zones[row.location_id] = ZoneInfo(row.zone)
        weeks[row.practitioner_id, row.location_id].append(row[WRITTEN])
    return {key: tuple(week) for key, week in weeks.items()}, zones


@lru_cache(maxsize=4096)
def _open(week: _Week, shut: tuple[Span, ...], zone: ZoneInfo, reach: Span) -> OpenSpans:
    """The same for one practitioner at one location; kept while what is written stays the same."""
    return OpenSpans(subtract(Written.of(week).open(zone, reach), shut))
