"""A time that is gone: said kindly, nothing typed is lost, three near times, no double booking."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask

from booking.appointments.models import Hold
from booking.appointments.rules.holds import LIVE_HOLDS_OF_A_NETWORK
from booking.core import clock
from booking.core.db import session, transaction
from tests.appointments.conftest import ABOUT, Steps, Stored
from tests.browser import Browser, Page
from tests.factories import MONDAY_10AM, NOW, Clinic, make_appointment, make_patient

MINUTE = timedelta(minutes=1)


def near(page: Page) -> list[str]:
    found = [form for form in page.forms if form.buttons and form.buttons[0][2][:3] in WEEKDAYS]
    return [words for form in found for _, _, words in form.buttons]


WEEKDAYS = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"}


def taken_by_others(app: Flask, clinic: Clinic) -> None:
    """Monday 10:00 goes to other people, with both practitioners."""
    with app.app_context(), transaction():
        for number, who in enumerate((clinic.mei, clinic.ines)):
            make_appointment(
                clinic,
                practitioner_id=who,
                room_id=clinic.rooms[number],
                patient_id=make_patient(f"Other {number}", f"o{number}@example.org").id,
            )


@pytest.mark.both
def test_a_time_taken_meanwhile_is_said_kindly_with_three_near_ones(
    app: Flask, clinic: Clinic, stored: Stored
) -> None:
    """Holds sec_J5."""
    browser, steps = Browser(app), Steps(app, clinic)
    page = steps.times(browser)
    taken_by_others(app, clinic)
    page = page.submit(button="10:00am")
    assert page.status == 409
    assert page.title.startswith("Error:")
    assert "autofocus" in page.text
    assert 'role="alert"' in page.text
    assert near(page) == [
        "Mon 5 July 9:00am Mei Tan",
        "Mon 5 July 11:00am Mei Tan",
        "Mon 5 July 11:15am Mei Tan",
    ]
    page = page.submit(button="11:00am")
    page = page.submit(dict(ABOUT), having="name", button="Continue")
    page = page.submit(button="Book this visit")
    assert "Your visit is booked" in page.text
    assert len(stored.visits()) == 3


def test_the_earlier_time_stays_hers_when_the_other_is_gone(
    app: Flask, browser: Browser, clinic: Clinic, steps: Steps, stored: Stored
) -> None:
    steps.checked(browser, "3:00pm")
    page = steps.times(browser)
    taken_by_others(app, clinic)
    page = page.submit(button="10:00am")
    assert page.status == 409
    assert stored.holds() == 1
    page = browser.get("/book/check")
    assert "Mon 5 July, 3:00pm" in page.text
    assert "Amara Osei" in page.text


@pytest.mark.parametrize("taken", [True, False], ids=["taken by others", "still free"])
def test_a_time_kept_too_long_goes_back_and_nothing_typed_is_lost(
    app: Flask,
    browser: Browser,
    steps: Steps,
    at: Callable[..., None],
    taken: bool,
) -> None:
    page = steps.take(browser)
    at(NOW + 11 * MINUTE)
    for _ in range(2 if taken else 0):
        steps.take(Browser(app))
    page = page.submit({**ABOUT, "note": "after six"}, having="name", button="Continue")
    assert page.status == 409
    assert page.title.startswith("Error:")
    assert "We no longer keep this time" in page.text
    assert len(near(page)) == 3
    assert ("Mon 5 July 10:00am Mei Tan" in near(page)) is not taken
    assert dict(page.form("name").fields)["name"] == "Amara Osei"
    assert dict(page.form("name").fields)["note"] == "after six"
    page = page.submit(button="11:00am" if taken else "10:00am")
    assert page.url.endswith("/book/check"), "not asked again"
    page = page.submit(button="Book this visit")
    assert "Your visit is booked" in page.text


def test_a_time_that_went_back_on_the_last_page_books_nothing(
    browser: Browser, steps: Steps, stored: Stored, at: Callable[..., None]
) -> None:
    page = steps.checked(browser)
    at(NOW + 11 * MINUTE)
    page = page.submit(button="Book this visit")
    assert page.status == 409
    assert "Nothing was booked" in page.text
    assert "Amara Osei" in page.text
    assert len(near(page)) == 3
    assert stored.visits() == []
    assert stored.mails() == []
    page = page.submit(button=near(page)[0])
    page = page.submit(button="Book this visit")
    assert len(stored.visits()) == 1


def test_ten_more_minutes_come_too_late(
    browser: Browser, steps: Steps, at: Callable[..., None]
) -> None:
    page = steps.take(browser)
    at(NOW + 11 * MINUTE)
    page = page.submit({"name": "Half"}, button="10 more minutes")
    assert page.status == 409
    assert dict(page.form("name").fields)["name"] == "Half"


def test_after_hours_the_typed_words_are_forgotten_kindly(
    app: Flask, browser: Browser, steps: Steps, stored: Stored, at: Callable[..., None]
) -> None:
    page = steps.take(browser)
    at(NOW + timedelta(hours=3))
    steps.take(Browser(app), "3:00pm")
    assert stored.holds() == 1, "somebody else's visit to the page swept the old one"
    page = page.submit(dict(ABOUT), having="name", button="Continue")
    assert page.status == 409
    assert "Amara Osei" in page.text
    assert "Choose a time" in page.text


@pytest.mark.both
def test_the_same_form_sent_twice_books_once(app: Flask, clinic: Clinic, stored: Stored) -> None:
    """Holds sec_J6."""
    browser, steps = Browser(app), Steps(app, clinic)
    page = steps.checked(browser)
    second = Browser(app)
    with browser.client.session_transaction() as cookie:
        kept = dict(cookie)
    with second.client.session_transaction() as cookie:
        cookie.update(kept)
    fields = dict(page.form("nonce").fields)
    first = browser.post("/book/check", fields)
    again = second.post("/book/check", fields)  # a double click: both left with one cookie
    assert first.status == again.status == 200
    assert first.url == again.url
    assert len(stored.visits()) == 1
    assert len(stored.mails()) == 1
    assert stored.events().count("appointment:booked") == 1


def test_back_and_send_again_leads_to_the_first_result(
    app: Flask, clinic: Clinic, stored: Stored, steps: Steps
) -> None:
    browser = Browser(app)
    page = steps.checked(browser)
    nonce = dict(page.form("nonce").fields)["nonce"]
    done = page.submit(button="Book this visit")
    fresh = browser.get(done.url)
    token = dict(fresh.form("email").fields)["csrf_token"]
    again = browser.post("/book/check", {"csrf_token": token, "nonce": nonce})
    assert again.status == 200
    assert again.url == done.url
    assert len(stored.visits()) == 1
    assert len(stored.mails()) == 1


def test_a_page_from_before_another_time_was_chosen_does_not_book_it(
    browser: Browser, steps: Steps, stored: Stored
) -> None:
    old = steps.checked(browser)
    steps.take(browser, "3:00pm")
    page = old.submit(button="Book this visit")
    assert stored.visits() == []
    assert "You chose another time since that page" in page.text
    assert "3:00pm" in page.text


def test_one_network_cannot_keep_the_whole_week(
    app: Flask, steps: Steps, stored: Stored, browser: Browser
) -> None:
    with app.app_context(), transaction():
        from booking.accounts.actions import throttle

        network, now = throttle.network("127.0.0.1"), clock.now()
        for _number in range(LIVE_HOLDS_OF_A_NETWORK.choices):
            session().add(
                Hold(
                    service_id=1,
                    practitioner_id=1,
                    location_id=1,
                    room_id=1,
                    starts_at=MONDAY_10AM,
                    ends_at=MONDAY_10AM + 60 * MINUTE,
                    expires_at=now + 10 * MINUTE,
                    created_at=now,
                    network=network,
                )
            )
    page = steps.take(browser)
    assert page.status == 429
    assert int(page.headers["Retry-After"]) > 0
    assert "020 7946 0102" in page.text
    assert "Choose a time" in page.title
    elsewhere = Browser(app)
    elsewhere.client.environ_base["REMOTE_ADDR"] = "198.51.100.9"
    assert steps.take(elsewhere).status == 200


def test_looking_keeps_nothing(browser: Browser, steps: Steps, stored: Stored) -> None:
    page = steps.times(browser)
    for _ in range(3):
        assert browser.head(page.url).status_code == 200
    assert stored.holds() == 0
    assert stored.taken() == 0
