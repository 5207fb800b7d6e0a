"""A legal hold keeps a record from being erased, by whomever; the owner places and lifts it."""

from datetime import timedelta
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import delete, select
from sqlalchemy.exc import DBAPIError

from booking.access.policy import Actor
from booking.audit.models import AuditRow
from booking.core import clock
from booking.core.db import session, transaction
from booking.core.errors import WrongState
from booking.core.sealed import DataKey
from booking.patients.models import LegalHold, Patient
from booking.rights import actions
from booking.rights.jobs import keep_to_schedule
from tests.conftest import Cast
from tests.factories import Clinic, make_patient
from tests.house.everybody import Everybody

REASON = "The insurer's solicitor asked: claim 7"
LONG_AFTER = timedelta(days=800)


@pytest.fixture
def record(app: Flask, clinic: Clinic) -> UUID:
    with app.app_context(), transaction():
        return make_patient().public_id


def place(cast: Cast, record: UUID) -> None:
    page = cast["owner"].get(f"/records/{record}/hold")
    assert page.submit({"reason": REASON}, button="Place a hold").status == 200


def erase(app: Flask, record: UUID) -> None:
    tombstones = app.extensions["settings"].tombstones
    with app.app_context(), transaction():
        actions.erase(None, record, tombstones=tombstones, years=7, now=clock.now())


@pytest.mark.both
def test_the_owner_places_and_lifts_it_and_both_are_recorded(
    app: Flask, cast: Cast, record: UUID
) -> None:
    """Holds sec_G1."""
    place(cast, record)
    page = cast["owner"].get(f"/records/{record}/hold")
    assert REASON in page.text.replace("&#39;", "'")
    with pytest.raises(WrongState):
        erase(app, record)
    with app.app_context():
        row = session().scalars(select(LegalHold)).one()
        assert row.reason_sealed is not None
        assert b"insurer" not in row.reason_sealed
    page.submit(button="Lift the hold")
    erase(app, record)
    with app.app_context():
        rows = session().scalars(select(AuditRow).where(AuditRow.tag == "patient:legal-hold"))
        assert [row.details["what"] for row in rows] == ["placed", "lifted"]
        assert session().scalar(select(LegalHold.id)) is None


def test_a_hold_needs_a_reason(cast: Cast, record: UUID) -> None:
    page = (
        cast["owner"].get(f"/records/{record}/hold").submit({"reason": " "}, button="Place a hold")
    )
    assert page.status == 422
    assert "Say why" in page.text


def test_a_second_hold_is_refused(cast: Cast, record: UUID) -> None:
    page = cast["owner"].get(f"/records/{record}/hold")
    place(cast, record)
    assert page.submit({"reason": "again"}, button="Place a hold").status == 409


def test_it_takes_a_code_not_older_than_ten_minutes(app: Flask, cast: Cast, record: UUID) -> None:
    """Holds sec_A11."""
    page = cast["owner"].get(f"/records/{record}/hold")
    clock.travel(clock.now() + timedelta(minutes=11))
    asked = page.submit({"reason": REASON}, button="Place a hold")
    assert "code" in asked.text
    with app.app_context():
        assert session().scalar(select(LegalHold.id)) is None


@pytest.mark.both
def test_the_database_itself_keeps_the_key_of_a_held_record(
    app: Flask, cast: Cast, record: UUID
) -> None:
    """Holds sec_H5."""
    place(cast, record)
    with app.app_context(), pytest.raises(DBAPIError, match="data_key_under_hold"), transaction():
        session().execute(delete(DataKey).where(DataKey.owner_id == record))


def test_the_schedule_leaves_it_alone(app: Flask, cast: Cast, record: UUID) -> None:
    """Holds sec_H5."""
    place(cast, record)
    later = clock.now() + LONG_AFTER
    with app.app_context():
        keep_to_schedule(now=later, base_url="")
        assert session().scalars(select(Patient.name)).one() == "Amara Osei"
    with app.app_context(), transaction():
        user = session().scalars(select(LegalHold.placed_by)).one()
        actions.lift(Actor(user_id=user), record, now=later)
    with app.app_context():
        keep_to_schedule(now=later, base_url="")
        assert session().scalars(select(Patient.name)).one() == "(erased)"


def test_she_is_told_that_her_record_is_held(app: Flask, clinic: Clinic) -> None:
    everybody = Everybody(app, clinic)
    record = everybody.uuids["record"]
    with app.app_context(), transaction():
        owner = Actor(user_id=clinic.owner_user)
        actions.hold(owner, UUID(str(record)), reason=REASON, now=clock.now())
        person = session().scalars(select(Patient).where(Patient.public_id == record)).one()
        held = person.resource_id
    with app.app_context():
        from booking.rights import queries

        assert queries.kept_of_person(held, years=7, now=clock.now()).held
        told = queries.everything(held).plain()
        assert told["legal_holds"][0]["lifted_at"] is None
        assert REASON not in str(told)


def test_a_copy_that_still_has_the_hold_does_not_bring_an_erased_record_back(
    app: Flask, cast: Cast, record: UUID
) -> None:
    place(cast, record)
    with app.app_context(), transaction():
        assert actions.erase_again([record], now=clock.now()) == 1
    with app.app_context():
        assert session().scalars(select(Patient.name)).one() == "(erased)"
