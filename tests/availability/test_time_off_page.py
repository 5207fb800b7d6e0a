"""Time off through the pages: taken, shown, given back, and what is refused."""

from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask

from booking.availability.models import TimeOff
from booking.core.db import session, transaction
from tests import factories
from tests.factories import MONDAY_10AM, NOW, Clinic

DAY = timedelta(days=1)


def away(app: Flask) -> list[tuple[datetime, datetime]]:
    with app.app_context():
        rows = session().query(TimeOff).order_by(TimeOff.starts_at)
        return [(row.starts_at, row.ends_at) for row in rows]


def take(browser, **typed: str):
    return browser.get("/time-off").submit(typed, button="Take this time off")


def test_a_whole_day_lasts_from_midnight_to_midnight_by_the_clinics_clock(app, clinic, cast):
    page = take(cast["mei"], first_day="2027-07-08", note="Course")
    assert page.status == 200
    assert "Thursday 8 July 2027" in page.text
    assert "Course" in page.text
    assert away(app) == [
        (datetime(2027, 7, 7, 23, tzinfo=UTC), datetime(2027, 7, 8, 23, tzinfo=UTC))
    ]


def test_several_days_are_written_as_first_and_last(app, clinic, cast):
    page = take(cast["mei"], first_day="2027-08-02", last_day="2027-08-15")
    assert "Monday 2 August 2027 to Sunday 15 August 2027" in page.text
    assert away(app)[0][1] == datetime(2027, 8, 15, 23, tzinfo=UTC)


@pytest.mark.parametrize(
    ("starts", "ends", "words"),
    [
        ("13:00", "17:30", "Thursday 8 July 2027, 1:00pm to 5:30pm"),
        ("13:00", "", "Thursday 8 July 2027, from 1:00pm"),
        ("", "11:00", "Thursday 8 July 2027, until 11:00am"),
    ],
)
def test_part_of_a_day_is_written_with_one_time_or_two(app, clinic, cast, starts, ends, words):
    page = take(cast["mei"], first_day="2027-07-08", starts=starts, ends=ends)
    assert words in " ".join(page.text.split())
    assert len(away(app)) == 1


def test_a_day_on_which_the_clock_changes_is_taken_whole(app, clinic, cast):
    take(cast["mei"], first_day="2027-10-31")
    (starts_at, ends_at) = away(app)[0]
    assert ends_at - starts_at == timedelta(hours=25)


def test_a_time_shown_twice_is_taken_both_times(app, clinic, cast):
    take(cast["mei"], first_day="2027-10-31", starts="01:15", ends="01:45")
    assert away(app) == [
        (datetime(2027, 10, 31, 0, 15, tzinfo=UTC), datetime(2027, 10, 31, 1, 45, tzinfo=UTC))
    ]


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ({"first_day": ""}, "Choose the first day."),
        ({"first_day": "soon"}, "Write the day like 2027-07-05."),
        ({"starts": "noon"}, "Write the time like 09:30."),
        ({"starts": "15:00", "ends": "13:00"}, "The end has to be later than the start."),
        ({"starts": "15:00", "ends": "15:00"}, "The end has to be later than the start."),
        ({"last_day": "2027-07-07"}, "The last day has to be the first day or later."),
        ({"first_day": "2027-07-01"}, "That is in the past."),
        ({"first_day": "2027-07-02", "ends": "11:30"}, "That is in the past."),
        ({"first_day": "2028-03-26", "starts": "01:30"}, "The clocks go forward then"),
        ({"first_day": "2028-03-26", "ends": "01:30"}, "The clocks go forward then"),
        ({"last_day": "2029-07-08"}, "Please take up to one year at a time."),
        ({"first_day": "9999-12-31"}, "Please choose days within the next three years."),
        ({"first_day": "0001-01-01", "last_day": "2027-07-08"}, "Please choose days within"),
        ({"note": "x" * 81}, "Please use at most 80 characters."),
    ],
)
def test_what_cannot_be_taken_is_explained_and_stays_typed(app, clinic, cast, typed, told):
    typed = {"first_day": "2027-07-08", **typed}
    page = take(cast["mei"], **typed)
    assert page.status == 422
    assert page.title.startswith("Error:")
    assert told in page.text
    fields = dict(page.form("first_day").fields)
    assert {name: fields[name] for name in typed} == typed
    assert away(app) == []


