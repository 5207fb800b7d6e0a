"""A practitioner's hours through the pages: publish, draft, preview, and what is refused."""

from datetime import UTC, datetime, time, timedelta

import pytest
from flask import Flask

from booking.audit.models import AuditRow
from booking.availability import queries
from booking.availability.models import WeeklyHours
from booking.clinic.models import Location, Practitioner, Service
from booking.core.db import session, transaction
from tests import factories
from tests.factories import MONDAY, NOW, Clinic

MONDAY_START = datetime(2027, 7, 4, 23, 0, tzinfo=UTC)
WORKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday")
FROM_MONDAY = {"starts_on": "2027-07-05"}


@pytest.fixture
def no_hours(app: Flask, clinic: Clinic) -> None:
    with app.app_context(), transaction():
        session().query(WeeklyHours).where(WeeklyHours.practitioner_id == clinic.mei).delete()


@pytest.fixture
def harbour(app: Flask, clinic: Clinic) -> str:
    """The address of the hours of a second location."""
    with app.app_context(), transaction():
        place = factories.make_location(name="Harbour")
        place.position = 5
        return f"/hours/{place.public_id}"


def offered(app: Flask, clinic: Clinic, days: int = 7) -> list[str]:
    """What patients are offered with Mei from Monday on, as "Mon 09:00"."""
    with app.app_context():
        found = queries.offers(
            session().get_one(Service, clinic.first_visit),
            practitioner_ids=[clinic.mei],
            start=MONDAY_START,
            end=MONDAY_START + timedelta(days=days),
            now=NOW,
        )
        return [f"{offer.starts_at.astimezone(offer.zone):%a %H:%M}" for offer in found]


def rows(app: Flask, clinic: Clinic) -> list[WeeklyHours]:
    with app.app_context():
        return (
            session()
            .query(WeeklyHours)
            .where(WeeklyHours.practitioner_id == clinic.mei)
            .order_by(WeeklyHours.valid_from, WeeklyHours.weekday, WeeklyHours.starts)
            .all()
        )


def audited(app: Flask) -> list[tuple[str, str]]:
    with app.app_context():
        return [(row.tag, row.actor) for row in session().query(AuditRow).order_by(AuditRow.id)]


@pytest.mark.both
def test_publish_hours_see_two_weeks_take_an_afternoon_off_and_it_is_gone(
    app, clinic, cast, no_hours
):
    mei = cast["mei"]
    page = mei.get("/hours")
    assert page.status == 200
    assert "Nobody can book you here" in page.text
    assert offered(app, clinic) == []
    page = page.submit(
        {
            **FROM_MONDAY,
            "monday-stretches-0-starts": "09:00",
            "monday-stretches-0-ends": "12:30",
            "thursday-stretches-0-starts": "13:00",
            "thursday-stretches-0-ends": "18:00",
        },
        button="Publish these hours",
    )
    assert page.status == 200
    assert "What patients will see" in page.text
    preview = page.text.split('id="preview"')[1]
    assert [day for day in ("Mon 5 July", "Thu 8 July", "Sun 18 July") if day in preview]
    assert preview.count("11 times") == 2
    assert preview.count("17 times") == 2
    assert preview.count("No times") == 10
    assert "9:00am to 11:30am" in preview
    assert offered(app, clinic)[:2] == ["Mon 09:00", "Mon 09:15"]
    assert len(offered(app, clinic)) == 11 + 17

    page = mei.get("/time-off").submit(
        {"first_day": "2027-07-08", "starts": "13:00", "ends": "18:00", "note": "Course"},
        button="Take this time off",
    )
    assert page.status == 200
    assert "Thursday 8 July 2027, 1:00pm to 6:00pm" in page.text
    assert len(offered(app, clinic)) == 11
    preview = mei.get("/hours").text.split('id="preview"')[1]
    assert preview.count("17 times") == 1
    assert audited(app) == [("hours:changed", f"user:{clinic.mei_user}")] * 2


def test_a_second_pair_of_times_is_added_by_a_button_and_nothing_typed_is_lost(
    app, clinic, cast, no_hours
):
    page = cast["mei"].get("/hours")
    page = page.submit({"monday-stretches-0-starts": "09:00", "add": "monday"})
    assert page.status == 200
    assert "Error:" not in page.title
    names = page.form("starts_on").names
    assert "monday-stretches-1-starts" in names
    assert ("monday-stretches-0-starts", "09:00") in page.form("starts_on").fields
    page = page.submit(
        {
            **FROM_MONDAY,
            "monday-stretches-0-ends": "12:00",
            "monday-stretches-1-starts": "13:00",
            "monday-stretches-1-ends": "15:00",
        },
        button="Publish these hours",
    )
    assert page.status == 200
    times = offered(app, clinic)
    assert "Mon 11:00" in times
    assert "Mon 11:15" not in times
    assert "Mon 13:00" in times
    assert times[-1] == "Mon 14:00"


