"""Visits written to a practitioner's own calendar server, a real one; and bad ones."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask

from booking.calendars.jobs import own
from booking.calendars.models import CalendarServer, VisitCopy
from booking.core import clock
from booking.core.db import session, transaction
from booking.core.settings import Outbound
from tests.calendars.conftest import Visits, events
from tests.calendars.radicale_server import Radicale, radicale
from tests.calendars.servers import Elsewhere, Question
from tests.conftest import Cast
from tests.factories import MONDAY_10AM, Clinic
from tests.mail.receiver import Authority

HOUR = timedelta(hours=1)


@pytest.fixture(scope="session")
def running(ours: Authority, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Radicale]:
    with radicale(ours, tmp_path_factory.mktemp("radicale")) as server:
        yield server


@pytest.fixture
def hers(app: Flask, running: Radicale, ours: Authority) -> Radicale:
    found = Outbound(allowed=(running.host,), ca_file=ours.cafile)
    app.extensions["settings"] = replace(app.extensions["settings"], outbound=found)
    for name in running.entries():
        running.ask("DELETE", f"/mei/visits/{name}")
    return running


def connect(cast: Cast, address: str, **typed: str) -> None:
    told = {"url": address, "user": "mei", "password": "pw", **typed}
    page = cast["mei"].get("/calendar/server").submit(told)
    assert page.url == "/calendar", page.text


def work(app: Flask) -> int:
    """One look of both jobs; how many servers were written to."""
    outbound = app.extensions["settings"].outbound
    with app.app_context():
        while own.plan_some(now=clock.now(), base_url="http://localhost"):
            pass
        return sum(1 for _ in iter(lambda: own.push_next(outbound, now=clock.now()), False))


def shown(server: Radicale) -> list[dict[str, str]]:
    return [found for text in server.entries().values() for found in events(text.encode()).values()]


@pytest.mark.both
def test_a_visit_appears_moves_and_disappears(
    app: Flask, cast: Cast, visits: Visits, hers: Radicale
) -> None:
    number = visits.make()
    connect(cast, hers.address)
    assert work(app) == 1
    [entry] = shown(hers)
    assert entry["SUMMARY"] == "Appointment, A. O."
    assert entry["SEQUENCE"] == "0"
    assert entry["UID"] != visits.uid(number)
    [text] = hers.entries().values()
    for never in ("METHOD", "ATTENDEE", "ORGANIZER", "Amara", "http"):
        assert never not in text
    visits.shift(number, HOUR)
    assert work(app) == 1
    [moved] = shown(hers)
    assert (moved["UID"], moved["SEQUENCE"]) == (entry["UID"], "1")
    assert moved["DTSTART"] != entry["DTSTART"]
    assert work(app) == 0
    visits.cancel(number)
    assert work(app) == 1
    assert hers.entries() == {}
    assert work(app) == 0


def test_a_change_that_no_calendar_shows_is_not_written(
    app: Flask, cast: Cast, visits: Visits, hers: Radicale
) -> None:
    number = visits.make()
    connect(cast, hers.address)
    work(app)
    visits.shift(number, timedelta(0))
    assert work(app) == 0


def test_a_visit_that_goes_to_a_colleague_leaves_hers(
    app: Flask, cast: Cast, clinic: Clinic, visits: Visits, hers: Radicale
) -> None:
    number = visits.make()
    connect(cast, hers.address)
    work(app)
    visits.shift(number, timedelta(0), practitioner_id=clinic.ines)
    work(app)
    assert hers.entries() == {}
    visits.shift(number, timedelta(0), practitioner_id=clinic.mei)
    work(app)
    [back] = shown(hers)
    assert back["SEQUENCE"] == "2"


def test_a_lost_answer_makes_no_second_entry(
    app: Flask, cast: Cast, visits: Visits, hers: Radicale
) -> None:
    visits.make()
    connect(cast, hers.address)
    work(app)
    with app.app_context(), transaction():  # as it stands when the worker dies after the request
        copy = session().query(VisitCopy).one()
        copy.stored, copy.etag = "?", ""
    assert work(app) == 1
    assert len(hers.entries()) == 1
    with app.app_context():
        assert session().query(VisitCopy).one().etag


def test_what_was_stored_in_a_lost_answer_is_taken_away_too(
    app: Flask, cast: Cast, visits: Visits, hers: Radicale
) -> None:
    number = visits.make()
    connect(cast, hers.address)
    work(app)
    with app.app_context(), transaction():
        copy = session().query(VisitCopy).one()
        copy.stored, copy.etag = "?", ""
    visits.cancel(number)
    work(app)
    assert hers.entries() == {}


def test_what_she_changed_or_deleted_there_is_put_right_with_the_next_change(
    app: Flask, cast: Cast, visits: Visits, hers: Radicale
) -> None:
    number = visits.make()
    connect(cast, hers.address)
    work(app)
    [(name, text)] = hers.entries().items()
    changed = text.replace("Appointment", "Something else")
    assert hers.ask("PUT", f"/mei/visits/{name}", changed) in {201, 204}
    visits.shift(number, HOUR)
    work(app)
    assert [entry["SUMMARY"] for entry in shown(hers)] == ["Appointment, A. O."]
    hers.ask("DELETE", f"/mei/visits/{name}")
    visits.shift(number, HOUR)
    work(app)
    assert len(hers.entries()) == 1


def test_what_was_not_written_from_here_is_never_touched(
    app: Flask, cast: Cast, visits: Visits, hers: Radicale
) -> None:
    number = visits.make()
    connect(cast, hers.address)
    work(app)
    [name] = hers.entries()
    foreign = (
        "BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:x\nBEGIN:VEVENT\nUID:hers\n"
        "DTSTAMP:20270101T000000Z\nDTSTART:20270705T130000Z\nDTEND:20270705T140000Z\n"
        "SUMMARY:dentist\nEND:VEVENT\nEND:VCALENDAR\n"
    )
    hers.ask("DELETE", f"/mei/visits/{name}")
    assert hers.ask("PUT", f"/mei/visits/{name}", foreign) == 201
    hers.ask("PUT", "/mei/visits/other.ics", foreign.replace("UID:hers", "UID:other"))
    visits.shift(number, HOUR)
    work(app)
    visits.cancel(number)
    work(app)
    assert {entry["UID"] for entry in shown(hers)} == {"hers", "other"}


def test_a_server_that_is_down_is_told_later_and_holds_up_nothing(
    app: Flask, cast: Cast, clinic: Clinic, visits: Visits, hers: Radicale
) -> None:
    visits.make()
    connect(cast, hers.address)
    hers.stop()
    try:
        assert work(app) == 1
        assert work(app) == 0  # left alone for a while
        page = cast["mei"].get("/calendar")
        assert "Not reached" in page.text
        assert "could not be reached" in page.text
    finally:
        hers.start()
    clock.travel(clock.now() + timedelta(minutes=1, seconds=1))
    assert work(app) == 1
    assert len(hers.entries()) == 1
    assert "Connected." in Cast(app, clinic)["mei"].get("/calendar").text


def test_each_try_of_a_dead_server_waits_longer(
    app: Flask, cast: Cast, visits: Visits, hers: Radicale
) -> None:
    visits.make()
    connect(cast, hers.address.replace("/mei/", "/nobody/"))
    waits = []
    for _ in range(5):
        assert work(app) == 1
        with app.app_context():
            row = session().query(CalendarServer).one()
            waits.append(round((row.next_try_at - clock.now()) / timedelta(minutes=1)))
            clock.travel(row.next_try_at + timedelta(seconds=1))
    assert waits == [1, 5, 30, 120, 120]


def test_after_a_day_she_is_told_where_her_day_begins(
    app: Flask, cast: Cast, clinic: Clinic, visits: Visits, hers: Radicale
) -> None:
    visits.make()
    connect(cast, hers.address.replace("/mei/", "/nobody/"))
    work(app)
    told = "Your calendar server has not taken your visits since yesterday"
    assert told not in cast["mei"].get("/my-day").text
    clock.travel(clock.now() + timedelta(hours=25))
    assert told in Cast(app, clinic)["mei"].get("/my-day").text


def test_a_wrong_password_is_said(app: Flask, cast: Cast, visits: Visits, hers: Radicale) -> None:
    visits.make()
    connect(cast, hers.address, password="wrong")
    work(app)
    assert "did not take the user name and password" in cast["mei"].get("/calendar").text


def test_disconnecting_leaves_what_is_there(
    app: Flask, cast: Cast, visits: Visits, hers: Radicale
) -> None:
    number = visits.make()
    connect(cast, hers.address)
    work(app)
    page = cast["mei"].get("/calendar").submit(button="Disconnect")
    assert "stays there" in page.text
    visits.cancel(number)
    assert work(app) == 0
    assert len(hers.entries()) == 1


def test_user_and_password_are_sealed(
    app: Flask, cast: Cast, hers: Radicale, tmp_path: Path
) -> None:
    connect(cast, hers.address, password="canary-password")
    assert b"canary" not in (tmp_path / "test.db").read_bytes()
    assert "canary" not in cast["mei"].get("/calendar").text


def test_a_server_that_answers_nonsense_costs_one_try(
    app: Flask, cast: Cast, visits: Visits, server: Elsewhere, outbound: Outbound
) -> None:
    def nonsense(question: Question) -> tuple[int, dict[str, str], bytes]:
        return (412 if question.method == "PUT" else 200), {}, b"somebody else's"

    visits.make()
    visits.make(name="Berta Lang", starts_at=MONDAY_10AM + HOUR, ends_at=MONDAY_10AM + 2 * HOUR)
    server.answer = nonsense
    connect(cast, server.address("/cal"))
    assert work(app) == 1
    assert [question.method for question in server.asked] == ["PUT", "GET"]
    assert "something that is no calendar" in cast["mei"].get("/calendar").text


def test_an_entry_of_ours_is_known_however_the_server_folds_its_lines(
    app: Flask, cast: Cast, visits: Visits, server: Elsewhere, outbound: Outbound
) -> None:
    def unixlike(question: Question) -> tuple[int, dict[str, str], bytes]:
        if question.method == "GET":
            uid = question.path.removeprefix("/cal/").removesuffix(".ics")
            return 200, {"ETag": '"7"'}, f"UID:{uid[:20]}\n {uid[20:]}\n".encode()
        return (204 if question.headers.get("If-Match") == '"7"' else 412), {"ETag": '"8"'}, b""

    visits.make()
    server.answer = unixlike
    connect(cast, server.address("/cal"))
    assert work(app) == 1
    assert [question.method for question in server.asked] == ["PUT", "GET", "PUT"]
    assert work(app) == 0
