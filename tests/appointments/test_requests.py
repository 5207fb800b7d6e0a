"""Visits that are asked for: their time is kept, somebody answers, or the clock does."""

from collections.abc import Callable
from datetime import timedelta
from threading import Event
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import update

from booking.appointments import jobs
from booking.clinic.models import BookingMode, Practitioner, Service, ServicePractitioner
from booking.core import clock
from booking.core.db import session, transaction
from booking.occupancy.models import Occupancy
from booking.reminders import jobs as reminders
from tests.appointments.conftest import ABOUT, Steps, Stored
from tests.browser import Browser, Page
from tests.conftest import Cast
from tests.factories import MONDAY_10AM, NOW, Clinic

HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def by_request(app: Flask, clinic: Clinic) -> None:
    """The first service is by request; its requests wait two days at most."""
    with app.app_context(), transaction():
        session().get_one(Service, clinic.first_visit).mode = BookingMode.REQUEST


def ask(steps: Steps, browser: Browser, clock_words: str = "10:00am", **about: Any) -> Page:
    return steps.checked(browser, clock_words, **about).submit(button="Ask for this visit")


@pytest.mark.both
def test_asking_keeps_the_time_and_brings_no_invite(
    app: Flask, steps: Steps, stored: Stored, browser: Browser
) -> None:
    page = ask(steps, browser)
    assert "We have your request" in page.text
    assert "Nothing is booked yet" in page.text
    [visit] = stored.visits()
    assert (visit["status"], visit["sequence"]) == ("requested", 0)
    [mail] = stored.mails()
    assert (mail["kind"], mail["invite"]) == ("appointments/requested", None)
    assert set(mail["links"]) == {"visit"}
    assert stored.events() == ["appointment:requested"]
    assert stored.taken() == 3
    assert "10:00am" not in [b[2][:7] for b in steps.times(Browser(app)).form("slot").buttons[1:]]
    page = page.click("See your request")
    assert "Take this request back" in page.text
    assert browser.client.get(f"/visit/{visit['public_id']}/invite.ics").status_code == 404


def test_the_check_page_says_that_it_is_a_request(steps: Steps, browser: Browser) -> None:
    page = steps.checked(browser)
    assert "booked once the clinic agrees" in page.text
    assert "Book this visit" not in page.text


@pytest.mark.both
def test_reception_approves_and_the_first_invite_leaves(
    steps: Steps, stored: Stored, browser: Browser, cast: Cast
) -> None:
    ask(steps, browser)
    page = cast["reception"].get("/requests")
    assert "Amara Osei" in page.text
    page = page.submit(button="Approve")
    assert "The visit is booked" in page.text
    assert "Nothing waits for an answer" in page.text
    [visit] = stored.visits()
    assert (visit["status"], visit["sequence"]) == ("booked", 0)
    [mail] = stored.mails()  # what was waiting to leave is stopped
    assert mail["kind"] == "appointments/confirmation"
    assert (mail["invite"]["method"], mail["invite"]["sequence"]) == ("REQUEST", 0)
    assert "appointment:request-answered" in stored.events()
    assert stored(lambda: session().query(Occupancy.expires_at).distinct().all()) == [(None,)]
    page = browser.get(f"/visit/{visit['public_id']}")
    assert "Move" in page.text
    history = cast["reception"].get(f"/visits/{visit['public_id']}").text
    assert "Asked for" in history
    assert "Request approved" in history


def test_whoever_just_heard_that_her_request_is_met_is_not_reminded_at_once(
    app: Flask, steps: Steps, stored: Stored, browser: Browser, cast: Cast
) -> None:
    with app.app_context(), transaction():
        session().execute(update(Service).values(request_minutes=7 * 24 * 60))
    ask(steps, browser)
    clock.travel(MONDAY_10AM - 40 * HOUR)  # what comes two days before would be due
    cast["reception"].get("/requests").submit(button="Approve")
    for ahead, kinds in ((40, ["confirmation"]), (2, ["confirmation", "reminder"])):
        with app.app_context():
            reminders.plan(now=MONDAY_10AM - ahead * HOUR, base_url="http://localhost")
        left = [mail["kind"].partition("/")[2] for mail in stored.mails()]
        assert [kind for kind in left if kind != "check"] == kinds


