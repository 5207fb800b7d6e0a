"""Busy times from elsewhere: read by the worker, closing time, and never opening any."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask

from booking.availability.models import OutsideBusy
from booking.availability.queries.schedules import schedule
from booking.calendars.jobs import outside
from booking.calendars.models import OutsideCalendar
from booking.calendars.rules.outside import CHECK_EVERY
from booking.core import clock
from booking.core.db import db, session
from booking.core.settings import Outbound
from tests.calendars.conftest import Visits, calendar, event
from tests.calendars.servers import Elsewhere, Question
from tests.conftest import Cast
from tests.factories import MONDAY_10AM, NOW, Clinic

HOUR = timedelta(hours=1)
AT_TWO = event(":20270705T130000Z", ":20270705T143000Z", "SUMMARY:canary dentist")


def connect(cast: Cast, address: str, **typed: str) -> str:
    page = cast["mei"].get("/calendar/busy-times/new").submit({"url": address, **typed})
    assert page.url == "/calendar", page.text
    return page.text


def read(app: Flask, outbound: Outbound) -> int:
    """What the worker does; how many calendars it read."""
    with app.app_context():
        return sum(1 for _ in iter(lambda: outside.read_next(outbound, now=clock.now()), False))


def busy(app: Flask) -> list[tuple[datetime, datetime]]:
    with app.app_context():
        rows = session().query(OutsideBusy).order_by(OutsideBusy.starts_at)
        return [(row.starts_at, row.ends_at) for row in rows]


def offered(app: Flask, clinic: Clinic) -> list[str]:
    """Starts of a follow-up with Mei on Monday, by London's clock."""
    with app.app_context():
        known = schedule(
            clinic.follow_up,
            start=MONDAY_10AM - HOUR,
            end=MONDAY_10AM + 8 * HOUR,
            now=NOW,
            practitioner_ids=[clinic.mei],
        )
        return [f"{(each.starts_at + HOUR):%H:%M}" for each in known.offers()]


@pytest.mark.both
def test_a_busy_time_elsewhere_closes_time_here(
    app: Flask, cast: Cast, clinic: Clinic, server: Elsewhere, outbound: Outbound
) -> None:
    assert "14:00" in offered(app, clinic)
    server.serves(calendar(AT_TWO))
    assert "Not read yet." in connect(cast, server.address())
    assert read(app, outbound) == 1
    assert busy(app) == [(MONDAY_10AM + 4 * HOUR, MONDAY_10AM + 5.5 * HOUR)]
    times = offered(app, clinic)
    assert "13:15" in times
    assert not {"13:30", "14:00", "15:15"} & set(times)
    assert "15:30" in times
    page = cast["mei"].get("/calendar")
    assert "localhost" in page.text
    assert "Read on" in page.text
    assert "canary" not in page.text


def test_nothing_but_times_is_kept_and_the_address_is_sealed(
    app: Flask, cast: Cast, server: Elsewhere, outbound: Outbound, database_url: str
) -> None:
    """Holds sec_G1."""
    server.serves(calendar(AT_TWO))
    connect(cast, server.address("/canary-secret.ics"))
    read(app, outbound)
    with app.app_context():
        db.session.remove()
        db.engine.dispose()
    stored = Path(database_url.removeprefix("sqlite:///")).read_bytes()
    assert b"canary" not in stored


def test_elsewhere_never_opens_time(
    app: Flask, cast: Cast, clinic: Clinic, server: Elsewhere, outbound: Outbound
) -> None:
    before = offered(app, clinic)
    free = event(":20270705T180000Z", ":20270705T200000Z", "TRANSP:TRANSPARENT")
    server.serves(calendar(free))
    connect(cast, server.address())
    read(app, outbound)
    assert offered(app, clinic) == before


def test_what_could_not_be_read_leaves_the_last_good_reading(
    app: Flask, cast: Cast, clinic: Clinic, server: Elsewhere, outbound: Outbound
) -> None:
    server.serves(calendar(AT_TWO))
    connect(cast, server.address())
    read(app, outbound)
    for answer in ((500, {}, b""), (200, {}, b"<html>hello</html>"), (200, {}, b"")):
        server.answer = lambda _q, answer=answer: answer  # type: ignore[misc]
        clock.travel(clock.now() + CHECK_EVERY)
        assert read(app, outbound) == 1
        assert len(busy(app)) == 1
    page = Cast(app, clinic)["mei"].get("/calendar")
    assert "Not read" in page.text
    assert "What it said then still counts." in page.text
    clock.travel(clock.now() + timedelta(days=1))
    assert "Out of date" in Cast(app, clinic)["mei"].get("/calendar").text
    assert "has not been read since" in Cast(app, clinic)["mei"].get("/day").text
    assert "has not been read since" not in Cast(app, clinic)["ines"].get("/day").text
    server.serves(calendar())
    assert read(app, outbound) == 1
    assert busy(app) == []
    assert "Out of date" not in Cast(app, clinic)["mei"].get("/calendar").text


