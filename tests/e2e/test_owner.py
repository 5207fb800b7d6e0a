"""The owner's day in a real browser: without a script, by keyboard alone, and as pages look."""

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from booking.clinic.models import Service
from booking.core.db import session
from tests.e2e.conftest import Screen
from tests.e2e.looking import WIDTHS, problems
from tests.factories import Clinic

pytestmark = pytest.mark.browser

OWNERS = (
    "/set-up",
    "/settings",
    "/settings/help",
    "/places",
    "/services",
    "/treating",
    "/wording/confirmation",
    "/pages/terms",
    "/proof",
    "/reports",
    "/people",
)
OPEN = ("/guide", "/prices", "/terms")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_owners_and_the_open_pages_are_accessible(
    screen: Screen, request: pytest.FixtureRequest, scheme: str
) -> None:
    """Light as narrow as can be, dark as wide; with --long both at every width."""
    short = WIDTHS[-1:] if scheme == "dark" else WIDTHS[:1]
    widths = WIDTHS if request.config.getoption("--long") else short
    for who, paths in (("owner", OWNERS), ("", OPEN)):
        page = screen(paths[0], who=who, color_scheme=scheme)
        for path in paths:
            page.goto(path)
            assert problems(page, widths=widths) == []


def press_until(page: Page, words: str) -> None:
    """Go on with the tab key until what has the focus says `words`, as long as it takes."""
    for _step in range(90):
        page.keyboard.press("Tab")
        told = page.evaluate(
            "() => { const e = document.activeElement;"
            " return (e.labels && e.labels[0] ? e.labels[0].textContent : e.textContent).trim() }"
        )
        if told.startswith(words):
            return
    raise AssertionError(f"the tab key never reaches {words!r} on {page.url}")


def enter(page: Page) -> None:
    with page.expect_navigation():
        page.keyboard.press("Enter")


def test_the_owners_day_by_keyboard_without_a_script(
    app: Flask, clinic: Clinic, screen: Screen
) -> None:
    page = screen("/proof", who="owner")
    page.route("**/*.js", lambda route: route.abort())
    page.goto("/proof")
    press_until(page, "Check the record and measure now")
    enter(page)
    expect(page.get_by_text("Found whole")).to_be_visible()

    press_until(page, "Services")
    enter(page)
    expect(page.get_by_role("heading", level=1)).to_have_text("Services")
    press_until(page, "Change First visit")
    enter(page)
    press_until(page, "Name for the outside")
    page.keyboard.press("Control+A")
    page.keyboard.type("Fertility hour")
    enter(page)
    expect(page.locator(":focus")).to_contain_text("without “fertility”")
    press_until(page, "Others may read this")  # the summary leads to the field
    enter(page)
    page.keyboard.press("Control+A")
    page.keyboard.type("Appointment, one hour")
    enter(page)
    expect(page.get_by_role("heading", level=1)).to_have_text("Services")
    with app.app_context():
        row = session().get_one(Service, clinic.first_visit)
        assert row.outward_name == "Appointment, one hour"

    press_until(page, "Settings")
    enter(page)
    press_until(page, "Messages")
    enter(page)
    press_until(page, "Reminder")
    enter(page)
    press_until(page, "A sentence before")
    page.keyboard.type("We look forward to seeing you.")
    enter(page)
    expect(page.get_by_text("We look forward to seeing you.").last).to_be_visible()

    press_until(page, "Reports")
    enter(page)
    expect(page.get_by_role("img").first).to_be_visible()
    press_until(page, "As a file")
    with page.expect_download() as kept:
        page.keyboard.press("Enter")
    assert kept.value.suggested_filename == "figures-practitioners.csv"
