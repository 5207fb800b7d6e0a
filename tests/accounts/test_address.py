"""Staff change the address they sign in with; the one before is told and can take it back."""

from datetime import timedelta

import pytest
from flask import Flask

from booking.accounts.queries import user_by_email
from booking.core import clock
from tests.accounts.conftest import PASSWORD, Member, mails, path_of
from tests.browser import Browser, Page

NEW = "rosa.new@canalstreet.example"


def sign_in(app: Flask, member: Member, email: str) -> Browser:
    browser = Browser(app)
    clock.travel(clock.now() + timedelta(seconds=61))  # the next code
    first = browser.get("/sign-in").submit({"email": email, "password": PASSWORD})
    if first.status == 200:
        first.submit({"code": member.code()})
    return browser


def is_in(browser: Browser) -> bool:
    return browser.client.get("/sign-ins").status_code == 200


def ask(browser: Browser, email: str = NEW) -> Page:
    return browser.get("/sign-ins/address").submit({"email": email}, button="Mail the link")


def confirm(app: Flask) -> None:
    link = path_of(mails(app, "accounts/new_address")[-1]["link"])
    Browser(app).get(link).submit(button="Use this address")


@pytest.mark.both
def test_the_new_address_signs_in_and_the_old_one_no_more(app: Flask, member: Member) -> None:
    """Holds sec_C5."""
    browser = sign_in(app, member, member.email)
    assert member.email in browser.get("/sign-ins").text
    ask(browser)
    assert [each["to_address"] for each in mails(app, "accounts/new_address")] == [NEW]
    assert is_in(browser)  # asking changes nothing
    confirm(app)
    assert not is_in(browser)
    assert not is_in(sign_in(app, member, member.email))
    assert is_in(sign_in(app, member, NEW))


def test_opening_the_link_changes_nothing_and_it_works_once(app: Flask, member: Member) -> None:
    ask(sign_in(app, member, member.email))
    link = path_of(mails(app, "accounts/new_address")[-1]["link"])
    page = Browser(app).get(link)
    with app.app_context():
        assert user_by_email(member.email) is not None
    page.submit(button="Use this address")
    assert Browser(app).get(link).status == 410


@pytest.mark.both
def test_the_old_address_takes_it_back_and_every_sign_in_ends(app: Flask, member: Member) -> None:
    """Holds sec_A12."""
    ask(sign_in(app, member, member.email))
    confirm(app)
    thief = sign_in(app, member, NEW)
    assert is_in(thief)
    told = mails(app, "accounts/address_changed")[-1]
    assert told["to_address"] == member.email
    page = Browser(app).get(path_of(told["link"])).submit(button="Take it back")
    assert "/sign-in/new-password" in page.url
    assert not is_in(thief)
    assert not is_in(sign_in(app, member, NEW))
    assert is_in(sign_in(app, member, member.email))


def test_it_can_be_taken_back_also_after_the_password_was_changed(
    app: Flask, member: Member
) -> None:
    """Holds sec_C5."""
    ask(sign_in(app, member, member.email))
    confirm(app)
    Browser(app).get("/sign-in/new-password").submit({"email": NEW})
    link = path_of(mails(app, "accounts/new_password")[-1]["link"])
    other = "nine lanterns under the bridge"
    Browser(app).get(link).submit({"password": other, "password_again": other})
    undo = path_of(mails(app, "accounts/address_changed")[-1]["link"])
    Browser(app).get(undo).submit(button="Take it back")
    with app.app_context():
        assert user_by_email(member.email) is not None
        assert user_by_email(NEW) is None


def test_an_address_of_somebody_else_gets_no_link_and_the_same_answer(
    app: Flask, member: Member
) -> None:
    browser = sign_in(app, member, member.email)
    page = ask(browser, "mei@canalstreet.example")
    assert "Check your e-mail" in page.text
    assert mails(app, "accounts/new_address") == []


def test_a_second_request_or_a_new_password_puts_the_link_out_of_use(
    app: Flask, member: Member
) -> None:
    browser = sign_in(app, member, member.email)
    ask(browser)
    ask(browser, "rosa.other@canalstreet.example")
    first, second = (path_of(each["link"]) for each in mails(app, "accounts/new_address"))
    Browser(app).get(second).submit(button="Use this address")
    assert Browser(app).get(first).status == 410


def test_it_takes_a_fresh_code_and_keeps_what_was_typed(app: Flask, member: Member) -> None:
    """Holds sec_A11."""
    browser = sign_in(app, member, member.email)
    clock.travel(clock.now() + timedelta(minutes=11))
    page = ask(browser)
    assert "Once more, please" in page.text
    assert mails(app, "accounts/new_address") == []
    page.submit({"proof": member.code()}, button="Go on")
    assert len(mails(app, "accounts/new_address")) == 1


def test_what_is_no_address_is_refused_and_stays(app: Flask, member: Member) -> None:
    page = ask(sign_in(app, member, member.email), "rosa at home")
    assert page.status == 422
    assert 'value="rosa at home"' in page.text