def test_time_off_that_began_this_morning_can_still_be_taken(app, clinic, cast):
    assert take(cast["mei"], first_day="2027-07-02").status == 200
    assert len(away(app)) == 1


@pytest.fixture
def two_visits(app: Flask, clinic: Clinic) -> None:
    """Mei's Monday and Tuesday mornings have a visit each."""
    with app.app_context(), transaction():
        patient = factories.make_patient()
        for start in (MONDAY_10AM, MONDAY_10AM + DAY):
            factories.make_appointment(
                clinic,
                patient_id=patient.id,
                starts_at=start,
                ends_at=start + timedelta(hours=1),
            )


def test_visits_inside_are_shown_before_anything_is_taken(app, clinic, cast, two_visits):
    page = take(cast["mei"], first_day="2027-07-05", last_day="2027-07-06", note="Away")
    assert page.status == 200
    assert "2 visits are already booked then" in page.text
    assert "Mon 5 July, 10:00am" in page.text
    assert "Tue 6 July, 10:00am" in page.text
    assert away(app) == []
    visit = page.click("Amara Osei")
    assert visit.url.startswith("/visits/")
    assert page.link("Move the visit of Amara Osei") == f"{visit.url}/move"
    page = page.submit(button="Save, and keep the visits")
    assert page.url == "/hours/visits"
    assert page.text.count("the visit of Amara Osei") == 2
    page = cast["mei"].get("/time-off")
    assert "Monday 5 July 2027 to Tuesday 6 July 2027" in page.text
    assert "Away" in page.text
    assert len(away(app)) == 1


def test_a_visit_booked_while_she_was_reading_is_shown_too(app, clinic, cast, two_visits):
    page = take(cast["mei"], first_day="2027-07-05", last_day="2027-07-06")
    with app.app_context(), transaction():
        later = MONDAY_10AM + timedelta(hours=5)
        factories.make_appointment(clinic, starts_at=later, ends_at=later + timedelta(hours=1))
    page = page.submit(button="Save, and keep the visits")
    assert "3 visits are already booked then" in page.text
    assert away(app) == []


def test_visits_beside_the_time_off_are_not_in_its_way(app, clinic, cast, two_visits):
    page = take(cast["mei"], first_day="2027-07-05", starts="11:00")
    assert "already booked" not in page.text
    assert len(away(app)) == 1


def test_one_visit_is_counted_as_one(app, clinic, cast, two_visits):
    page = take(cast["mei"], first_day="2027-07-05", ends="10:30")
    assert "1 visit is already booked then" in page.text


def test_time_off_is_given_back_by_a_button_and_the_times_return(app, clinic, cast):
    page = take(cast["mei"], first_day="2027-07-08")
    page = page.submit(button="Give back")
    assert page.status == 200
    assert "Give back" not in page.text
    assert away(app) == []


def test_time_off_that_is_over_is_not_listed(app, clinic, cast, at):
    take(cast["mei"], first_day="2027-07-05")
    at(NOW + 5 * DAY)
    assert "Give back" not in cast["mei"].get("/time-off").text


def test_another_practitioner_does_not_find_it(app, clinic, cast):
    page = take(cast["mei"], first_day="2027-07-08")
    (address,) = [form.action for form in page.forms if form.action.endswith("/give-back")]
    token = dict(cast["ines"].get("/time-off").form("first_day").fields)["csrf_token"]
    assert cast["ines"].post(address, {"csrf_token": token}).status == 404
    assert len(away(app)) == 1


@pytest.mark.parametrize("who", ["reception", "owner", "stranger"])
def test_nobody_else_can_give_it_back(app, clinic, cast, who):
    page = take(cast["mei"], first_day="2027-07-08")
    (address,) = [form.action for form in page.forms if form.action.endswith("/give-back")]
    assert cast[who].post(address, {}).status in {400, 401, 403}
    assert len(away(app)) == 1


def test_a_practitioner_sees_only_her_own_time_off(app, clinic, cast):
    take(cast["mei"], first_day="2027-07-08", note="Course in Leeds")
    assert "Leeds" not in cast["ines"].get("/time-off").text
    assert "Leeds" not in cast["ines"].get("/hours").text


