"""The clinic's first page and its page on looking after answers."""

from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import delete

from booking.availability.models import WeeklyHours
from booking.clinic.models import Organisation
from booking.core.db import session, transaction
from booking.intake.views.frame import DEVICE_DAYS
from tests.browser import Browser
from tests.factories import Clinic


def test_the_first_page_names_visits_by_their_outward_names_with_length_and_price(
    clinic: Clinic, browser: Browser
) -> None:
    page = browser.get("/")
    assert page.status == 200
    assert page.title == "Appointments – Canal Street"
    assert "60 minutes" in page.text
    assert "£" in page.text
    assert "First visit" not in page.text.replace("first page", "")


def test_the_first_page_leads_to_booking_and_shows_phone_and_urgent_help(
    clinic: Clinic, browser: Browser
) -> None:
    page = browser.get("/")
    assert page.link("Book a visit").startswith("/book")
    assert page.link("I already have a visit").startswith("/my")
    assert page.link("020 7946 0102") == "tel:02079460102"
    assert "Call 999 or go to your nearest A&amp;E." in page.text


def test_the_first_page_names_the_soonest_free_time(
    app: Flask, clinic: Clinic, browser: Browser
) -> None:
    page = browser.get("/")
    assert "Fri 2 July, 2:15pm" in page.text
    assert "With Mei Tan, Canal Street" in page.text
    assert "2:15pm" in page.click("See this and other times").text
    with app.app_context(), transaction():
        session().execute(delete(WeeklyHours))
    assert "The soonest we can see you" not in browser.get("/").text


def test_the_first_page_makes_no_claim(clinic: Clinic, browser: Browser) -> None:
    text = browser.get("/").text.lower()
    assert "does not replace care" in text
    for claim in ("improve", "prevent", "success", "fertility", "balance", "boost", "!</"):
        assert claim not in text, claim


def test_only_the_first_page_may_be_found_by_search_engines(
    clinic: Clinic, browser: Browser
) -> None:
    assert "X-Robots-Tag" not in browser.get("/").headers
    assert browser.get("/privacy").headers["X-Robots-Tag"] == "noindex"


def test_before_the_clinic_is_set_up_the_first_page_says_so_kindly(browser: Browser) -> None:
    page = browser.get("/")
    assert page.status == 404
    assert "<h1>" in page.text


def test_the_privacy_page_counts_the_cookies_rightly(clinic: Clinic, browser: Browser) -> None:
    """One is the session's, which Flask sets; every other would be set by hand."""
    assert "Two cookies, and a third" in browser.get("/privacy").text
    sources = (Path(__file__).parents[2] / "booking").rglob("*.py")
    by_hand = [file.name for file in sources if "set_cookie(" in file.read_text()]
    assert sorted(by_hand) == ["browsers.py", "frame.py", "language.py"]
    script = Path(__file__).parents[2] / "static" / "js" / "site.js"
    assert "Storage" not in script.read_text()


@pytest.mark.parametrize(
    ("view", "words"),
    [
        ("tasks", "The other answers are kept for the practitioner."),
        ("standard", "Some answers are kept for the practitioner."),
        ("full", "So does reception."),
    ],
)
def test_who_reads_answers_is_said_as_the_clinic_has_set_it(
    app: Flask, clinic: Clinic, browser: Browser, view: str, words: str
) -> None:
    with app.app_context(), transaction():
        session().get_one(Organisation, 1).reception_view = view
    text = browser.get("/privacy").text
    assert words in text
    assert ("kept for the practitioner" in text) is (view != "full")


def test_how_long_a_cookie_stays_is_said_as_it_is(clinic: Clinic, browser: Browser) -> None:
    assert f"stays for {DEVICE_DAYS} days" in browser.get("/privacy").text
