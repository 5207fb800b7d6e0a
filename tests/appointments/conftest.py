"""Steps of booking, as a person takes them; and what the database then holds."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from booking.appointments.models import Appointment, Hold
from booking.audit.models import AuditRow
from booking.clinic.models import Service
from booking.core.db import session, transaction
from booking.mail.models import Mail, MailState
from booking.occupancy.models import Occupancy
from tests.browser import Browser, Page
from tests.factories import Clinic

ABOUT = {
    "name": "Amara Osei",
    "email": "amara@example.org",
    "phone": "07700 900 123",
    "channels": ["email", "text"],
}


@dataclass
class Steps:
    """What a person does from choosing a visit to booking it."""

    app: Flask
    clinic: Clinic

    def times(self, browser: Browser, *, day: str = "2027-07-05", service: str = "") -> Page:
        words = service or "60 minutes"
        page = browser.get("/book").click(words)
        return browser.get(f"{page.url}?day={day}")

    def take(self, browser: Browser, clock: str = "10:00am", **asked: str) -> Page:
        return self.times(browser, **asked).submit(button=clock)

    def checked(self, browser: Browser, clock: str = "10:00am", **about: Any) -> Page:
        page = self.take(browser, clock, day=about.pop("day", "2027-07-05"))
        return page.submit({**ABOUT, **about}, having="name", button="Continue")

    def book(self, browser: Browser, clock: str = "10:00am", **about: Any) -> Page:
        page = self.checked(browser, clock, **about)
        return page.submit(button="Book this visit")


@pytest.fixture
def steps(app: Flask, clinic: Clinic) -> Steps:
    return Steps(app, clinic)


@dataclass
class Stored:
    """Reads of what was committed, each in a context of its own."""

    app: Flask

    def __call__(self, read: Callable[[], Any]) -> Any:
        with self.app.app_context():
            return read()

    def visits(self) -> list[dict[str, Any]]:
        def read() -> list[dict[str, Any]]:
            found = session().scalars(select(Appointment).order_by(Appointment.id)).all()
            return [
                {
                    "id": one.id,
                    "public_id": one.public_id,
                    "uid": one.uid,
                    "sequence": one.sequence,
                    "status": one.status.value,
                    "starts_at": one.starts_at,
                    "patient_id": one.patient_id,
                    "person_id": one.patient.resource_id,
                    "name": one.patient.name,
                    "email": one.patient.email,
                    "phone": one.patient.phone,
                }
                for one in found
            ]

        visits: list[dict[str, Any]] = self(read)
        return visits

    def mails(self, *, all_states: bool = False) -> list[dict[str, Any]]:
        def read() -> list[dict[str, Any]]:
            found = session().scalars(select(Mail).order_by(Mail.id)).all()
            return [
                {"kind": one.kind, "sequence": one.sequence, **(one.snapshot or {})}
                for one in found
                if all_states or one.state is not MailState.STOPPED
            ]

        mails: list[dict[str, Any]] = self(read)
        return mails

    def sent(self) -> None:
        """Everything queued so far has left."""
        with self.app.app_context(), transaction():
            for mail in session().scalars(select(Mail).where(Mail.state == MailState.QUEUED)):
                mail.state = MailState.SENT

    def count(self, table: Any) -> int:
        found: int = self(lambda: len(session().scalars(select(table)).all()))
        return found

    def taken(self) -> int:
        return self.count(Occupancy)

    def holds(self) -> int:
        return self.count(Hold)

    def events(self) -> list[str]:
        tags: list[str] = self(
            lambda: list(session().scalars(select(AuditRow.tag).order_by(AuditRow.id)))
        )
        return tags

    def service_id(self, number: int) -> str:
        return str(self(lambda: session().get_one(Service, number).public_id))

    def link(self, to: str = "visit", *, mail: int = -1) -> str:
        """The path of a mailed link, by what it leads to."""
        address: str = self.mails()[mail]["links"][to]
        return address.removeprefix("http://localhost")


@pytest.fixture
def stored(app: Flask) -> Stored:
    return Stored(app)
