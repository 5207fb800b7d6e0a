"""Anybody may book under a borrowed name and address: it opens and tells nothing of hers."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select, update

from booking.accounts import actions as accounts
from booking.clinic.models import Service
from booking.core import clock
from booking.core.db import session, transaction
from booking.patients import queries as patients
from booking.patients.models import Patient
from booking.waiting.models import WaitingEntry
from tests.appointments.conftest import ABOUT, Steps, Stored
from tests.browser import Browser, Page
from tests.conftest import sign_in_with
from tests.factories import NOW

KEYS = re.compile(r'name="(csrf_token|key)" value="[^"]*"|\\d+ seconds')
"""What is another with every page."""
NAME, HERS, STRANGERS = ABOUT["name"], ABOUT["email"], "mallory@example.net"


@pytest.fixture
def hers(app: Flask, steps: Steps) -> Browser:
    """Amara's browser, after she has booked Monday at 10."""
    browser = Browser(app)
    steps.book(browser)
    return browser


def times_on(page: Page) -> set[str]:
    pressed = [words for form in page.forms for name, _value, words in form.buttons if name]
    return {words.split()[0] for words in pressed if words}


def who(stored: Stored, email: str) -> int | None:
    found: int | None = stored(lambda: patients.person_to_sign_in(name=str(NAME), email=email))
    return found


def signed_in(app: Flask, person: int) -> Browser:
    browser = Browser(app)
    with app.app_context(), transaction():
        token = accounts.start_person_session(person, now=clock.now())
    sign_in_with(browser, token)
    return browser


@pytest.mark.both
def test_correcting_the_address_makes_a_person_of_its_own(
    app: Flask, hers: Browser, steps: Steps, stored: Stored
) -> None:
    """Else the stranger could sign in, with her name and his own address, to all she has."""
    person = stored.visits()[0]["person_id"]
    inside = signed_in(app, person)
    strangers = steps.book(Browser(app), "2:00pm")
    strangers.submit({"email": STRANGERS}, button="Send it there")
    first, second = stored.visits()
    assert first["person_id"] == person == who(stored, HERS)
    assert second["person_id"] == who(stored, STRANGERS) != person
    assert inside.get("/my").status == 200, "her own sign-ins go on"
    assert "2:00pm" not in inside.get("/my").text
    others = signed_in(app, second["person_id"]).get("/my").text
    assert "2:00pm" in others
    assert "10:00am" not in others
    # Each keeps the time of her own person, and of nobody else's.
    assert steps.book(Browser(app), "2:00pm", email=HERS).status == 200


@pytest.mark.both
def test_correcting_to_an_address_she_is_known_by_makes_her_one_person(
    app: Flask, hers: Browser, steps: Steps, stored: Stored
) -> None:
    again = steps.book(Browser(app), "2:00pm", email="amaar@example.org")
    again.submit({"email": HERS}, button="Send it there")
    first, second = stored.visits()
    assert first["person_id"] == second["person_id"]
    once_more = steps.book(Browser(app), "10:00am", email="amaar@example.org")
    refused = once_more.submit({"email": HERS}, button="Send it there")
    assert refused.status == 422
    assert "overlaps with another booking" in refused.text
    assert stored.visits()[2]["email"] == "amaar@example.org"


def test_nobody_corrects_an_address_that_was_there_before(
    app: Flask, hers: Browser, stored: Stored, at: Callable[[datetime], None]
) -> None:
    """Whoever reads her mail would take all of it along: that takes a confirmed sign-in."""
    at(NOW + timedelta(minutes=5))
    reader = Browser(app)
    page = reader.get(stored.link("visit")).submit(button="Go on")
    times = page.link("Book another") + "&day=2027-07-05"
    page = reader.get(times).submit(button="2:00pm")
    page = page.submit(button="Book this visit")
    assert stored.visits()[1]["patient_id"] == stored.visits()[0]["patient_id"]
    assert "A message is on its way" in page.text
    assert "Is this address wrong?" not in page.text
    token = dict(reader.get("/book").form("csrf_token").fields)["csrf_token"]
    got = reader.post(f"{page.url}/address", {"csrf_token": token, "email": STRANGERS})
    assert got.status == 404
    assert {visit["email"] for visit in stored.visits()} == {HERS}


@pytest.mark.both
def test_a_stranger_makes_nothing_quiet_and_takes_her_off_no_list(
    app: Flask, hers: Browser, steps: Steps, stored: Stored
) -> None:
    page = hers.get(f"/visit/{stored.visits()[0]['public_id']}/earlier")
    page.submit(button="Put me on the list")
    browser = Browser(app)
    steps.book(browser, "2:00pm")
    visit = stored.visits()[1]["public_id"]
    page = browser.get(f"/visit/{visit}").click("Something has changed")
    assert page.status == 200
    assert "Open the link in our message" in page.text
    token = dict(browser.get("/book").form("csrf_token").fields)["csrf_token"]
    sent = {"csrf_token": token, f"visit-{visit}": "let-go"}
    for act in ("", "/take-back", "/end"):
        assert browser.post(f"/visit/{visit}/changed{act}", sent).status == 403
    assert stored(lambda: set(session().scalars(select(Patient.quiet_since)))) == {None}
    assert stored(lambda: session().scalars(select(WaitingEntry.state)).all()) == ["waiting"]
    mine = Browser(app).get(stored.link(mail=0)).submit(button="Go on")
    page = mine.click("Something has changed").submit(button="Make it quiet")
    assert "It is quiet now" in page.text


@pytest.mark.both
def test_a_stranger_does_not_learn_that_it_is_or_was_quiet(
    app: Flask, hers: Browser, steps: Steps, stored: Stored, at: Callable[[datetime], None]
) -> None:
    browser = Browser(app)
    steps.book(browser, "2:00pm")
    visit = stored.visits()[1]["public_id"]
    pages = ("", "/changed", "/cancel", "/move", "/messages")

    def seen() -> list[str]:
        found = [browser.get(f"/visit/{visit}{page}").text for page in pages]
        found += [browser.get(f"/questions/{visit}/{place}").text for place in range(1, 20)]
        return [KEYS.sub("", text) for text in found]

    before = seen()
    reader = Browser(app)
    page = reader.get(stored.link(mail=0)).submit(button="Go on").click("Something has changed")
    page = page.submit({"gently": "y"}, button="Make it quiet")
    assert seen() == before
    at(NOW + timedelta(minutes=5))
    page.submit(button="Take it back")
    assert "taken back on" in reader.get(page.url).text
    assert seen() == before


@pytest.mark.both
def test_a_stranger_does_not_learn_when_else_she_comes(
    app: Flask, hers: Browser, steps: Steps, stored: Stored
) -> None:
    """Mei is free at ten once more: whoever moves a visit under her name is offered that too."""
    with app.app_context(), transaction():
        session().execute(update(Service).values(grid_minutes=60))
    browser = Browser(app)
    steps.book(browser, "2:00pm")
    visit = stored.visits()[1]["public_id"]
    path = f"/visit/{visit}/move?day=2027-07-05"
    assert "10:00am" in times_on(browser.get(path))
    known = Browser(app)
    known.get(stored.link(mail=1)).submit(button="Go on")
    assert "10:00am" not in times_on(known.get(path))
    page = browser.get(path).submit(button="10:00am")
    page = page.submit(button="Move")
    assert "That time is no longer free" in page.text
