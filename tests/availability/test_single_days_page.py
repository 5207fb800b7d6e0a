"""Single days through the pages: more hours, fewer hours, a week like another, and undone."""

from datetime import date, time, timedelta

import pytest
from flask import Flask

from booking.availability import queries
from booking.availability.models import Change, DatedHours, WeeklyHours
from booking.clinic.models import Location, Service
from booking.core.db import session, transaction
from tests import factories
from tests.factories import MONDAY_10AM, NOW, Clinic

SATURDAY = "2027-07-10"


def offered(app: Flask, clinic: Clinic, *, days: int = 14) -> list[str]:
    """What patients are offered with Mei from Monday on, as "10 Jul 09:00"."""
    with app.app_context():
        found = queries.offers(
            session().get_one(Service, clinic.first_visit),
            practitioner_ids=[clinic.mei],
            start=MONDAY_10AM - timedelta(hours=9),
            end=MONDAY_10AM + timedelta(days=days),
            now=NOW,
        )
        return [f"{offer.starts_at.astimezone(offer.zone):%d %b %H:%M}" for offer in found]


@pytest.fixture
def address(app: Flask, clinic: Clinic) -> str:
    with app.app_context():
        return f"/hours/{session().get_one(Location, clinic.location).public_id}/days"


def change(browser, address: str, **typed: str):
    return browser.get(address).submit(typed, button="Change this day")


@pytest.mark.both
def test_a_day_is_added_and_another_taken_away(app, clinic, cast, address):
    page = change(cast["mei"], address, day=SATURDAY, change="adds", starts="09:00", ends="12:00")
    assert page.status == 200
    assert "Saturday 10 July 2027: more hours, 9:00am to 12:00pm" in " ".join(page.text.split())
    times = offered(app, clinic)
    assert [each for each in times if each.startswith("10 Jul")][-1] == "10 Jul 11:00"

    page = change(cast["mei"], address, day="2027-07-13", change="removes")
    assert "Tuesday 13 July 2027: not at all" in " ".join(page.text.split())
    assert not [each for each in offered(app, clinic) if each.startswith("13 Jul")]
    assert "10 July 2027" in cast["mei"].get("/hours").text

    page = page.submit(button="Undo")
    assert "10 Jul 11:00" not in offered(app, clinic)


def test_hours_can_be_added_where_there_are_none_at_all(app, clinic, cast, address):
    with app.app_context(), transaction():
        session().query(WeeklyHours).delete()
    change(cast["mei"], address, day=SATURDAY, change="adds", starts="09:00", ends="10:00")
    assert offered(app, clinic) == ["10 Jul 09:00"]


def test_what_is_taken_away_is_taken_from_what_was_added(app, clinic, cast, address):
    mei = cast["mei"]
    change(mei, address, day=SATURDAY, change="adds", starts="09:00", ends="14:00")
    change(mei, address, day=SATURDAY, change="removes", starts="10:00", ends="13:00")
    on_saturday = [each for each in offered(app, clinic) if each.startswith("10 Jul")]
    assert on_saturday == ["10 Jul 09:00", "10 Jul 13:00"]


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ({"day": ""}, "Choose the day."),
        ({"change": []}, "Choose one."),
        ({"change": "both"}, "Choose one."),
        ({"ends": ""}, "Write both times, or leave both empty."),
        ({"starts": "", "ends": ""}, "Write the times you want to add."),
        ({"ends": "08:00"}, "The end has to be later than the start."),
        ({"day": "2027-07-01"}, "Choose today or a later day"),
        ({"day": "9999-12-31"}, "Choose today or a later day"),
        ({"day": "2028-03-26", "starts": "01:15", "ends": "01:45"}, "The clocks go forward then"),
    ],
)
def test_what_cannot_be_changed_is_explained(app, clinic, cast, address, typed, told):
    typed = {"day": SATURDAY, "change": "adds", "starts": "09:00", "ends": "12:00", **typed}
    page = cast["mei"].get(address).submit(typed, button="Change this day")
    assert page.status == 422
    assert page.title.startswith("Error:")
    assert told in page.text
    with app.app_context():
        assert session().query(DatedHours).count() == 0


