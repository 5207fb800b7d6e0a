"""An owner opens answers in an emergency: with a reason, for an hour, and everybody hears of it."""

import dataclasses
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from booking.access.policy import Role
from booking.accounts import actions as accounts
from booking.appointments.models import Appointment
from booking.audit.models import AuditRow
from booking.core import clock
from booking.core.db import db, session, transaction
from booking.intake.rules.answers import Answer
from booking.patients.models import Patient
from tests.accounts.conftest import mails
from tests.browser import Browser, Page
from tests.conftest import Cast, sign_in_with
from tests.factories import Clinic
from tests.intake.filled import make_sent

ANSWER = "kanarienvogel gelb"
WHY = "Collapsed in the waiting room, the ambulance asks what was taken"


@pytest.fixture
def record(app: Flask, clinic: Clinic) -> str:
    """Amara's record: a sent form before a visit with Mei."""
    with app.app_context(), transaction():
        form = make_sent(clinic, {"else": Answer(text=ANSWER)})
        return str(session().get_one(Patient, form.patient_id).public_id)


def open_it(owner: Browser, record: str, reason: str = WHY) -> Page:
    return owner.get(f"/records/{record}/emergency").submit(
        {"reason": reason}, button="Open the answers"
    )


def tags(app: Flask) -> list[tuple[str, object]]:
    with app.app_context():
        rows = session().scalars(select(AuditRow).order_by(AuditRow.id))
        return [(row.tag, row.details.get("what") or row.details.get("view")) for row in rows]


@pytest.mark.both
def test_answers_stay_closed_until_a_reason_is_given(app: Flask, cast: Cast, record: str) -> None:
    owner = cast["owner"]
    page = owner.get(f"/records/{record}/answers")
    assert page.url == f"/records/{record}/emergency"
    assert ANSWER not in page.text
    page = open_it(owner, record)
    assert ANSWER in page.text
    assert "Opened in an emergency, until" in page.text
    assert [each for each in tags(app) if each[0] in {"patient:emergency", "intake:opened"}] == [
        ("patient:emergency", "opened"),
        ("intake:opened", "emergency"),
    ]


@pytest.mark.parametrize("reason", ["", "   ", "because", "x" * 501])
def test_without_a_sentence_nothing_opens(app: Flask, cast: Cast, record: str, reason: str) -> None:
    page = open_it(cast["owner"], record, reason)
    assert page.status == 422
    assert cast["owner"].get(f"/records/{record}/answers").url.endswith("/emergency")
    assert mails(app, "rights/emergency") == []


def test_it_takes_a_fresh_code_and_ends_after_an_hour(cast: Cast, record: str) -> None:
    """Holds sec_D7."""
    owner = cast["owner"]
    now = clock.now()
    clock.travel(now + timedelta(minutes=11))
    assert "Once more, please" in open_it(owner, record).text
    clock.travel(now)
    open_it(owner, record)
    for minutes in (14, 28, 42, 56):  # looked at now and then, so that the sign-in lasts
        clock.travel(now + timedelta(minutes=minutes))
        assert ANSWER in owner.get(f"/records/{record}/answers").text
    clock.travel(now + timedelta(minutes=61))
    page = owner.get(f"/records/{record}/answers")
    assert page.url.endswith("/emergency")
    assert ANSWER not in page.text


def test_it_can_be_closed_before(cast: Cast, record: str) -> None:
    page = open_it(cast["owner"], record)
    page.submit(button="Close them now")
    assert ANSWER not in cast["owner"].get(f"/records/{record}/answers").text


