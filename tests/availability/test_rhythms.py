"""Hours that come round every so many weeks, and that end: kept, copied, and told apart."""

from datetime import date, time, timedelta

import pytest
from flask import Flask
from sqlalchemy import delete

from booking.availability import queries
from booking.availability.models import WeeklyHours
from booking.clinic.models import Location
from booking.core.db import session, transaction
from tests import factories
from tests.factories import MONDAY, Clinic

WEEK = timedelta(weeks=1)
FROM_MONDAY = {"starts_on": "2027-07-05"}
NINE_TO_FIVE = {"monday-stretches-0-starts": "09:00", "monday-stretches-0-ends": "17:00"}


@pytest.fixture
def no_hours(app: Flask, clinic: Clinic) -> None:
    with app.app_context(), transaction():
        session().execute(delete(WeeklyHours).where(WeeklyHours.practitioner_id == clinic.mei))


@pytest.fixture
def fortnightly(app: Flask, clinic: Clinic, no_hours: None) -> None:
    """Mei works every other Monday, next week and not this one."""
    with app.app_context(), transaction():
        session().add(
            WeeklyHours(
                practitioner_id=clinic.mei,
                location_id=clinic.location,
                weekday=0,
                starts=time(9),
                ends=time(17),
                valid_from=date(2027, 6, 28),
                every_n_weeks=2,
                published=True,
            )
        )


