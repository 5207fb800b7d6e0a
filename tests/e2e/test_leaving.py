"""A kept time and its page in a real browser: left, loaded again, gone on from."""

from datetime import timedelta

import pytest
from flask import Flask
from playwright.sync_api import Page, expect
from sqlalchemy import select

from booking.appointments.models import Hold
from booking.core import clock
from booking.core.db import db, session
from tests.e2e.conftest import Screen
from tests.e2e.looking import problems

pytestmark = pytest.mark.browser


def left(app: Flask) -> timedelta:
    """How long the one kept time stays."""
    with app.app_context():
        ends = session().scalars(select(Hold.expires_at)).one()
        db.session.remove()
    return ends - clock.now()


def kept(screen: Screen) -> Page:
    page = screen("/book")
    page.get_by_role("link", name="60 minutes").click()
    page.locator("button.slot").first.click()
    expect(page.get_by_text("We are keeping this time")).to_be_visible()
    return page


def soon(app: Flask, page: Page, *, short: bool) -> None:
    """Wait until what the script sent has arrived."""
    for _more in range(50):
        if (left(app) < timedelta(minutes=2)) is short:
            return
        page.wait_for_timeout(100)
    raise AssertionError(left(app))


def test_leaving_the_site_gives_the_time_back_soon_and_loading_again_keeps_it(
    screen: Screen, app: Flask
) -> None:
    page = kept(screen)
    page.goto("about:blank")
    soon(app, page, short=True)
    page.go_back()
    soon(app, page, short=False)
    page.reload()
    page.wait_for_timeout(300)
    soon(app, page, short=False)
    expect(page.get_by_text("We are keeping this time")).to_be_visible()


def test_going_on_to_the_next_page_is_not_leaving(screen: Screen, app: Flask) -> None:
    page = kept(screen)
    page.get_by_label("Your name").fill("Amara Osei")
    page.get_by_label("E-mail address").fill("amara@example.org")
    page.get_by_label("Mobile number").fill("07700 900123")
    page.locator("main button.btn", has_text="Continue").click()
    expect(page.get_by_role("heading", name="Is everything right?")).to_be_visible()
    page.get_by_role("link", name="Change name").click()
    expect(page.get_by_role("heading", name="Who is coming?")).to_be_visible()
    page.wait_for_timeout(300)
    assert left(app) > timedelta(minutes=8)


def test_the_pages_of_a_series_are_accessible(screen: Screen) -> None:
    page = screen("/book")
    page.get_by_role("link", name="60 minutes").click()
    page.get_by_role("link", name="Book several visits together").click()
    assert problems(page) == []
    page.get_by_label("Tuesday").check()
    page.get_by_role("button", name="Show what is free").click()
    expect(page.get_by_role("button", name="Keep these times")).to_be_visible()
    assert problems(page) == []
