"""The owner learns who did and saw what about a patient, after a fresh code; nobody else does."""

import csv
import io
from datetime import timedelta
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select

from booking.access.policy import STRANGER, Actor
from booking.audit import actions as audit
from booking.audit.models import AuditRow
from booking.audit.rules.event import Event
from booking.audit.rules.patients import RecordOpened
from booking.core import clock
from booking.core.db import session, transaction
from booking.patients.models import Patient
from booking.rights.views.deeds import DEEDS
from tests.conftest import Cast
from tests.factories import Clinic, make_appointment, make_patient

# What is recorded of the clinic, of staff, of sign-ins and of lists: never about one patient.
NOT_OF_PATIENTS = {
    *("absence:noted", "access:refused", "alarm:many-records", "audit:verified"),
    *("account:address-changed", "account:confirmed", "account:invitation", "account:joined"),
    *("account:locked", "account:passkey", "account:password-changed", "account:refused"),
    *("account:roles", "account:second-factor-set", "account:signed-in", "account:signed-out"),
    *("account:signed-out-by-owner", "account:signed-out-elsewhere", "account:stopped"),
    *("account:way-in", "backup:made", "backup:mail-let-out", "backup:restored"),
    *("calendar:access", "clinic:changed", "closure:changed", "conversation:listed"),
    *("credential:changed", "forms:listed", "hours:changed", "hours:visits-listed"),
    *("intake:questions", "keys:changed", "offers:measured", "patient:emergencies-listed"),
    *("patients:duplicates", "patients:searched", "reading:handed-over", "requests:listed"),
    *("retention:kept-to", "retention:unfinished", "today:opened", "waiting:listed"),
    *("worklist:opened",),
}


@pytest.fixture
def visit(app: Flask, clinic: Clinic) -> dict[str, str]:
    with app.app_context(), transaction():
        row = make_appointment(clinic)
        record = session().get_one(Patient, row.patient_id).public_id
        other = make_patient("Other Person", "other@example.org").public_id
        return {"visit": str(row.public_id), "record": str(record), "other": str(other)}


@pytest.mark.both
def test_the_owner_sees_who_opened_a_visit(app: Flask, cast: Cast, visit: dict[str, str]) -> None:
    """Holds sec_H3."""
    cast["reception"].get(f"/visits/{visit['visit']}")
    page = cast["owner"].get(f"/records/{visit['record']}/openings")
    assert page.status == 200
    assert "Opened the visit" in page.text
    assert "Dana" in page.text
    file = cast["owner"].client.get(f"/records/{visit['record']}/openings.csv")
    rows = list(csv.reader(io.StringIO(file.text)))
    assert [row[2] for row in rows[1:]] == ["audit:listed", "visit:opened"]
    assert "attachment" in file.headers["Content-Disposition"]
    assert rows[0][4:] == ["role", "session", "network", "request"]
    assert [row[4] for row in rows[1:]] == ["owner", "reception"]
    assert all(row[5] and len(row[6]) == 16 and len(row[7]) == 16 for row in rows[1:])
    with app.app_context():
        tags = session().scalars(select(AuditRow.tag).order_by(AuditRow.id)).all()
    assert tags[-2:] == ["audit:listed", "audit:listed"]


def test_another_patients_openings_stay_out(cast: Cast, visit: dict[str, str]) -> None:
    cast["reception"].get(f"/visits/{visit['visit']}")
    page = cast["owner"].get(f"/records/{visit['other']}/openings")
    assert "Opened the visit" not in page.text


@pytest.mark.parametrize("file", ["openings", "openings.csv"])
def test_it_takes_a_code_not_older_than_ten_minutes(
    cast: Cast, visit: dict[str, str], file: str
) -> None:
    """Holds sec_A11."""
    owner = cast["owner"]
    where = f"/records/{visit['record']}/{file}"
    assert owner.client.get(where).status_code == 200
    clock.travel(clock.now() + timedelta(minutes=11))
    answer = owner.client.get(where)
    assert answer.status_code == 303
    assert answer.headers["Location"].startswith("/sign-in/again?next=/records/")


@pytest.mark.parametrize("who", ["reception", "mei"])
def test_nobody_else_does(cast: Cast, visit: dict[str, str], who: str) -> None:
    assert cast[who].get(f"/records/{visit['record']}/openings").status == 403


def test_whatever_is_recorded_about_a_patient_has_words() -> None:
    """Holds sec_H3."""
    tags = {each.tag for each in Event.__subclasses__()}
    assert set(DEEDS) | NOT_OF_PATIENTS == tags
    assert not set(DEEDS) & NOT_OF_PATIENTS


def test_who_did_it_is_told_in_words(
    app: Flask, cast: Cast, clinic: Clinic, visit: dict[str, str]
) -> None:
    with app.app_context(), transaction():
        number = (
            session()
            .scalars(select(Patient.id).where(Patient.public_id == UUID(visit["record"])))
            .one()
        )
        for by in (None, STRANGER, Actor(person_id=3), Actor(user_id=clinic.mei_user)):
            audit.record(RecordOpened(patient_id=number), by=by, at=clock.now())
    text = cast["owner"].get(f"/records/{visit['record']}/openings").text
    for who in ("by itself", "the patient", "Mei Tan"):
        assert f", {who}" in text
    assert "system" not in text
    assert "person:" not in text
