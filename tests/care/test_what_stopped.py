"""What the quiet switch stopped: requests and questions too; told to her, and to nobody outside."""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select, update

from booking.appointments.models import Appointment
from booking.audit.models import AuditRow
from booking.clinic.models import BookingMode, Service
from booking.core import clock
from booking.core.db import session, transaction
from booking.intake.emails import QUESTION
from booking.mail.models import Mail, MailState
from booking.patients.models import Patient
from tests.appointments.conftest import Steps, Stored
from tests.browser import Browser, Page
from tests.conftest import Cast
from tests.factories import NOW, Clinic
from tests.house.everybody import Everybody
from tests.mail.posts import WrittenTransport, deliver_all
from tests.mail.test_discreet import everything_in

HOUR = timedelta(hours=1)


@pytest.fixture
def asked(app: Flask, clinic: Clinic, steps: Steps, stored: Stored) -> Browser:
    """Amara's browser, after she has asked for Monday at 10."""
    with app.app_context(), transaction():
        session().execute(update(Service).values(mode=BookingMode.REQUEST))
    browser = Browser(app)
    steps.checked(browser).submit(button="Ask for this visit")
    browser.get(stored.link()).submit(button="Go on")
    return browser


def change(browser: Browser, stored: Stored, **visits: str) -> Page:
    page = browser.get(f"/visit/{stored.visits()[0]['public_id']}").click("Something has changed")
    return page.submit(visits, button="Make it quiet")


@pytest.mark.both
def test_a_request_is_let_go_and_asked_again_with_what_is_left_of_its_time(
    app: Flask, asked: Browser, stored: Stored, cast: Cast, at: Callable[[datetime], None]
) -> None:
    [before] = stored.visits()
    taken = stored.taken()
    page = asked.get(f"/visit/{before['public_id']}").click("Something has changed")
    assert "asked for, not booked yet" in page.text
    page = change(asked, stored, **{f"visit-{before['public_id']}": "let-go"})
    assert "You let this visit go" in page.text
    assert (stored.visits()[0]["status"], stored.taken()) == ("cancelled", 0)
    assert [mail["kind"] for mail in stored.mails()] == []  # what had not left is not sent
    assert "Nothing waits for an answer" in cast["reception"].get("/requests").text
    at(NOW + HOUR / 6)
    page.submit(button="Take it back")
    [again] = stored.visits()
    assert (again["status"], again["starts_at"]) == ("requested", before["starts_at"])
    assert stored.taken() == taken
    assert [mail["kind"] for mail in stored.mails()] == ["appointments/requested"]
    cast["reception"].get("/requests").submit(button="Approve Amara Osei")
    assert stored.visits()[0]["status"] == "booked"


def test_a_request_that_ended_meanwhile_does_not_come_back(
    app: Flask, asked: Browser, stored: Stored, at: Callable[[datetime], None]
) -> None:
    with app.app_context(), transaction():
        session().execute(update(Appointment).values(answer_by=NOW + HOUR / 4))
    page = change(asked, stored, **{f"visit-{stored.visits()[0]['public_id']}": "let-go"})
    at(NOW + HOUR / 3)
    assert "somebody else has now" in page.submit(button="Take it back").text
    assert stored.visits()[0]["status"] == "cancelled"


def test_she_reads_who_did_it_when_and_what_it_stopped_and_so_does_the_audit(
    app: Flask, steps: Steps, stored: Stored, cast: Cast, at: Callable[[datetime], None]
) -> None:
    hers = Browser(app)
    steps.book(hers)
    hers.get(stored.link()).submit(button="Go on")
    visit = stored.visits()[0]["public_id"]
    Browser(app).get(f"/waiting/{stored.service_id(2)}").submit(
        {"name": "Amara Osei", "email": "amara@example.org", "phone": "07700 900 123"},
        having="name",
        button="Put me on the list",
    )
    page = cast["reception"].get(f"/visits/{visit}").click("Something has changed")
    page.submit({f"visit-{visit}": "let-go", "gently": "y"}, button="Make it quiet")
    page = hers.get(f"/visit/{visit}/changed")
    for words in (
        "What stopped",
        "You let this visit go: Mon 5 July, 10:00am, with Mei Tan",
        "You are no longer on the waiting list",
        "A message that had not left yet was not sent",
        "We did this for you on Fri 2 July at 12:00pm",
    ):
        assert words in page.text, words
    with app.app_context():
        [row] = session().scalars(select(AuditRow).where(AuditRow.tag == "care:changed"))
        counted = {key: row.details[key] for key in ("what", "visits", "waiting", "messages")}
        assert counted == {"what": "said", "visits": 1, "waiting": 1, "messages": 1}
        assert row.actor.startswith("user:")
    at(NOW + HOUR / 3)
    page = page.submit(button="Take it back")
    assert "Quiet from Fri 2 July, 12:00pm, taken back on Fri 2 July at 12:20pm" in page.text


