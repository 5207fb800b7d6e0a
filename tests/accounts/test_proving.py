"""Who may sign in is changed only with a code not older than ten minutes; nothing typed is lost."""

from datetime import timedelta

import pyotp
import pytest
from flask import Flask
from sqlalchemy import select, update

from booking.accounts import actions
from booking.accounts.models import OneTimeLink, SignInSession, User
from booking.core import clock
from booking.core.db import session, transaction
from tests.accounts.conftest import mails
from tests.browser import Browser, Page
from tests.conftest import Cast, sign_in_with
from tests.factories import NOW, Clinic

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
INVITED = {"name": "Noor Haddad", "email": "noor@canalstreet.example", "roles": ["reception"]}


@pytest.fixture
def owner(app: Flask, cast: Cast, clinic: Clinic) -> Browser:
    """The owner, signed in eleven minutes ago."""
    with app.app_context(), transaction():
        row = session().get_one(User, clinic.owner_user)
        row.totp_secret, row.totp_confirmed_at = SECRET, NOW
    browser = cast["owner"]
    clock.travel(NOW + timedelta(minutes=11))
    return browser


def code() -> str:
    return pyotp.TOTP(SECRET).at(clock.now())


def invite(browser: Browser, **changes: str) -> Page:
    return browser.get("/people").submit({**INVITED, **changes}, having="roles")


def invitations(app: Flask) -> list[str]:
    with app.app_context():
        return list(session().scalars(select(OneTimeLink.name)))


@pytest.mark.both
def test_an_invitation_waits_for_the_code_and_then_leaves(app: Flask, owner: Browser) -> None:
    """Holds sec_A11."""
    page = invite(owner)
    assert "Once more, please" in page.text
    assert invitations(app) == []
    page = page.submit({"proof": code()}, button="Go on")
    assert "Noor Haddad" in page.text
    assert invitations(app) == ["Noor Haddad"]
    assert len(mails(app, "accounts/staff_invite")) == 1
    owner.get("/people").submit(button="Withdraw Noor Haddad")  # the code lasts
    assert "Noor Haddad" not in owner.get("/people").text


def test_a_wrong_code_changes_nothing_and_keeps_what_was_typed(app: Flask, owner: Browser) -> None:
    page = invite(owner).submit({"proof": "000000"}, button="Go on")
    assert page.status == 422
    assert "This code is not right" in page.text
    assert invitations(app) == []
    page.submit({"proof": code()}, button="Go on")
    assert invitations(app) == ["Noor Haddad"]


def test_a_mistake_in_the_form_is_said_after_the_code_with_all_that_was_typed(
    app: Flask, owner: Browser
) -> None:
    page = invite(owner, email="nobody").submit({"proof": code()}, button="Go on")
    assert page.status == 422
    assert 'value="Noor Haddad"' in page.text
    assert 'value="nobody"' in page.text


def test_stopping_somebody_and_letting_her_back_take_it_too(
    app: Flask, owner: Browser, clinic: Clinic
) -> None:
    page = owner.get("/people").submit(button="Stop sign-in Mei Tan")
    with app.app_context():
        assert session().get_one(User, clinic.mei_user).disabled_at is None
    page = page.submit({"proof": code()}, button="Go on")
    assert "Cannot sign in" in page.text
    clock.travel(clock.now() + timedelta(minutes=11))
    page = page.submit(button="Let sign in again Mei Tan")
    assert "Once more, please" in page.text
    page = page.submit({"proof": code()}, button="Go on")
    assert "Cannot sign in" not in page.text


def test_guessing_ends_the_sign_in(app: Flask, owner: Browser) -> None:
    page = invite(owner)
    for _try in range(4):
        page = page.submit({"proof": "000000"}, button="Go on")
        assert page.status == 422
        assert "This code is not right" in page.text
    page = page.submit({"proof": "000000"}, button="Go on")
    assert "Please begin again" in page.text
    assert owner.client.get("/people").headers["Location"].startswith("/sign-in")
    assert invitations(app) == []


def test_guesses_count_against_the_account_and_not_only_the_sign_in(
    app: Flask, owner: Browser, clinic: Clinic
) -> None:
    page = invite(owner)
    for _try in range(5):
        page = page.submit({"proof": "000000"}, button="Go on")
    with app.app_context(), transaction():
        token = actions.start_staff_session(
            clinic.owner_user, second_factor=NOW, now=NOW + timedelta(minutes=11)
        )
        session().execute(
            update(SignInSession).values(created_at=NOW)  # a sign-in as old as the first
        )
    again = Browser(app)
    sign_in_with(again, token)
    page = invite(again).submit({"proof": code()}, button="Go on")
    assert page.status == 429
    assert invitations(app) == []


def test_no_code_is_needed_just_after_one(app: Flask, cast: Cast, clinic: Clinic) -> None:
    with app.app_context(), transaction():
        session().execute(update(User).values(totp_confirmed_at=NOW))
    invite(cast["owner"])
    assert invitations(app) == ["Noor Haddad"]
