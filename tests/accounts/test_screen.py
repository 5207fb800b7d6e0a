"""A screen others can see: locked in one press, names hidden, and keys only where switched on."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from booking.accounts import actions
from booking.audit.models import AuditRow
from booking.core import clock
from booking.core.db import session, transaction
from booking.core.names_shown import Names, initials, named, shown_name
from tests.accounts.conftest import Member
from tests.browser import Browser
from tests.conftest import sign_in_with
from tests.factories import Clinic, make_appointment


@pytest.fixture
def rosa(app: Flask, member: Member, clinic: Clinic) -> Browser:
    """A receptionist at the desk, on a day with Amara's visit."""
    with app.app_context(), transaction():
        now = clock.now()
        make_appointment(
            clinic, starts_at=now + timedelta(hours=1), ends_at=now + timedelta(hours=2)
        )
        token = actions.start_staff_session(member.user_id, second_factor=now, now=now)
    browser = Browser(app)
    sign_in_with(browser, token)
    return browser


def test_one_press_locks_and_nothing_behind_it_is_in_any_answer(
    app: Flask, rosa: Browser, member: Member
) -> None:
    page = rosa.get("/day?view=list")
    assert "Amara Osei" in page.text
    locked = page.submit(button="Lock screen")
    assert "This screen is locked" in locked.text
    for address in ("/day?view=list", "/today", "/patients", "/worklist", "/sign-ins"):
        again = rosa.get(address)
        assert again.url.startswith("/locked")
        assert "Amara" not in again.text
        assert "Rosa" not in again.text
    token = dict(locked.form("code").fields)["csrf_token"]
    assert rosa.client.post("/screen", data={"csrf_token": token, "do": "full"}).status_code == 401
    with app.app_context():
        assert "account:locked" in set(session().scalars(select(AuditRow.tag)))


def test_a_code_opens_it_where_it_was_and_a_wrong_one_does_not(
    rosa: Browser, member: Member
) -> None:
    rosa.get("/today").submit(button="Hide names")
    locked = rosa.get("/day?view=list").submit(button="Lock screen")
    wrong = locked.submit({"code": "000000"}, button="Unlock")
    assert wrong.status == 422
    assert "Amara" not in wrong.text
    opened = wrong.submit({"code": member.code()}, button="Unlock")
    assert opened.url == "/day?view=list"
    assert "A. O." in opened.text  # names stay as they were shown


def test_too_many_wrong_codes_end_the_sign_in(rosa: Browser) -> None:
    page = rosa.get("/today").submit(button="Lock screen")
    for _ in range(5):
        page = page.submit({"code": "000000"}, having="code")
    assert "Please begin again" in page.text
    assert rosa.get("/today").url.startswith("/sign-in")


def test_a_lock_holds_in_every_tab_and_leads_nowhere_else(rosa: Browser) -> None:
    other_tab = rosa.get("/day")
    rosa.get("/today").submit(button="Lock screen")
    assert other_tab.submit(button="Hide names").status == 401
    assert rosa.get("/locked?next=https://evil.example/").form("code").action == "/locked"


def test_names_show_as_chosen_until_signing_out(rosa: Browser) -> None:
    assert "A. O." in rosa.get("/day").submit(button="Hide names").text
    assert "Amara" not in rosa.get("/today").text
    hidden = rosa.get("/today").submit(button="No initials either")
    assert "A. O." not in hidden.text
    assert "Patient" in hidden.text
    rosa.get("/today").submit(button="Sign out")
    assert rosa.get("/today").url.startswith("/sign-in")


def test_initials() -> None:
    assert initials("Amara Osei-Mensah") == "A. O."
    assert initials("“x” d'Arc") == "D."
    assert initials("  ") == "–"
    assert shown_name("Amara Osei", Names.FULL) == "Amara Osei"
    assert named("nonsense") is Names.FULL


def test_keys_are_off_until_switched_on(rosa: Browser) -> None:
    assert "keys.js" not in rosa.get("/day").text
    page = rosa.get("/keys")
    assert "They are switched off." in page.text
    assert "keys.js" in page.submit(button="Switch them on").text
    assert "keys.js" in rosa.get("/day").text
    assert "keys.js" not in rosa.get("/keys").submit(button="Switch them off").text
