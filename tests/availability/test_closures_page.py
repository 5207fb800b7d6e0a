"""Closures through the owner's page: of one place or several, with visits inside, undone."""

from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask

from booking.availability import queries
from booking.availability.models import Closure
from booking.clinic.models import Service
from booking.core.db import session, transaction
from tests import factories
from tests.factories import MONDAY_10AM, NOW, Clinic


def offered(app: Flask, clinic: Clinic) -> int:
    """How many times are offered in the week from Monday on, with anybody."""
    with app.app_context():
        found = queries.offers(
            session().get_one(Service, clinic.first_visit),
            start=MONDAY_10AM - timedelta(hours=9),
            end=MONDAY_10AM + timedelta(days=5),
            now=NOW,
        )
        return len(found)


def close(browser, **typed: str | list[str]):
    typed = {"name": "Summer holiday", "first_day": "2027-07-06", **typed}
    return browser.get("/closures").submit(typed, button="Close")


@pytest.mark.both
def test_a_closed_day_has_no_times_and_comes_back_when_opened(app, clinic, cast):
    before = offered(app, clinic)
    page = close(cast["owner"])
    assert page.status == 200
    assert "Summer holiday" in page.text
    assert "Tuesday 6 July 2027" in page.text
    assert offered(app, clinic) == before * 4 // 5
    page = page.submit(button="Open again")
    assert "Summer holiday" not in page.text.split("Close for a time")[0]
    assert offered(app, clinic) == before


def test_part_of_a_day_is_closed_by_the_clock_of_each_place(app, clinic, cast):
    with app.app_context(), transaction():
        factories.make_location(name="Harbour", zone="America/New_York")
    close(cast["owner"], starts="13:00")
    with app.app_context():
        starts = {row.location_id: row.starts_at for row in session().query(Closure)}
    assert starts[clinic.location] == datetime(2027, 7, 6, 12, tzinfo=UTC)
    assert set(starts.values()) == {
        datetime(2027, 7, 6, 12, tzinfo=UTC),
        datetime(2027, 7, 6, 17, tzinfo=UTC),
    }


def test_only_the_places_ticked_are_closed(app, clinic, cast):
    with app.app_context(), transaction():
        harbour = str(factories.make_location(name="Harbour").public_id)
    before = offered(app, clinic)
    page = close(cast["owner"], places=[harbour])
    assert "Harbour Street rooms" in page.text
    assert offered(app, clinic) == before
    with app.app_context():
        (row,) = session().query(Closure)
        assert row.location_id != clinic.location


def test_closing_the_same_days_twice_is_once(app, clinic, cast):
    close(cast["owner"])
    close(cast["owner"], name="Again")
    with app.app_context():
        assert session().query(Closure).count() == 1


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ({"name": ""}, "Write what it is, for colleagues."),
        ({"name": "x" * 81}, "Please use at most 80 characters."),
        ({"first_day": ""}, "Choose the first day."),
        ({"last_day": "2027-07-01"}, "The last day has to be the first day or later."),
        ({"first_day": "2026-07-01"}, "That is in the past."),
        ({"places": []}, "Choose at least one location."),
        ({"places": ["nowhere"]}, "Choose at least one location."),
    ],
)
def test_what_cannot_be_closed_is_explained(app, clinic, cast, typed, told):
    page = close(cast["owner"], **typed)
    assert page.status == 422
    assert page.title.startswith("Error:")
    assert told in page.text
    with app.app_context():
        assert session().query(Closure).count() == 0


@pytest.mark.both
def test_visits_inside_are_shown_first_and_stay_in_sight(app, clinic, cast):
    with app.app_context(), transaction():
        patient = factories.make_patient("Binta Sow", "binta@example.org")
        factories.make_appointment(clinic)
        factories.make_appointment(
            clinic,
            patient_id=patient.id,
            practitioner_id=clinic.ines,
            room_id=clinic.rooms[1],
            starts_at=MONDAY_10AM + timedelta(hours=1),
            ends_at=MONDAY_10AM + timedelta(hours=2),
        )
    page = close(cast["owner"], first_day="2027-07-05")
    assert "2 visits are already booked then" in page.text
    assert page.text.index("Amara Osei") < page.text.index("Binta Sow")
    assert "Inês Roca" in page.text
    with app.app_context():
        assert session().query(Closure).count() == 0
    page = page.submit(button="Save, and keep the visits")
    assert "2 booked visits lie outside open time." in page.text
    page = cast["owner"].get(page.link("See and move them"))
    assert page.text.index("Amara Osei") < page.text.index("Binta Sow")
    assert page.link("the visit of Binta Sow").endswith("/move")
    assert "Amara Osei" in cast["mei"].get("/hours/visits").text
    assert "Binta Sow" not in cast["mei"].get("/hours/visits").text
    with app.app_context():
        assert session().query(Closure).count() == 1


@pytest.mark.parametrize("who", ["mei", "reception"])
def test_closing_is_the_owners(app, clinic, cast, who):
    assert cast[who].get("/closures").status == 403
    token = dict(cast[who].get("/day").form().fields).get("csrf_token", "")
    sent = {"csrf_token": token, "name": "x", "first_day": "2027-07-06"}
    assert cast[who].post("/closures", sent).status in {400, 403}
    with app.app_context():
        assert session().query(Closure).count() == 0