def test_three_pairs_of_times_are_the_most(cast, no_hours):
    page = cast["mei"].get("/hours")
    for _more in range(5):
        page = page.submit({"add": "friday"}, having="starts_on")
    names = page.form("starts_on").names
    assert "friday-stretches-2-ends" in names
    assert "friday-stretches-3-ends" not in names


def test_a_draft_is_seen_by_its_writer_only(app, clinic, cast):
    before = offered(app, clinic)
    page = cast["mei"].get("/hours")
    page = page.submit(
        {**FROM_MONDAY, "monday-stretches-0-starts": "11:00"}, button="Keep as a draft"
    )
    assert "This is a draft." in page.text
    assert "11:00am to 4:00pm" in page.text.split('id="preview"')[1]
    assert offered(app, clinic) == before
    page = cast["mei"].get("/hours")
    assert ("monday-stretches-0-starts", "11:00") in page.form("starts_on").fields

    page = page.submit(button="Publish these hours")
    assert "This is a draft." not in page.text
    assert offered(app, clinic)[0] == "Mon 11:00"


def test_a_discarded_draft_leaves_what_was_published(app, clinic, cast):
    before = offered(app, clinic)
    page = (
        cast["mei"]
        .get("/hours")
        .submit({"monday-stretches-0-starts": "11:00"}, button="Keep as a draft")
    )
    page = page.submit(button="Discard the draft")
    assert "This is a draft." not in page.text
    assert ("monday-stretches-0-starts", "09:00") in page.form("starts_on").fields
    assert offered(app, clinic) == before


def test_new_hours_hold_from_their_day_and_the_old_ones_until_then(app, clinic, cast):
    page = (
        cast["mei"]
        .get("/hours")
        .submit(
            {"starts_on": "2027-07-07", "wednesday-stretches-0-starts": "12:00"},
            button="Publish these hours",
        )
    )
    assert "Published from Wednesday 7 July 2027." in page.text
    times = offered(app, clinic, days=10)
    assert "Mon 09:00" in times
    assert "Wed 11:45" not in times
    assert "Wed 12:00" in times
    assert {row.valid_until for row in rows(app, clinic)} == {
        None,
        datetime(2027, 7, 6, tzinfo=UTC).date(),
    }


def test_closing_every_day_ends_the_hours_and_says_so(app, clinic, cast):
    empty = {f"{day}-stretches-0-{edge}": "" for day in WORKDAYS for edge in ("starts", "ends")}
    page = (
        cast["mei"]
        .get("/hours")
        .submit({**empty, "starts_on": "2027-07-07"}, button="Publish these hours")
    )
    assert "Published until Tuesday 6 July 2027." in page.text
    assert {time_[:3] for time_ in offered(app, clinic)} == {"Mon", "Tue"}


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ({"monday-stretches-0-ends": "08:00"}, "Monday: The end has to be later than the start."),
        ({"monday-stretches-0-ends": "09:00"}, "The end has to be later than the start."),
        ({"tuesday-stretches-0-ends": ""}, "Write both times, or leave both empty."),
        ({"tuesday-stretches-0-starts": ""}, "Write both times, or leave both empty."),
        ({"friday-stretches-0-starts": "half nine"}, "Write the time like 09:30."),
        ({"friday-stretches-0-starts": "25:00"}, "Write the time like 09:30."),
        ({"starts_on": ""}, "Choose the day they start."),
        ({"starts_on": "2027-02-30"}, "Write the day like 2027-07-05."),
        ({"starts_on": "2027-07-01"}, "Choose today or a later day"),
        ({"starts_on": "9999-12-31"}, "Choose today or a later day"),
        ({"starts_on": "0001-01-01"}, "Choose today or a later day"),
    ],
)
def test_what_cannot_be_kept_is_explained_and_stays_typed(app, clinic, cast, typed, told):
    before = offered(app, clinic)
    typed = {**FROM_MONDAY, **typed}
    page = cast["mei"].get("/hours").submit(typed, button="Publish these hours")
    assert page.status == 422
    assert page.title.startswith("Error:")
    assert told in page.text
    assert 'role="alert"' in page.text
    fields = dict(page.form("starts_on").fields)
    assert {name: fields[name] for name in typed} == typed
    assert offered(app, clinic) == before
    assert audited(app) == []


def test_hours_that_overlap_on_one_day_are_explained(app, clinic, cast):
    page = cast["mei"].get("/hours").submit({"add": "monday"}, having="starts_on")
    page = page.submit(
        {
            **FROM_MONDAY,
            "monday-stretches-1-starts": "16:30",
            "monday-stretches-1-ends": "18:00",
        },
        button="Publish these hours",
    )
    assert page.status == 422
    assert "Monday: These hours overlap with the ones above." in page.text


def test_she_cannot_be_at_two_locations_at_once(app, clinic, cast, harbour):
    page = cast["mei"].get(harbour)
    typed = {
        **FROM_MONDAY,
        "monday-stretches-0-starts": "16:00",
        "monday-stretches-0-ends": "20:00",
    }
    page = page.submit(typed, button="Publish these hours")
    assert page.status == 422
    assert "Monday: You are at Canal Street rooms then." in page.text
    assert ("monday-stretches-0-ends", "20:00") in page.form("starts_on").fields
    page = page.submit({"monday-stretches-0-starts": "17:00"}, button="Publish these hours")
    assert page.status == 200


