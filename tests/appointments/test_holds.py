"""How a time is kept: one press or two, while the page is open, and for whom how many."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from flask import Flask
from sqlalchemy import select

from booking.appointments.models import Hold
from booking.core.db import session
from tests.appointments.conftest import ABOUT, Steps, Stored
from tests.browser import Browser, Page
from tests.factories import NOW, Clinic

MINUTE = timedelta(minutes=1)


def twin_of(app: Flask, page: Page) -> Page:
    """The same page in the same browser, for a second press before the first is answered."""
    with page.browser.client.session_transaction() as cookie:
        kept = dict(cookie)
    twin = Browser(app)
    with twin.client.session_transaction() as cookie:
        cookie.update(kept)
    return Page(twin, page.response, page.url)


@pytest.mark.both
def test_a_double_click_on_a_time_keeps_it_once_and_nobody_took_it(
    app: Flask, browser: Browser, steps: Steps, stored: Stored
) -> None:
    page = steps.times(browser)
    pages = [page, *(twin_of(app, page) for _ in range(4))]
    start = Barrier(len(pages))

    def press(one: Page) -> Page:
        start.wait()
        return one.submit(button="10:00am")

    with ThreadPoolExecutor(len(pages)) as pool:
        answers = list(pool.map(press, pages))
    assert [(a.status, a.url) for a in answers] == [(200, "/book/about-you")] * len(pages)
    assert stored.holds() == 1
    booked = answers[-1].submit(dict(ABOUT), having="name", button="Continue")
    assert "Your visit is booked" in booked.submit(button="Book this visit").text


@pytest.mark.both
def test_a_double_click_on_a_series_keeps_it_once(
    app: Flask, browser: Browser, steps: Steps, stored: Stored
) -> None:
    page = steps.times(browser).click("Book several visits")
    page = page.submit({"count": "3", "days": ["2"]}, button="Show what is free")
    second = twin_of(app, page)
    assert page.submit(button="Keep these times").url == "/book/about-you"
    assert second.submit(button="Keep these times").url == "/book/about-you"
    assert stored.holds() == 3


def test_another_time_from_the_same_page_goes_instead_of_the_first(
    app: Flask, browser: Browser, steps: Steps, stored: Stored
) -> None:
    page = steps.times(browser)
    other = twin_of(app, page)
    page.submit(button="10:00am")
    assert other.submit(button="3:00pm").url == "/book/about-you"
    assert stored.holds() == 1


@pytest.mark.both
def test_two_buttons_of_one_page_at_one_moment_keep_one_time(
    app: Flask, browser: Browser, steps: Steps, stored: Stored
) -> None:
    page = steps.times(browser)
    pages, clocks = [page, twin_of(app, page)], ["9:00am", "3:00pm"]
    start = Barrier(2)

    def press(one: Page, words: str) -> Page:
        start.wait()
        return one.submit(button=words)

    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(press, pages, clocks))
    assert {page.status for page in answers} == {200}
    assert stored.holds() == 1


def test_a_press_of_an_old_page_after_its_time_went_back_keeps_it_anew(
    app: Flask, browser: Browser, steps: Steps, stored: Stored, at: Callable[..., None]
) -> None:
    page = steps.times(browser)
    second = twin_of(app, page)
    page.submit(button="10:00am")
    at(NOW + 11 * MINUTE)
    assert second.submit(button="10:00am").url == "/book/about-you"
    assert "We are keeping this time" in second.browser.get("/book/about-you").text


def said(browser: Browser, go: str) -> tuple[int, str]:
    """What the script sends when a page is left or open again."""
    page = browser.get("/book/about-you")
    token = dict(page.form("name").fields)["csrf_token"]
    answer = browser.client.post("/book/leaving", data={"csrf_token": token, "go": go})
    return answer.status_code, answer.get_data(as_text=True)


def end(stored: Stored) -> timedelta:
    ends = stored(lambda: session().scalars(select(Hold.expires_at)).one())
    found: timedelta = ends - NOW
    return found


def test_leaving_gives_the_time_back_soon_and_coming_back_keeps_it(
    app: Flask, browser: Browser, steps: Steps, stored: Stored, at: Callable[..., None]
) -> None:
    steps.take(browser).submit({**ABOUT, "phone": ""}, having="name", button="Continue")
    assert said(browser, "leave") == (204, "")
    assert end(stored) < 1.2 * MINUTE
    status, words = said(browser, "back")
    assert (status, words[:27]) == (200, "We are keeping this time fo")
    assert end(stored) > 9 * MINUTE
    said(browser, "leave")
    at(NOW + 3 * MINUTE)
    assert steps.take(Browser(app)).status == 200  # somebody else has it now
    assert said(browser, "back") == (204, "")
    page = browser.get("/book/about-you")
    assert "We no longer keep this time" in page.text
    assert dict(page.form("name").fields)["name"] == "Amara Osei"  # what was typed is there


def test_leaving_without_a_kept_time_is_nothing(browser: Browser, steps: Steps) -> None:
    page = steps.times(browser)
    token = dict(page.form("slot").fields)["csrf_token"]
    answer = browser.client.post("/book/leaving", data={"csrf_token": token, "go": "leave"})
    assert answer.status_code == 204


def test_one_person_keeps_three_times_at_most_in_however_many_browsers(
    app: Flask, clinic: Clinic, steps: Steps, stored: Stored
) -> None:
    answers = []
    for number, clock in enumerate(("9:00am", "10:00am", "11:00am", "1:00pm")):
        browser = Browser(app)
        browser.client.environ_base["REMOTE_ADDR"] = f"198.51.100.{number}"
        page = steps.take(browser, clock)
        answers.append(page.submit(dict(ABOUT), having="name", button="Continue"))
    assert [page.status for page in answers] == [200, 200, 200, 429]
    assert "kept under this name" in answers[-1].text
    assert dict(answers[-1].form("name").fields)["email"] == ABOUT["email"]
    other = answers[-1].submit({"name": "Noor Haddad"}, having="name", button="Continue")
    assert other.status == 200


def test_one_person_does_not_keep_two_long_series(app: Flask, steps: Steps) -> None:
    statuses = []
    for number in range(2):
        browser = Browser(app)
        browser.client.environ_base["REMOTE_ADDR"] = f"198.51.100.{number}"
        page = steps.times(browser).click("Book several visits")
        page = page.submit({"count": "8", "days": ["1"]}, button="Show what is free")
        page = page.submit(button="Keep these times")
        page = page.submit(dict(ABOUT), having="name", button="Continue")
        statuses.append(page.status)
    assert statuses == [200, 429]


def test_the_same_browser_finds_its_kept_time_again_and_goes_on(
    app: Flask, browser: Browser, steps: Steps, at: Callable[..., None]
) -> None:
    steps.checked(browser)
    for page in (browser.get("/book"), steps.times(browser)):
        assert "We are keeping Mon 5 July, 10:00am for you until 12:10pm" in page.text
    page = browser.get("/book").click("Go on with it")
    assert dict(page.form("name").fields)["name"] == "Amara Osei"
    assert "We are keeping" not in Browser(app).get("/book").text
    at(NOW + 11 * MINUTE)
    assert "We are keeping" not in browser.get("/book").text