def test_it_opens_one_record_to_one_person(app: Flask, cast: Cast, record: str) -> None:
    open_it(cast["owner"], record)
    with app.app_context(), transaction():
        una = accounts.join(
            name="Una Second",
            email="una@canalstreet.example",
            roles=[Role.OWNER],
            password_hash="x",
            now=clock.now(),
        )
        token = accounts.start_staff_session(una.id, second_factor=clock.now(), now=clock.now())
    other = Browser(app)
    sign_in_with(other, token)
    assert ANSWER not in other.get(f"/records/{record}/answers").text
    with app.app_context():
        form_page = session().scalars(select(Appointment.public_id)).first()
    assert cast["owner"].get(f"/forms/{form_page}/read").status == 403


def test_the_other_owners_whoever_treats_and_the_contact_are_told_at_once(
    app: Flask, cast: Cast, record: str
) -> None:
    """Holds sec_D7."""
    with app.app_context(), transaction():
        accounts.join(
            name="Una Second",
            email="una@canalstreet.example",
            roles=[Role.OWNER],
            password_hash="x",
            now=clock.now(),
        )
    app.extensions["settings"] = dataclasses.replace(
        app.extensions["settings"], data_protection_contact="dpo@canalstreet.example"
    )
    open_it(cast["owner"], record)
    told = mails(app, "rights/emergency")
    assert [each["to_address"] for each in told] == [
        "una@canalstreet.example",
        "mei@canalstreet.example",
        "dpo@canalstreet.example",
    ]
    assert [bool(each["link"]) for each in told] == [True, False, False]
    assert "Amara" not in str(told)
    assert "Collapsed" not in str(told)


def test_the_patient_sees_who_and_why(app: Flask, cast: Cast, record: str) -> None:
    """Holds sec_D7."""
    open_it(cast["owner"], record)
    with app.app_context(), transaction():
        person = session().scalars(select(Patient.resource_id)).first()
        token = accounts.start_person_session(person or 0, now=clock.now(), confirmed=clock.now())
        visit = session().scalars(select(Appointment.public_id)).first()
    browser = Browser(app)
    sign_in_with(browser, token)
    record_page = browser.get("/my/record").text
    assert WHY in record_page
    assert "Olive Hart, owner. Emergency opening" in record_page
    assert "Olive Hart, owner. Opened the form" in record_page
    told = browser.client.get("/my/record.json").json
    assert {each["what"] for each in told["opened_by"]} == {"patient:emergency", "intake:opened"}
    assert "Olive Hart, owner, in an emergency" in browser.get(f"/questions/{visit}/mine").text


def test_owners_look_through_all_of_them_and_that_is_recorded(
    app: Flask, cast: Cast, record: str
) -> None:
    assert "There were none." in cast["owner"].get("/emergencies").text
    open_it(cast["owner"], record)
    page = cast["owner"].get("/emergencies")
    assert WHY in page.text
    assert "Olive Hart" in page.text
    assert tags(app)[-1][0] == "patient:emergencies-listed"


def test_the_reason_is_sealed_and_a_refused_audit_opens_nothing(
    app: Flask, cast: Cast, record: str
) -> None:
    open_it(cast["owner"], record)
    with app.app_context(), transaction():
        sealed = session().scalar(db.text("SELECT reason_sealed FROM emergency_access"))
        assert b"Collapsed" not in bytes(sealed)
        session().execute(
            db.text(
                "CREATE TRIGGER full_up BEFORE INSERT ON audit "
                "BEGIN SELECT RAISE(ABORT, 'no room'); END"
            )
        )
    page = cast["owner"].get(f"/records/{record}/answers")
    assert page.status == 500
    assert ANSWER not in page.text


@pytest.mark.parametrize("who", ["reception", "mei"])
def test_nobody_else_can(cast: Cast, record: str, who: str) -> None:
    for path in (f"/records/{record}/emergency", f"/records/{record}/answers", "/emergencies"):
        assert cast[who].get(path).status == 403


def test_a_record_that_is_not_there_looks_like_any_missing_page(cast: Cast, clinic: Clinic) -> None:
    path = "/records/00000000-0000-4000-8000-000000000000/emergency"
    assert cast["owner"].get(path).status == 404
