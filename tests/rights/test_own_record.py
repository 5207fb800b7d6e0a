"""She reads, takes away and erases all that is kept about her, after showing that it is she."""

import json
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from booking.accounts import actions
from booking.accounts.models import SignInSession
from booking.appointments.models import Appointment, Status
from booking.audit.models import AuditRow
from booking.core import clock
from booking.core.db import session, transaction
from booking.intake.models import AnswersVersion
from booking.intake.rules.answers import Answer
from booking.patients.models import Patient
from tests.browser import Browser
from tests.conftest import Cast, sign_in_with
from tests.factories import Clinic, make_patient
from tests.intake.filled import make_sent

SECRET = "kanarienvogel"
PLACES = ["/my/record", "/my/record.json", "/my/record/erase"]


@pytest.fixture
def person(app: Flask, clinic: Clinic) -> int:
    """Amara, with a form sent before a visit to come; somebody else has a record too."""
    with app.app_context(), transaction():
        form = make_sent(clinic, {"else": Answer(text=SECRET)})
        make_patient("Other Person", "other@example.org")
        return session().get_one(Patient, form.patient_id).resource_id


def signed_in(app: Flask, person: int, *, confirmed: bool) -> Browser:
    now = clock.now()
    with app.app_context(), transaction():
        token = actions.start_person_session(person, now=now)
        if confirmed:
            session().execute(
                update(SignInSession)
                .where(SignInSession.person_id == person)
                .values(confirmed_at=now)
            )
    browser = Browser(app)
    sign_in_with(browser, token)
    return browser


@pytest.mark.both
def test_all_of_it_is_on_the_page_and_in_the_file(app: Flask, person: int) -> None:
    """Holds sec_H4."""
    browser = signed_in(app, person, confirmed=True)
    page = browser.get("/my/record")
    for word in ("Amara", "amara@example.org", SECRET, "Mei"):
        assert word in page.text, word
    file = browser.client.get("/my/record.json")
    told = json.loads(file.text)
    assert told["contact"][0]["email"] == "amara@example.org"
    assert len(told["visits"]) == 1
    assert SECRET in json.dumps(told["answers"])
    assert told["answers"][0]["resourceType"] == "QuestionnaireResponse"
    for text in (page.text, file.text):
        assert "Other Person" not in text
    with app.app_context():
        tags = session().scalars(select(AuditRow.tag).order_by(AuditRow.id)).all()
    assert tags[-2:] == ["patient:record-taken"] * 2


def test_she_sees_who_opened_her_record_and_as_what(app: Flask, cast: Cast, person: int) -> None:
    """Holds sec_H3."""
    with app.app_context():
        record = (
            session().scalars(select(Patient.public_id).where(Patient.resource_id == person)).one()
        )
    assert cast["reception"].get(f"/patients/{record}").status == 200
    browser = signed_in(app, person, confirmed=True)
    assert "Dana Whitlock, reception. Opened the record" in browser.get("/my/record").text
    [opened] = browser.client.get("/my/record.json").json["opened_by"]
    assert (opened["what"], opened["role"]) == ("patient:opened", "reception")


@pytest.mark.parametrize("place", PLACES)
def test_reading_a_mailbox_is_not_enough(app: Flask, person: int, place: str) -> None:
    answer = signed_in(app, person, confirmed=False).client.get(place)
    assert answer.status_code == 303
    assert answer.headers["Location"] == "/my/code"
    assert SECRET not in answer.text


@pytest.mark.parametrize("place", PLACES)
def test_nor_is_a_sign_in_of_a_while_ago(app: Flask, person: int, place: str) -> None:
    """Holds sec_H4."""
    browser = signed_in(app, person, confirmed=True)
    clock.travel(clock.now() + timedelta(minutes=11))
    answer = browser.client.get(place)
    assert answer.status_code == 303
    assert answer.headers["Location"].startswith("/sign-in/again")


def set_status(app: Flask, status: Status) -> None:
    with app.app_context(), transaction():
        session().execute(update(Appointment).values(status=status))


@pytest.mark.both
def test_she_has_it_erased(app: Flask, person: int) -> None:
    set_status(app, Status.CANCELLED)
    browser = signed_in(app, person, confirmed=True)
    page = browser.get("/my/record/erase").submit(button="Erase it for good")
    assert "It is erased" in page.text
    assert browser.client.get("/my").status_code == 303
    with app.app_context():
        names = session().scalars(select(Patient.name).order_by(Patient.id)).all()
        assert names == ["(erased)", "Other Person"]
        assert session().scalar(select(func.count()).select_from(AnswersVersion)) == 0


@pytest.mark.parametrize(
    ("status", "words"),
    [(Status.BOOKED, "You have a visit to come"), (Status.DONE, "We have to keep your record")],
)
def test_what_has_to_stay_is_said_before_and_held(
    app: Flask, person: int, status: Status, words: str
) -> None:
    """Holds sec_H5."""
    set_status(app, status)
    browser = signed_in(app, person, confirmed=True)
    page = browser.get("/my/record/erase")
    assert words in page.text
    assert "Erase it for good" not in page.text
    token = page.text.split('name="csrf_token" value="')[1].split('"')[0]
    answer = browser.client.post("/my/record/erase", data={"csrf_token": token})
    assert answer.status_code == 409
    with app.app_context():
        assert session().scalars(select(Patient.name).order_by(Patient.id)).first() != "(erased)"
