"""A new password by a mailed link: for whom it was made, once, and never past the second step."""

from datetime import timedelta

from flask import Flask
from sqlalchemy import select

from booking.accounts.models import User
from booking.core.db import session
from tests.accounts.conftest import PASSWORD, Member, mails, path_of
from tests.browser import Browser, Page
from tests.factories import NOW

NEW = "eleven otters under the bridge"


def ask(app: Flask, email: str) -> Page:
    return Browser(app).get("/sign-in/new-password").submit({"email": email})


def link(app: Flask) -> str:
    return path_of(mails(app, "accounts/new_password")[-1]["link"])


def set_it(app: Flask, path: str, password: str = NEW) -> Page:
    return Browser(app).get(path).submit({"password": password, "password_again": password})


def test_a_new_password_replaces_the_old_and_still_takes_a_code(app: Flask, member: Member) -> None:
    """Holds sec_C7."""
    ask(app, member.email)
    assert set_it(app, link(app)).url == "/sign-in"
    browser = Browser(app)
    page = browser.get("/sign-in")
    assert page.submit({"email": member.email, "password": PASSWORD}).status == 422
    page = page.submit({"email": member.email, "password": NEW})
    assert page.url == "/sign-in/code"


def test_it_ends_her_other_sessions_and_tells_her(app: Flask, member: Member) -> None:
    """Holds sec_A12, sec_B4."""
    browser = Browser(app)
    page = browser.get("/sign-in").submit({"email": member.email, "password": PASSWORD})
    page.submit({"code": member.code()})
    ask(app, member.email)
    set_it(app, link(app))
    assert browser.client.get("/staff").headers["Location"].startswith("/sign-in")
    assert len(mails(app, "accounts/password_changed")) == 1


def test_known_and_unknown_addresses_get_the_same_answer(app: Flask, member: Member) -> None:
    """Holds sec_A5."""

    def shown(email: str) -> tuple[int, str, str]:
        page = ask(app, email)
        return page.status, page.url, page.text

    assert shown(member.email) == shown("nobody@canalstreet.example")
    assert len(mails(app, "accounts/new_password")) == 1


def test_looking_at_the_link_changes_nothing(app: Flask, member: Member) -> None:
    ask(app, member.email)
    for _ in range(5):
        assert Browser(app).head(link(app)).status_code == 200
    assert set_it(app, link(app)).url == "/sign-in"


def test_the_link_works_once_for_an_hour_and_until_the_next(app: Flask, member: Member, at) -> None:
    ask(app, member.email)
    first = link(app)
    ask(app, member.email)
    assert Browser(app).get(first).status == 410
    set_it(app, link(app))
    assert Browser(app).get(link(app)).status == 410
    ask(app, member.email)
    at(NOW + timedelta(hours=1, minutes=1))
    assert Browser(app).get(link(app)).status == 410


def test_it_opens_an_account_somebody_has_guessed_at(app: Flask, member: Member, at) -> None:
    """Holds sec_A6."""
    page = Browser(app).get("/sign-in")
    for _ in range(6):
        page.submit({"email": member.email, "password": "not the right one"})
    assert page.submit({"email": member.email, "password": PASSWORD}).status == 429
    ask(app, member.email)
    set_it(app, link(app))
    assert page.submit({"email": member.email, "password": NEW}).status == 200


def test_a_weak_one_is_refused_and_the_link_stays_good(app: Flask, member: Member) -> None:
    ask(app, member.email)
    assert set_it(app, link(app), "rosa lindqvist 1").status == 422
    assert set_it(app, link(app)).url == "/sign-in"


def test_asking_too_often_pauses(app: Flask, member: Member) -> None:
    assert [ask(app, member.email).status for _ in range(6)] == [200] * 5 + [429]


def test_the_second_factor_stays(app: Flask, member: Member) -> None:
    ask(app, member.email)
    set_it(app, link(app))
    with app.app_context():
        who = session().scalars(select(User).where(User.id == member.user_id)).one()
        assert who.totp_secret == member.secret
        assert who.totp_confirmed_at is not None


def test_password_managers_find_the_page(app: Flask, clinic: object) -> None:
    """Holds sec_A4."""
    answer = app.test_client().get("/.well-known/change-password")
    assert answer.headers["Location"] == "/sign-in/new-password"
