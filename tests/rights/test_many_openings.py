"""Somebody who opens far more records than work asks for is told of, once a day."""

import logging
from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask

from booking.access.policy import Actor
from booking.audit import actions as audit
from booking.audit.rules.patients import RecordOpened
from booking.audit.rules.visits import VisitOpened
from booking.core import clock
from booking.core.db import transaction
from booking.rights.jobs import watch_openings
from tests.accounts.conftest import mails
from tests.factories import NOW, Clinic, make_patient

pytestmark = pytest.mark.both
MANY = 5


@pytest.fixture
def patients(app: Flask, clinic: Clinic) -> list[int]:
    app.extensions["settings"] = replace(
        app.extensions["settings"],
        openings_alarm=MANY,
        data_protection_contact="privacy@canalstreet.example",
    )
    with app.app_context(), transaction():
        return [make_patient(f"Person {n}", f"p{n}@example.org").id for n in range(MANY)]


def opens(app: Flask, user: int, patients: list[int]) -> None:
    with app.app_context(), transaction():
        for number, patient in enumerate(patients):
            audit.record(RecordOpened(patient_id=patient), by=Actor(user_id=user), at=clock.now())
            seen = VisitOpened(patient_id=patient, appointment_id=number)
            audit.record(seen, by=Actor(user_id=user), at=clock.now())


def watch(app: Flask) -> bool:
    with app.app_context():
        return watch_openings(now=clock.now(), base_url="https://localhost")


def test_owners_and_the_contact_are_told_once(
    app: Flask, clinic: Clinic, patients: list[int], caplog: pytest.LogCaptureFixture
) -> None:
    """Holds sec_I5."""
    opens(app, clinic.reception_user, patients)
    with caplog.at_level(logging.ERROR):
        assert watch(app)
        assert not watch(app)
    assert [getattr(line, "event", "") for line in caplog.records] == ["many-openings"]
    told = mails(app, "rights/many_openings")
    assert {each["to_address"] for each in told} >= {"privacy@canalstreet.example"}
    assert len(told) == 2
    assert {(each["who"], each["count"]) for each in told} == {("Dana Whitlock", MANY)}
    clock.travel(NOW + timedelta(days=1, minutes=1))
    opens(app, clinic.reception_user, patients)
    assert watch(app)


def test_ordinary_work_is_not_told(app: Flask, clinic: Clinic, patients: list[int]) -> None:
    """Fewer patients, the same one often, two people's work, and what was spread over the day.

    Holds sec_I5.
    """
    opens(app, clinic.reception_user, patients[1:])
    opens(app, clinic.reception_user, [patients[1]] * MANY)
    opens(app, clinic.mei_user, patients[:1])
    assert not watch(app)
    clock.travel(NOW + timedelta(minutes=61))
    opens(app, clinic.reception_user, patients[:1])
    assert not watch(app)
    assert mails(app, "rights/many_openings") == []
