"""Everything that makes open time at once, against a look at each single minute.

Over days on which clocks change and the days beside them: weekly hours with rhythms and last days,
hours added to and taken from single days, time off, closures.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from booking.availability import queries
from booking.availability.models import Change, Closure, DatedHours, TimeOff, WeeklyHours
from booking.clinic.models import Location
from booking.core.db import session, transaction
from booking.core.intervals import normalise
from tests.factories import Clinic

MINUTE = timedelta(minutes=1)
DAYS = 3
# A zone and the first of three days, the second of which has a clock change; by law, in tzdata.
CHANGES = [
    ("Europe/London", date(2027, 3, 27)),
    ("Europe/London", date(2027, 10, 30)),
    ("America/New_York", date(2027, 3, 13)),
    ("America/New_York", date(2027, 11, 6)),
    ("Australia/Lord_Howe", date(2027, 4, 3)),
    ("Australia/Lord_Howe", date(2027, 10, 2)),
    ("Africa/Cairo", date(2027, 4, 29)),
    ("Africa/Cairo", date(2027, 10, 28)),
]


@dataclass(frozen=True)
class Written:
    """One set of rows, and the three days they are looked at on."""

    zone: str
    first: date
    weekly: list[WeeklyHours]
    dated: list[DatedHours]
    away: list[TimeOff]
    closed: list[Closure]


@st.composite
def forwards(draw: Callable) -> tuple[time, time]:
    """Two times of day, often near the hours in which clocks change."""
    near = st.integers(0, 4 * 60)
    minute = st.one_of(near, st.integers(0, 1438))
    a = draw(minute)
    b = draw(st.integers(a + 1, 1439))
    return time(a // 60, a % 60), time(b // 60, b % 60)


@st.composite
def written(draw: Callable) -> Written:
    zone, first = draw(st.sampled_from(CHANGES))
    day = st.integers(0, DAYS - 1).map(lambda n: first + timedelta(days=n))
    weekly, dated = [], []
    for _ in range(draw(st.integers(0, 4))):
        starts, ends = draw(forwards())
        weekly.append(
            WeeklyHours(
                weekday=draw(day).weekday(),
                starts=starts,
                ends=ends,
                valid_from=first - timedelta(days=draw(st.integers(-2, 20))),
                valid_until=draw(st.none() | day),
                every_n_weeks=draw(st.sampled_from([1, 1, 2, 3])),
                anchor=draw(st.none() | day),
                published=True,
            )
        )
    for _ in range(draw(st.integers(0, 4))):
        change = draw(st.sampled_from(Change))
        starts, ends = draw(forwards())
        if change is Change.REMOVES and draw(st.booleans()):
            starts = ends = None
        dated.append(
            DatedHours(day=draw(day), change=change, starts=starts, ends=ends, published=True)
        )
    begin = datetime(first.year, first.month, first.day, tzinfo=UTC)
    instants = st.lists(st.integers(-600, DAYS * 1440 + 600), min_size=2, max_size=2, unique=True)

    def stretch() -> dict[str, datetime]:
        a, b = sorted(draw(instants))
        return {"starts_at": begin + a * MINUTE, "ends_at": begin + b * MINUTE}

    away = [TimeOff(**stretch()) for _ in range(draw(st.integers(0, 2)))]
    closed = [Closure(**stretch(), name="") for _ in range(draw(st.integers(0, 1)))]
    return Written(zone, first, weekly, dated, away, closed)


def open_minutes(told: Written, window: tuple[int, int]) -> Iterator[tuple[int, int]]:
    """Each open minute, by what the clock on the wall and the calendar beside it show."""
    zone = ZoneInfo(told.zone)
    for minute in range(*window):
        instant = datetime(1970, 1, 1, tzinfo=UTC) + minute * MINUTE
        there = instant.astimezone(zone)
        if _open(told, there.date(), there.time()) and not any(
            each.starts_at <= instant < each.ends_at for each in [*told.away, *told.closed]
        ):
            yield minute, minute + 1


def _open(told: Written, day: date, at: time) -> bool:
    here = [each for each in told.dated if each.day == day]
    if any(each.change is Change.ADDS and each.starts <= at < each.ends for each in here):
        return True
    if any(
        each.starts is None or each.starts <= at < each.ends
        for each in here
        if each.change is Change.REMOVES
    ):
        return False
    return any(row.starts <= at < row.ends and _holds(row, day) for row in told.weekly)


def _holds(row: WeeklyHours, day: date) -> bool:
    counted = row.anchor or row.valid_from
    mondays = [each - timedelta(days=each.weekday()) for each in (day, counted)]
    return (
        row.weekday == day.weekday()
        and row.valid_from <= day
        and (row.valid_until is None or day <= row.valid_until)
        and (mondays[0] - mondays[1]).days // 7 % row.every_n_weeks == 0
    )


@pytest.fixture
def ready(app: Flask, clinic: Clinic) -> tuple[Flask, Clinic]:
    return app, clinic


def store(told: Written, clinic: Clinic) -> None:
    for table in (WeeklyHours, DatedHours, TimeOff, Closure):
        session().query(table).delete()
    session().get_one(Location, clinic.location).zone = told.zone
    for row in (*told.weekly, *told.dated, *told.away):
        row.practitioner_id = clinic.mei
    for row in (*told.weekly, *told.dated, *told.closed):
        row.location_id = clinic.location
    session().add_all([*told.weekly, *told.dated, *told.away, *told.closed])
    session().flush()
    session().expunge_all()


@settings(
    max_examples=60,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(told=written())
def test_open_time_is_what_each_minute_shows(ready: tuple[Flask, Clinic], told: Written) -> None:
    app, clinic = ready
    start = (told.first - date(1970, 1, 1)).days * 1440
    window = start - 720, start + DAYS * 1440 + 720
    with app.app_context():
        with transaction():
            store(told, clinic)
        found = queries.open_between([clinic.mei], window).get((clinic.mei, clinic.location), [])
    assert found == normalise(open_minutes(told, window))