def test_a_practitioner_answers_what_is_asked_of_her_and_nothing_else(
    steps: Steps, stored: Stored, browser: Browser, cast: Cast
) -> None:
    ask(steps, browser)
    [visit] = stored.visits()
    pages = {who: cast[who].get("/requests") for who in ("mei", "ines")}
    hers = [who for who, page in pages.items() if "Amara Osei" in page.text]
    assert len(hers) == 1  # whoever the time was with
    [other] = pages.keys() - set(hers)
    page = cast[other].get("/hours")
    token = next(dict(f.fields)["csrf_token"] for f in page.forms if f.method == "post")
    refused = cast[other].post(f"/requests/{visit['public_id']}/approve", {"csrf_token": token})
    assert refused.status == 404
    assert pages[hers[0]].submit(button="Approve").status == 200
    assert stored.visits()[0]["status"] == "booked"


def test_declining_offers_times_by_link_which_need_nothing_typed_again(
    app: Flask, steps: Steps, stored: Stored, browser: Browser, cast: Cast
) -> None:
    ask(steps, browser)
    stored.sent()
    page = cast["reception"].get("/requests").click("Offer other times")
    ticked = [value for name, value in page.form("times").fields if name == "times"]
    assert len(ticked) == 3
    page = page.submit(button="Decline and offer these")
    assert "declined" in page.text
    [visit] = stored.visits()
    assert (visit["status"], visit["sequence"]) == ("declined", 0)
    assert "Declined" in cast["reception"].get(f"/visits/{visit['public_id']}").text
    assert stored.taken() == 0
    mail = stored.mails()[-1]
    assert (mail["kind"], mail["invite"]) == ("appointments/declined", None)
    assert len(mail["times"]) == 3
    hers = Browser(app)
    link = mail["times"]["1"]["link"].removeprefix("http://localhost")
    before = stored.count(Occupancy)
    page = hers.get(link)
    assert "This time is free" in page.text
    assert stored.count(Occupancy) == before  # looking takes nothing
    page = page.submit(button="July")
    assert "Is everything right?" in page.text
    assert "Amara Osei" in page.text
    page = page.submit(button="Ask for this visit")
    assert "We have your request" in page.text
    assert len(stored.visits()) == 2
    page = Browser(app).get(stored.link("visit", mail=1)).submit(button="Go on")
    assert "This visit was not booked" in page.text


def test_four_times_or_a_time_that_is_gone_are_refused_and_nothing_is_declined(
    steps: Steps, stored: Stored, browser: Browser, cast: Cast
) -> None:
    ask(steps, browser)
    page = cast["reception"].get("/requests").click("Offer other times")
    every = page.form("times").choices["times"]
    assert len(every) == 6
    again = page.submit({"times": every[:4]}, button="Decline")
    assert again.status == 422
    assert "Choose three times at most" in again.text
    gone = page.submit({"times": [every[0][:-3] + "111"]}, button="Decline")
    assert gone.status == 422
    assert stored.visits()[0]["status"] == "requested"


def test_an_offered_time_that_went_meanwhile_is_said_so(
    app: Flask, steps: Steps, stored: Stored, browser: Browser, cast: Cast
) -> None:
    ask(steps, browser)
    cast["reception"].get("/requests").click("Offer other times").submit(button="Decline")
    mail = stored.mails()[-1]
    link = mail["times"]["0"]["link"].removeprefix("http://localhost")
    assert Browser(app).get(link).submit(button="July").status == 200  # held by somebody
    page = Browser(app).get(link)
    assert "That time is no longer free" in page.text


@pytest.mark.both
def test_without_an_answer_the_time_goes_back_by_itself(
    app: Flask, steps: Steps, stored: Stored, browser: Browser, cast: Cast, at: Callable[..., None]
) -> None:
    """No worker runs: the clock alone decides, and whoever needs the time takes it."""
    with app.app_context(), transaction():
        session().execute(update(Service).values(request_minutes=10))
    ask(steps, browser)
    page = cast["reception"].get("/requests")
    at(NOW + HOUR * 0.2)
    visit = stored.visits()[0]["public_id"]
    assert "This visit was not booked" in browser.get(f"/visit/{visit}").text
    assert "Nothing waits" in cast["reception"].get("/requests").text
    late = page.submit(button="Approve")
    assert late.status == 409
    assert "waited too long" in late.text
    other = Browser(app)
    done = ask(steps, other, name="Noor Haddad", email="noor@example.org")
    assert "We have your request" in done.text
    assert [v["status"] for v in stored.visits()] == ["requested", "requested"]


