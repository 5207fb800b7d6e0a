"""Which booked visits lie in closed time."""

from collections.abc import Iterator
from datetime import datetime, time, timedelta
from uuid import uuid4

import pytest
from flask import Flask

from booking.availability import queries
from booking.availability.models import OutsideBusy, TimeOff, WeeklyHours
from booking.cli.bench.alone import counted
from booking.clinic.models import Service
from booking.core.db import session, transaction
from tests import factories
from tests.factories import MONDAY_10AM, NOW, Clinic

TEN, HOUR, DAY = timedelta(minutes=10), timedelta(hours=1), timedelta(days=1)
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
        visit = factories.make_appointment(clinic, starts_at=NINE - TEN, ends_at=NINE + HOUR)
        visit.starts_at = NINE  # and ten minutes before it are taken
    assert outside(clinic) == []


def test_a_visit_that_itself_begins_before_the_hours_is_counted(inside, clinic):
    with transaction():
        visit = factories.make_appointment(clinic, starts_at=NINE - TEN, ends_at=NINE + HOUR).id
    assert outside(clinic) == [visit]


def test_clearing_after_the_hours_is_no_worry_and_the_visit_itself_is(inside, clinic):
    with transaction():
        session().get_one(Service, clinic.first_visit).minutes_after = 10
        fits = factories.make_appointment(clinic, starts_at=FIVE - HOUR, ends_at=FIVE + TEN)
        fits.ends_at = FIVE  # and ten minutes after it are taken
    assert outside(clinic) == []
    with transaction():
        late = factories.make_appointment(
            clinic,
            patient_id=fits.patient_id,
            starts_at=FIVE + 7 * DAY - HOUR,
            ends_at=FIVE + 7 * DAY + TEN + TEN,
        ).id
    assert outside(clinic) == [late]


def test_the_clearing_of_other_kinds_of_visit_hides_nobody(inside, clinic):
    with transaction():
        session().get_one(Service, clinic.follow_up).minutes_after = 20
        visit = factories.make_appointment(clinic, starts_at=FIVE - HOUR, ends_at=FIVE).id
    away(clinic, FIVE - TEN, FIVE)
    assert outside(clinic) == [visit]


def test_a_visit_whose_rest_lies_in_closed_time_is_counted(inside, clinic):
    """She rests while the practitioner is free, and yet the practitioner has to be in."""
    with transaction():
        visit = factories.make_appointment(clinic, ends_at=MONDAY_10AM + 2 * TEN)
        visit.ends_at = MONDAY_10AM + HOUR  # hands on for twenty minutes, then at rest
    away(clinic, MONDAY_10AM + 3 * TEN, MONDAY_10AM + 4 * TEN)
    assert outside(clinic) == [visit.id]


def test_what_a_calendar_kept_elsewhere_holds_strands_no_visit(inside, clinic):
    with transaction():
        visit = factories.make_appointment(clinic).id
        session().add(
            OutsideBusy(
                source=uuid4(),
                practitioner_id=clinic.mei,
                starts_at=MONDAY_10AM,
                ends_at=MONDAY_10AM + HOUR,
            )
        )
    assert outside(clinic) == []
    away(clinic, MONDAY_10AM, MONDAY_10AM + HOUR)
    assert outside(clinic) == [visit]


def test_nobody_elses_visits_are_read(inside, clinic):
    with transaction():
        theirs = factories.make_appointment(clinic, practitioner_id=clinic.ines)
        session().add(
            TimeOff(
                practitioner_id=clinic.ines,
                starts_at=theirs.starts_at,
                ends_at=theirs.ends_at,
            )
        )
    assert outside(clinic) == []
    assert queries.stranded(now=NOW) == [theirs.id]
    with counted(inside) as statements:
        outside(clinic)
    assert len(statements) <= 6


def test_a_visit_two_years_ahead_lies_in_hours_too(inside, clinic):
    far = MONDAY_10AM + 104 * 7 * DAY
    with transaction():
        factories.make_appointment(clinic, starts_at=far, ends_at=far + HOUR)
    assert outside(clinic) == []


def test_a_visit_that_is_over_is_not_counted(inside, clinic):
    with transaction():
        factories.make_appointment(
            clinic, starts_at=NOW - timedelta(days=6), ends_at=NOW - timedelta(days=6) + HOUR
        )
    assert outside(clinic) == []
