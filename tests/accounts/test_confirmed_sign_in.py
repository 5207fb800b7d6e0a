"""A mailbox may be shared: a mailed link shows visits; answers need a code from the desk."""

import re

import pytest
from flask import Flask
from sqlalchemy import func, select

from booking.accounts import actions as accounts
from booking.appointments.models import Appointment
from booking.audit.models import AuditRow
from booking.core import clock
from booking.core.db import db, session, transaction
from tests.browser import Browser
from tests.conftest import Cast, sign_in_with
from tests.factories import MINUTES, NOW, Clinic, make_appointment, make_patient
from tests.intake.journey import fill, open_page

SECRET = "Canary yellow"


@pytest.fixture
def visit(app: Flask, clinic: Clinic) -> tuple[int, str]:
    """Amara's visit, with an answer given on her own phone: its id and public id."""
    with app.app_context(), transaction():
        row = make_appointment(clinic)
        found = row.id, str(row.public_id)
        token = accounts.start_visit_session(row.id, by_mail=True, now=clock.now())
    phone = Browser(app)
    sign_in_with(phone, token)
    fill(open_page(phone, f"/questions/{found[1]}", "end_else"), {"else": SECRET})
    return found


@pytest.fixture
def signed_in(app: Flask, visit: tuple[int, str]) -> Browser:
    """A browser that came through a sign-in link mailed to her address, and no more."""
    with app.app_context(), transaction():
        person = session().get_one(Appointment, visit[0]).patient.resource_id
        token = accounts.start_person_session(person, now=clock.now())
    browser = Browser(app)
    sign_in_with(browser, token)
    return browser


def shown(browser: Browser, visit: tuple[int, str]) -> bool:
    told = "".join(
        browser.get(f"/questions/{visit[1]}{place}").text for place in ("/list", "/check")
    )
    return SECRET in told or SECRET in open_page(browser, f"/questions/{visit[1]}", "end_else").text


def code_for(browser: Browser, visit: tuple[int, str]) -> str:
    page = browser.get(f"/visits/{visit[1]}/code").submit(button="Show a code")
    found = re.search(r'class="code num">([A-Z0-9]{4} [A-Z0-9]{4})<', page.text)
    assert found, page.text
    return found[1]


def test_whoever_reads_the_mailbox_sees_visits_but_no_answers(
    signed_in: Browser, visit: tuple[int, str]
) -> None:
    assert visit[1] in signed_in.get("/my").text
    assert not shown(signed_in, visit)


@pytest.mark.both
def test_a_code_from_the_desk_opens_her_answers(
    app: Flask, cast: Cast, signed_in: Browser, visit: tuple[int, str]
) -> None:
    code = code_for(cast["reception"], visit)
    copied = Browser(app)
    copied.client.set_cookie("session", signed_in.client.get_cookie("session").value)
    done = signed_in.get("/my/code").submit({"code": code.lower().replace(" ", "-")})
    assert done.url == "/my"
    assert shown(signed_in, visit)
    assert copied.client.get("/my").status_code == 303  # the cookie of before is worth nothing
    with app.app_context():
        tags = list(session().scalars(select(AuditRow.tag).order_by(AuditRow.id)))
    assert "patient:desk-code" in tags
    assert "account:confirmed" in tags


def test_a_code_works_once_and_only_for_its_own_person(
    app: Flask, cast: Cast, signed_in: Browser, visit: tuple[int, str]
) -> None:
    code = code_for(cast["reception"], visit)
    with app.app_context(), transaction():
        partner = make_patient("Kofi Osei", "amara@example.org").resource_id
        token = accounts.start_person_session(partner, now=clock.now())
    other = Browser(app)
    sign_in_with(other, token)
    assert other.get("/my/code").submit({"code": code}).status == 422
    signed_in.get("/my/code").submit({"code": code})
    with app.app_context(), transaction():
        person = session().get_one(Appointment, visit[0]).patient.resource_id
        again = accounts.start_person_session(person, now=clock.now())
    later = Browser(app)
    sign_in_with(later, again)
    assert later.get("/my/code").submit({"code": code}).status == 422
    assert not shown(later, visit)


def test_a_newer_code_and_a_quarter_of_an_hour_end_a_code(
    cast: Cast, signed_in: Browser, visit: tuple[int, str], at
) -> None:
    old, new = code_for(cast["reception"], visit), code_for(cast["reception"], visit)
    assert signed_in.get("/my/code").submit({"code": old}).status == 422
    at(NOW + 16 * MINUTES)
    assert signed_in.get("/my/code").submit({"code": new}).status == 422
    assert not shown(signed_in, visit)


def test_wrong_codes_have_to_wait(cast: Cast, signed_in: Browser, visit: tuple[int, str]) -> None:
    code = code_for(cast["reception"], visit)
    for _try in range(5):
        page = signed_in.get("/my/code").submit({"code": "WRONG123"})
        assert page.status == 422
        assert "That is not the code" in page.text
    assert signed_in.get("/my/code").submit({"code": code}).status == 429
    assert not shown(signed_in, visit)


def test_a_new_code_opens_whatever_was_tried_before(
    cast: Cast, signed_in: Browser, visit: tuple[int, str]
) -> None:
    """Whoever reads her mailbox must not be able to lock her out for good.

    Holds sec_A6.
    """
    for _try in range(5):
        signed_in.get("/my/code").submit({"code": "WRONG123"})
    code = code_for(cast["reception"], visit)
    assert signed_in.get("/my/code").submit({"code": code}).url == "/my"
    assert shown(signed_in, visit)


@pytest.mark.parametrize("who", ["owner", "mei", "ines"])
def test_only_reception_gives_codes(cast: Cast, visit: tuple[int, str], who: str) -> None:
    assert cast[who].get(f"/visits/{visit[1]}/code").status == 403


def test_a_code_is_kept_only_as_a_keyed_hash_and_asking_changes_nothing(
    app: Flask, cast: Cast, visit: tuple[int, str]
) -> None:
    cast["reception"].get(f"/visits/{visit[1]}/code")
    count = "SELECT count(*) FROM one_time_link"
    with app.app_context():
        assert session().scalar(db.text(count)) == 0
    code = code_for(cast["reception"], visit).replace(" ", "")
    with app.app_context():
        rows = repr(session().execute(db.text("SELECT * FROM one_time_link")).all())
        assert session().scalar(select(func.count()).select_from(AuditRow)) > 0
    assert code not in rows
