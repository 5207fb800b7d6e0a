"""Who is in on a day, who is away, and which visits meet closed time."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from flask import Flask

from booking.availability import queries
from booking.availability.models import TimeOff, WeeklyHours
from booking.clinic.models import Location, Practitioner, Service
from booking.core.db import session, transaction
from tests import factories
from tests.factories import MONDAY, MONDAY_10AM, NOW, Clinic

LONDON = ZoneInfo("Europe/London")
HOUR = timedelta(hours=1)
NINE, FIVE = MONDAY_10AM - HOUR, MONDAY_10AM + 7 * HOUR

pytestmark = pytest.mark.both


@pytest.fixture
def inside(app: Flask, clinic: Clinic) -> Iterator[Flask]:
    with app.app_context():
        yield app


def place(clinic: Clinic) -> Location:
    return session().get_one(Location, clinic.location)


def outside(clinic: Clinic) -> dict[date, int]:
    mei = session().get_one(Practitioner, clinic.mei)
    return queries.visits_outside(mei, LONDON, now=NOW)


def away(clinic: Clinic, start: datetime, end: datetime) -> None:
    with transaction():
        session().add(TimeOff(practitioner_id=clinic.mei, starts_at=start, ends_at=end))


def test_who_has_hours_is_in_from_start_to_end(inside, clinic):
    found = queries.working_day(place(clinic), MONDAY)
    assert found == {clinic.mei: [(NINE, FIVE)], clinic.ines: [(NINE, FIVE)]}
    assert queries.working_day(place(clinic), MONDAY - timedelta(days=1)) == {}


def test_time_off_is_taken_out_and_listed(inside, clinic):
    away(clinic, MONDAY_10AM, MONDAY_10AM + 2 * HOUR)
    found = queries.working_day(place(clinic), MONDAY)
    assert found[clinic.mei] == [(NINE, MONDAY_10AM), (MONDAY_10AM + 2 * HOUR, FIVE)]
    assert found[clinic.ines] == [(NINE, FIVE)]
    listed = queries.away_on(place(clinic), MONDAY)
    assert {who: len(rows) for who, rows in listed.items()} == {clinic.mei: 1}
    assert queries.away_on(place(clinic), MONDAY + timedelta(days=1)) == {}


def test_who_is_away_all_day_is_known_and_has_no_time(inside, clinic):
    away(clinic, NOW, NOW + timedelta(days=9))
    assert queries.working_day(place(clinic), MONDAY)[clinic.mei] == []


def test_drafts_and_those_who_left_are_not_in(inside, clinic):
    with transaction():
        for row in session().query(WeeklyHours).where(WeeklyHours.practitioner_id == clinic.mei):
            row.published = False
        session().get_one(Practitioner, clinic.ines).active = False
    assert queries.working_day(place(clinic), MONDAY) == {}


def test_a_change_day_is_as_long_as_it_is(inside, clinic):
    with transaction():
        session().add(
            WeeklyHours(
                practitioner_id=clinic.mei,
                location_id=clinic.location,
                weekday=6,
                starts=time(0),
                ends=time(6),
                valid_from=date(2027, 1, 1),
                published=True,
            )
        )
    ((start, end),) = queries.working_day(place(clinic), date(2027, 10, 31))[clinic.mei]
    assert start == datetime(2027, 10, 30, 23, tzinfo=UTC)
    assert end - start == 7 * HOUR


def test_a_visit_in_open_time_is_nobodys_worry(inside, clinic):
    with transaction():
        factories.make_appointment(clinic)
    assert outside(clinic) == {}


def test_a_visit_in_time_off_or_beyond_shrunken_hours_is_counted(inside, clinic):
    with transaction():
        factories.make_appointment(clinic)
    away(clinic, MONDAY_10AM + timedelta(minutes=45), MONDAY_10AM + HOUR)
    assert outside(clinic) == {MONDAY: 1}
    with transaction():
        session().query(TimeOff).delete()
        for row in session().query(WeeklyHours).where(WeeklyHours.practitioner_id == clinic.mei):
            row.starts = time(10, 15)
    assert outside(clinic) == {MONDAY: 1}


def test_preparing_before_the_hours_is_no_worry(inside, clinic):
    with transaction():
        session().get_one(Service, clinic.first_visit).minutes_before = 10
        factories.make_appointment(
            clinic, starts_at=NINE - timedelta(minutes=10), ends_at=NINE + HOUR
        )
    assert outside(clinic) == {}


def test_a_visit_that_is_over_is_not_counted(inside, clinic):
    with transaction():
        factories.make_appointment(
            clinic, starts_at=NOW - timedelta(days=6), ends_at=NOW - timedelta(days=6) + HOUR
        )
    assert outside(clinic) == {}
