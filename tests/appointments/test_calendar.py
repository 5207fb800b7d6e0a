"""The calendar's other views: rooms, a week, the day sheet; each leads back to where one was."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from booking.audit.models import AuditRow
from booking.cli.bench.alone import counted
from booking.core.db import session, transaction
from tests.conftest import Cast
from tests.factories import MINUTES, MONDAY, MONDAY_10AM, Clinic, make_appointment, make_patient

ROOMS, WEEK, SHEET = (f"/{page}?date={MONDAY}" for page in ("day/rooms", "week", "day/sheet"))


@pytest.fixture
def visits(app: Flask, clinic: Clinic) -> dict[str, str]:
    """Amara with Mei in room 1 at 10 on Monday; Beth with Inês in room 2 at 11 on Wednesday."""
    with app.app_context(), transaction():
        at = MONDAY_10AM + timedelta(days=2, hours=1)
        found = {
            "amara": make_appointment(clinic).public_id,
            "beth": make_appointment(
                clinic,
                practitioner_id=clinic.ines,
                room_id=clinic.rooms[1],
                patient_id=make_patient("Beth Nolan", "beth@example.org").id,
                starts_at=at,
                ends_at=at + 45 * MINUTES,
            ).public_id,
        }
        return {name: str(value) for name, value in found.items()}


def column(text: str, heading: str) -> str:
    """One column of the grid, from its heading to the next."""
    return text.split(f">{heading}<span>")[1].split("</section>")[0]


def test_rooms_are_columns_with_who_treats_there(cast: Cast, visits: dict[str, str]) -> None:
    page = cast["reception"].get(ROOMS)
    assert "Amara Osei" in column(page.text, "Room 1")
    assert "Mei Tan" in column(page.text, "Room 1")
    assert "Amara Osei" not in column(page.text, "Room 2")


def test_a_gap_in_a_room_begins_a_booking_there(
    cast: Cast, visits: dict[str, str], app: Flask
) -> None:
    page = cast["reception"].get(ROOMS)
    gap = next(href for href, words in page.links if "11:00am free" in words)
    assert "place=" in gap
    added = page.browser.get(gap).submit(
        {"name": "Chloe Martin", "phone": "07700 900 111", "email": "chloe@example.org"},
        button="Choose a time",
    )
    booked = added.submit(button="11:00am")
    assert "Booked." in booked.text
    assert "Chloe Martin" in cast["reception"].get(ROOMS).text


def test_a_week_has_a_column_for_each_day(cast: Cast, visits: dict[str, str]) -> None:
    page = cast["reception"].get(WEEK)
    assert "Amara Osei" in column(page.text, "Mon 5")
    assert "Amara Osei" not in column(page.text, "Tue 6")
    assert "Not in" in column(page.text, "Sun 11")
    ines = page.submit({"who": value_of(page, "Inês Roca")}, having="who")
    assert "Beth Nolan" in column(ines.text, "Wed 7")
    assert "Amara Osei" not in ines.text
    after = ines.browser.get(next(href for href, words in ines.links if "date=2027-07-12" in href))
    assert "Mon 12" in after.text
    assert "Inês Roca" in after.text


def value_of(page: object, name: str) -> str:
    return page.text.split(f">{name}</option>")[0].rsplit('value="', 1)[1].split('"')[0]


def test_in_a_week_with_a_change_of_clocks_nine_stands_in_one_line(cast: Cast) -> None:
    page = cast["reception"].get("/week?date=2027-10-29")
    friday, monday = (
        column(cast["reception"].get(f"/week?date={day}").text, heading)
        for day, heading in (("2027-10-29", "Fri 29"), ("2027-11-01", "Mon 1"))
    )
    assert page.status == 200
    for text in (friday, monday):
        assert "9:00am free" in text
        assert "r0 " in text.split("9:00am free")[0].rsplit("<li", 1)[1]


def test_a_practitioner_sees_her_own_week_and_no_rooms(cast: Cast, visits: dict[str, str]) -> None:
    page = cast["mei"].get(WEEK)
    assert "Amara Osei" in page.text
    assert "Inês Roca" not in page.text
    assert cast["mei"].get(ROOMS).status == 403
    ines = value_of(cast["reception"].get(WEEK), "Inês Roca")
    assert cast["mei"].get(f"{WEEK}&who={ines}").status == 404
    assert cast["reception"].get(f"{WEEK}&who=x").status == 404


@pytest.mark.parametrize("page", ["/day?view=list", "/day", "/day/rooms"])
def test_arriving_and_undoing_lead_back_to_where_the_button_was(
    cast: Cast, visits: dict[str, str], at: object, page: str
) -> None:
    at(MONDAY_10AM)
    browser = cast["reception"]
    arrived = browser.get(page).submit(button="Check in")
    assert arrived.url.split("?")[0] == page.split("?")[0]
    assert "arrived" in arrived.text
    assert "booked" in arrived.submit(button="Undo").text


def test_renewing_keeps_the_page_and_the_focus_without_any_script(
    cast: Cast, visits: dict[str, str]
) -> None:
    for page in ("/day", "/day?view=list", ROOMS, WEEK, "/today"):
        shown = cast["reception"].get(page)
        assert " autofocus>Renew" not in shown.text
        again = shown.submit(button="Renew")
        assert again.title == shown.title
        assert " autofocus>Renew" in again.text


def test_the_sheet_has_a_part_for_each_practitioner_and_hides_names_on_wish(
    cast: Cast, visits: dict[str, str]
) -> None:
    page = cast["reception"].get(SHEET)
    assert "Amara Osei" in page.text
    assert "booked" in page.text
    assert "free" not in page.text.split("<main")[1]
    assert "Inês Roca" not in page.text.split("<main")[1]  # nobody comes to her that day
    short = page.click("Initials")
    assert "A. O." in short.text
    assert "Amara" not in short.text
    assert "A. O." not in short.click("No names").text


def test_what_was_shown_is_on_record_day_by_day(
    app: Flask, cast: Cast, visits: dict[str, str]
) -> None:
    for page in (ROOMS, WEEK, SHEET):
        cast["reception"].get(page)
    with app.app_context():
        rows = session().scalars(select(AuditRow).where(AuditRow.tag == "day:opened")).all()
        told = [(row.details["day"], row.details["visits"]) for row in rows]
    assert told == [("2027-07-05", 1)] * 3


@pytest.mark.parametrize("page", ["/day/rooms", "/week", "/day/sheet"])
def test_odd_days_are_said_so(cast: Cast, page: str) -> None:
    assert cast["reception"].get(page, {"date": "yesterday"}).status == 422


def test_a_week_costs_no_more_than_a_day(app: Flask, cast: Cast, visits: dict[str, str]) -> None:
    costs = {}
    for page in ("/day", ROOMS, WEEK):
        cast["reception"].get(page)
        with app.app_context(), counted(app) as statements:
            cast["reception"].get(page)
        costs[page] = len(statements)
    assert costs["/day"] <= 24, costs
    assert costs[WEEK] <= costs["/day"] + 2, costs
    assert costs[ROOMS] <= costs["/day"] + 4, costs