def test_nobody_is_at_two_locations_at_once(app, clinic, cast):
    with app.app_context(), transaction():
        harbour = f"/hours/{factories.make_location(name='Harbour').public_id}/days"
    page = change(
        cast["mei"], harbour, day="2027-07-06", change="adds", starts="16:00", ends="19:00"
    )
    assert page.status == 422
    assert "You are at another location then." in page.text
    page = change(
        cast["mei"], harbour, day="2027-07-06", change="adds", starts="17:00", ends="19:00"
    )
    assert page.status == 200


def test_a_week_is_copied_with_everything_that_is_different_in_it(app, clinic, cast, address):
    mei = cast["mei"]
    change(mei, address, day="2027-07-06", change="removes", starts="12:00", ends="17:00")
    change(mei, address, day=SATURDAY, change="adds", starts="09:00", ends="12:00")
    page = mei.get(address).submit({"of": "2027-07-08", "to": "2027-07-22"}, button="Copy the week")
    assert page.status == 200
    times = offered(app, clinic, days=21)
    first = [each[7:] for each in times if each[:6] == "06 Jul"]
    assert [each[7:] for each in times if each[:6] == "20 Jul"] == first
    assert [each[7:] for each in times if each[:6] == "24 Jul"] != []
    assert len([each for each in times if each[:6] == "13 Jul"]) > len(first)


def test_a_week_is_not_copied_to_itself(cast, address):
    page = (
        cast["mei"]
        .get(address)
        .submit({"of": "2027-07-08", "to": "2027-07-05"}, button="Copy the week")
    )
    assert page.status == 422
    assert "Choose a day in another week." in page.text


def test_a_draft_of_a_day_holds_once_it_is_published(app, clinic, cast, address):
    with app.app_context(), transaction():
        session().add(
            DatedHours(
                practitioner_id=clinic.mei,
                location_id=clinic.location,
                day=date(2027, 7, 10),
                change=Change.ADDS,
                starts=time(9),
                ends=time(10),
            )
        )
    assert "10 Jul 09:00" not in offered(app, clinic)
    page = cast["mei"].get(address)
    assert "(draft)" in page.text
    page = page.submit(button="Publish")
    assert "(draft)" not in page.text
    assert "10 Jul 09:00" in offered(app, clinic)


def test_a_day_with_a_visit_in_it_is_taken_away_only_knowingly(app, clinic, cast, address):
    with app.app_context(), transaction():
        factories.make_appointment(clinic)
    page = change(cast["mei"], address, day="2027-07-05", change="removes")
    assert "1 visit is already booked then" in page.text
    assert "Mon 5 July, 10:00am" in page.text
    assert "Amara Osei" in page.text
    with app.app_context():
        assert session().query(DatedHours).count() == 0
    page = page.submit(button="Save, and keep the visits")
    assert page.url == "/hours/visits"
    assert "Amara Osei" in page.text
    assert "1 booked visit lies outside your hours." in cast["mei"].get("/hours").text
    with app.app_context():
        assert session().query(DatedHours).count() == 1


def test_another_practitioner_does_not_find_it(app, clinic, cast, address):
    page = change(cast["mei"], address, day=SATURDAY, change="adds", starts="09:00", ends="12:00")
    undo = next(form.action for form in page.forms if form.action.endswith("/undo"))
    token = dict(cast["ines"].get("/time-off").form("first_day").fields)["csrf_token"]
    assert cast["ines"].post(undo, {"csrf_token": token}).status == 404
    assert "10 Jul 09:00" in offered(app, clinic)
    assert "Saturday" not in cast["ines"].get(address).text
