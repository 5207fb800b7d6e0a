"""How many questions offers cost, on the benchmark's clinic: docs/performance.md, target 9.

The day board's and the queue's are counted beside their pages.
"""

from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial

import pytest
from flask import Flask

from booking.appointments.rules import Slot, slot_text
from booking.availability import queries as availability
from booking.cli.bench import clinic
from booking.cli.bench.alone import counted
from booking.cli.bench.clinic import Made, Size
from booking.clinic.models import Service
from booking.core.db import db, session
from tests.browser import Browser

pytestmark = pytest.mark.both


@pytest.fixture
def made(app: Flask, at: Callable[..., None]) -> Iterator[Made]:
    """Twenty practitioners and three thousand visits."""
    at(clinic.NOW)
    with app.app_context():
        found = clinic.make(Size(practitioners=20))
        db.session.remove()
        yield found
        db.session.remove()


def asked(app: Flask, ask: Callable[[], object]) -> int:
    with counted(app) as statements:
        ask()
    return len(statements)


def test_offers_take_four_queries_whatever_the_number_of_people_and_days(
    app: Flask, made: Made
) -> None:
    now = clinic.NOW

    def month(givers: int, days: int) -> int:
        service, end = made.services[givers].id, now + timedelta(days=days)
        known = partial(availability.schedule, service, start=now, end=end, now=now)
        return asked(app, lambda: list(known().offers()))

    def first(givers: int) -> int:
        service = session().get_one(Service, made.services[givers].id)
        return asked(app, partial(availability.first_offer, service, now=now))

    # What is taken is asked once and remembered while it stays so: later ones cost less.
    few, many = ([month(n, days) for days in (90, 31, 7, 1)] + [first(n)] for n in (1, 20))
    assert few == many
    assert max(many) <= 4


def test_a_time_not_to_be_had_is_said_at_the_same_cost_whatever_the_number_of_people(
    app: Flask, made: Made
) -> None:
    who, night = made.staff[0], clinic.NOW + timedelta(days=1, hours=-4)
    slot = slot_text(Slot(who.public_id, who.location_public_id, night))
    browser = Browser(app)
    token = dict(browser.get("/sign-in/new-password").forms[-1].fields)["csrf_token"]

    def press(givers: int) -> int:
        answers = []
        times = f"/book/{made.services[givers].public_id}/times"
        send = partial(browser.post, times, {"csrf_token": token, "slot": slot})
        statements = asked(app, lambda: answers.append(send()))
        assert [answer.status for answer in answers] == [422]
        return statements

    for givers in (1, 20):
        press(givers)  # what is remembered is from here on
    assert press(1) == press(20)
