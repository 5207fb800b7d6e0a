"""What her calendar entries say is her choice: nothing, a neutral word, or what is booked."""

import pytest
from flask import Flask
from icalendar import Calendar
from sqlalchemy import select

from booking.appointments import emails
from booking.appointments.models import Appointment
from booking.audit.models import AuditRow
from booking.clinic import queries as clinic
from booking.clinic.models import Service
from booking.core.db import session, transaction
from booking.patients.models import InviteStyle, Patient
from tests.appointments.conftest import Steps, Stored, steps, stored
from tests.browser import Browser
from tests.conftest import Cast

__all__ = ["Steps", "Stored", "steps", "stored"]

DETAILED = "Appointment, 60 minutes with Mei Tan"


@pytest.fixture
def hers(app: Flask, steps: Steps) -> Browser:
    """Amara's browser, after she has booked Monday at 10."""
    browser = Browser(app)
    steps.book(browser)
    return browser


def address(stored: Stored, at: str = "visit") -> str:
    return f"/{at}/{stored.visits()[0]['public_id']}"


def choose(hers: Browser, stored: Stored, style: str) -> None:
    page = hers.get(address(stored)).click("What calendar entries say, and when reminders come")
    assert "Saved" in page.submit({"style": style}, button="Save").text


def style(app: Flask) -> InviteStyle:
    with app.app_context():
        return session().scalars(select(Patient.invites)).one()


@pytest.mark.both
@pytest.mark.parametrize(
    ("chosen", "summary"), [("neutral", "Appointment"), ("detailed", DETAILED), ("none", None)]
)
def test_the_next_message_says_what_she_chose(
    app: Flask, hers: Browser, stored: Stored, chosen: str, summary: str | None
) -> None:
    choose(hers, stored, chosen)
    assert style(app) == chosen
    hers.get(f"{address(stored)}/cancel").submit(button="Cancel this visit")
    invite = stored.mails()[-1]["invite"]
    assert (invite and invite["summary"]) == summary


def test_the_file_to_download_says_the_same_and_no_inner_name(
    app: Flask, hers: Browser, stored: Stored
) -> None:
    with app.app_context(), transaction():
        for service in session().scalars(select(Service)):
            service.name = "canary-inner-name"
    choose(hers, stored, "detailed")
    page = hers.get(address(stored))
    assert f"As “{DETAILED}”" in page.text
    raw = hers.client.get(f"{address(stored)}/invite.ics").get_data(as_text=True)
    [event] = Calendar.from_ical(raw).walk("VEVENT")
    assert event["SUMMARY"] == DETAILED
    assert "canary" not in raw


@pytest.mark.parametrize("odd", ["", "everything"])
def test_what_is_no_choice_is_said_and_changes_nothing(
    app: Flask, hers: Browser, stored: Stored, odd: str
) -> None:
    page = hers.get(f"{address(stored)}/calendar-entries")
    after = page.submit({"style": odd}, button="Save")
    assert after.status == 422
    assert "There is a problem" in after.text
    assert style(app) is InviteStyle.NEUTRAL


def test_the_desk_chooses_for_her_and_others_do_not(
    app: Flask, hers: Browser, stored: Stored, cast: Cast
) -> None:
    page = cast["reception"].get(address(stored, "visits")).click("Change calendar entries")
    assert DETAILED in page.text
    after = page.submit({"style": "detailed"}, button="Save")
    assert "What is booked, and with whom" in after.text
    assert style(app) is InviteStyle.DETAILED
    with app.app_context():
        tags = session().scalars(select(AuditRow.tag)).all()
        assert tags.count("patient:invites-chosen") == 1
    assert cast["mei"].get(f"{address(stored, 'visits')}/calendar-entries").status == 403
    stranger = Browser(app).get(f"{address(stored)}/calendar-entries")
    assert "Calendar entries" not in stranger.text


def test_a_message_to_a_mistyped_address_never_says_more(
    app: Flask, hers: Browser, stored: Stored
) -> None:
    choose(hers, stored, "detailed")
    with app.test_request_context():
        visit = session().scalars(select(Appointment)).one()
        draft = emails.withdrawn(visit, clinic=clinic.organisation())
        assert draft.snapshot["invite"]["summary"] == "Appointment"
