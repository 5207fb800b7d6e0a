"""Feeds from outside: what a calendar program is given, and what it never learns."""

import re
from datetime import timedelta

import pytest
from flask import Flask
from icalendar import Calendar
from werkzeug.test import TestResponse

from booking.access.policy import Actor
from booking.accounts.models import User
from booking.appointments import actions
from booking.appointments.models import Appointment, Status
from booking.calendars.models import CalendarFeed
from booking.calendars.rules import initials
from booking.core import clock
from booking.core.db import session, transaction
from tests.browser import Browser, Page
from tests.calendars.conftest import Visits, events
from tests.conftest import Cast
from tests.factories import MONDAY_10AM, NOW, Clinic

DAY = timedelta(days=1)


def address(page: Page) -> str:
    """The path of the address a page shows once."""
    [found] = re.findall(r"http://localhost(/calendar/feed/[\w-]{43}\.ics)", page.text)
    return found


def practitioner_feed(cast: Cast, reveal: str = "hidden") -> str:
    page = cast["mei"].get("/calendar").submit({"reveal": reveal}, having="reveal")
    return address(page)


def patient_feed(browser: Browser) -> str:
    return address(browser.get("/my/calendar").submit(button="Make an address"))


def ask(app: Flask, path: str, **headers: str) -> TestResponse:
    """Ask as a calendar program: no cookies before, none after."""
    told = {name.replace("_", "-"): value for name, value in headers.items()}
    answer = app.test_client().get(path, headers=told)
    assert "Set-Cookie" not in answer.headers
    return answer


@pytest.mark.both
def test_a_practitioners_feed_holds_each_visit_and_says_nothing_of_why(
    app: Flask, cast: Cast, visits: Visits
) -> None:
    number = visits.make()
    answer = ask(app, practitioner_feed(cast))
    assert answer.status_code == 200
    assert answer.content_type == "text/calendar; charset=utf-8"
    [(uid, event)] = events(answer.data).items()
    assert uid == visits.uid(number)
    assert event["SUMMARY"] == "Appointment"
    assert event["LOCATION"] == "Canal Street, 12 Canal Street, London N1"
    assert event["STATUS"] == "CONFIRMED"
    assert event["SEQUENCE"] == "0"
    assert {"LAST-MODIFIED", "DTSTAMP", "CREATED"} <= set(event)
    for never in (b"METHOD", b"ATTENDEE", b"ORGANIZER", b"VALARM", b"Amara", b"First", b"cupunct"):
        assert never not in answer.data


@pytest.mark.parametrize(
    ("reveal", "title"),
    [
        ("hidden", "Appointment"),
        ("initials", "Appointment, A. O."),
        ("full", "Appointment, Amara Osei"),
    ],
)
def test_a_practitioner_chooses_what_stands_for_the_patient(
    app: Flask, cast: Cast, visits: Visits, reveal: str, title: str
) -> None:
    visits.make()
    [event] = events(ask(app, practitioner_feed(cast, reveal)).data).values()
    assert event["SUMMARY"] == title


@pytest.mark.parametrize(
    ("name", "short"),
    [
        ("Amara Osei", "A. O."),
        ("José María de la Cruz", "J. C."),
        ("Ji", "J."),
        ("陳 大文", "陳. 大."),
    ],
)
def test_initials_are_of_the_first_and_the_last_word(name: str, short: str) -> None:
    assert initials(name) == short


def test_a_choice_that_is_none_is_refused_and_makes_nothing(app: Flask, cast: Cast) -> None:
    page = cast["mei"].get("/calendar").submit({"reveal": "diagnosis"}, having="reveal")
    assert page.status == 422
    with app.app_context():
        assert session().query(CalendarFeed).count() == 0


def test_other_practitioners_visits_are_not_in_it(
    app: Flask, cast: Cast, visits: Visits, clinic: Clinic
) -> None:
    visits.make(practitioner_id=clinic.ines)
    assert events(ask(app, practitioner_feed(cast)).data) == {}


def test_a_patients_feed_holds_her_own_visits_only(app: Flask, visits: Visits) -> None:
    mine = visits.make()
    visits.make(
        name="Berta Lang",
        starts_at=MONDAY_10AM + DAY,
        ends_at=MONDAY_10AM + DAY + timedelta(hours=1),
    )
    path = patient_feed(visits.patient_browser(mine))
    [(uid, event)] = events(ask(app, path).data).items()
    assert uid == visits.uid(mine)
    assert event["SUMMARY"] == "Appointment"


def test_the_calendar_names_itself_and_hints_how_often_to_look(
    app: Flask, cast: Cast, visits: Visits
) -> None:
    lines = ask(app, practitioner_feed(cast)).data.decode().split("\r\n")
    assert "X-WR-CALNAME:Canal Street" in lines
    assert "REFRESH-INTERVAL;VALUE=DURATION:PT4H" in lines
    assert "X-PUBLISHED-TTL:PT4H" in lines
    assert not [line for line in lines if line.startswith("UID")]


def test_it_is_the_same_to_the_byte_while_nothing_changes(
    app: Flask, cast: Cast, visits: Visits
) -> None:
    number = visits.make()
    path = practitioner_feed(cast)
    first = ask(app, path)
    clock.travel(NOW + timedelta(hours=3))
    assert ask(app, path).data == first.data
    visits.shift(number, timedelta(minutes=15))
    later = ask(app, path)
    assert later.data != first.data
    assert later.headers["ETag"] != first.headers["ETag"]
    [event] = events(later.data).values()
    assert event["SEQUENCE"] == "1"


