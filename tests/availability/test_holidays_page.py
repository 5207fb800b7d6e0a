"""A list of public holidays, loaded by the owner: read, shown, chosen from; hostile files."""

from io import BytesIO

import pytest
from flask import Flask

from booking.availability.models import Closure
from booking.core.db import session, transaction
from tests import factories
from tests.factories import Clinic

CALENDAR = """BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//example//holidays//EN
BEGIN:VEVENT
UID:1@example.org
DTSTAMP:20270101T000000Z
DTSTART;VALUE=DATE:20271225
DTEND;VALUE=DATE:20271227
SUMMARY:Christmas\\, both days
END:VEVENT
BEGIN:VEVENT
UID:2@example.org
DTSTART;VALUE=DATE:20270830
SUMMARY:Summer bank holiday
END:VEVENT
BEGIN:VEVENT
UID:3@example.org
DTSTART;VALUE=DATE:20270503
SUMMARY:Over already
END:VEVENT
BEGIN:VEVENT
UID:4@example.org
DTSTART;VALUE=DATE:20280101
RRULE:FREQ=YEARLY
SUMMARY:Every year
END:VEVENT
BEGIN:VEVENT
UID:5@example.org
DTSTART:20271231T120000Z
DTEND:20271231T180000Z
SUMMARY:Half a day
END:VEVENT
BEGIN:VEVENT
UID:6@example.org
SUMMARY:No date
END:VEVENT
END:VCALENDAR
"""


def load(browser, text: str | bytes, name: str = "holidays.ics"):
    sent = text if isinstance(text, bytes) else text.encode()
    page = browser.get("/closures/holidays")
    return page.submit({"file": [(BytesIO(sent), name)]}, button="Show what it says")


def closed(app: Flask) -> list[tuple[str, str]]:
    with app.app_context():
        rows = session().query(Closure).order_by(Closure.starts_at, Closure.location_id)
        return [(f"{row.starts_at:%Y-%m-%d %H:%M}", row.name) for row in rows]


def test_a_calendar_is_shown_and_then_closed(app, clinic, cast):
    page = load(cast["owner"], CALENDAR)
    assert page.status == 200
    assert "Saturday 25 December 2027 to Sunday 26 December 2027: Christmas, both days" in page.text
    assert "Monday 30 August 2027: Summer bank holiday" in page.text
    assert "Over already" not in page.text.split("Another file")[0].split("source")[0]
    for name, why in [
        ("Every year", "repeats by a rule"),
        ("Half a day", "has times"),
        ("No date", "has no date that could be read"),
    ]:
        assert f"<b>{name}</b> {why}" in page.text
    assert closed(app) == []
    page = page.submit(button="Close these days")
    assert page.url == "/closures"
    assert closed(app) == [
        ("2027-08-29 23:00", "Summer bank holiday"),
        ("2027-12-25 00:00", "Christmas, both days"),
    ]


def test_only_what_is_ticked_is_closed_and_only_there(app, clinic, cast):
    with app.app_context(), transaction():
        harbour = str(factories.make_location(name="Harbour").public_id)
    page = load(cast["owner"], CALENDAR)
    page.submit({"days": ["2027-08-30/2027-08-30"], "places": [harbour]}, button="Close these days")
    assert closed(app) == [("2027-08-29 23:00", "Summer bank holiday")]


@pytest.mark.parametrize("separator", [",", ";"])
def test_a_table_of_dates_and_names(app, clinic, cast, separator):
    lines = ["Date|Name", '2027-12-27|"Boxing, moved"', "", "27/12/2027|x", "2027-12-28|"]
    table = "\ufeff" + "\r\n".join(lines).replace("|", separator)
    page = load(cast["owner"], table, "h.csv")
    assert "Monday 27 December 2027: Boxing, moved" in page.text
    assert "does not begin with a date like 2027-12-25" in page.text


