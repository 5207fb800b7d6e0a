"""Whose form it is: one's own, while the visit is still to come; everything outward is neutral."""

import re
from datetime import timedelta

import pytest
from flask import Flask

from booking.accounts import actions as accounts
from booking.appointments import actions as appointments
from booking.appointments.models import Appointment, Status
from booking.core import clock
from booking.core.db import session, transaction
from booking.intake.models import IntakeForm
from tests.browser import Browser
from tests.conftest import sign_in_with
from tests.factories import MINUTES, MONDAY_10AM, Clinic, make_appointment, make_patient
from tests.intake.conftest import Arrive, Stored
from tests.intake.journey import ANSWERS, TICKS, fill, open_page

# What must not appear in a title or an address (the clinical content, 4.1).
OUTWARD = re.compile(
    r"pregnan|fertil|ivf|embryo|egg|sperm|period|miscarriage|loss|baby|bump|week|scan|"
    r"acupunct|intake|consultation|first.visit|urgent|flag|medicine|allerg|bleed|health",
    re.IGNORECASE,
)
PLACES = ["", "/list", "/1", "/2", "/check", "/sent", "/mine", "/information", "/1/now"]


@pytest.mark.parametrize("place", PLACES)
def test_a_stranger_is_asked_to_sign_in(browser: Browser, visit, place: str) -> None:
    response = browser.client.get(visit[1] + place)
    assert response.status_code == 303
    assert "/sign-in" in response.headers["Location"]


@pytest.mark.parametrize("place", PLACES)
def test_another_patient_finds_nothing(app: Flask, clinic: Clinic, visit, place: str) -> None:
    with app.app_context(), transaction():
        other = make_appointment(
            clinic,
            patient_id=make_patient("Rosa", "rosa@example.org").id,
            practitioner_id=clinic.ines,
            room_id=clinic.rooms[1],
        )
        token = accounts.start_visit_session(other.id, by_mail=True, now=clock.now())
    rosa = Browser(app)
    sign_in_with(rosa, token)
    assert rosa.get(visit[1] + place).status == 404


def test_staff_have_no_business_here(cast, visit) -> None:
    for who in ("mei", "reception", "owner"):
        assert cast[who].get(visit[1]).status == 403


def test_somebody_signed_in_by_mail_finds_her_form_but_not_what_was_answered(
    app: Flask, amara: Browser, visit, clinic: Clinic
) -> None:
    fill(open_page(amara, visit[1], "end_else"), {"else": "Canary yellow"})
    with app.app_context(), transaction():
        person = session().get_one(Appointment, visit[0]).patient.resource_id
        token = accounts.start_person_session(person, now=clock.now())
    home = Browser(app)
    sign_in_with(home, token)
    assert home.get("/questions/").url == visit[1]
    assert "Canary yellow" not in open_page(home, visit[1], "end_else").text


def test_a_cancelled_visit_asks_nothing_more(app: Flask, amara: Browser, visit, stored) -> None:
    page = open_page(amara, visit[1], "end_else")
    with app.app_context(), transaction():
        session().get_one(Appointment, visit[0]).status = Status.CANCELLED
    answer = fill(page, {"else": "too late"})
    assert answer.status == 409
    assert "This visit was cancelled" in answer.text
    assert amara.get(visit[1]).status == 409
    assert stored.answers() == {}


def test_a_visit_that_is_over_asks_nothing_more(amara: Browser, visit, at, arrive: Arrive) -> None:
    """Holds sec_D8."""
    at(MONDAY_10AM + 61 * MINUTES)
    page = arrive(amara).get(visit[1])
    assert page.status == 409
    assert "This visit is over" in page.text


def test_looking_makes_no_form(amara: Browser, visit, stored: Stored) -> None:
    for place in PLACES:
        amara.get(visit[1] + place)
        amara.head(visit[1] + place)
    assert stored.count(IntakeForm) == 0


def test_titles_and_addresses_give_nothing_away(amara: Browser, visit) -> None:
    seen = set()
    page = amara.get(visit[1]).click("Start").click("About today")
    given = {**ANSWERS, "preg_status": "yes", "preg_bleed": "no", "allergy_any": "yes"}
    for _step in range(40):
        seen |= {page.url, page.title, *(href for href, _text in page.links)}
        if "Check your answers" in page.text:
            break
        page = fill(page, given)
    page = page.submit(TICKS, button="Send my answers")
    seen |= {page.url, page.title, page.click("Read what you sent").title}
    assert len(seen) > 30
    assert [text for text in seen if OUTWARD.search(text)] == []
    assert page.headers["Cache-Control"] == "no-store"


def test_the_visit_session_ends_after_a_day(amara: Browser, visit, at) -> None:
    at(clock.now() + timedelta(hours=25))
    assert amara.client.get(visit[1]).status_code == 303


def test_the_mailed_link_opens_the_questions_only_by_its_button(
    app: Flask, browser: Browser, visit, stored: Stored
) -> None:
    with app.app_context(), transaction():
        token = appointments.new_visit_link(visit[0], now=clock.now())
    address = f"/a/{token}/form"
    for _scanner in range(3):
        assert browser.head(address).status_code == 200
        page = browser.get(address)
    assert browser.client.get(visit[1]).status_code == 303
    page = page.submit()
    assert page.url == visit[1]
    assert token not in page.text
    page = fill(open_page(browser, visit[1], "end_else"), {"else": "Hello"})
    assert stored.answers()["else"].text == "Hello"


def test_a_link_that_is_unknown_opens_nothing(browser: Browser) -> None:
    assert browser.get(f"/a/{'x' * 43}/form").status in {404, 410}