def test_it_is_read_again_every_quarter_of_an_hour_and_not_before(
    app: Flask, cast: Cast, clinic: Clinic, server: Elsewhere, outbound: Outbound
) -> None:
    server.serves(calendar(AT_TWO), ETag='"one"')
    connect(cast, server.address())
    assert read(app, outbound) == 1
    assert read(app, outbound) == 0
    clock.travel(clock.now() + CHECK_EVERY)
    server.answer = lambda q: (304 if q.headers.get("If-None-Match") == '"one"' else 200, {}, b"")
    assert read(app, outbound) == 1
    assert len(busy(app)) == 1
    assert "Not read" not in Cast(app, clinic)["mei"].get("/calendar").text


def test_an_unchanged_calendar_is_read_anew_once_a_day(
    app: Flask, cast: Cast, server: Elsewhere, outbound: Outbound
) -> None:
    server.serves(calendar(AT_TWO), ETag='"one"')
    connect(cast, server.address())
    read(app, outbound)
    clock.travel(NOW + timedelta(days=1))
    read(app, outbound)
    assert "If-None-Match" not in server.asked[-1].headers


def test_disconnecting_opens_what_it_closed(
    app: Flask, cast: Cast, clinic: Clinic, server: Elsewhere, outbound: Outbound
) -> None:
    before = offered(app, clinic)
    server.serves(calendar(AT_TWO))
    connect(cast, server.address())
    read(app, outbound)
    page = cast["mei"].get("/calendar").submit(button="Disconnect")
    assert "Disconnected." in page.text
    assert busy(app) == []
    assert offered(app, clinic) == before


def test_nobody_disconnects_somebody_elses(
    app: Flask, cast: Cast, server: Elsewhere, outbound: Outbound
) -> None:
    connect(cast, server.address())
    with app.app_context():
        number = session().query(OutsideCalendar).one().public_id
    page = cast["ines"].get("/calendar/busy-times/new")
    token = dict(page.form("url").fields)["csrf_token"]
    gone = cast["ines"].post(f"/calendar/busy-times/{number}/disconnect", {"csrf_token": token})
    assert gone.status == 404
    with app.app_context():
        assert session().query(OutsideCalendar).count() == 1


@pytest.mark.parametrize(
    "address", ["", "http://localhost/x.ics", "https://localhost:8/x", "https://a b", "x" * 2001]
)
def test_an_address_that_cannot_be_asked_is_said_at_once(cast: Cast, address: str) -> None:
    page = cast["mei"].get("/calendar/busy-times/new").submit({"url": address})
    assert page.status == 422
    assert "There is a problem" in page.text


def test_webcal_addresses_are_taken(cast: Cast, server: Elsewhere, outbound: Outbound) -> None:
    connect(cast, server.address().replace("https://", "webcal://"))


def test_a_visit_already_booked_stays_and_is_shown(
    app: Flask, cast: Cast, visits: Visits, server: Elsewhere, outbound: Outbound
) -> None:
    visits.make()
    server.serves(calendar(event(":20270705T093000Z", ":20270705T120000Z")))
    connect(cast, server.address())
    read(app, outbound)
    page = cast["mei"].get("/calendar")
    assert "A visit meets a busy time" in page.text
    assert "Mon 5 July, 10:00am" in page.text
    assert "lies outside your hours" not in cast["mei"].get("/hours").text


def test_our_own_visits_coming_back_are_not_busy_times(
    app: Flask, cast: Cast, visits: Visits, server: Elsewhere, outbound: Outbound
) -> None:
    uid = visits.uid(visits.make())
    server.serves(calendar(event(":20270705T090000Z", ":20270705T100000Z", uid=uid)))
    connect(cast, server.address())
    read(app, outbound)
    assert busy(app) == []


def test_a_calendar_on_a_caldav_server_is_asked_for_its_time_range(
    app: Flask, cast: Cast, server: Elsewhere, outbound: Outbound
) -> None:
    inside = calendar(AT_TWO).replace("&", "&amp;")
    answer = (
        '<?xml version="1.0"?><d:multistatus xmlns:d="DAV:" '
        'xmlns:c="urn:ietf:params:xml:ns:caldav"><d:response><d:href>/x.ics</d:href><d:propstat>'
        f"<d:prop><c:calendar-data>{inside}</c:calendar-data></d:prop></d:propstat></d:response>"
        "</d:multistatus>"
    ).encode()
    server.answer = lambda _q: (207, {"Content-Type": "application/xml"}, answer)
    connect(cast, server.address("/mei/visits/"), kind="caldav", user="mei", password="pw")
    read(app, outbound)
    assert len(busy(app)) == 1
    [question] = server.asked
    assert (question.method, question.headers["Depth"]) == ("REPORT", "1")
    assert b'start="20270701T110000Z"' in question.body


def test_a_calendar_disconnected_while_it_is_read_leaves_nothing(
    app: Flask, cast: Cast, server: Elsewhere, outbound: Outbound
) -> None:
    def meanwhile(_question: Question) -> tuple[int, dict[str, str], bytes]:
        cast["mei"].get("/calendar").submit(button="Disconnect")
        return 200, {}, calendar(AT_TWO).encode()

    server.answer = meanwhile
    connect(cast, server.address())
    read(app, outbound)
    assert busy(app) == []


def test_five_can_be_connected(cast: Cast, server: Elsewhere, outbound: Outbound) -> None:
    for _ in range(5):
        connect(cast, server.address())
    page = cast["mei"].get("/calendar/busy-times/new").submit({"url": server.address()})
    assert page.status == 422
    assert "Five calendars" in page.text