def questions(app: Flask) -> list[MailState]:
    with app.app_context():
        wanted = select(Mail.state).where(Mail.kind == QUESTION).order_by(Mail.id)
        return list(session().scalars(wanted))


@pytest.mark.both
def test_a_question_that_had_not_left_is_stopped_and_comes_back_once(
    app: Flask, clinic: Clinic, steps: Steps, stored: Stored, cast: Cast
) -> None:
    hers = Browser(app)
    steps.book(hers)
    hers.get(stored.link()).submit(button="Go on")
    visit = stored.visits()[0]["public_id"]
    cast["reception"].get(f"/forms/{visit}").submit(button="Send the link again")
    assert questions(app) == [MailState.QUEUED]
    page = change(hers, stored)
    assert questions(app) == [MailState.STOPPED]
    told = cast["reception"].get(f"/forms/{visit}").submit(button="Send the link again")
    assert "No message goes to this patient now" in told.text
    page.submit(button="Take it back")
    assert questions(app) == [MailState.STOPPED, MailState.QUEUED]


def test_a_question_that_had_left_does_not_come_twice(
    app: Flask, clinic: Clinic, steps: Steps, stored: Stored, cast: Cast
) -> None:
    hers = Browser(app)
    steps.book(hers)
    hers.get(stored.link()).submit(button="Go on")
    visit = stored.visits()[0]["public_id"]
    cast["reception"].get(f"/forms/{visit}").submit(button="Send the link again")
    stored.sent()
    change(hers, stored).submit(button="Take it back")
    assert questions(app) == [MailState.SENT]


def test_where_e_mail_is_not_safe_no_question_is_written(
    app: Flask, clinic: Clinic, steps: Steps, stored: Stored, cast: Cast
) -> None:
    steps.book(Browser(app))
    with app.app_context(), transaction():
        session().execute(update(Patient).values(channels="phone"))
    page = cast["reception"].get(f"/forms/{stored.visits()[0]['public_id']}")
    told = page.submit(button="Send the link again")
    assert "needs a call" in told.text
    assert questions(app) == []


def test_the_practitioner_does_it_for_her_own_patient_and_takes_it_back(
    app: Flask, steps: Steps, stored: Stored, cast: Cast
) -> None:
    steps.book(Browser(app))
    visit = stored.visits()[0]["public_id"]
    page = cast["mei"].get(f"/visits/{visit}").click("Something has changed")
    page = page.submit({f"visit-{visit}": "let-go", "gently": "y"}, button="Make it quiet")
    assert stored.visits()[0]["status"] == "cancelled"
    page.submit(button="Take it back")
    assert stored.visits()[0]["status"] == "booked"


@pytest.mark.parametrize("who", ["visit-link", "patient"])
def test_every_page_of_hers_leads_to_it(app: Flask, clinic: Clinic, who: str) -> None:
    everybody = Everybody(app, clinic)
    hers = everybody.browsers[who]
    pages = ["", "/cancel", "/move", "/calendar-entries", "/changed"]
    for path in [f"/visit/{everybody.visit}{part}" for part in pages]:
        page = hers.get(path)
        assert page.status == 200, path
        assert "Something has changed" in page.text, path
    assert hers.get("/visit/changed").url.endswith(f"/visit/{everybody.visit}/changed")


def test_canaries_in_her_words_names_and_notes_reach_nothing_outward(
    app: Flask, steps: Steps, stored: Stored, cast: Cast, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    hers = Browser(app)
    steps.book(hers, note="canary-note")
    with app.app_context(), transaction():
        [record] = session().scalars(select(Patient))
        record.wishes = {"use": ["canary-use"], "avoid": "canary-avoid", "dates": ["2027-07-09"]}
        session().get_one(Service, 1).name = "canary-service"
    visit = stored.visits()[0]["public_id"]
    transport = WrittenTransport()
    deliver_all(app, transport, now=clock.now())
    page = cast["reception"].get(f"/visits/{visit}").click("Something has changed")
    assert "canary-use" in page.text  # the staff's page, and only that
    page = page.submit({f"visit-{visit}": "let-go", "gently": "y"}, button="Make it quiet")
    deliver_all(app, transport, now=clock.now())
    page.submit(button="Take it back")
    deliver_all(app, transport, now=clock.now())
    assert len(transport.handed) == 3
    outward = [everything_in(raw) for raw in transport.handed]
    assert not [text for text in outward if "gentl" in text or "changed for" in text]
    outward += [hers.get(f"/visit/{visit}{part}").text for part in ("", "/changed", "/cancel")]
    outward += [hers.get(f"/visit/{visit}/calendar.ics").text, caplog.text]
    with app.app_context():
        outward += [str(row.details) for row in session().scalars(select(AuditRow))]
    for text in outward:
        assert "canary" not in text
