"""A patient with a visit, in a browser that came through its link."""

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import func, select

from booking.accounts import actions as accounts
from booking.core import clock
from booking.core.db import Base, db, transaction
from booking.intake.models import IntakeForm
from booking.intake.queries import answers as queries
from booking.intake.rules.answers import Answer
from booking.intake.rules.draft import Draft
from tests.appointments.conftest import Steps, steps
from tests.browser import Browser
from tests.conftest import sign_in_with
from tests.factories import Clinic, make_appointment

__all__ = ["Steps", "steps"]

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
            token = accounts.start_visit_session(visit[0], by_mail=True, now=clock.now())
        sign_in_with(browser, token)
        return browser

    return come


class Stored:
    """What the database holds of the visit's form, read afresh each time."""

    def __init__(self, app: Flask, visit_id: int) -> None:
        self.app, self.visit_id = app, visit_id

    def form(self) -> IntakeForm | None:
        with self.app.app_context():
            return queries.form_of(self.visit_id)

    def answers(self) -> dict[str, Answer]:
        with self.app.app_context():
            form = queries.form_of(self.visit_id)
            newest = queries.newest(form) if form is not None else None
            return dict(Draft.read(newest.response).answers) if newest is not None else {}

    def count(self, table: type[Base], **values: object) -> int:
        with self.app.app_context():
            wanted = select(func.count()).select_from(table).filter_by(**values)
            return db.session.scalar(wanted) or 0


@pytest.fixture
def stored(app: Flask, visit: tuple[int, str]) -> Stored:
    return Stored(app, visit[0])


@pytest.fixture
def amara(arrive: Arrive) -> Browser:
    return arrive()