def test_the_worker_writes_it_down_once_and_mails_other_times(
    app: Flask, steps: Steps, stored: Stored, browser: Browser, at: Callable[..., None]
) -> None:
    ask(steps, browser)
    stored.sent()
    with app.app_context():
        [job] = [each for each in app.extensions["jobs"] if each.name == "requests"]
        job.run(Event())
    assert stored.visits()[0]["status"] == "requested"
    at(NOW + 49 * HOUR)
    for _twice in range(2):
        with app.app_context():
            jobs.expire_late_requests(now=clock.now(), base_url="http://localhost")
    assert stored.visits()[0]["status"] == "expired"
    assert stored.taken() == 0
    assert [mail["kind"] for mail in stored.mails()] == [
        "appointments/requested",
        "appointments/expired",
    ]
    assert len(stored.mails()[-1]["times"]) == 3
    assert stored.events().count("appointment:request-answered") == 1


def test_a_request_is_answered_well_before_it_would_begin(
    app: Flask, clinic: Clinic, steps: Steps, stored: Stored, browser: Browser
) -> None:
    with app.app_context(), transaction():
        session().execute(update(Service).values(request_minutes=30 * 24 * 60))
    ask(steps, browser)
    ends = stored(
        lambda: session().scalar(
            Occupancy.__table__.select().with_only_columns(Occupancy.expires_at)
        )
    )
    assert ends == MONDAY_10AM - 2 * HOUR


def test_a_request_is_taken_back_and_cannot_be_approved_after(
    steps: Steps, stored: Stored, browser: Browser, cast: Cast
) -> None:
    page = ask(steps, browser).click("See your request")
    desk = cast["reception"].get("/requests")
    back = page.submit(button="Take this request back")
    assert "You took this request back" in back.text
    assert stored.taken() == 0
    assert stored.mails() == []  # the first had not left
    assert page.submit(button="Take this request back").status == 200
    late = desk.submit(button="Approve")
    assert late.status == 409
    assert stored.visits()[0]["status"] == "cancelled"


def test_an_answer_that_came_first_stays(
    steps: Steps, stored: Stored, browser: Browser, cast: Cast
) -> None:
    page = ask(steps, browser).click("See your request")
    first, second = cast["reception"].get("/requests"), cast["reception"].get("/requests")
    decline = second.click("Offer other times")
    first.submit(button="Approve")
    assert second.submit(button="Approve").status == 409
    assert decline.submit(button="Decline").status == 409
    assert "answered or taken back" in page.submit(button="Take this request back").text
    assert stored.visits()[0]["status"] == "booked"
    assert len(stored.mails()) == 1


def test_one_practitioner_may_take_requests_only(
    app: Flask, clinic: Clinic, steps: Steps, stored: Stored
) -> None:
    with app.app_context(), transaction():
        session().get_one(Service, clinic.first_visit).mode = BookingMode.ONLINE
        own = session().get_one(ServicePractitioner, (clinic.first_visit, clinic.ines))
        own.mode = BookingMode.REQUEST
        both = (clinic.mei, clinic.ines)
        staff = [session().get_one(Practitioner, one).public_id for one in both]
    for who, name in zip(staff, ("Amara Osei", "Noor Haddad"), strict=True):
        browser = Browser(app)
        page = steps.times(browser)
        page = browser.get(f"{page.url}&practitioner={who}").submit(button="10:00am")
        page = page.submit({**ABOUT, "name": name}, having="name", button="Continue")
        page.submit(button="Ask for" if "Ask for this visit" in page.text else "Book this")
    assert [visit["status"] for visit in stored.visits()] == ["booked", "requested"]


def test_a_mistyped_address_of_a_request_is_corrected(
    steps: Steps, stored: Stored, browser: Browser
) -> None:
    page = ask(steps, browser, email="amara@exmaple.org")
    stored.sent()
    page = page.submit({"email": "amara@example.org"}, button="Send it there")
    assert "sent it to the new address" in page.text
    mails = stored.mails()
    assert [mail["kind"] for mail in mails] == ["appointments/requested"] * 2
    assert mails[-1]["to_address"] == "amara@example.org"
