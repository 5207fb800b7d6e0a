"""Links in messages: looking changes nothing, the button opens, and over is over."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask, url_for

from booking.accounts.models import SignInSession
from booking.appointments.actions import link_address, new_visit_link
from booking.appointments.rules import LINKS
from booking.core import clock
from booking.core.db import transaction
from tests.appointments.conftest import Steps, Stored
from tests.browser import Browser
from tests.factories import MONDAY_10AM, Clinic, make_appointment


@pytest.fixture
def link(browser: Browser, steps: Steps, stored: Stored) -> Callable[[str], str]:
    """Book, and return the mailed path by what it leads to."""
    steps.book(browser)
    return stored.link


def test_addresses_in_messages_are_the_pages_own(app: Flask, link: Callable[[str], str]) -> None:
    endpoints = {
        "visit": "appointments.link",
        "move": "appointments.move_link",
        "cancel": "appointments.cancel_link",
        "form": "appointments.form_link",
    }
    assert set(endpoints) == set(LINKS)
    with app.test_request_context():
        for to, endpoint in endpoints.items():
            assert link_address("tok", to=to, base_url="") == url_for(endpoint, token="tok")


@pytest.mark.parametrize("to", sorted(LINKS))
def test_five_looks_change_nothing_and_then_the_button_works(
    app: Flask, link: Callable[[str], str], stored: Stored, to: str
) -> None:
    """Holds sec_C1."""
    path = link(to)
    before = (stored.visits(), stored.taken(), stored.events(), stored.count(SignInSession))
    scanner = Browser(app)
    for _ in range(5):
        assert scanner.get(path).status == 200
        assert scanner.head(path).status_code == 200
    after = (stored.visits(), stored.taken(), stored.events(), stored.count(SignInSession))
    assert before == after
    with scanner.client.session_transaction() as cookie:
        assert "_user_id" not in cookie
    page = Browser(app).get(path)
    page = page.submit(button={"cancel": "Cancel this visit", "move": "Take"}.get(to, "Go on"))
    assert page.status == 200
    token = path.split("/")[2]
    assert token not in page.url
    assert token not in page.text


def test_the_page_of_a_link_is_kept_nowhere(app: Flask, link: Callable[[str], str]) -> None:
    """Holds sec_C6."""
    response = Browser(app).client.get(link("visit"))
    assert response.headers["Cache-Control"] == "no-store"
    assert response.headers["Referrer-Policy"] == "same-origin"
    assert response.headers["X-Robots-Tag"] == "noindex"


def test_the_visit_opens_without_signing_in(app: Flask, link: Callable[[str], str]) -> None:
    page = Browser(app).get(link("visit")).submit(button="Go on")
    assert "Your visit" in page.title
    assert "Monday 5 July 2027" in page.text
    assert page.url.startswith("/visit/")


def test_the_questions_open_without_signing_in(app: Flask, link: Callable[[str], str]) -> None:
    page = Browser(app).get(link("form")).submit(button="Go on")
    assert page.status == 200
    assert page.url.startswith("/questions/")


def test_a_link_opens_one_visit_only(
    app: Flask, link: Callable[[str], str], stored: Stored, clinic: Clinic
) -> None:
    """Holds sec_C2."""
    with app.app_context(), transaction():
        later = MONDAY_10AM + timedelta(days=1)
        other = make_appointment(
            clinic, starts_at=later, ends_at=later + timedelta(hours=1)
        ).public_id
    holder = Browser(app)
    holder.get(link("visit")).submit(button="Go on")
    for path in ("", "/move", "/cancel", "/invite.ics"):
        assert holder.get(f"/visit/{other}{path}").status == 404
    assert holder.get("/my").url != "/my"


def test_older_links_stay_valid(app: Flask, link: Callable[[str], str], stored: Stored) -> None:
    """Holds sec_C2."""
    first, [visit] = link("visit"), stored.visits()
    with app.app_context(), transaction():
        second = new_visit_link(visit["id"], now=clock.now())
    assert Browser(app).get(first).status == 200
    assert Browser(app).get(f"/a/{second}").status == 200


@pytest.mark.parametrize("to", sorted(LINKS))
def test_unknown_cancelled_and_over_look_the_same(
    app: Flask, link: Callable[[str], str], stored: Stored, at: Callable[..., None], to: str
) -> None:
    path = link(to)
    unknown = Browser(app).get("/a/" + "x" * 43 + LINKS[to])
    assert unknown.status == 410
    assert "020 7946 0102" in unknown.text
    at(MONDAY_10AM + timedelta(hours=2))
    over = Browser(app).get(path)
    assert over.status == 410
    assert over.text == unknown.text
    assert Browser(app).post(path, {}).status in {400, 410}


def test_a_cancelled_visit_ends_its_links(
    app: Flask, browser: Browser, link: Callable[[str], str]
) -> None:
    path = link("visit")
    Browser(app).get(link("cancel")).submit(button="Cancel this visit")
    assert Browser(app).get(path).status == 410


def test_an_expired_session_is_sent_to_the_patients_way_in(
    app: Flask, browser: Browser, steps: Steps, stored: Stored
) -> None:
    steps.book(browser)
    [visit] = stored.visits()
    page = Browser(app).get(f"/visit/{visit['public_id']}")
    assert page.url.startswith("/my/sign-in")