def test_a_reader_that_has_it_already_gets_304_without_a_body(
    app: Flask, cast: Cast, visits: Visits
) -> None:
    """Holds sec_F11."""
    visits.make()
    path = practitioner_feed(cast)
    etag = ask(app, path).headers["ETag"]
    assert re.fullmatch(r'"[0-9a-f]{64}"', etag)
    for given in (etag, f'"other", {etag}', f"W/{etag}", "*"):
        answer = ask(app, path, If_None_Match=given)
        assert (answer.status_code, answer.data) == (304, b""), given
        assert answer.headers["ETag"] == etag
        assert answer.headers["Cache-Control"] == "private, no-cache"
    assert ask(app, path, If_None_Match='"other"').status_code == 200


def test_head_answers_like_get_without_a_body(app: Flask, cast: Cast, visits: Visits) -> None:
    visits.make()
    path = practitioner_feed(cast)
    answer = app.test_client().head(path)
    assert answer.status_code == 200
    assert answer.data == b""
    assert answer.headers["ETag"] == ask(app, path).headers["ETag"]
    assert answer.headers["X-Robots-Tag"] == "noindex"


def test_a_cancelled_visit_stays_for_a_while_as_cancelled(
    app: Flask, cast: Cast, visits: Visits
) -> None:
    number = visits.make(starts_at=MONDAY_10AM + 60 * DAY, ends_at=MONDAY_10AM + 60.1 * DAY)
    path = practitioner_feed(cast)
    visits.cancel(number)
    [event] = events(ask(app, path).data).values()
    assert (event["STATUS"], event["SEQUENCE"]) == ("CANCELLED", "1")
    clock.travel(NOW + 40 * DAY)
    assert events(ask(app, path).data) == {}


def test_a_request_that_was_taken_back_was_never_in_a_calendar(
    app: Flask, cast: Cast, visits: Visits
) -> None:
    number = visits.make()
    path = practitioner_feed(cast)
    with app.app_context(), transaction():
        asked = session().get_one(Appointment, number)
        asked.status, asked.answer_by = Status.REQUESTED, NOW + timedelta(hours=2)
    assert events(ask(app, path).data) == {}
    with app.app_context(), transaction():
        actions.withdraw(Actor(), session().get_one(Appointment, number), now=NOW)
    assert events(ask(app, path).data) == {}


@pytest.mark.parametrize(("days", "held"), [(-31, 0), (-29, 1), (364, 1), (367, 0)])
def test_it_reaches_a_month_back_and_a_year_ahead(
    app: Flask, cast: Cast, visits: Visits, days: int, held: int
) -> None:
    start = NOW + days * DAY
    visits.make(starts_at=start, ends_at=start + timedelta(hours=1))
    assert len(events(ask(app, practitioner_feed(cast)).data)) == held


def test_a_wrong_address_and_a_withdrawn_one_look_the_same(
    app: Flask, cast: Cast, visits: Visits
) -> None:
    path = practitioner_feed(cast)
    page = cast["mei"].get("/calendar").submit(button="Stop the address")
    assert "no longer works" in page.text
    gone, wrong = ask(app, path), ask(app, f"/calendar/feed/{'x' * 43}.ics")
    assert (gone.status_code, wrong.status_code) == (404, 404)
    assert gone.data == wrong.data
    assert gone.headers["Cache-Control"] == "no-store"


def test_a_new_address_ends_the_one_before(app: Flask, cast: Cast) -> None:
    before = practitioner_feed(cast)
    after = practitioner_feed(cast, "full")
    assert ask(app, before).status_code == 404
    assert ask(app, after).status_code == 200


def test_a_patient_withdraws_hers(app: Flask, visits: Visits) -> None:
    browser = visits.patient_browser(visits.make())
    path = patient_feed(browser)
    assert ask(app, path).status_code == 200
    browser.get("/my/calendar").submit(button="Stop the address")
    assert ask(app, path).status_code == 404


def test_it_is_dead_while_its_practitioner_may_not_sign_in(
    app: Flask, cast: Cast, clinic: Clinic
) -> None:
    """Holds sec_F11."""
    path = practitioner_feed(cast)
    with app.app_context(), transaction():
        session().get_one(User, clinic.mei_user).disabled_at = NOW
    assert ask(app, path).status_code == 404


def test_the_address_is_shown_once_and_only_its_hash_is_kept(app: Flask, cast: Cast) -> None:
    """Holds sec_F11."""
    token = practitioner_feed(cast).removeprefix("/calendar/feed/").removesuffix(".ics")
    assert token not in cast["mei"].get("/calendar").text
    with app.app_context():
        kept = session().query(CalendarFeed).one()
        assert token.encode() not in kept.token_hash
        assert len(kept.token_hash) == 32


def test_lines_are_short_and_times_are_the_booked_instants(
    app: Flask, cast: Cast, visits: Visits
) -> None:
    visits.make()
    content = ask(app, practitioner_feed(cast)).data
    assert all(len(line) <= 75 for line in content.split(b"\r\n"))
    [event] = Calendar.from_ical(content).walk("VEVENT")
    assert event["DTSTART"].dt == MONDAY_10AM
