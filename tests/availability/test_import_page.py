"""Hours from a file through the page: told, kept as drafts; broken and hostile files."""

from io import BytesIO

import pytest
from flask import Flask

from booking.availability.models import DatedHours, TimeOff, WeeklyHours
from booking.core.db import session, transaction
from tests import factories
from tests.factories import Clinic

HEAD = "BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//example//EN\n"


def whole(*parts: str, head: str = "") -> str:
    body = "".join(f"BEGIN:AVAILABLE\nUID:a@x\n{part}\nEND:AVAILABLE\n" for part in parts)
    return f"{HEAD}BEGIN:VAVAILABILITY\nUID:w@x\n{head}{body}END:VAVAILABILITY\nEND:VCALENDAR\n"


MONDAYS = "SUMMARY:Mondays\nDTSTART:20270705T090000\nDTEND:20270705T130000\nRRULE:FREQ=WEEKLY"


def load(browser, text: str | bytes, **typed: str):
    sent = text if isinstance(text, bytes) else text.encode()
    page = browser.get("/hours/import")
    return page.submit({"file": [(BytesIO(sent), "h.ics")], **typed}, button="Show what it says")


def stored(app: Flask) -> tuple[int, int, int]:
    """How many drafts there are: weekly hours, single days, time off."""
    with app.app_context():
        return tuple(
            session().query(table).where(table.published.is_(False)).count()
            for table in (WeeklyHours, DatedHours, TimeOff)
        )


@pytest.mark.both
def test_hours_leave_and_come_back_as_drafts(app, clinic, cast):
    mei = cast["mei"]
    mei.get("/time-off").submit(
        {"first_day": "2027-08-02", "note": "Secret course"}, button="Take this time off"
    )
    days = mei.get("/hours").link("Change a day")
    mei.get(days).submit(
        {"day": "2027-07-10", "change": "adds", "starts": "09:00", "ends": "12:00"},
        button="Change this day",
    )
    answer = mei.client.get("/hours/availability.ics")
    assert answer.content_type == "text/calendar; charset=utf-8"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="availability.ics"'
    assert b"BEGIN:VAVAILABILITY\r\n" in answer.data
    assert b"Secret" not in answer.data
    page = load(mei, answer.data)
    assert "Monday, 9:00am to 5:00pm" in page.text
    assert "Saturday 10 July 2027: more hours, 9:00am to 12:00pm" in " ".join(page.text.split())
    assert "Monday 2 August 2027" in page.text
    assert "Not understood" not in page.text
    assert stored(app) == (0, 0, 0)
    page = page.submit(button="Keep as drafts")
    assert "This is a draft." in page.text
    assert stored(app) == (5, 1, 1)
    load(mei, answer.data).submit(button="Keep as drafts")
    assert stored(app) == (5, 1, 1)
    page = mei.get("/hours").submit(button="Publish these hours")
    assert stored(app) == (0, 1, 1)


def test_a_place_is_known_by_name_and_chosen_where_it_is_not(app, clinic, cast):
    with app.app_context(), transaction():
        harbour = factories.make_location(name="Harbour").id
    named = f"{MONDAYS}\nLOCATION:harbour street"
    unknown = MONDAYS.replace("Mondays", "Others").replace("0705", "0706") + "\nLOCATION:Elsewhere"
    page = load(cast["mei"], whole(named, unknown), place=str(clinic.location))
    page.submit(button="Keep as drafts")
    with app.app_context():
        drafts = session().query(WeeklyHours).where(WeeklyHours.published.is_(False))
        assert {(row.location_id, row.weekday) for row in drafts} == {
            (harbour, 0),
            (clinic.location, 1),
        }


@pytest.mark.parametrize(
    ("part", "told"),
    [
        (MONDAYS, "Monday, 9:00am to 1:00pm"),
        (MONDAYS + ";INTERVAL=3", "Monday, 9:00am to 1:00pm, every 3 weeks"),
        (MONDAYS + ";BYDAY=TU,TH;COUNT=4", "Tue"),
        (MONDAYS.replace("WEEKLY", "DAILY"), "Sunday, 9:00am to 1:00pm"),
        (MONDAYS.replace("DTEND:20270705T130000", "DURATION:PT2H30M"), "9:00am to 11:30am"),
        (MONDAYS + "\nEXDATE:20270712T090000", "Monday 12 July 2027: not 9:00am to 1:00pm"),
        (MONDAYS.split("\nRRULE")[0], "Monday 5 July 2027: more hours, 9:00am to 1:00pm"),
    ],
)
def test_what_is_understood(app, clinic, cast, part, told):
    page = load(cast["mei"], whole(part))
    assert told in " ".join(page.text.split())


