"""A clinic set up in the browser, from an empty database to the first booking."""

import re
from collections.abc import Callable
from datetime import timedelta

import pyotp
import pytest
from flask import Flask
from sqlalchemy import func, select

from booking.accounts import actions as accounts
from booking.accounts.models import OneTimeLink, User
from booking.audit import actions as audit
from booking.clinic.models import Organisation, Room, Service
from booking.core import clock
from booking.core.db import session, transaction
from tests.browser import Browser, Page
from tests.conftest import Cast, sign_in_with
from tests.factories import Clinic

PASSWORD = "seven herons over slow water"
NAMES = {
    "name": "Harbour Acupuncture",
    "outward_name": "Harbour House",
    "sender_name": "Harbour House",
    "sender_address": "visits@harbour.example",
    "phone": "020 7946 0199",
    "phone_hours": "Monday to Friday, 9 to 5",
    "region": "GB",
}
PLACE = {
    "name": "Harbour House",
    "outward_name": "Harbour House",
    "address": "3 Quay, Bristol BS1 4SB",
    "zone": "Europe/London",
    "rooms": "Room 1\nRoom 2\n",
}


def first_link(app: Flask) -> str:
    """What `flask init` prints, without a clinic in the database."""
    with app.app_context(), transaction():
        return f"/welcome/{accounts.create_owner_link(now=clock.now())}"


def become_owner(app: Flask, path: str) -> Browser:
    browser = Browser(app)
    told = {"name": "Olive Hart", "email": "olive@harbour.example"}
    page = browser.get(path).submit({**told, "password": PASSWORD, "password_again": PASSWORD})
    found = re.search(r'<code class="num">([A-Z2-7 ]+)</code>', page.text)
    assert found
    secret = found[1].replace(" ", "")
    page.submit({"code": pyotp.TOTP(secret).at(clock.now())})
    return browser


@pytest.fixture
def owner(app: Flask) -> Browser:
    return become_owner(app, first_link(app))


def step(page: Page, name: str) -> str:
    """What the list of steps says of one."""
    found = re.search(rf'<li class="fl">(?:(?!<li).)*<h2 class="h3">{name}</h2>', page.text, re.S)
    assert found, name
    return " ".join(re.sub(r"<[^>]+>", " ", found[0]).split())


@pytest.mark.both
def test_an_empty_database_becomes_a_clinic_that_can_be_booked(app: Flask, owner: Browser) -> None:
    page = owner.get("/staff")
    assert page.url == "/set-up"
    assert "Needed to open Names and telephone" in step(page, "Names and telephone")
    assert "Open for booking" not in page.text
    page = page.click("Describe the clinic Names and telephone").submit(NAMES)
    assert page.url == "/set-up"
    assert "Done" in step(page, "Names and telephone")
    page = page.click("Check the numbers").submit({"watched_by": "Olive", "watched_when": "Daily"})
    page = page.click("Add a location").submit(PLACE)
    page = page.click("Add somebody").submit({"name": "Mei Tan", "languages": "English"})
    week = {"monday_from": "09:00", "monday_to": "17:00", "friday_from": "9.00"}
    assert page.click("Write a week").submit(week).status == 422
    page = owner.get("/set-up").click("Write a week").submit({**week, "friday_to": "13:00"})
    page = page.click("Add a service").submit(button="Add First visit")
    assert page.title.startswith("Service: Appointment, 60 minutes")
    page = page.submit({"price": "70"}, button="Save")
    assert page.url == "/set-up"
    assert "Ready to open" in page.text
    assert "Not done yet" in page.text
    assert "Nothing can be booked online" in Browser(app).get("/prices").text
    page = page.submit(button="Open for booking")
    assert "The clinic is open for booking" in page.text
    told = Browser(app).get("/prices").text
    for words in ("Appointment, 60 minutes", "£70", "Mei Tan"):
        assert words in told
    assert "With Mei Tan, Harbour House" in Browser(app).get("/").text
    with app.app_context():
        clinic = session().get_one(Organisation, 1)
        assert (clinic.emergency_number, clinic.currency) == ("999", "GBP")
        assert session().scalar(select(func.count(Room.id))) == 2
        assert audit.verify() is None