def open_days(app: Flask, clinic: Clinic, *, first: date = MONDAY, weeks: int = 8) -> list[date]:
    """The dates from Monday on that have open time with Mei."""
    start = (first - date(1970, 1, 1)).days * 1440
    with app.app_context():
        found = queries.open_between([clinic.mei], (start, start + weeks * 7 * 1440))
    spans = found.get((clinic.mei, clinic.location), [])
    return sorted({date(1970, 1, 1) + timedelta(days=begin // 1440) for begin, _ in spans})


@pytest.mark.both
def test_saving_again_leaves_fortnightly_hours_fortnightly(app, clinic, cast, fortnightly):
    before = open_days(app, clinic)
    assert before == [MONDAY + WEEK * n for n in (1, 3, 5, 7)]
    page = cast["mei"].get("/hours")
    assert "every 2 weeks: 28 Jun, 12 Jul" in page.text
    page = page.submit(FROM_MONDAY, button="Publish these hours")
    assert page.status == 200
    assert open_days(app, clinic) == before
    page.submit({"starts_on": "2027-07-13"}, button="Publish these hours")
    assert open_days(app, clinic) == before


def test_a_rhythm_is_chosen_beside_the_times(app, clinic, cast, no_hours):
    page = cast["mei"].get("/hours")
    offered = page.form("starts_on").choices["monday-stretches-0-rhythm"]
    assert len(offered) == 1 + 2 + 3 + 4
    page.submit(
        {**FROM_MONDAY, **NINE_TO_FIVE, "monday-stretches-0-rhythm": "3:2027-07-12"},
        button="Publish these hours",
    )
    assert open_days(app, clinic) == [MONDAY + WEEK * n for n in (1, 4, 7)]


@pytest.mark.parametrize("typed", ["0:2027-07-05", "9:2027-07-05", "2:soon", "2:2027-13-01", "x"])
def test_a_rhythm_that_was_never_offered_is_explained(app, clinic, cast, no_hours, typed):
    page = (
        cast["mei"]
        .get("/hours")
        .submit(
            {**FROM_MONDAY, **NINE_TO_FIVE, "monday-stretches-0-rhythm": typed},
            button="Publish these hours",
        )
    )
    assert page.status == 422
    assert "Choose how often from the list." in page.text
    assert open_days(app, clinic) == []


def test_two_rhythms_that_never_meet_may_share_a_day(app, clinic, cast, no_hours):
    page = cast["mei"].get("/hours").submit({"add": "monday"}, having="starts_on")
    both = {
        **FROM_MONDAY,
        **NINE_TO_FIVE,
        "monday-stretches-0-rhythm": "2:2027-07-05",
        "monday-stretches-1-starts": "12:00",
        "monday-stretches-1-ends": "20:00",
    }
    meeting = page.submit(
        {**both, "monday-stretches-1-rhythm": "3:2027-07-12"}, button="Publish these hours"
    )
    assert meeting.status == 422
    assert "These hours overlap with the ones above." in meeting.text
    apart = page.submit(
        {**both, "monday-stretches-1-rhythm": "2:2027-07-12"}, button="Publish these hours"
    )
    assert apart.status == 200
    assert open_days(app, clinic) == [MONDAY + WEEK * n for n in range(8)]


def test_rhythms_at_two_locations_are_compared_until_they_meet(app, clinic, cast, fortnightly):
    with app.app_context(), transaction():
        harbour = f"/hours/{factories.make_location(name='Harbour').public_id}"
    page = cast["mei"].get(harbour)
    typed = {**FROM_MONDAY, **NINE_TO_FIVE}
    met = page.submit(
        {**typed, "monday-stretches-0-rhythm": "3:2027-07-05"}, button="Publish these hours"
    )
    assert met.status == 422
    assert "You are at Canal Street rooms then." in met.text
    free = page.submit(
        {**typed, "monday-stretches-0-rhythm": "2:2027-07-05"}, button="Publish these hours"
    )
    assert free.status == 200


@pytest.mark.both
def test_hours_with_a_last_day_leave_what_comes_after(app, clinic, cast):
    summer = {
        "starts_on": "2027-07-12",
        "ends_on": "2027-07-18",
        "monday-stretches-0-starts": "12:00",
        "tuesday-stretches-0-starts": "",
        "tuesday-stretches-0-ends": "",
    }
    page = cast["mei"].get("/hours").submit(summer, button="Publish these hours")
    assert page.status == 200
    days = open_days(app, clinic, weeks=3)
    assert date(2027, 7, 6) in days
    assert date(2027, 7, 13) not in days
    assert date(2027, 7, 20) in days
    assert "Published, now, until Sunday 11 July 2027" in " ".join(page.text.split())
    assert "Published, Mon 12 July to Sun 18 July" in page.text
    later = page.click("from Monday 19 July 2027")
    assert ("tuesday-stretches-0-starts", "09:00") in later.form("starts_on").fields
    assert ("starts_on", "2027-07-19") in later.form("starts_on").fields


def test_hours_cannot_end_before_they_start(app, clinic, cast):
    page = (
        cast["mei"]
        .get("/hours")
        .submit({**FROM_MONDAY, "ends_on": "2027-07-04"}, button="Publish these hours")
    )
    assert page.status == 422
    assert "The last day has to be the first day or later." in page.text


def test_drafts_for_other_dates_stay_and_the_one_written_on_goes(app, clinic, cast):
    mei = cast["mei"]
    august = {"starts_on": "2027-08-02", "ends_on": "2027-08-31"}
    mei.get("/hours").submit(august, button="Keep as a draft")
    autumn = {"starts_on": "2027-10-01", "ends_on": "", "draft": ""}
    page = mei.get("/hours").submit(autumn, button="Keep as a draft")
    assert "Draft, Mon 2 August to Tue 31 August" in page.text
    assert "Draft, from Friday 1 October 2027" in page.text
    page = mei.get("/hours").submit(
        {"starts_on": "2027-09-01", "ends_on": "2027-09-05"}, button="Publish these hours"
    )
    assert "Draft, Mon 2 August" not in page.text
    assert "Draft, from Friday 1 October 2027" in page.text


def test_one_day_is_copied_to_others_and_nothing_is_kept_by_that(app, clinic, cast, no_hours):
    page = cast["mei"].get("/hours")
    page = page.submit(
        {
            **FROM_MONDAY,
            **NINE_TO_FIVE,
            "monday-stretches-0-rhythm": "2:2027-07-12",
            "copy_from": "monday",
            "copy_to": ["wednesday", "friday"],
        },
        button="Copy the day",
    )
    assert page.status == 200
    fields = dict(page.form("starts_on").fields)
    for day in ("wednesday", "friday"):
        assert fields[f"{day}-stretches-0-starts"] == "09:00"
        assert fields[f"{day}-stretches-0-rhythm"] == "2:2027-06-28"  # the same, from this week on
    assert fields["tuesday-stretches-0-starts"] == ""
    assert open_days(app, clinic) == []
    page.submit(button="Publish these hours")
    assert len(open_days(app, clinic)) == 3 * 4


def test_hours_of_another_location_are_filled_in_and_kept_only_when_sent(app, clinic, cast):
    with app.app_context(), transaction():
        harbour = factories.make_location(name="Harbour")
        harbour.position = 5
        address = f"/hours/{harbour.public_id}"
    page = cast["mei"].get(address).click("Fill in the hours of Canal Street rooms")
    assert ("thursday-stretches-0-ends", "17:00") in page.form("starts_on").fields
    assert "No hours yet." in page.text
    with app.app_context():
        other = session().query(Location).where(Location.id != clinic.location).one()
        assert queries.patterns(clinic.mei, other.id, today=MONDAY) == []
