"""What the tests of calendars share: a visit, and people who look at calendars."""

from datetime import timedelta

import pytest
from flask import Flask
from icalendar import Calendar

from booking.accounts import actions as accounts
from booking.appointments import actions
from booking.appointments.models import Appointment
from booking.core import clock
from booking.core.db import session, transaction
from booking.patients.models import Patient
from tests.browser import Browser
from tests.conftest import sign_in_with
from tests.factories import Clinic, make_appointment, make_patient


class Visits:
    """Visits of the tests' clinic, made and changed as the product does."""

    def __init__(self, app: Flask, clinic: Clinic) -> None:
        self.app, self.clinic = app, clinic

    def make(self, **changes: object) -> int:
        """Make a visit and return its id."""
        name = str(changes.pop("name", "Amara Osei"))
        with self.app.app_context(), transaction():
            if "patient_id" not in changes:
                email = name.split()[0].lower() + "@example.org"
                changes["patient_id"] = make_patient(name, email).id
            return make_appointment(self.clinic, **changes).id

    def cancel(self, appointment_id: int) -> None:
        with self.app.app_context(), transaction():
            visit = session().get_one(Appointment, appointment_id)
            actions.cancel(None, visit, now=clock.now(), base_url="http://localhost")  # type: ignore[arg-type]

    def shift(self, appointment_id: int, by: timedelta, **changes: object) -> None:
        """Give a visit another time, as a move leaves it."""
        with self.app.app_context(), transaction():
            visit = session().get_one(Appointment, appointment_id)
            visit.starts_at += by
            visit.ends_at += by
            for name, value in changes.items():
                setattr(visit, name, value)
            actions.booking.next_version(visit, now=clock.now())

    def uid(self, appointment_id: int) -> str:
        with self.app.app_context():
            return session().get_one(Appointment, appointment_id).uid

    def patient_browser(self, appointment_id: int) -> Browser:
        """The patient of a visit, signed in."""
        with self.app.app_context(), transaction():
            visit = session().get_one(Appointment, appointment_id)
            person = session().get_one(Patient, visit.patient_id).resource_id
            token = accounts.start_person_session(person, now=clock.now())
        browser = Browser(self.app)
        sign_in_with(browser, token)
        return browser


@pytest.fixture
def visits(app: Flask, clinic: Clinic) -> Visits:
    return Visits(app, clinic)


def events(content: bytes) -> dict[str, dict[str, str]]:
    """The events of a calendar by uid, each property as text."""
    calendar = Calendar.from_ical(content)
    return {
        str(event["UID"]): {name: str(value) for name, value in event.items()}
        for event in calendar.walk("VEVENT")
    }