def test_each_step_can_be_left_and_is_there_again_after_signing_out(
    app: Flask, owner: Browser
) -> None:
    owner.get("/set-up").click("Describe the clinic").submit(NAMES)
    page = owner.get("/set-up")
    owner.post("/sign-out", next(each for each in page.forms if each.action == "/sign-out").fields)
    assert owner.get("/set-up").url.startswith("/sign-in")
    with app.app_context(), transaction():
        number = session().scalar(select(User.id)) or 0
        token = accounts.start_staff_session(number, second_factor=clock.now(), now=clock.now())
    again = Browser(app)
    sign_in_with(again, token)
    page = again.get("/set-up")
    assert "Done" in step(page, "Names and telephone")
    assert "Needed to open" in step(page, "Locations and rooms")


def test_another_country_brings_its_own_numbers_and_law(app: Flask, owner: Browser) -> None:
    owner.get("/settings/names").submit({**NAMES, "region": "US"})
    page = owner.get("/settings/help")
    assert dict(page.form("emergency_number").fields)["emergency_number"] == "911"
    assert "each state sets its own number of years" in page.text
    assert "Not verified by us" in page.text


def test_the_first_link_works_once_and_never_after_there_is_an_owner(app: Flask) -> None:
    path, other = first_link(app), first_link(app)
    assert Browser(app).get(path).status == 410  # a newer one puts it out of use
    become_owner(app, other)
    assert Browser(app).get(other).status == 410
    late = first_link(app)  # whoever makes one by hand
    assert Browser(app).get(late).status == 410
    with app.app_context():
        hashes = session().scalars(select(OneTimeLink.token_hash)).all()
    assert late.rpartition("/")[2].encode() not in hashes


def test_the_first_link_expires(app: Flask, at: Callable[..., None]) -> None:
    path = first_link(app)
    at(clock.now() + timedelta(days=7))
    assert Browser(app).get(path).status == 410


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"outward_name": "Fertility House"}, "without “fertility”"),
        ({"sender_name": "Baby Acupuncture"}, "without “baby”, “acupuncture”"),
        ({"sender_address": "nobody"}, "Enter one e-mail address"),
        ({"name": " "}, "Enter a short text"),
        ({"region": "England"}, "two capital letters"),
    ],
)
def test_what_cannot_be_is_refused_and_what_was_typed_stays(
    app: Flask, owner: Browser, changed: dict[str, str], words: str
) -> None:
    page = owner.get("/settings/names").submit({**NAMES, **changed})
    assert page.status == 422
    assert words in page.text
    assert 'value="020 7946 0199"' in page.text
    with app.app_context():
        assert session().get(Organisation, 1) is None


def test_nothing_opens_while_a_step_is_missing(app: Flask, owner: Browser) -> None:
    owner.get("/settings/names").submit(NAMES)
    token = dict(owner.get("/settings/names").form("name").fields)["csrf_token"]
    refused = owner.post("/set-up/open", {"csrf_token": token})
    assert refused.status == 409
    assert "Something is still missing" in refused.text


def test_a_clinic_that_is_there_is_not_begun_again(cast: Cast, clinic: Clinic) -> None:
    page = cast["owner"].get("/set-up")
    assert "The clinic is open for booking" in page.text
    page = cast["owner"].get("/settings/names").submit({"phone": "020 7946 0111"})
    assert page.status == 200
    assert "020 7946 0111" in cast["stranger"].get("/").text


def test_where_leave_this_page_leads_is_the_clinics_choice(
    app: Flask, cast: Cast, clinic: Clinic
) -> None:
    with app.app_context():
        service = session().get_one(Service, clinic.first_visit).public_id
    where = f"/book/{service}/times"
    assert "bbc.co.uk/weather" in cast["stranger"].get(where).text
    names = cast["owner"].get("/settings/names")
    assert names.submit({"leave_url": "http://weather.example"}).status == 422
    names.submit({"leave_url": "https://weather.example/today"})
    assert cast["stranger"].get(where).link("Leave this page") == "https://weather.example/today"
    cast["owner"].get("/settings/names").submit({"leave_url": ""})
    assert "Leave this page" not in cast["stranger"].get(where).text
