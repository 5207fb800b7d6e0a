"""Which booked visits lie in closed time."""

from collections.abc import Iterator
from datetime import datetime, time, timedelta

import pytest
from flask import Flask

from booking.availability import queries
from booking.availability.models import TimeOff, WeeklyHours
from booking.clinic.models import Service
from booking.core.db import session, transaction
from tests import factories
from tests.factories import MONDAY_10AM, NOW, Clinic

HOUR = timedelta(hours=1)
NINE, FIVE = MONDAY_10AM - HOUR, MONDAY_10AM + 7 * HOUR

pytestmark = pytest.mark.both


@pytest.fixture
def inside(app: Flask, clinic: Clinic) -> Iterator[Flask]:
    with app.app_context():
        yield app


def outside(clinic: Clinic) -> list[int]:
    return queries.stranded([clinic.mei], now=NOW)


def away(clinic: Clinic, start: datetime, end: datetime) -> None:
    with transaction():
        session().add(TimeOff(practitioner_id=clinic.mei, starts_at=start, ends_at=end))


def test_a_visit_in_open_time_is_nobodys_worry(inside, clinic):
    with transaction():
        factories.make_appointment(clinic)
    assert outside(clinic) == []


def test_a_visit_in_time_off_or_beyond_shrunken_hours_is_counted(inside, clinic):
    with transaction():
        visit = factories.make_appointment(clinic).id
    away(clinic, MONDAY_10AM + timedelta(minutes=45), MONDAY_10AM + HOUR)
    assert outside(clinic) == [visit]
    with transaction():
        session().query(TimeOff).delete()
        for row in session().query(WeeklyHours).where(WeeklyHours.practitioner_id == clinic.mei):
            row.starts = time(10, 15)
    assert outside(clinic) == [visit]


def test_preparing_before_the_hours_is_no_worry(inside, clinic):
    with transaction():
        session().get_one(Service, clinic.first_visit).minutes_before = 10
        factories.make_appointment(
            clinic, starts_at=NINE - timedelta(minutes=10), ends_at=NINE + HOUR
        )
    assert outside(clinic) == []


def test_a_visit_that_is_over_is_not_counted(inside, clinic):
    with transaction():
        factories.make_appointment(
            clinic, starts_at=NOW - timedelta(days=6), ends_at=NOW - timedelta(days=6) + HOUR
        )
    assert outside(clinic) == []
