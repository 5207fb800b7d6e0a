"""Paper, forced colours, dark and calm: what style sheets promise beside the ordinary screen."""

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Page

from booking.core.db import transaction
from tests.e2e.conftest import Screen
from tests.factories import MONDAY_10AM, Clinic, make_appointment, make_patient

pytestmark = pytest.mark.browser

MONDAY = "/day?date=2027-07-05"
LONG = "Wilhelmina Featherstonehaugh-Cholmondeley"


def seen(page: Page, selector: str) -> int:
    return page.locator(f"{selector} >> visible=true").count()


def style(page: Page, selector: str, name: str) -> Any:
    return page.locator(selector).first.evaluate(f"e => getComputedStyle(e).{name}")


@pytest.fixture
def visit(app: Flask, clinic: Clinic) -> None:
    with app.app_context(), transaction():
        make_appointment(clinic)


def test_the_day_sheet_prints_visits_in_words_and_nothing_else(screen: Screen, visit: None) -> None:
    page = screen(MONDAY, who="reception", width=1440, color_scheme="dark")
    assert seen(page, ".rail") == seen(page, ".bar .seg") == 1
    page.emulate_media(media="print")
    assert seen(page, ".rail, .bar .seg, .bar .step, .free, .nowline, .hours, button") == 0
    assert "Amara Osei" in page.locator(".appt >> visible=true").first.inner_text()
    assert "booked" in page.locator(".appt >> visible=true").first.inner_text()
    # One practitioner a page, black on white also where the screen is dark.
    assert style(page, ".col", "breakAfter") == "page"
    assert style(page, "body", "backgroundColor") == "rgb(255, 255, 255)"
    assert style(page, ".appt b", "color") == "rgb(0, 0, 0)"


def test_forced_colours_still_show_what_is_chosen(screen: Screen) -> None:
    page = screen("/book", forced_colors="active")
    page.locator(".pick-row").first.click()
    page.locator(".week a").last.click()
    page.wait_for_selector(".days [aria-current]")
    chosen, other = ".days a[aria-current]", ".days a:not([aria-current])"
    assert style(page, chosen, "backgroundColor") != style(page, other, "backgroundColor")
    assert style(page, chosen, "color") != style(page, chosen, "backgroundColor")
    staff = screen(MONDAY, who="mei", width=1440, forced_colors="active")
    here, there = ".rail li a[aria-current]", ".rail li a:not([aria-current])"
    assert style(staff, here, "backgroundColor") != style(staff, there, "backgroundColor")
    assert style(staff, here, "color") != style(staff, here, "backgroundColor")


def test_dark_pages_are_dark_and_more_contrast_gives_more(screen: Screen) -> None:
    light, dark = screen("/book"), screen("/book", color_scheme="dark")
    assert style(light, "body", "backgroundColor") == "rgb(244, 247, 243)"
    assert style(dark, "body", "backgroundColor") == "rgb(19, 27, 38)"
    strong = screen("/book", contrast="more")
    assert style(light, ".lede", "color") != style(light, "h1", "color")
    assert style(strong, ".lede", "color") == style(strong, "h1", "color")


def test_nothing_moves_for_those_who_ask_for_calm(screen: Screen) -> None:
    calm = screen("/", reduced_motion="reduce")
    assert set(style(calm, ".btn", "transitionDuration").split(", ")) == {"0s"}
    assert "0s" not in style(screen("/"), ".btn", "transitionDuration").split(", ")


def test_focus_is_always_visible_and_never_covered(screen: Screen) -> None:
    """Tab through the page of times: each stop has a ring and is what stands at its middle."""
    page = screen("/book")
    page.locator(".pick-row").first.click()
    page.wait_for_load_state()
    stops = 0
    for _press in range(60):
        page.keyboard.press("Tab")
        stop = page.evaluate(
            """() => {
              const e = document.activeElement;
              if (!e || e === document.body) return null;
              const box = e.getBoundingClientRect();
              const top = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
              const on = e.contains(top) || top && top.contains(e);
              return {ring: getComputedStyle(e).outlineStyle, on, what: e.outerHTML.slice(0, 90)};
            }"""
        )
        if stop is None:
            break
        stops += 1
        assert stop["ring"] == "solid", stop
        assert stop["on"], stop
    assert stops > 10


CLIPPED = """() => [...document.querySelectorAll('.appt')]
  .filter(block => block.scrollHeight > block.clientHeight + 1)
  .map(block => block.innerText)"""


@pytest.mark.parametrize(
    ("place", "width", "name"),
    [
        (MONDAY, 900, LONG),
        (MONDAY, 1024, LONG),
        (MONDAY, 1201, LONG),
        (MONDAY, 1440, LONG),
        ("/day/rooms?date=2027-07-05", 1440, LONG),
        ("/week?date=2027-07-05", 1440, "Wilhelmina Featherstone"),
    ],
)
def test_no_word_of_a_visit_is_cut_off_on_the_board(
    screen: Screen, app: Flask, clinic: Clinic, place: str, width: int, name: str
) -> None:
    with app.app_context(), transaction():
        long_name = make_patient(name, "w@example.org")
        for hour, minutes, person in ((0, 60, None), (2, 45, long_name)):
            starts = MONDAY_10AM + timedelta(hours=hour)
            make_appointment(
                clinic,
                starts_at=starts,
                ends_at=starts + timedelta(minutes=minutes),
                **({"patient_id": person.id} if person else {}),
            )
    page = screen(place, who="reception", width=width)
    assert page.locator(".appt a").count() == 2
    assert page.evaluate(CLIPPED) == []