@pytest.mark.parametrize(
    ("part", "why"),
    [
        (MONDAYS.replace("WEEKLY", "MONTHLY"), "repeats in a way that weekly hours cannot keep"),
        (MONDAYS.replace("WEEKLY", "SECONDLY"), "repeats in a way"),
        (MONDAYS + ";INTERVAL=0", "repeats in a way"),
        (MONDAYS + ";INTERVAL=-1", "repeats in a way"),
        (MONDAYS + ";INTERVAL=9", "repeats in a way"),
        (MONDAYS + ";BYDAY=1MO", "repeats in a way"),
        (MONDAYS + ";BYMONTH=7", "repeats in a way"),
        (MONDAYS + ";COUNT=999999999", "repeats in a way"),
        (MONDAYS + ";INTERVAL=2;WKST=SU", "counts its weeks from another day"),
        (MONDAYS + "\nRDATE:20270708T090000", "has extra dates"),
        (MONDAYS.replace("000\nRRULE", "000Z\nRRULE").replace("T090000", "T090000Z"), "clock"),
        (MONDAYS.replace("DTSTART:", "DTSTART;TZID=Asia/Tokyo:"), "repeats by another clock"),
        (MONDAYS.replace("130000", "080000"), "ends before it starts"),
        (MONDAYS.replace("DTEND:20270705", "DTEND:20270706"), "goes on past midnight"),
        ("SUMMARY:Mondays\nDTSTART:20270705T090000\nRRULE:FREQ=WEEKLY", "has no end"),
        ("SUMMARY:Mondays\nDTEND:20270705T090000", "has no time that could be read"),
        (MONDAYS.replace("20270705T09", "99990705T09"), "too far away"),
    ],
)
def test_what_is_not_understood_is_told(app, clinic, cast, part, why):
    page = load(cast["mei"], whole(part))
    assert page.status == 200
    assert "<b>Mondays</b>" in page.text
    assert why in page.text
    assert "Keep as drafts" not in page.text
    assert stored(app) == (0, 0, 0)


def test_more_important_hours_replace_others_on_their_dates(app, clinic, cast):
    base = whole(MONDAYS, head="PRIORITY:9\n").split("BEGIN:VAVAILABILITY")[1]
    summer = whole(
        MONDAYS.replace("T090000", "T140000").replace("T130000", "T160000"),
        head="PRIORITY:2\nDTSTART:20270802T000000\nDTEND:20270901T000000\n",
    )
    page = load(cast["mei"], summer.replace("END:VCALENDAR", f"BEGIN:VAVAILABILITY{base}"))
    text = " ".join(page.text.split())
    assert "Weekly hours, Mon 5 July to Sun 1 August" in text
    assert "Weekly hours, Mon 2 August to Tue 31 August" in text
    page.submit(button="Keep as drafts")
    with app.app_context():
        rows = session().query(WeeklyHours).where(WeeklyHours.published.is_(False))
        drafts = sorted((row.valid_from.month, row.starts.hour) for row in rows)
    assert drafts == [(7, 9), (8, 14), (9, 9)]


@pytest.mark.parametrize(
    ("sent", "told"),
    [
        (b"", "Choose a file."),
        (b"x" * (129 * 1024), "This file is too large."),
        (b"\xff\xfe", "This file is not text in UTF-8."),
        (b"hello", "This is not a calendar file"),
        (HEAD.encode() + b"BEGIN:VAVAILABILITY\n", "This is not a calendar file"),
        (whole("DTSTART:soon").encode(), "a line of it cannot be read"),
        (whole("DTSTART:20270705T240000").encode(), "a line of it cannot be read"),
        (b"BEGIN:VCALENDAR\n" * 3000, "This is not a calendar file"),
        (whole(*(["SUMMARY:x"] * 1_001)).encode(), "too many entries"),
    ],
)
def test_files_that_cannot_be_used_are_explained(app, clinic, cast, sent, told):
    page = load(cast["mei"], sent)
    assert page.status == 422
    assert page.title.startswith("Error:")
    assert told in page.text
    assert stored(app) == (0, 0, 0)


def test_names_in_a_file_are_only_text(app, clinic, cast):
    part = MONDAYS.replace("Mondays", "<script>x</script>\u202e").replace("WEEKLY", "YEARLY")
    page = load(cast["mei"], whole(part))
    assert "<script>x" not in page.text.split("Not understood")[1].split("<form")[0]
    assert "\u202e" not in page.text.split("Not understood")[1].split("<form")[0]


def test_a_file_without_hours_keeps_nothing(app, clinic, cast):
    page = load(cast["mei"], f"{HEAD}BEGIN:VEVENT\nSUMMARY:Party\nEND:VEVENT\nEND:VCALENDAR\n")
    assert "There are no hours to come in this file" in page.text
    assert "<b>Party</b> is not about available time" in page.text


@pytest.mark.parametrize("who", ["reception", "owner"])
def test_files_of_hours_are_the_practitioners(app, clinic, cast, who):
    assert cast[who].get("/hours/availability.ics").status == 403
    assert cast[who].get("/hours/import").status == 403


def test_her_file_holds_her_own_hours_only(app: Flask, clinic: Clinic, cast):
    cast["mei"].get("/time-off").submit({"first_day": "2027-08-02"}, button="Take this time off")
    assert b"20270801T230000Z" in cast["mei"].client.get("/hours/availability.ics").data
    assert b"20270801T230000Z" not in cast["ines"].client.get("/hours/availability.ics").data
