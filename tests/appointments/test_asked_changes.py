"""Too near to change online: call, or ask the clinic; and windows a practitioner has of her own."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask

from booking.appointments.models import ChangeRequest
from booking.clinic.models import LateChange, Service, ServicePractitioner
from booking.core.db import session, transaction
from tests.appointments.conftest import Steps, Stored
from tests.browser import Browser, Page
from tests.conftest import Cast
from tests.factories import MONDAY_10AM, NOW, Clinic

HOUR = timedelta(hours=1)


@pytest.fixture
def near(app: Flask, clinic: Clinic, steps: Steps, stored: Stored, at: Callable[..., None]) -> Page:
    """A visit three hours ahead whose changes the clinic may be asked for."""
    with app.app_context(), transaction():
        session().get_one(Service, clinic.first_visit).late_change = LateChange.ASK
    steps.book(Browser(app))
    stored.sent()
    at(MONDAY_10AM - 3 * HOUR)
    return Browser(app).get(stored.link("visit")).submit(button="Go on")


@pytest.mark.both
def test_inside_the_window_the_clinic_is_asked_and_does_it(
    near: Page, stored: Stored, cast: Cast
) -> None:
    assert "If something has happened, there is no fee" in near.text
    page = near.submit(button="Ask us to cancel it")
    assert "You asked us to cancel this visit" in page.text
    assert stored.visits()[0]["status"] == "booked"  # asking changes nothing
    desk = cast["reception"].get("/requests")
    assert "Would like to cancel" in desk.text
    second = cast["reception"].get("/requests")
    desk = desk.submit(button="Cancel the visit")
    assert "Nothing waits for an answer" in desk.text
    assert stored.visits()[0]["status"] == "cancelled"
    assert stored.mails()[-1]["kind"] == "appointments/cancelled"
    assert second.submit(button="Cancel the visit").status == 409
    assert [e for e in stored.events() if e == "appointment:change-asked"] == [
        "appointment:change-asked"
    ] * 2


@pytest.mark.parametrize("to", ["move", "cancel"])
def test_the_link_in_the_message_asks_too(app: Flask, near: Page, stored: Stored, to: str) -> None:
    page = Browser(app).get(stored.link(to))
    assert page.status == 409
    assert "Call us to" in page.text
    assert stored.count(ChangeRequest) == 0
    page = page.submit(button=f"Ask us to {to} it")
    assert f"You asked us to {to} this visit" in page.text
    assert "You have asked us already" in Browser(app).get(stored.link(to)).text


def test_a_wish_is_taken_back_or_replaced_and_asked_once(near: Page, stored: Stored) -> None:
    page = near.submit(button="Ask us to move it")
    near.submit(button="Ask us to move it")  # pressed twice
    assert stored.count(ChangeRequest) == 1
    near.submit(button="Ask us to cancel it")
    page = page.browser.get(page.url)
    assert "You asked us to cancel" in page.text
    page = page.submit(button="I no longer want that")
    assert "Your visit stays as it is" in page.text
    assert "Ask us to move it" in page.text
    assert stored(
        lambda: [(c.wish.value, c.outcome) for c in session().query(ChangeRequest).all()]
    ) == [("move", "withdrawn"), ("cancel", "withdrawn")]


def test_answered_by_phone_and_only_by_those_whose_visit_it_is(
    near: Page, stored: Stored, cast: Cast
) -> None:
    near.submit(button="Ask us to move it")
    seen = {w: "Would like another time" in cast[w].get("/requests").text for w in ("mei", "ines")}
    assert sorted(seen.values()) == [False, True]
    desk = cast["reception"].get("/requests")
    assert "Amara Osei" in desk.click("Open the visit").text
    desk = desk.submit(button="Answered by phone")
    assert "Noted as answered by phone" in desk.text
    assert stored.visits()[0]["status"] == "booked"
    history = cast["reception"].get(f"/visits/{stored.visits()[0]['public_id']}").text
    assert "Asked to move it" in history
    assert "Wish answered by phone" in history
    assert "You asked us" not in near.browser.get(near.url).text


@pytest.mark.parametrize("does", ["cancel", "move"])
def test_what_the_desk_does_on_the_visits_own_page_is_its_answer(
    near: Page, stored: Stored, cast: Cast, does: str
) -> None:
    near.submit(button=f"Ask us to {does} it")
    path = f"/visits/{stored.visits()[0]['public_id']}/{does}"
    button = {"cancel": "Cancel the visit", "move": "2:00pm"}[does]
    assert cast["reception"].get(path).submit(button=button).status == 200
    assert "Nothing waits for an answer" in cast["reception"].get("/requests").text
    assert stored(lambda: session().query(ChangeRequest).one().outcome) == "done"
    told = {"cancel": "appointments/cancelled", "move": "appointments/moved"}
    assert stored.mails()[-1]["kind"] == told[does]


def test_where_the_clinic_takes_no_wishes_the_number_is_all(
    app: Flask, steps: Steps, stored: Stored, at: Callable[..., None]
) -> None:
    steps.book(Browser(app))
    at(MONDAY_10AM - 3 * HOUR)
    hers = Browser(app)
    page = hers.get(stored.link("visit")).submit(button="Go on")
    assert "Ask us" not in page.text
    assert "020 7946 0102" in page.text
    token = dict(page.forms[-1].fields)["csrf_token"]
    assert hers.post(f"{page.url}/ask", {"csrf_token": token, "wish": "cancel"}).status == 409
    assert hers.post(f"{page.url}/ask", {"csrf_token": token, "wish": "x"}).status == 422
    assert stored.count(ChangeRequest) == 0


@pytest.mark.parametrize(
    ("move", "cancel", "may_move", "may_cancel"),
    [(120, 60 * 72, True, False), (60 * 72, 120, False, True), (None, None, True, True)],
    ids=["move later than cancel", "cancel later than move", "the service's own"],
)
def test_windows_to_move_and_to_cancel_are_apart_and_may_be_a_practitioners_own(
    app: Flask,
    clinic: Clinic,
    steps: Steps,
    stored: Stored,
    at: Callable[..., None],
    move: int | None,
    cancel: int | None,
    may_move: bool,
    may_cancel: bool,
) -> None:
    with app.app_context(), transaction():
        for who in (clinic.mei, clinic.ines):
            own = session().get_one(ServicePractitioner, (clinic.first_visit, who))
            own.move_window_minutes, own.cancel_window_minutes = move, cancel
    checked = steps.checked(Browser(app))
    if move:
        assert f"move online up to {move // 60} hours before" in checked.text
    checked.submit(button="Book this visit")
    at(MONDAY_10AM - 30 * HOUR)
    page = Browser(app).get(stored.link("visit")).submit(button="Go on")
    links = [words for _, words in page.links]
    assert ("Move" in links, "Cancel" in links) == (may_move, may_cancel)
    assert (Browser(app).get(stored.link("move")).status == 200) is may_move
    assert (Browser(app).get(stored.link("cancel")).status == 200) is may_cancel
    assert NOW < MONDAY_10AM
