"""The audit only grows, and a change anywhere shows."""

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from booking.access.policy import STRANGER, Actor
from booking.audit import actions
from booking.audit.rules import AppointmentBooked
from booking.core.db import session, transaction
from tests.factories import NOW

pytestmark = pytest.mark.both


def write(app: Flask, count: int) -> None:
    with app.app_context(), transaction():
        for number in range(count):
            actions.record(
                AppointmentBooked(appointment_id=number, patient_id=1),
                by=Actor(user_id=7) if number % 2 else STRANGER,
                at=NOW,
            )


def test_a_chain_of_many_rows_is_whole(app: Flask) -> None:
    write(app, 5)
    write(app, 5)
    with app.app_context():
        assert actions.verify() is None
        assert session().scalar(text("SELECT count(*) FROM audit")) == 10


@pytest.mark.parametrize("change", ["UPDATE audit SET actor = 'user:9'", "DELETE FROM audit"])
def test_the_database_refuses_to_change_or_delete(app: Flask, change: str) -> None:
    write(app, 1)
    with app.app_context(), pytest.raises(DBAPIError, match="audit_append_only"), transaction():
        session().execute(text(change))


def test_a_row_changed_behind_the_databases_back_is_found(app: Flask, database_kind: str) -> None:
    write(app, 3)
    off = {
        "sqlite": "DROP TRIGGER audit_no_update",
        "postgresql": "ALTER TABLE audit DISABLE TRIGGER audit_append_only",
    }
    with app.app_context():
        with transaction():
            session().execute(text(off[database_kind]))
            session().execute(text("UPDATE audit SET actor = 'user:9' WHERE id = 2"))
        assert actions.verify() == 2
