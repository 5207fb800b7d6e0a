"""A mistyped address, mended on the page that names it: nobody else learns anything more."""

import json

import pytest
from flask import Flask

from booking.appointments.models import Status
from tests.appointments.conftest import Steps, Stored
from tests.browser import Browser, Page

RIGHT = {"email": "amara.osei@example.org"}


@pytest.fixture
def booked(browser: Browser, steps: Steps) -> Page:
    return steps.book(browser, email="amaar@example.org")


def test_before_it_leaves_the_first_message_is_stopped(booked: Page, stored: Stored) -> None:
    page = booked.submit(RIGHT, button="Send it there")
    assert page.status == 200
    assert "amara.osei@example.org" in page.text
    assert "sent it to the new address" in page.text
    [mail] = stored.mails()
    assert mail["to_address"] == "amara.osei@example.org"
    [visit] = stored.visits()
    assert visit["email"] == "amara.osei@example.org"
    assert stored.events()[-1] == "patient:address-corrected"


def test_the_first_messages_links_stop_working(app: Flask, booked: Page, stored: Stored) -> None:
    wrong = stored.link("visit")
    reader = Browser(app)
    reader.get(wrong).submit(button="Go on")
    booked.submit(RIGHT, button="Send it there")
    assert Browser(app).get(wrong).status == 410
    assert Browser(app).get(stored.link("visit")).status == 200
    [visit] = stored.visits()
    entered = reader.get(f"/visit/{visit['public_id']}")
    assert entered.url.startswith("/my/sign-in"), "whoever opened it meanwhile is out again"
    assert booked.browser.get(f"/visit/{visit['public_id']}").status == 200, "she is not"


def test_a_message_that_left_is_taken_back_without_a_word_too_many(
    booked: Page, stored: Stored
) -> None:
    stored.sent()
    before = stored.visits()[0]["uid"]
    booked.submit(RIGHT, button="Send it there")
    first, back, second = stored.mails()
    assert back["kind"] == "appointments/withdrawn"
    assert back["to_address"] == "amaar@example.org"
    assert back["invite"]["method"] == "CANCEL"
    assert back["invite"]["uid"] == before == first["invite"]["uid"]
    assert back["invite"]["sequence"] > first["invite"]["sequence"]
    assert back["invite"]["stamp"] > first["invite"]["stamp"]
    told = json.dumps(back)
    for secret in ("Amara", "amara.osei", "/a/", "12 Canal", "07700", "Mei", "Inês"):
        assert secret not in told
    assert second["to_address"] == "amara.osei@example.org"
    assert second["invite"]["uid"] != before
    assert second["invite"]["attendee"]["address"] == "amara.osei@example.org"
    assert second["references"] == []


def test_an_address_that_cannot_be_written_to_keeps_everything(
    booked: Page, stored: Stored
) -> None:
    page = booked.submit({"email": "amara at example"}, button="Send it there")
    assert page.status == 422
    assert page.title.startswith("Error:")
    assert dict(page.form("email").fields)["email"] == "amara at example"
    assert [mail["to_address"] for mail in stored.mails()] == ["amaar@example.org"]


def test_it_can_be_mended_three_times(booked: Page, stored: Stored) -> None:
    page = booked
    for number in range(3):
        page = page.submit({"email": f"try{number}@example.org"}, button="Send it there")
        assert page.status == 200
    assert "Is this address wrong?" not in page.text
    token = dict(booked.form("email").fields)["csrf_token"]
    late = booked.browser.post(
        booked.url + "/address", {"csrf_token": token, "email": "x@example.org"}
    )
    assert late.status == 404
    assert stored.visits()[0]["email"] == "try2@example.org"


def test_whoever_opened_the_link_cannot_change_the_address(
    app: Flask, booked: Page, stored: Stored
) -> None:
    reader = Browser(app)
    page = reader.get(stored.link("visit")).submit(button="Go on")
    [visit] = stored.visits()
    page = reader.get(f"/book/done/{visit['public_id']}")
    assert "Is this address wrong?" not in page.text
    token = dict(booked.form("email").fields)["csrf_token"]
    for browser in (reader, Browser(app)):
        got = browser.post(f"{booked.url}/address", {"csrf_token": token, **RIGHT})
        assert got.status in {400, 404}
    assert stored.visits()[0]["email"] == "amaar@example.org"


def test_the_page_of_a_booking_is_for_the_browser_that_booked(app: Flask, booked: Page) -> None:
    assert Browser(app).get(booked.url).status == 404


def test_a_cancelled_visit_says_so_there(app: Flask, booked: Page, stored: Stored) -> None:
    Browser(app).get(stored.link("cancel")).submit(button="Cancel this visit")
    page = booked.browser.get(booked.url)
    assert "This visit is cancelled" in page.text
    assert stored.visits()[0]["status"] == Status.CANCELLED.value
