"""Invitation, set-up and sign-in in a real browser, at phone and desk width."""

import re

import pyotp
import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from booking.core import clock
from booking.core.db import transaction
from tests.accounts.conftest import PASSWORD, Member, mails, path_of
from tests.accounts.conftest import member as member  # a fixture
from tests.e2e.conftest import Screen
from tests.e2e.looking import problems
from tests.factories import make_patient

pytestmark = pytest.mark.browser

BOTH = (390, 1440)


def press(page: Page, words: str) -> None:
    page.get_by_role("button", name=words, exact=True).click()


def test_an_invited_practitioner_sets_herself_up(screen: Screen, app: Flask) -> None:
    owner = screen("/people", who="owner")
    press(owner, "Send the invitation")
    assert problems(owner, widths=BOTH) == []
    owner.get_by_label("Name", exact=True).fill("Noor Haddad")
    owner.get_by_label("E-mail address").fill("noor@canalstreet.example")
    owner.get_by_label("Reception").check()
    press(owner, "Send the invitation")
    expect(owner.get_by_role("heading", name="Noor Haddad")).to_be_visible()
    assert problems(owner, widths=BOTH) == []

    page = screen(path_of(mails(app, "accounts/staff_invite")[-1]["link"]))
    page.get_by_label("New password").fill("acupuncture2026!")
    page.get_by_label("The same password again").fill("acupuncture2026!")
    press(page, "Continue")
    assert "“acupuncture”" in page.locator(".errors").inner_text()
    assert problems(page, widths=BOTH) == []
    page.get_by_label("New password").fill(PASSWORD)
    page.get_by_label("The same password again").fill(PASSWORD)
    press(page, "Continue")

    expect(page.get_by_role("heading", name="Now your phone")).to_be_visible()
    assert problems(page, widths=BOTH) == []
    # A camera needs sharp squares: no lines round them.
    strokes = page.evaluate(
        "[...document.querySelectorAll('svg[role=img] *')].map(e => getComputedStyle(e).stroke)"
    )
    assert strokes == ["none", "none"]
    secret = page.locator("main code").inner_text().replace(" ", "")
    page.get_by_label("Code").fill(pyotp.TOTP(secret).at(clock.now()))
    press(page, "Continue")
    assert page.locator("main code").count() == 8
    assert problems(page, widths=BOTH) == []


def test_signing_in_takes_password_and_code(screen: Screen, app: Flask, member: Member) -> None:
    page = screen("/sign-in")
    page.get_by_label("E-mail address").fill(member.email)
    page.get_by_label("Password").fill("not the right one")
    press(page, "Continue")
    assert page.get_by_label("E-mail address").input_value() == member.email
    assert problems(page, widths=BOTH) == []
    page.get_by_label("Password").fill(PASSWORD)
    press(page, "Continue")
    page.get_by_label("Code").fill("000000")
    press(page, "Sign in")
    expect(page).to_have_title(re.compile(r"^Error: "))
    assert problems(page, widths=BOTH) == []
    page.get_by_role("link", name="I don't have my phone").click()
    assert problems(page, widths=BOTH) == []
    page.get_by_role("link", name="Back").click()
    page.get_by_label("Code").fill(member.code())
    press(page, "Sign in")
    page.goto("/sign-in")
    assert "/sign-in" not in page.url


def test_five_wrong_codes_are_answered_kindly(screen: Screen, app: Flask, member: Member) -> None:
    page = screen("/sign-in")
    page.get_by_label("E-mail address").fill(member.email)
    page.get_by_label("Password").fill(PASSWORD)
    press(page, "Continue")
    for _ in range(5):
        page.get_by_label("Code").fill("000000")
        press(page, "Sign in")
    expect(page.get_by_role("heading", name="Please begin again")).to_be_visible()
    assert problems(page, widths=BOTH) == []
    page.get_by_label("E-mail address").fill(member.email)
    page.get_by_label("Password").fill(PASSWORD)
    press(page, "Continue")
    page.get_by_label("Code").fill("000000")
    press(page, "Sign in")
    expect(page.get_by_role("heading", name="Please wait a little")).to_be_visible()
    assert problems(page, widths=BOTH) == []


def test_a_patient_comes_in_by_a_mailed_link(screen: Screen, app: Flask, site: str) -> None:
    with app.app_context(), transaction():
        make_patient()
    page = screen("/my/sign-in")
    assert problems(page, widths=BOTH) == []
    page.get_by_label("The name you booked with").fill("Amara Osei")
    page.get_by_label("E-mail address").fill("amara@example.org")
    press(page, "Send me a link")
    assert problems(page, widths=BOTH) == []
    page.goto(path_of(mails(app, "accounts/sign_in_link")[-1]["link"]))
    assert problems(page, widths=BOTH) == []
    press(page, "Show my appointments")
    page.goto("/privacy")
    press(page, "Sign out of this browser")
    expect(page.get_by_role("heading", name="You are signed out")).to_be_visible()
    assert problems(page, widths=BOTH) == []


def test_the_end_of_a_session_is_told_two_minutes_before(screen: Screen) -> None:
    """Holds sec_B3."""
    page = screen("/privacy", who="owner")
    page.clock.install()
    page.reload()
    note = page.get_by_role("alert")
    page.clock.fast_forward("12:30")
    expect(note).to_be_hidden()
    page.clock.fast_forward("01:00")
    note.wait_for(state="visible")
    assert problems(page, widths=BOTH) == []
    press(page, "Stay signed in")
    note.wait_for(state="hidden")