def test_a_list_loaded_twice_closes_once(app, clinic, cast):
    for _twice in range(2):
        load(cast["owner"], CALENDAR).submit(button="Close these days")
    assert len(closed(app)) == 2


@pytest.mark.parametrize(
    ("typed", "told"),
    [({"days": []}, "Choose at least one day."), ({"places": []}, "Choose at least one location.")],
)
def test_choosing_nothing_is_explained(app, clinic, cast, typed, told):
    page = load(cast["owner"], CALENDAR).submit(typed, button="Close these days")
    assert page.status == 422
    assert told in page.text
    assert closed(app) == []


@pytest.mark.parametrize(
    ("sent", "told"),
    [
        (b"", "Choose a file."),
        (b"\xff\xfe\x00b", "This file is not text in UTF-8."),
        (b"2027-12-25,x\n" * 12_000, "This file is too large."),
        (b"2027-12-25,x\n" * 1_001, "too many lines"),
        (b"BEGIN:VCALENDAR\nBEGIN:VEVENT\n", "This is not a calendar file"),
        (
            b"BEGIN:VCALENDAR\n" + b"BEGIN:VEVENT\nEND:VEVENT\n" * 1_001 + b"END:VCALENDAR",
            "too many",
        ),
        (b"BEGIN:VCALENDAR\nNONSENSE\nEND:VCALENDAR", "This is not a calendar file"),
    ],
)
def test_files_that_cannot_be_used_are_explained(app, clinic, cast, sent, told):
    page = load(cast["owner"], sent)
    assert page.status == 422
    assert page.title.startswith("Error:")
    assert told in page.text
    assert closed(app) == []


@pytest.mark.parametrize(
    "line",
    [
        "DTSTART;VALUE=DATE:99999999",
        "DTSTART;VALUE=DATE:00010101",
        "DTSTART;VALUE=DATE:99991231",
        "DTSTART;TZID=../../etc/passwd:20271225T000000",
        "DTSTART;VALUE=PERIOD:20271225T000000Z/PT1H",
        "DTSTART:",
        "DTSTART;VALUE=DATE:20271225\nDTSTART;VALUE=DATE:20271226",
        "DTSTART;VALUE=DATE:20271225\nDTEND;VALUE=DATE:20990101",
        "DTSTART;VALUE=DATE:20271225\nDTEND:20271226T000000Z",
    ],
)
def test_odd_dates_are_passed_over(app, clinic, cast, line):
    text = f"BEGIN:VCALENDAR\nBEGIN:VEVENT\n{line}\nSUMMARY:Odd\nEND:VEVENT\nEND:VCALENDAR\n"
    page = load(cast["owner"], text)
    assert page.status in {200, 422}
    assert "Close these days" not in page.text


def test_a_name_from_a_file_is_only_text(app, clinic, cast):
    text = "2027-12-25,<script>alert(1)</script>\u202e\n"
    page = load(cast["owner"], text, "h.csv")
    assert "<script>alert" not in page.text
    assert "&lt;script&gt;" in page.text
    page.submit(button="Close these days")
    assert closed(app) == [("2027-12-25 00:00", "<script>alert(1)</script>")]


def test_visits_on_a_holiday_are_shown_first(app, clinic, cast):
    with app.app_context(), transaction():
        factories.make_appointment(clinic)
    page = load(cast["owner"], "2027-07-05,Founders' day\n", "h.csv")
    page = page.submit(button="Close these days")
    assert "1 visit is already booked then" in page.text
    assert closed(app) == []
    page.submit(button="Save, and keep the visits")
    assert closed(app) == [("2027-07-04 23:00", "Founders' day")]


@pytest.mark.parametrize("who", ["mei", "reception", "stranger"])
def test_lists_are_the_owners(app: Flask, clinic: Clinic, cast, who):
    assert cast[who].get("/closures/holidays").status in {200, 403}
    assert cast[who].post("/closures/holidays", {"source": "2027-12-25,x"}).status in {
        400,
        401,
        403,
    }
    assert closed(app) == []
