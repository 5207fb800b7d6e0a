"""Everybody sees where she is signed in and ends the rest; new browsers are told."""

from datetime import timedelta

import pytest
from flask import Flask

from booking.accounts import actions
from booking.accounts.rules import browser_words
from booking.core import clock
from booking.core.db import transaction
from tests.accounts.conftest import PASSWORD, Member, mails
from tests.browser import Browser
from tests.conftest import sign_in_with
from tests.factories import make_patient

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


def sign_in(browser: Browser, member: Member) -> None:
    first = browser.get("/sign-in").submit({"email": member.email, "password": PASSWORD})
    first.submit({"code": member.code()})
    clock.travel(clock.now() + timedelta(seconds=61))  # the next code


def is_in(browser: Browser) -> bool:
    return browser.client.get("/sign-ins").status_code == 200


@pytest.mark.both
def test_signing_out_elsewhere_ends_every_other_sign_in_at_once(app: Flask, member: Member) -> None:
    """Holds sec_B4."""
    here, there = Browser(app), Browser(app)
    sign_in(there, member)
    sign_in(here, member)
    assert here.get("/sign-ins").text.count("Signed in on") == 2
    page = here.get("/sign-ins").submit(button="Sign out everywhere else")
    assert "You are signed in nowhere else." in page.text
    assert is_in(here)
    assert not is_in(there)


def test_one_persons_list_and_button_do_not_reach_anothers(
    app: Flask, member: Member, cast
) -> None:
    other = cast["mei"]
    assert is_in(other)
    here = Browser(app)
    sign_in(here, member)
    assert here.get("/sign-ins").text.count("Signed in on") == 1
    token = here.get("/sign-ins")
    assert "Sign out everywhere else" not in token.text
    here.client.post("/sign-ins")
    assert is_in(other)


def test_patients_have_it_too(app: Flask, clinic) -> None:
    browsers = [Browser(app), Browser(app)]
    with app.app_context(), transaction():
        person = make_patient().resource_id
        tokens = [actions.start_person_session(person, now=clock.now()) for _one in browsers]
    for browser, token in zip(browsers, tokens, strict=True):
        sign_in_with(browser, token)
    browsers[0].get("/sign-ins").submit(button="Sign out everywhere else")
    assert is_in(browsers[0])
    assert not is_in(browsers[1])


def test_a_new_browser_is_told_once_and_a_known_one_never(app: Flask, member: Member) -> None:
    """Holds sec_A12."""
    browser = Browser(app)
    browser.client.environ_base["HTTP_USER_AGENT"] = FIREFOX
    sign_in(browser, member)
    assert [each["browser"] for each in mails(app, "accounts/new_browser")] == ["Firefox, Linux"]
    browser.get("/sign-ins")
    browser.client.post("/sign-out", data={"csrf_token": token_of(browser)})
    sign_in(browser, member)
    assert len(mails(app, "accounts/new_browser")) == 1
    sign_in(Browser(app), member)
    assert len(mails(app, "accounts/new_browser")) == 2


def token_of(browser: Browser) -> str:
    import re

    found = re.search(r'name="csrf_token" value="([^"]+)"', browser.get("/sign-ins").text)
    assert found
    return found[1]


def test_a_code_once_more_makes_a_sign_in_fresh_again(app: Flask, member: Member) -> None:
    browser = Browser(app)
    sign_in(browser, member)
    before = browser.client.get_cookie("session").value
    asked = browser.get("/sign-in/again?next=/sign-ins")
    assert asked.submit({"code": "000000"}).status == 422
    assert browser.get("/sign-in/again?next=/sign-ins").submit({"code": member.code()}).url == (
        "/sign-ins"
    )
    thief = Browser(app)
    thief.client.set_cookie("session", before)
    assert not is_in(thief)


def test_a_code_once_more_leads_to_our_own_pages_only(app: Flask, member: Member) -> None:
    browser = Browser(app)
    sign_in(browser, member)
    page = browser.get("/sign-in/again?next=//evil.example/x")
    fields = {**dict(page.form(having="code").fields), "code": member.code()}
    answer = browser.client.post("/sign-in/again", data=fields)
    assert answer.headers["Location"] == "/staff"


def test_a_patient_signs_in_again_by_mail(app: Flask, clinic) -> None:
    browser = Browser(app)
    with app.app_context(), transaction():
        person = make_patient().resource_id
        token = actions.start_person_session(person, now=clock.now())
    sign_in_with(browser, token)
    assert browser.get("/sign-in/again").submit(button="Sign in again").url == "/my/sign-in"
    assert not is_in(browser)


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        (FIREFOX, "Firefox, Linux"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Safari/604.1", "Safari, iPhone"),
        ("Mozilla/5.0 (Windows NT 10.0) Chrome/150 Safari/537.36 Edg/150", "Edge, Windows"),
        ("curl/8", ""),
        ("", ""),
    ],
)
def test_browsers_are_named_coarsely(agent: str, words: str) -> None:
    assert browser_words(agent) == words
