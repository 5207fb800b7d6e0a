"""A patient with a visit, in a browser that came through its link."""

from collections.abc import Callable

import pytest
from flask import Flask

from booking.accounts import actions as accounts
from booking.core import clock
from booking.core.db import transaction
from tests.browser import Browser
from tests.conftest import sign_in_with
from tests.factories import Clinic, make_appointment

Arrive = Callable[..., Browser]


@pytest.fixture
def visit(app: Flask, clinic: Clinic) -> tuple[int, str]:
    """Amara's visit: its id, and the address of its questions."""
    with app.app_context(), transaction():
        row = make_appointment(clinic)
        return row.id, f"/questions/{row.public_id}"


@pytest.fixture
def arrive(app: Flask, visit: tuple[int, str]) -> Arrive:
    """Give a new browser the session that the visit's link is traded for."""

    def come(browser: Browser | None = None) -> Browser:
        browser = browser or Browser(app)
        with app.app_context(), transaction():
            token = accounts.start_visit_session(visit[0], now=clock.now())
        sign_in_with(browser, token)
        return browser

    return come


@pytest.fixture
def amara(arrive: Arrive) -> Browser:
    return arrive()
