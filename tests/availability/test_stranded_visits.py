"""Weekly hours changed under booked visits: shown first, kept in sight, counted at their place."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import delete

from booking.availability import queries
from booking.availability.models import WeeklyHours
from booking.core.db import session, transaction
from tests import factories
from tests.factories import MONDAY_10AM, NOW, Clinic

FROM_MONDAY = {"starts_on": "2027-07-05"}
LATE_MONDAY = {**FROM_MONDAY, "monday-stretches-0-starts": "12:00"}


@pytest.fixture
def visit(app: Flask, clinic: Clinic) -> int:
    with app.app_context(), transaction():
        return factories.make_appointment(clinic).id


def starts(app: Flask, clinic: Clinic) -> list[str]:
    with app.app_context():
        rows = (
            session()
            .query(WeeklyHours)
            .where(WeeklyHours.practitioner_id == clinic.mei, WeeklyHours.weekday == 0)
        )
        return sorted(f"{row.starts:%H:%M}" for row in rows)


@pytest.mark.both
def test_shrinking_hours_shows_the_visits_and_changes_nothing_yet(app, clinic, cast, visit):
    mei = cast["mei"]
    page = mei.get("/hours").submit(LATE_MONDAY, button="Publish these hours")
    assert page.status == 200
    assert "1 visit is already booked then" in page.text
    assert "Nothing is saved yet." in page.text
    assert "Amara Osei" in page.text
    assert page.link("Amara Osei").startswith("/visits/")
    assert starts(app, clinic) == ["09:00"]
    page = page.submit(button="Save, and keep the visits")
    assert page.url == "/hours/visits"
    assert page.link("the visit of Amara Osei").endswith("/move")
    assert "12:00" in starts(app, clinic)


def test_a_draft_strands_nobody(app, clinic, cast, visit):
    page = cast["mei"].get("/hours").submit(LATE_MONDAY, button="Keep as a draft")
    assert "already booked then" not in page.text
    assert "This is a draft." in page.text


def test_what_was_out_of_hours_before_is_not_shown_again(app, clinic, cast, visit):
    page = cast["mei"].get("/hours").submit(LATE_MONDAY, button="Publish these hours")
    page.submit(button="Save, and keep the visits")
    again = {**FROM_MONDAY, "tuesday-stretches-0-starts": "12:00"}
    page = cast["mei"].get("/hours").submit(again, button="Publish these hours")
    assert "already booked then" not in page.text
    assert "1 booked visit lies outside your hours." in page.text


def test_a_visit_booked_while_reading_is_shown_too(app, clinic, cast, visit):
    page = cast["mei"].get("/hours").submit(LATE_MONDAY, button="Publish these hours")
    with app.app_context(), transaction():
        patient = factories.make_patient("Binta Sow", "binta@example.org")
        factories.make_appointment(
            clinic,
            patient_id=patient.id,
            starts_at=MONDAY_10AM + timedelta(days=7),
            ends_at=MONDAY_10AM + timedelta(days=7, hours=1),
        )
    page = page.submit(button="Save, and keep the visits")
    assert "2 visits are already booked then" in page.text
    assert starts(app, clinic) == ["09:00"]


def test_everything_typed_survives_the_question(app, clinic, cast, visit):
    typed = {**LATE_MONDAY, "ends_on": "2027-09-30", "friday-stretches-0-ends": "13:00"}
    page = cast["mei"].get("/hours").submit(typed, button="Publish these hours")
    kept = dict(page.form("seen").fields)
    assert {name: kept[name] for name in typed} == typed


def test_hours_at_another_place_do_not_count_for_a_visit_in_a_room(app, clinic, cast, visit):
    with app.app_context(), transaction():
        harbour = factories.make_location(name="Harbour").id
        session().execute(delete(WeeklyHours).where(WeeklyHours.practitioner_id == clinic.mei))
        session().flush()
        factories.make_week(
            session().get_one(factories.Practitioner, clinic.mei),
            session().get_one(factories.Location, harbour),
        )
    with app.app_context():
        assert queries.stranded([clinic.mei], now=NOW) == [visit]


def test_a_page_that_names_visits_is_in_the_audit(app, clinic, cast, visit):
    from booking.audit.models import AuditRow

    cast["mei"].get("/hours").submit(LATE_MONDAY, button="Publish these hours")
    with app.app_context():
        tags = [row.tag for row in session().query(AuditRow)]
    assert tags == ["hours:visits-listed"]
