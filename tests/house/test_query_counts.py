"""How many questions offers cost, on the benchmark's clinic: docs/performance.md, target 9.

The day board's and the queue's are counted beside their pages.
"""

from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial

import pytest
from flask import Flask

from booking.availability import queries as availability
from booking.cli.bench import clinic
from booking.cli.bench.alone import counted
from booking.cli.bench.clinic import Made, Size
from booking.clinic.models import Service
from booking.core.db import db, session

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