def test_hours_elsewhere_that_start_only_later_are_seen_too(app, clinic, cast, harbour):
    with app.app_context(), transaction():
        for row in session().query(WeeklyHours).where(WeeklyHours.practitioner_id == clinic.mei):
            row.valid_from = MONDAY + timedelta(days=200)
            row.every_n_weeks = 3
    page = (
        cast["mei"]
        .get(harbour)
        .submit(
            {
                **FROM_MONDAY,
                "monday-stretches-0-starts": "16:00",
                "monday-stretches-0-ends": "20:00",
            },
            button="Publish these hours",
        )
    )
    assert page.status == 422
    assert "You are at Canal Street rooms then." in page.text


def test_locations_and_services_are_chosen_by_links(app, clinic, cast, harbour):
    page = cast["mei"].get("/hours").click("Follow-up")
    assert page.status == 200
    assert "30 times" in page.text  # 45 minutes fit once more
    assert cast["mei"].get("/hours").click("Harbour Street rooms").url == harbour
    assert cast["mei"].get(page.url.split("?")[0] + "?service=nonsense").status == 200


def test_the_preview_leaves_out_what_is_booked_but_never_says_by_whom(app, clinic, cast):
    with app.app_context(), transaction():
        factories.make_appointment(clinic)
    page = cast["mei"].get("/hours")
    assert "11:00am to 4:00pm" in page.text
    assert "Amara" not in page.text


@pytest.mark.parametrize(
    ("who", "seen"),
    [("mei", 200), ("ines", 200), ("reception", 403), ("owner", 403)],
)
def test_the_pages_belong_to_practitioners(app, clinic, cast, who, seen):
    assert cast[who].get("/hours").status == seen
    assert cast[who].get("/time-off").status == seen


def test_a_stranger_is_asked_to_sign_in_and_changes_nothing(app, clinic, browser):
    address = f"/hours/{location_id(app, clinic)}"
    before = [(row.id, row.valid_until) for row in rows(app, clinic)]
    for path in ("/hours", address, "/time-off"):
        assert browser.client.get(path).status_code == 303
    for path in (address, f"{address}/discard-draft", "/time-off"):
        # without the form's token the answer is 400, with a session it would be 401; never a change
        assert browser.client.post(path).status_code in {400, 401}
    assert [(row.id, row.valid_until) for row in rows(app, clinic)] == before


def test_another_practitioner_changes_her_own_week_only(app, clinic, cast):
    before = offered(app, clinic)
    page = (
        cast["ines"]
        .get(f"/hours/{location_id(app, clinic)}")
        .submit({**FROM_MONDAY, "monday-stretches-0-starts": "12:00"}, button="Publish these hours")
    )
    assert page.status == 200
    assert offered(app, clinic) == before


def test_an_unknown_location_is_not_found(app, clinic, cast):
    unknown = "/hours/00000000-0000-4000-8000-000000000000"
    assert cast["mei"].get(unknown).status == 404
    assert cast["mei"].get("/hours/1").status == 404


def test_someone_with_the_role_but_no_practitioner_yet_is_told_so_kindly(app, clinic, cast):
    with app.app_context(), transaction():
        session().get_one(Practitioner, clinic.mei).user_id = None
    assert cast["mei"].get("/hours").status == 404


def location_id(app: Flask, clinic: Clinic) -> str:
    with app.app_context():
        return str(session().get_one(Location, clinic.location).public_id)


def test_times_may_be_written_with_a_dot(app, clinic, cast):
    page = (
        cast["mei"]
        .get("/hours")
        .submit(
            {**FROM_MONDAY, "monday-stretches-0-starts": " 9.30 "}, button="Publish these hours"
        )
    )
    assert page.status == 200
    assert time(9, 30) in {row.starts for row in rows(app, clinic)}


@pytest.mark.parametrize(
    "name",
    [
        "monday-stretches-99-starts",
        "monday-stretches-²-starts",
        "monday-stretches--1-starts",
        f"monday-stretches-{'9' * 5000}-starts",
        "monday-stretches",
    ],
)
def test_fields_nobody_was_shown_are_no_fault_of_ours(app, clinic, cast, name):
    page = cast["mei"].get("/hours")
    answer = page.submit({**FROM_MONDAY, name: "09:00"}, button="Keep as a draft")
    assert answer.status in {200, 422}


@pytest.mark.parametrize("typed", ["\x00", "09:30\r\nX: y", "\u202e09:30", "9" * 10_000])
def test_hostile_times_are_not_times(app, clinic, cast, typed):
    page = (
        cast["mei"]
        .get("/hours")
        .submit({**FROM_MONDAY, "monday-stretches-0-starts": typed}, button="Publish these hours")
    )
    assert page.status == 422
