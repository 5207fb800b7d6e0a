"""The day before: a request to look through the form, where it is not sent or old."""

from datetime import datetime, timedelta
from email import message_from_bytes
from email.policy import default

import pytest
from flask import Flask
from sqlalchemy import select

from booking.appointments.models import Appointment, Clearance
from booking.clinic.models import Organisation
from booking.core.db import session, transaction
from booking.intake.models import FormState, IntakeForm
from booking.mail.models import Mail, MailState
from booking.patients.models import Patient
from booking.reminders import jobs
from booking.reminders.models import ContactTask
from tests.factories import MONDAY_10AM, NOW, Clinic, make_appointment
from tests.intake.filled import make_form
from tests.mail.posts import WrittenTransport, deliver_all

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
DAY_BEFORE = MONDAY_10AM - 19 * HOUR  # Sunday, 15:00 in London
BASE = "http://localhost"


@pytest.fixture
def visit(app: Flask, clinic: Clinic) -> int:
    """Booked long ago for Monday at 10."""
    with app.app_context(), transaction():
        return make_appointment(clinic, created_at=NOW - 20 * DAY, changed_at=NOW - 20 * DAY).id


def look(app: Flask, now: datetime) -> None:
    with app.app_context():
        jobs.plan(now=now, base_url=BASE)


def form(app: Flask, visit: int, sent_at: datetime | None) -> None:
    with app.app_context(), transaction():
        made = session().scalar(select(IntakeForm)) or make_form(
            session().get_one(Appointment, visit)
        )
        made.sent_at = sent_at
        made.state = FormState.SUBMITTED if sent_at else FormState.DRAFT


def checks(app: Flask) -> list[MailState]:
    with app.app_context():
        wanted = select(Mail.state).where(Mail.kind == "reminders/check").order_by(Mail.id)
        return list(session().scalars(wanted))


@pytest.mark.both
@pytest.mark.parametrize(
    ("sent_at", "asked"),
    [
        (None, True),
        (MONDAY_10AM - 8 * DAY, True),
        (MONDAY_10AM - 7 * DAY, False),
        (NOW, False),
    ],
)
def test_she_is_asked_once_and_only_where_there_is_need(
    app: Flask, visit: int, sent_at: datetime | None, asked: bool
) -> None:
    form(app, visit, sent_at)
    look(app, DAY_BEFORE - HOUR)
    assert checks(app) == []
    for now in (DAY_BEFORE, DAY_BEFORE + HOUR, DAY_BEFORE):
        look(app, now)
        deliver_all(app, WrittenTransport(), now=now)
    assert checks(app) == ([MailState.SENT] if asked else [])


def test_a_visit_without_a_form_yet_is_asked_about_with_one_link(app: Flask, visit: int) -> None:
    look(app, DAY_BEFORE)
    with app.app_context():
        mail = session().scalars(select(Mail).where(Mail.kind == "reminders/check")).one()
        assert list(mail.snapshot["links"]) == ["form"]
        assert mail.snapshot["links"]["form"].endswith("/form")
        assert mail.not_after == DAY_BEFORE + 6 * HOUR  # not at night


def test_what_it_says_and_what_it_does_not(app: Flask, visit: int) -> None:
    look(app, DAY_BEFORE)
    transport = WrittenTransport()
    deliver_all(app, transport, now=DAY_BEFORE)
    [message] = [
        found
        for raw in transport.handed
        if (found := message_from_bytes(raw, policy=default))["Subject"].startswith("Before")
    ]
    assert message["Subject"] == "Before your appointment on Mon 5 July"
    for kind in ("plain", "html"):
        text = message.get_body((kind,)).get_content()  # type: ignore[union-attr]
        assert "take a few minutes" in text
        for never in ("health", "cupuncture", "First visit", "calendar", "form "):
            assert never not in text


def test_who_sends_it_meanwhile_is_not_asked(app: Flask, visit: int) -> None:
    look(app, DAY_BEFORE)
    form(app, visit, DAY_BEFORE + HOUR / 2)
    look(app, DAY_BEFORE + HOUR)
    assert checks(app) == [MailState.STOPPED]
    look(app, DAY_BEFORE + 2 * HOUR)
    assert checks(app) == [MailState.STOPPED]


def test_who_booked_after_that_hour_has_the_link_already(app: Flask, visit: int) -> None:
    with app.app_context(), transaction():
        session().get_one(Appointment, visit).changed_at = DAY_BEFORE + HOUR
    look(app, DAY_BEFORE + 2 * HOUR)
    assert checks(app) == []


def test_a_visit_that_needs_no_form_asks_for_none(app: Flask, visit: int) -> None:
    with app.app_context(), transaction():
        session().get_one(Appointment, visit).clearance = Clearance.NOT_NEEDED
    look(app, DAY_BEFORE)
    assert checks(app) == []


@pytest.mark.parametrize(("at", "asked"), [("", 0), ("16:00", 0), ("14:30", 1)])
def test_the_clinic_says_when_or_never(app: Flask, visit: int, at: str, asked: int) -> None:
    with app.app_context(), transaction():
        session().get_one(Organisation, 1).check_at = at
    look(app, DAY_BEFORE)
    assert len(checks(app)) == asked


def test_nobody_is_rung_about_it_and_no_hard_date_is_met(app: Flask, visit: int) -> None:
    with app.app_context(), transaction():
        patient = session().scalars(select(Patient)).one()
        patient.wishes = {"dates": [DAY_BEFORE.date().isoformat()]}
    look(app, DAY_BEFORE)
    assert checks(app) == []
    look(app, DAY_BEFORE - DAY)
    assert checks(app) == [MailState.QUEUED]
    with app.app_context(), transaction():
        session().scalars(select(Patient)).one().channels = "phone"
    look(app, DAY_BEFORE - DAY + HOUR)
    assert checks(app) == [MailState.STOPPED]
    with app.app_context():
        told = session().scalars(select(ContactTask.told)).all()
        assert told == ["reminder"]  # the usual one of two days before
