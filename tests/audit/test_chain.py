"""The audit only grows, and a change anywhere shows."""

from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from booking.access.policy import STRANGER, Actor
from booking.audit import actions
from booking.audit.models import AuditRow
from booking.audit.rules.visits import AppointmentBooked
from booking.core.db import session, transaction
from tests.conftest import Cast
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
    """Holds sec_H2."""
    write(app, 1)
    with app.app_context(), pytest.raises(DBAPIError, match="audit_append_only"), transaction():
        session().execute(text(change))


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE audit SET actor = 'user:9' WHERE id = 2",
        """UPDATE audit SET origin = '{"role": "owner"}' WHERE id = 2""",
    ],
)
def test_a_row_changed_behind_the_databases_back_is_found(
    app: Flask, database_kind: str, change: str
) -> None:
    """Holds sec_H2."""
    write(app, 3)
    off = {
        "sqlite": "DROP TRIGGER audit_no_update",
        "postgresql": "ALTER TABLE audit DISABLE TRIGGER audit_append_only",
    }
    with app.app_context():
        with transaction():
            session().execute(text(off[database_kind]))
            session().execute(text(change))
        assert actions.verify() == 2


def test_a_row_says_with_which_part_in_which_sign_in_and_from_where(app: Flask, cast: Cast) -> None:
    """Addresses are kept as keyed marks: one for each, and readable in none. Holds sec_H1."""
    desk = cast["reception"].client
    here = [{"REMOTE_ADDR": address} for address in ("192.0.2.7", "192.0.2.7", "192.0.2.8")]
    for environ in here:
        assert desk.get("/day", environ_base=environ).status_code == 200
    with app.app_context():
        rows = session().scalars(select(AuditRow).where(AuditRow.tag == "day:opened")).all()
        told = [row.origin or {} for row in rows]
        assert [each["role"] for each in told] == ["reception"] * 3
        assert len({each["session"] for each in told}) == 1
        assert len({each["request"] for each in told}) == 3
        first, same, other = (each["network"] for each in told)
        assert first == same != other
        assert "192.0.2" not in str(told)
        assert actions.verify() is None


def test_a_refusal_is_recorded_with_the_page_and_what_it_was_about(app: Flask, cast: Cast) -> None:
    """Whose page it is, and that something is not there for her, look the same to her only.

    Holds sec_H1.
    """
    missing = uuid4()
    assert cast["reception"].get("/people").status == 403
    assert cast["ines"].get(f"/visits/{missing}").status == 404
    assert cast["stranger"].get(f"/visits/{missing}").url.startswith("/sign-in")
    with app.app_context():
        rows = session().scalars(select(AuditRow).where(AuditRow.tag == "access:refused")).all()
        told = [(row.details["page"], row.details["about"], row.details["status"]) for row in rows]
        assert [(row.origin or {}).get("role") for row in rows] == ["reception", "practitioner"]
    assert told[0] == ("accounts.people", "", 403)
    assert told[1][1:] == (str(missing), 404)


def test_what_the_product_does_by_itself_comes_from_nowhere(app: Flask) -> None:
    with app.app_context(), transaction():
        actions.record(AppointmentBooked(appointment_id=1, patient_id=1), by=None, at=NOW)
        assert session().scalars(select(AuditRow)).one().origin is None
