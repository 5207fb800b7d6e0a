"""A patient changes her e-mail address herself, and the address before can take that back."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from booking.access.policy import Actor
from booking.accounts import actions
from booking.appointments.actions import new_visit_link
from booking.audit.models import AuditRow
from booking.calendars.actions import feeds
from booking.core import clock
from booking.core.db import session, transaction
from booking.patients.models import Patient
from tests.accounts.conftest import mails, path_of
from tests.browser import Browser
from tests.conftest import sign_in_with
from tests.factories import NOW, Clinic, make_appointment, make_patient

NEW = "amara@new.example"


@pytest.fixture
def amara(app: Flask, clinic: Clinic) -> int:
    """Her person; she has a visit."""
    with app.app_context(), transaction():
        return make_appointment(clinic).patient.resource_id


def arrive(app: Flask, person: int, *, confirmed: bool = True) -> Browser:
    with app.app_context(), transaction():
        now = clock.now()
        token = actions.start_person_session(person, now=now, confirmed=now if confirmed else None)
    browser = Browser(app)
    sign_in_with(browser, token)
    return browser


def ask(browser: Browser, email: str = NEW) -> str:
    return browser.get("/my/address").submit({"email": email}, having="email").text


def address(app: Flask) -> str:
    with app.app_context():
        return session().scalars(select(Patient.email_canonical).order_by(Patient.id)).first() or ""


@pytest.mark.both
def test_the_new_address_counts_once_its_button_is_pressed(app: Flask, amara: int) -> None:
    browser = arrive(app, amara)
    with app.app_context(), transaction():
        visit = session().scalars(select(Patient)).one()
        number = session().connection().exec_driver_sql("SELECT id FROM appointment").scalar_one()
        link = new_visit_link(number, now=clock.now())
        feed = feeds.make_for_person(Actor(person_id=amara), now=clock.now())
        assert visit.email == "amara@example.org"
    assert "Until then nothing changes." in ask(browser)
    [told] = mails(app, "rights/new_address")
    assert told["to_address"] == NEW
    page = Browser(app).get(path_of(told["link"]))
    assert address(app) == "amara@example.org"
    page.submit(button="Use this address")
    assert address(app) == NEW
    assert browser.client.get("/my").status_code == 303
    assert Browser(app).get(f"/a/{link}").status == 410
    assert Browser(app).get(f"/calendar/feed/{feed}.ics").status == 404
    Browser(app).get("/my/sign-in").submit({"name": "Amara Osei", "email": NEW}, having="name")
    assert [each["to_address"] for each in mails(app, "accounts/sign_in_link")] == [NEW]
    assert Browser(app).get(path_of(told["link"])).status == 410


@pytest.mark.both
def test_the_address_before_takes_it_back_with_whatever_was_set_up_since(
    app: Flask, amara: int
) -> None:
    ask(arrive(app, amara))
    Browser(app).get(path_of(mails(app, "rights/new_address")[0]["link"])).submit()
    theirs = arrive(app, amara)
    clock.travel(NOW + timedelta(minutes=2))
    own = "wandering kettle sorrel"
    theirs.get("/my/password").submit(
        {"password": own, "password_again": own}, button="Set this password"
    )
    [told] = mails(app, "rights/address_changed")
    assert told["to_address"] == "amara@example.org"
    page = Browser(app).get(path_of(told["link"]))
    assert address(app) == NEW
    page.submit(button="Take it back")
    assert address(app) == "amara@example.org"
    assert theirs.client.get("/my").status_code == 303
    values = {"name": "Amara Osei", "email": "amara@example.org", "password": own}
    page = Browser(app).get("/my/password-sign-in").submit(values, having="password")
    assert page.status == 422
    with app.app_context():
        rows = session().scalars(select(AuditRow).where(AuditRow.tag == "patient:own-address"))
        assert [row.details["what"] for row in rows] == ["asked", "changed", "undone"]


def test_whoever_reads_the_mailbox_cannot_move_it(app: Flask, amara: int) -> None:
    assert arrive(app, amara, confirmed=False).get("/my/address").url == "/my/code"


def test_it_takes_a_fresh_sign_in(app: Flask, amara: int) -> None:
    browser = arrive(app, amara)
    clock.travel(NOW + timedelta(minutes=11))
    assert browser.get("/my/address").url.startswith("/sign-in/again")


def test_an_address_under_which_her_name_is_known_gets_nothing_and_looks_the_same(
    app: Flask, amara: int
) -> None:
    with app.app_context(), transaction():
        make_patient("Amara Osei", NEW)
    assert "Until then nothing changes." in ask(arrive(app, amara))
    assert mails(app, "rights/new_address") == []


def test_a_link_lasts_an_hour(app: Flask, amara: int) -> None:
    ask(arrive(app, amara))
    clock.travel(NOW + timedelta(minutes=61))
    assert Browser(app).get(path_of(mails(app, "rights/new_address")[0]["link"])).status == 410


@pytest.mark.parametrize("email", ["", "amara", "a@b@c", "a@x.example, b@x.example"])
def test_what_is_no_address_is_said_and_kept(app: Flask, amara: int, email: str) -> None:
    page = arrive(app, amara).get("/my/address").submit({"email": email}, having="email")
    assert page.status == 422
    assert dict(page.form("email").fields)["email"] == email
