"""What the tests of calendars share: a visit, and people who look at calendars."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask
from icalendar import Calendar

from booking.access.policy import Actor
from booking.accounts import actions as accounts
from booking.appointments import actions
from booking.appointments.models import Appointment
from booking.core import clock
from booking.core.db import session, transaction
from booking.core.settings import Outbound
from booking.patients.models import Patient
from tests.browser import Browser
from tests.calendars.servers import Elsewhere, elsewhere
from tests.conftest import sign_in_with
from tests.factories import Clinic, make_appointment, make_patient
from tests.mail.receiver import Authority, authority


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
            actions.cancel(Actor(), visit, now=clock.now(), base_url="http://localhost")

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


@pytest.fixture(scope="session")
def ours(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def server(ours: Authority) -> Iterator[Elsewhere]:
    with elsewhere(ours) as started:
        yield started


@pytest.fixture
def outbound(app: Flask, server: Elsewhere, ours: Authority) -> Outbound:
    """Settings that let the application ask the tests' server, and nobody else on this machine."""
    found = Outbound(allowed=(server.host,), ca_file=ours.cafile)
    app.extensions["settings"] = replace(app.extensions["settings"], outbound=found)
    return found


def calendar(*events: str) -> str:
    """A calendar file of somebody else's, of the lines of its events."""
    inside = "".join(f"BEGIN:VEVENT\n{event.strip()}\nEND:VEVENT\n" for event in events)
    return f"BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//x//y//EN\n{inside}END:VCALENDAR\n"


def event(start: str, end: str, *more: str, uid: str = "e1") -> str:
    return "\n".join(
        [f"UID:{uid}", "DTSTAMP:20270101T000000Z", f"DTSTART{start}", f"DTEND{end}", *more]
    )
