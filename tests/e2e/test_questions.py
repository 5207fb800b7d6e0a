"""The questions before a visit in a real browser: every kind of page, without any script."""

import re
from collections.abc import Callable

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from booking.accounts import actions as accounts
from booking.core import clock
from booking.core.db import transaction
from tests.e2e.conftest import Screen
from tests.e2e.looking import problems
from tests.factories import Clinic, make_appointment

pytestmark = pytest.mark.browser

HERS = Callable[..., Page]


@pytest.fixture
def hers(screen: Screen, app: Flask, clinic: Clinic) -> HERS:
    """Amara's telephone at the first page of her questions."""

    def arrive(**options: object) -> Page:
        page = screen("/privacy", **options)
        with app.app_context(), transaction():
            token = accounts.start_visit_session(
                make_appointment(clinic).id, by_mail=True, now=clock.now()
            )
        signer = app.session_interface.get_signing_serializer(app)  # type: ignore[attr-defined]
        cookie = signer.dumps({"_user_id": token, "_fresh": True})
        name = app.config["SESSION_COOKIE_NAME"]
        page.context.add_cookies([{"name": name, "value": cookie, "url": page.url}])
        page.goto("/questions/")
        return page

    return arrive


def press(page: Page, words: str) -> None:
    page.get_by_role("button", name=words, exact=True).click()


def test_a_detail_shows_once_its_answer_is_chosen(hers: HERS) -> None:
    page = hers(java_script_enabled=False)
    page.get_by_role("link", name="Start").click()
    page.get_by_role("link", name="Your health").click()
    detail = page.get_by_label("What should we know about it?")
    expect(detail).to_be_hidden()
    page.locator("[name=bleed_dis][value=yes]").check()
    expect(detail).to_be_visible()
    page.locator("[name=bleed_dis][value=no]").check()
    expect(detail).to_be_hidden()


def test_an_urgent_sign_stops_her_without_a_script(hers: HERS) -> None:
    page = hers(java_script_enabled=False)
    page.get_by_role("link", name="Start").click()
    page.get_by_role("link", name="About today").click()
    page.get_by_label("Fainting, or feeling very dizzy").check()
    press(page, "Save and continue")
    expect(page.get_by_role("heading", name="Please stop here for a moment")).to_be_visible()
    assert page.get_by_role("link", name="Call 999").get_attribute("href") == "tel:999"


@pytest.mark.parametrize(("scheme", "widths"), [("light", (390, 1440)), ("dark", (320,))])
def test_every_kind_of_page_is_accessible(hers: HERS, scheme: str, widths: tuple[int, ...]) -> None:
    page, found = hers(color_scheme=scheme), []

    def look() -> None:
        page.wait_for_load_state("load")
        found.extend(problems(page, widths=widths))

    look()
    page.get_by_role("link", name="Start").click()
    look()
    page.get_by_role("link", name="About you").click()
    look()
    press(page, "Save and continue")
    expect(page).to_have_title(re.compile(r"^Error: "))
    expect(page.locator(".errors")).to_be_focused()
    look()
    page.goto(page.url.rsplit("/", 1)[0] + "/list")
    page.get_by_role("link", name="Medicines and supplements").click()
    page.get_by_label("Yes, I'll list them").check()
    press(page, "Save and continue")
    press(page, "Save and continue")
    page.get_by_label("Name on the label").fill("Iron")
    press(page, "Save and add another")
    look()
    page.goto(page.url.rsplit("/", 1)[0] + "/choices")
    expect(page.get_by_role("button", name="Allow this")).to_be_visible()
    look()
    page.goto(page.url.rsplit("/", 1)[0] + "/check")
    look()
    press(page, "Send my answers")
    look()
    press(page, "Save and leave")
    expect(page.locator(".code")).to_be_visible()
    look()
    assert not found, "\n".join(found)
