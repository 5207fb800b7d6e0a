"""Many at once: one time, one person, one form."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from flask import Flask

from tests.appointments.conftest import Steps, Stored
from tests.browser import Browser, Page
from tests.factories import Clinic

pytestmark = pytest.mark.both
RIVALS = 6


def together(pages: list[Page], values: dict[str, Any], button: str) -> list[Page]:
    """Send the form of every page at one moment."""
    start = Barrier(len(pages))

    def send(page: Page) -> Page:
        start.wait()
        return page.submit(values, button=button)

    with ThreadPoolExecutor(len(pages)) as pool:
        return list(pool.map(send, pages))


def test_one_time_goes_to_one_of_many(app: Flask, clinic: Clinic, stored: Stored) -> None:
    steps = Steps(app, clinic)
    pages = [steps.times(Browser(app)) for _ in range(RIVALS)]
    answers = together(pages, {}, "10:00am")
    assert sorted(page.status for page in answers) == [200] + [409] * (RIVALS - 1)
    assert stored.holds() == 1
    lost = next(page for page in answers if page.status == 409)
    assert sum("5 July" in b[2] for form in lost.forms for b in form.buttons) == 3


def test_one_person_at_many_desks_is_in_one_place(
    app: Flask, clinic: Clinic, stored: Stored
) -> None:
    steps = Steps(app, clinic)
    pages = [steps.checked(Browser(app), clock) for clock in ("10:00am", "10:15am")]
    answers = together(pages, {}, "Book this visit")
    assert sorted(page.status for page in answers) == [200, 409]
    assert len(stored.visits()) == 1
    assert len(stored.mails()) == 1


def test_one_form_sent_many_times_at_once_books_once(
    app: Flask, clinic: Clinic, stored: Stored
) -> None:
    first = Browser(app)
    page = Steps(app, clinic).checked(first)
    with first.client.session_transaction() as cookie:
        kept = dict(cookie)
    pages = []
    for _ in range(RIVALS):
        twin = Browser(app)
        with twin.client.session_transaction() as cookie:
            cookie.update(kept)
        pages.append(Page(twin, page.response, page.url))
    answers = together(pages, {}, "Book this visit")
    assert {page.status for page in answers} == {200}
    assert len({page.url for page in answers}) == 1
    assert len(stored.visits()) == 1
    assert len(stored.mails()) == 1
    assert stored.events().count("appointment:booked") == 1


def test_of_rivals_for_one_series_one_gets_all_of_it_and_the_others_nothing(
    app: Flask, clinic: Clinic, stored: Stored
) -> None:
    steps, pattern = Steps(app, clinic), {"count": "4", "days": ["1"], "after": "16:00"}
    pages = [
        steps.times(Browser(app)).click("Book several visits").submit(pattern, button="Show what")
        for _ in range(RIVALS)
    ]
    answers = together(pages, {}, "Keep these times")
    assert sorted(page.status == 200 for page in answers) == [False] * (RIVALS - 1) + [True]
    assert {page.status for page in answers} <= {200, 409, 422}
    assert stored.holds() == 4
