"""Messages come again when she wants them to: what returns, what does not, and who is told."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from booking.accounts import actions as accounts
from booking.audit.models import AuditRow
from booking.core import clock
from booking.core.db import session, transaction
from booking.mail.models import Mail
from booking.patients.models import Patient
from booking.reminders.jobs import plan
from booking.waiting.models import WaitingEntry
from booking.waiting.rules import EntryState
from tests.appointments.conftest import Steps, Stored
from tests.browser import Browser, Page
from tests.conftest import Cast, sign_in_with
from tests.factories import NOW

DAY = timedelta(days=1)
LATER = NOW + DAY + timedelta(minutes=1)


@pytest.fixture
def hers(app: Flask, steps: Steps, stored: Stored) -> Browser:
    """Amara's browser, after she has booked Monday at 10 and made it quiet."""
    browser = Browser(app)
    steps.book(browser)
    browser.get(stored.link()).submit(button="Go on")
    return browser


def quiet(hers: Browser, stored: Stored) -> Page:
    page = hers.get(f"/visit/{stored.visits()[0]['public_id']}").click("Something has changed")
    return page.submit({"gently": "y"}, button="Make it quiet")


def later(app: Flask, hers: Browser, stored: Stored) -> Page:
    """The page once more, by the link of her visit: the browser's session has run out."""
    visit = stored.visits()[0]
    with app.app_context(), transaction():
        token = accounts.start_visit_session(visit["id"], by_mail=True, now=clock.now())
    sign_in_with(hers, token)
    return hers.get(f"/visit/{visit['public_id']}/changed")


def token_of(page: Page) -> str:
    return dict(page.form(having="gently").fields)["csrf_token"]


def record(app: Flask) -> Patient:
    with app.app_context():
        found = session().scalars(select(Patient)).one()
        session().expunge_all()
        return found


def whats(app: Flask) -> list[tuple[str, bool]]:
    with app.app_context():
        rows = session().scalars(
            select(AuditRow).where(AuditRow.tag == "care:changed").order_by(AuditRow.id)
        )
        return [(row.details["what"], row.actor.startswith("user:")) for row in rows]


def reminders(app: Flask) -> int:
    with app.app_context():
        kinds = session().scalars(select(Mail.kind)).all()
        return sum(kind.startswith("reminders/") for kind in kinds)


@pytest.mark.both
def test_a_day_later_she_lets_messages_come_again_after_reading_what_returns(
    app: Flask, hers: Browser, stored: Stored, at: Callable[[datetime], None]
) -> None:
    page = quiet(hers, stored)
    assert "Let messages come again" not in page.text  # for a day it can be taken back whole
    at(LATER)
    page = later(app, hers, stored)
    assert "Take it back" not in page.text
    back, away = page.text.index("This comes back"), page.text.index("This does not")
    assert back < away < page.text.index("Let messages come again")
    with app.app_context():
        plan(now=LATER, base_url="http://localhost")
    assert reminders(app) == 0
    page = page.submit(button="Let messages come again")
    assert "Messages and questions come again from now on." in page.text
    assert "Quiet from Fri 2 July, 12:00pm, until Sat 3 July, 12:01pm" in page.text
    assert record(app).quiet_since is None
    assert record(app).gently  # as it was ticked
    with app.app_context():
        plan(now=LATER, base_url="http://localhost")
    assert reminders(app) == 1
    assert whats(app) == [("said", False), ("ended", False)]


def test_the_desk_does_it_for_her_and_she_need_not_be_met_gently_any_more(
    app: Flask, hers: Browser, stored: Stored, cast: Cast, at: Callable[[datetime], None]
) -> None:
    quiet(hers, stored)
    visit = stored.visits()[0]["public_id"]
    at(LATER)
    page = cast["reception"].get(f"/visits/{visit}/changed")
    assert page.text.index("Never offer this.") < page.text.index("This does not")
    page.submit({"gently": []}, button="Let messages come again")
    assert (record(app).quiet_since, record(app).gently) == (None, False)
    assert whats(app)[-1] == ("ended", True)
    assert "Contact gently" not in cast["reception"].get(f"/visits/{visit}").text


def test_a_colleague_of_hers_cannot(
    app: Flask, hers: Browser, stored: Stored, cast: Cast, at: Callable[[datetime], None]
) -> None:
    quiet(hers, stored)
    at(LATER)
    visit = stored.visits()[0]["public_id"]
    token = token_of(later(app, hers, stored))
    assert cast["ines"].post(f"/visits/{visit}/changed/end", {"csrf_token": token}).status in (
        400,
        404,
    )
    assert record(app).quiet_since is not None


def test_what_was_let_go_and_left_stays_so_and_twice_is_once(
    app: Flask, hers: Browser, steps: Steps, stored: Stored, at: Callable[[datetime], None]
) -> None:
    steps.book(Browser(app), "11:00am")
    page = hers.get(f"/visit/{stored.visits()[0]['public_id']}").click("Something has changed")
    visits = [one["public_id"] for one in stored.visits()]
    page.submit({f"visit-{visits[0]}": "keep"}, button="Make it quiet")
    with app.app_context(), transaction():
        hers_id = session().scalars(select(Patient.id)).first()
        entry = WaitingEntry(patient_id=hers_id, service_id=1, created_at=NOW)
        entry.state = EntryState.LEFT
        session().add(entry)
    at(LATER)
    page = later(app, hers, stored)
    page.submit(button="Let messages come again")
    assert page.submit(button="Let messages come again").status == 200
    assert [what for what, _by in whats(app)] == ["said", "ended"]
    with app.app_context():
        assert session().scalars(select(WaitingEntry.state)).all() == [EntryState.LEFT]


def test_said_anew_it_is_quiet_again_and_taking_that_back_brings_no_older_one(
    app: Flask, hers: Browser, stored: Stored, at: Callable[[datetime], None]
) -> None:
    quiet(hers, stored)
    at(LATER)
    page = later(app, hers, stored).submit(button="Let messages come again")
    page = page.submit(button="Make it quiet")
    assert record(app).quiet_since is not None
    page.submit(button="Take it back")
    assert record(app).quiet_since is None


@pytest.mark.both
def test_a_record_made_since_is_not_quiet_and_can_end_and_take_back_nothing(
    app: Flask, hers: Browser, stored: Stored, steps: Steps, at: Callable[[datetime], None]
) -> None:
    """Whoever opens its own link knows nothing of what was said before."""
    page = quiet(hers, stored)
    before = record(app).quiet_since
    at(NOW + timedelta(minutes=5))
    other = Browser(app)
    steps.book(other, "2:00pm")
    other.get(stored.link()).submit(button="Go on")
    visit = stored.visits()[1]["public_id"]
    seen = other.get(f"/visit/{visit}/changed")
    assert "It is quiet now" not in seen.text
    token = token_of(seen)
    for act in ("end", "take-back"):
        other.post(f"/visit/{visit}/changed/{act}", {"csrf_token": token})
    with app.app_context():
        since = session().scalars(select(Patient.quiet_since).order_by(Patient.id)).all()
    assert since == [before, None]
    # Saying it there, and taking that back, leaves that record as it was: not quiet.
    at(NOW + timedelta(minutes=10))
    seen.submit(button="Make it quiet").submit(button="Take it back")
    with app.app_context():
        since = session().scalars(select(Patient.quiet_since).order_by(Patient.id)).all()
    assert since == [before, None]
    assert page.submit(button="Take it back").status == 200
    with app.app_context():
        assert set(session().scalars(select(Patient.quiet_since))) == {None}
