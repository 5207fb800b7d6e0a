"""A patient goes through the questions from her link, page by page, and sends them."""

import re

import pytest
from flask import Flask

from tests.appointments.conftest import Steps
from tests.appointments.conftest import Stored as Booked
from tests.browser import Browser, Page
from tests.intake.journey import ANSWERS, fill, fill_until


def test_the_start_page_shows_urgent_help_before_any_question(amara: Browser, visit) -> None:
    page = amara.get("/questions/")
    assert page.url == visit[1]
    assert page.status == 200
    assert "Get help now - do not wait for us." in page.text
    assert "Call 999 or go to your nearest A&amp;E" in page.text
    assert "bleeding that soaks a pad in an hour or less" in page.text
    assert page.text.index("Get help now") < page.text.index(">Start<")


@pytest.mark.both
def test_a_patient_answers_everything_and_sends_it(amara: Browser, visit) -> None:
    her_visit = visit[1].replace("questions", "visit")
    assert _told(amara.get(her_visit)) == "About 15 minutes"
    page = amara.get("/questions/").click("Start")
    assert "Not started" in page.text
    page = page.click("About today")
    page = fill_until(page, "Check your answers", ANSWERS)
    assert _told(amara.get(her_visit)) == "Started"
    assert "Amara" in page.text
    assert "Not provided" in page.text
    page = page.submit(
        {"read_info": "y", "privacy_seen": "y", "correct": "y"}, button="Send my answers"
    )
    assert "Your answers have been sent" in page.text
    assert "Get help now" in page.text
    assert _told(amara.get(her_visit)) == "Sent"


def test_what_she_typed_when_booking_is_not_asked_twice(
    app: Flask, browser: Browser, steps: Steps
) -> None:
    start = steps.book(browser).click("Questions before your visit").click("Start")
    assert start.text.count("Not started") > 5, "what is filled in is no answer yet"
    page = start.click("About you")
    assert ("name_known", "Amara Osei") in page.form(having="name_known").fields
    page = fill(page, {**ANSWERS, "name_known": "Amy"})
    assert ("contact_ok", "email") in page.form(having="contact_ok").fields
    address = page.url.rsplit("/", 1)[0]
    assert ("name_known", "Amy") in browser.get(f"{address}/2").form(having="name_known").fields
    reader = Browser(app)
    reader.get(Booked(app).link("visit")).submit(button="Go on")
    assert "Amara" not in reader.get(f"{address}/2").text, "and what she saved is hers to see"


def test_who_gets_no_mail_is_not_sent_to_look_for_a_link(browser: Browser, steps: Steps) -> None:
    start = steps.book(browser, channels=["phone"]).click("Questions before your visit")
    left = fill(start.click("Start").click("About you"), ANSWERS, button="and leave")
    assert "Your answers are saved" in left.text
    assert "call us, or leave the rest for your visit" in left.text
    assert "link in your message" not in left.text
    assert 'class="code' not in left.text


def _told(page: Page) -> str:
    """What the page of the visit says beside the way to the questions."""
    found = re.search(r'before your visit</a><span class="state">([^<]*)<', page.text)
    assert found is not None, page.text
    return found[1]
