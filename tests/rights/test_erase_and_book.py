"""A booking that meets an erasure: one of them waits, and nobody is booked who is not there."""

from concurrent.futures import ThreadPoolExecutor, wait

import pytest
from flask import Flask
from sqlalchemy import select

from booking.appointments.models import Appointment
from booking.core.db import session, transaction
from booking.core.errors import WrongState
from booking.patients.models import Patient
from booking.rights import actions as rights
from tests.browser import Page
from tests.conftest import Cast
from tests.factories import NOW, Clinic, make_appointment, make_patient


@pytest.fixture
def times(app: Flask, clinic: Clinic, cast: Cast) -> Page:
    """The desk has found Amara, who has no visit, and sees times for her."""
    with app.app_context(), transaction():
        make_patient()
    page = cast["reception"].get("/visits/add?date=2027-07-05")
    page = page.submit({"who": "Amara"}, button="Find")
    form = next(each for each in page.forms if any(n == "patient" for n, _ in each.fields))
    return page.browser.post("/visits/add", form.fields)


def erase(app: Flask) -> None:
    record = session().scalars(select(Patient.public_id)).one()
    tombstones = app.extensions["settings"].tombstones
    rights.erase(None, record, tombstones=tombstones, years=8, now=NOW)


@pytest.mark.both
def test_a_booking_waits_for_an_erasure_and_then_books_nobody(app: Flask, times: Page) -> None:
    with ThreadPoolExecutor(1) as pool:
        with app.app_context(), transaction():
            erase(app)
            pressed = pool.submit(times.submit, button="9:00am")
            wait([pressed], timeout=0.5)
            assert not pressed.done()
        assert pressed.result().status == 404
    with app.app_context():
        assert session().scalars(select(Appointment)).all() == []


@pytest.mark.both
def test_an_erasure_waits_for_a_booking_and_then_is_refused(app: Flask, clinic: Clinic) -> None:
    def later() -> None:
        with app.app_context(), transaction():
            erase(app)

    with app.app_context(), transaction():
        make_patient()
    with ThreadPoolExecutor(1) as pool:
        with app.app_context(), transaction():
            make_appointment(clinic, patient_id=session().scalars(select(Patient.id)).one())
            erased = pool.submit(later)
            wait([erased], timeout=0.5)
            assert not erased.done()
        with pytest.raises(WrongState):
            erased.result()
    with app.app_context():
        assert session().scalars(select(Patient.name)).one() == "Amara Osei"