def test_visits_that_stay_in_time_off_are_kept_in_sight(app, clinic, cast, two_visits):
    assert "outside your hours" not in cast["mei"].get("/hours").text
    page = take(cast["mei"], first_day="2027-07-05", ends="10:30")
    page.submit(button="Save, and keep the visits")
    page = cast["mei"].get("/hours")
    assert "1 booked visit lies outside your hours." in page.text
    assert "Mon 5 July, 10:00am" in page.click("See and move them").text
    assert "outside your hours" not in cast["ines"].get("/hours").text


def test_time_off_is_changed_and_stays_one(app, clinic, cast):
    take(cast["mei"], first_day="2027-07-08", note="Course")
    page = cast["mei"].get("/time-off").click("Change Thursday 8 July 2027")
    assert ("note", "Course") in page.form("first_day").fields
    assert ("last_day", "") in page.form("first_day").fields
    page = page.submit(
        {"first_day": "2027-07-12", "starts": "13:00", "ends": "15:00"}, button="Save the change"
    )
    assert page.url == "/time-off"
    assert "Monday 12 July 2027, 1:00pm to 3:00pm" in page.text
    assert "8 July" not in page.text
    assert len(away(app)) == 1


def test_a_change_is_refused_like_new_time_off_and_keeps_the_old(app, clinic, cast):
    take(cast["mei"], first_day="2027-07-08")
    before = away(app)
    page = cast["mei"].get("/time-off").click("Change Thursday 8 July 2027")
    page = page.submit({"last_day": "2027-07-01"}, button="Save the change")
    assert page.status == 422
    assert "The last day has to be the first day or later." in page.text
    assert away(app) == before


def test_a_change_onto_visits_shows_them_first(app, clinic, cast, two_visits):
    take(cast["mei"], first_day="2027-07-08")
    before = away(app)
    page = cast["mei"].get("/time-off").click("Change Thursday 8 July 2027")
    page = page.submit({"first_day": "2027-07-06"}, button="Save the change")
    assert "1 visit is already booked then" in page.text
    assert away(app) == before
    page.submit(button="Save, and keep the visits")
    assert away(app) != before


def test_nobody_changes_somebody_elses(app, clinic, cast):
    take(cast["mei"], first_day="2027-07-08")
    address = cast["mei"].get("/time-off").link("Change Thursday 8 July 2027")
    assert cast["ines"].get(address).status == 404
    token = dict(cast["ines"].get("/time-off").form("first_day").fields)["csrf_token"]
    sent = {"csrf_token": token, "first_day": "2027-07-09"}
    assert cast["ines"].post(address, sent).status == 404
    assert away(app)[0][0] == datetime(2027, 7, 7, 23, tzinfo=UTC)


def test_time_off_repeats_weekly_by_the_clock_on_the_wall(app, clinic, cast):
    take(
        cast["mei"],
        first_day="2027-10-20",
        starts="13:00",
        ends="15:00",
        repeat_until="2027-11-09",
    )
    assert [starts_at for starts_at, _ in away(app)] == [
        datetime(2027, 10, 20, 12, tzinfo=UTC),
        datetime(2027, 10, 27, 12, tzinfo=UTC),
        datetime(2027, 11, 3, 13, tzinfo=UTC),  # the clocks have gone back
    ]


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ({"repeat_until": "2027-07-01"}, "Choose a day within a year of the first day."),
        ({"repeat_until": "2029-07-08"}, "Choose a day within a year of the first day."),
        (
            {"last_day": "2027-07-15", "repeat_until": "2027-08-08"},
            "Only what is shorter than a week can repeat.",
        ),
    ],
)
def test_what_cannot_repeat_is_explained(app, clinic, cast, typed, told):
    page = take(cast["mei"], first_day="2027-07-08", **typed)
    assert page.status == 422
    assert told in page.text
    assert away(app) == []


def test_planned_time_off_closes_nothing_until_it_is_taken(app, clinic, cast):
    with app.app_context(), transaction():
        session().add(
            TimeOff(
                practitioner_id=clinic.mei,
                starts_at=MONDAY_10AM,
                ends_at=MONDAY_10AM + DAY,
                published=False,
            )
        )
    page = cast["mei"].get("/time-off")
    assert "Draft: not taken yet" in page.text
    page = page.click("Look and take").submit(button="Take this time off")
    assert "Draft: not taken yet" not in page.text
    with app.app_context():
        assert [row.published for row in session().query(TimeOff)] == [True]
