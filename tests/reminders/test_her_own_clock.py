"""Quiet hours by the clock a patient goes by, where that is another than the clinic's."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from booking.audit.models import AuditRow
from booking.core.db import session, transaction
from booking.patients.models import Patient
from booking.patients.rules import zones
from booking.reminders.rules import check_due, due, is_quiet
from booking.waiting.jobs import offer_freed
from booking.waiting.models import WaitingOffer
from tests.appointments.conftest import ABOUT, Steps, Stored, steps, stored
from tests.browser import Browser
from tests.conftest import Cast
from tests.factories import MONDAY_10AM, NOW, Clinic, make_appointment
from tests.reminders.test_reminder_rules import LONDON, LONG_AGO, USUAL
from tests.reminders.test_reminders import live_through

__all__ = ["Steps", "Stored", "steps", "stored"]

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
HALVES = st.integers(0, 2 * 24 * 5).map(lambda n: MONDAY_10AM - 5 * DAY + n * timedelta(minutes=30))


@given(zone=st.sampled_from(zones()), now=HALVES)
def test_no_reminder_is_due_in_her_night_wherever_she_is(zone: str, now: object) -> None:
    policy = replace(USUAL, hers=ZoneInfo(zone))
    for ask in (due, check_due):
        found = ask(MONDAY_10AM, LONDON, policy, told_at=LONG_AGO, now=now)  # type: ignore[arg-type]
        if found is not None:
            assert not is_quiet(now, ZoneInfo(zone), USUAL)  # type: ignore[arg-type]
            last = found.until - timedelta(minutes=1)
            assert not is_quiet(last, ZoneInfo(zone), USUAL)


def goes_by(app: Flask, zone: str) -> None:
    with app.app_context(), transaction():
        session().scalars(select(Patient)).one().zone = zone


@pytest.mark.both
@pytest.mark.parametrize("zone", ["", "America/Vancouver", "Asia/Kathmandu"])
def test_the_worker_writes_by_day_where_she_is(app: Flask, clinic: Clinic, zone: str) -> None:
    with app.app_context(), transaction():
        make_appointment(clinic, created_at=NOW - 10 * DAY, changed_at=NOW - 10 * DAY)
    goes_by(app, zone)
    sent = live_through(app, MONDAY_10AM - 3 * DAY, MONDAY_10AM)
    assert sent
    for moment in sent:
        assert 8 <= moment.astimezone(ZoneInfo(zone or "Europe/London")).hour < 21


@pytest.fixture
def hers(app: Flask, steps: Steps) -> Browser:
    browser = Browser(app)
    steps.book(browser)
    return browser


def clock_of(app: Flask) -> str:
    with app.app_context():
        return session().scalars(select(Patient.zone)).one()


def test_she_says_it_on_her_page_and_it_is_in_the_audit_without_the_place(
    app: Flask, hers: Browser, stored: Stored
) -> None:
    page = hers.get(f"/visit/{stored.visits()[0]['public_id']}").click(
        "What calendar entries say, and when reminders come"
    )
    assert "Lisbon, Europe" in page.text
    page.submit({"style": "neutral", "zone": "Europe/Lisbon"}, button="Save")
    assert clock_of(app) == "Europe/Lisbon"
    with app.app_context():
        [row] = session().scalars(select(AuditRow).where(AuditRow.tag == "patient:clock-chosen"))
        assert "Lisbon" not in str(row.details)
    again = hers.get(page.url)
    assert ("zone", "Europe/Lisbon") in again.form(having="zone").fields


@pytest.mark.parametrize("zone", ["Mars/Olympus", "../../etc/passwd", "UTC"])
def test_what_is_no_place_is_refused(app: Flask, hers: Browser, stored: Stored, zone: str) -> None:
    page = hers.get(f"/visit/{stored.visits()[0]['public_id']}/calendar-entries")
    assert page.submit({"style": "neutral", "zone": zone}, button="Save").status == 422
    assert clock_of(app) == ""


def test_the_desk_says_it_for_her_and_back(
    app: Flask, hers: Browser, stored: Stored, cast: Cast
) -> None:
    address = f"/visits/{stored.visits()[0]['public_id']}/calendar-entries"
    for zone in ("Asia/Bangkok", ""):
        page = cast["reception"].get(address)
        page.submit({"style": "neutral", "zone": zone}, button="Save")
        assert clock_of(app) == zone


def test_at_her_night_an_offer_is_kept_until_after_her_morning(
    app: Flask, clinic: Clinic, stored: Stored, at: Callable[..., None]
) -> None:
    """Two hours to answer count from eight where she is."""
    page = Browser(app).get(f"/waiting/{stored.service_id(clinic.first_visit)}")
    page.submit({**ABOUT, "weekdays": ["0"]}, having="name", button="Put me on the list")
    goes_by(app, "America/Vancouver")  # four in the morning there
    with app.app_context():
        assert offer_freed(now=NOW, base_url="http://localhost") == 1
    with app.app_context():
        [offer] = session().scalars(select(WaitingOffer))
        assert offer.answer_by == NOW + 6 * HOUR
