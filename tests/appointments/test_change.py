"""Moving, cancelling and booking again: from the link in the message, and signed in."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from icalendar import Calendar
from sqlalchemy import select

from booking.accounts import actions as accounts
from booking.appointments.models import Appointment, Status
from booking.clinic.models import GapRule, Practitioner, Service
from booking.core import clock
from booking.core.db import session, transaction
from tests.appointments.conftest import Steps, Stored
from tests.browser import Browser, Page
from tests.conftest import sign_in_with
from tests.factories import MONDAY_10AM, NOW, Clinic

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def booked(browser: Browser, steps: Steps) -> Page:
    return steps.book(browser)


def by_link(app: Flask, stored: Stored, to: str, **asked: str) -> Page:
    return Browser(app).get(stored.link(to), asked)


@pytest.mark.both
def test_a_visit_moves_in_two_activations(
    app: Flask, clinic: Clinic, stored: Stored, steps: Steps
) -> None:
    steps.book(Browser(app))
    stored.sent()
    page = by_link(app, stored, "move", day="2027-07-06")
    assert "Your visit is now on Mon 5 July at 10:00am" in page.text
    page = page.submit(button="11:00am")
    assert "Tue 6 July, 11:00am" in page.text
    page = page.submit(button="Move this visit")
    assert "has been moved" in page.text
    assert "Tuesday 6 July 2027" in page.text
    [visit] = stored.visits()
    assert visit["starts_at"] == MONDAY_10AM + 25 * HOUR
    assert visit["sequence"] == 1
    first, second = stored.mails()
    assert second["kind"] == "appointments/moved"
    assert second["invite"]["method"] == "REQUEST"
    assert second["invite"]["sequence"] == 1
    assert second["invite"]["uid"] == first["invite"]["uid"]
    assert second["invite"]["stamp"] > first["invite"]["stamp"]
    assert second["invite"]["created"] == first["invite"]["created"]
    assert second["references"]
    assert stored.taken() == 3
    assert stored.holds() == 0
    assert stored.events()[-1] == "appointment:moved"


def test_a_visit_that_overlapped_is_no_exception_once_its_patient_has_moved_it(
    app: Flask, booked: Page, stored: Stored
) -> None:
    stored.sent()
    with app.app_context(), transaction():
        session().scalars(select(Appointment)).one().overlap_reason = "In pain"
    page = by_link(app, stored, "move", day="2027-07-06").submit(button="11:00am")
    page.submit(button="Move this visit")
    with app.app_context():
        visit = session().scalars(select(Appointment)).one()
        assert (visit.starts_at, visit.overlap_reason) == (MONDAY_10AM + 25 * HOUR, None)


@pytest.mark.both
@pytest.mark.parametrize("to", ["9:45am", "10:15am", "10:45am"])
def test_a_visit_may_move_by_less_than_its_length(
    app: Flask, clinic: Clinic, stored: Stored, steps: Steps, to: str
) -> None:
    browser = Browser(app)
    steps.book(browser)
    [before] = stored.visits()
    path = f"/visit/{before['public_id']}/move?day=2027-07-05"
    page = browser.get(path)
    everyone = [v for v in page.form("practitioner").choices["practitioner"] if v]
    for who in everyone:  # also with the same practitioner, whose time it overlaps
        page = browser.get(f"{path}&practitioner={who}")
        page = page.submit(button=to)
        assert page.status == 200
        page = page.submit(button="10 more minutes")
        assert page.status == 200
    page = page.submit(button="Move this visit")
    assert "has been moved" in page.text
    assert stored.taken() == 3


def test_the_time_a_visit_has_is_not_among_the_times_to_move_to(
    app: Flask, clinic: Clinic, stored: Stored, steps: Steps
) -> None:
    steps.book(Browser(app))
    page = by_link(app, stored, "move", day="2027-07-05")
    with app.app_context():
        hers = session().scalars(select(Appointment)).one().practitioner.name
    [at_ten] = [w for form in page.forms for _n, _v, w in form.buttons if "10:00am" in w]
    assert hers not in at_ten
    with app.app_context():
        other = session().scalars(select(Practitioner).where(Practitioner.name != hers)).one()
        mine = next(
            v
            for v in page.form("practitioner").choices["practitioner"]
            if v and v != str(other.public_id)
        )
    page = by_link(app, stored, "move", day="2027-07-05", practitioner=mine)
    assert not [w for form in page.forms for _n, _v, w in form.buttons if "10:00am" in w]


def test_until_confirmed_the_visit_stays_as_it_is(app: Flask, booked: Page, stored: Stored) -> None:
    before = stored.visits()
    page = by_link(app, stored, "move", day="2027-07-06").submit(button="11:00am")
    assert stored.visits() == before
    page.submit(button="Let it go")
    assert stored.visits() == before
    assert stored.taken() == 3
    assert len(stored.mails()) == 1


def test_a_new_time_kept_too_long_leaves_the_old_one(
    app: Flask, booked: Page, stored: Stored, at: Callable[..., None]
) -> None:
    page = by_link(app, stored, "move", day="2027-07-06").submit(button="11:00am")
    at(NOW + 11 * MINUTE)
    again = page.submit(button="Move this visit")
    assert again.status == 409
    assert "Nothing was changed" in again.text
    assert "Mon 5 July" in again.text
    assert stored.visits()[0]["sequence"] == 0
    page = again.submit(button="11:00am").submit(button="Move this visit")
    assert "has been moved" in page.text


@pytest.mark.both
def test_a_time_kept_to_move_to_stays_hers_when_others_book_beside_visits(
    app: Flask, clinic: Clinic, steps: Steps, stored: Stored
) -> None:
    with app.app_context(), transaction():
        session().get_one(Practitioner, clinic.ines).active = False
        session().get_one(Service, clinic.first_visit).gap = GapRule.ADJACENT
    steps.book(Browser(app))
    mine = by_link(app, stored, "move", day="2027-07-06").submit(button="2:00pm")
    other = {"name": "Binta Sow", "email": "binta@example.org", "day": "2027-07-06"}
    steps.book(Browser(app), "9:00am", **other)
    assert "has been moved" in mine.submit(button="Move this visit").text


def test_moving_twice_raises_the_sequence_twice_under_one_uid(
    app: Flask, booked: Page, stored: Stored
) -> None:
    for day in ("2027-07-06", "2027-07-07"):
        stored.sent()
        page = by_link(app, stored, "move", day=day).submit(button="11:00am")
        page.submit(button="Move this visit")
    invites = [mail["invite"] for mail in stored.mails()]
    assert [invite["sequence"] for invite in invites] == [0, 1, 2]
    assert len({invite["uid"] for invite in invites}) == 1


@pytest.mark.both
def test_cancelling_needs_no_reason_and_frees_the_time(
    app: Flask, clinic: Clinic, stored: Stored, steps: Steps
) -> None:
    steps.book(Browser(app))
    stored.sent()
    page = by_link(app, stored, "cancel")
    assert "You need not give a reason" in page.text
    page = page.submit(button="Cancel this visit")
    assert "This visit is cancelled" in page.text
    [visit] = stored.visits()
    assert (visit["status"], visit["sequence"]) == ("cancelled", 1)
    assert stored.taken() == 0
    last = stored.mails()[-1]
    assert last["kind"] == "appointments/cancelled"
    assert last["invite"]["method"] == "CANCEL"
    assert last["invite"]["starts_at"] == stored.mails()[0]["invite"]["starts_at"]
    assert set(last["links"]) == {"book"}
    assert stored.events()[-1] == "appointment:cancelled"


def test_cancelling_twice_sends_one_message(app: Flask, booked: Page, stored: Stored) -> None:
    [visit] = stored.visits()
    page = booked.browser.get(f"/visit/{visit['public_id']}/cancel")
    token = dict(page.forms[-1].fields)["csrf_token"]
    for _ in range(2):
        again = booked.browser.post(page.url, {"csrf_token": token})
        assert "This visit is cancelled" in again.text
    assert [mail["kind"] for mail in stored.mails()].count("appointments/cancelled") == 1


def test_booking_again_takes_three_activations_and_a_new_uid(
    app: Flask, booked: Page, stored: Stored
) -> None:
    page = by_link(app, stored, "cancel").submit(button="Cancel this visit")
    page = page.click("Book again")
    page = page.browser.get(f"{page.url}&day=2027-07-08")
    page = page.submit(button="11:00am")
    assert page.url.endswith("/book/check"), "she is known, and not asked again"
    assert "Amara Osei" in page.text
    assert "ends in 123" in page.text
    assert "07700" not in page.text
    page = page.submit(button="Book this visit")
    assert "Your visit is booked" in page.text
    first, second = stored.visits()
    assert first["uid"] != second["uid"]
    assert first["patient_id"] == second["patient_id"]
    assert stored.mails()[-1]["invite"]["sequence"] == 0


def test_somebody_elses_visit_lends_nobody_her_details(
    app: Flask, booked: Page, stored: Stored, steps: Steps
) -> None:
    [visit] = stored.visits()
    stranger = Browser(app)
    page = stranger.get("/book").click("60 minutes")
    page = stranger.get(f"{page.url}?again={visit['public_id']}&day=2027-07-08")
    page = page.submit(button="11:00am")
    assert page.url.endswith("/book/about-you")
    assert "Amara" not in page.text


@pytest.mark.parametrize("what", ["move", "cancel"])
def test_inside_the_window_there_is_a_number_instead(
    app: Flask, booked: Page, stored: Stored, at: Callable[..., None], what: str
) -> None:
    at(MONDAY_10AM - 23 * HOUR)
    page = by_link(app, stored, what)
    assert page.status == 409
    assert "020 7946 0102" in page.text
    assert "answer our message" in page.text
    assert "fee" in page.text
    visit = Browser(app).get(stored.link("visit")).submit(button="Go on")
    assert "To change this visit, call 020 7946 0102" in visit.text
    assert stored.visits()[0]["status"] == "booked"


def test_moving_and_cancelling_have_windows_of_their_own(
    app: Flask, booked: Page, clinic: Clinic, stored: Stored, at: Callable[..., None]
) -> None:
    with app.app_context(), transaction():
        session().get_one(Service, clinic.first_visit).move_window_minutes = 60
    at(MONDAY_10AM - 3 * HOUR)
    assert by_link(app, stored, "move").status == 200
    assert by_link(app, stored, "cancel").status == 409


def test_a_window_that_closes_while_she_chooses_is_said_kindly(
    app: Flask, booked: Page, stored: Stored, at: Callable[..., None]
) -> None:
    at(MONDAY_10AM - 24 * HOUR - 2 * MINUTE)
    page = by_link(app, stored, "move", day="2027-07-06").submit(button="11:00am")
    at(MONDAY_10AM - 24 * HOUR + MINUTE)
    page = page.submit(button="Move this visit")
    assert page.status == 409
    assert "Call us to move this visit" in page.text
    assert stored.visits()[0]["sequence"] == 0


def test_a_visit_that_has_begun_does_not_change(app: Flask, booked: Page, stored: Stored) -> None:
    with app.app_context(), transaction():
        session().get_one(Appointment, stored.visits()[0]["id"]).status = Status.ARRIVED
    assert by_link(app, stored, "move").status == 409
    assert by_link(app, stored, "cancel").status == 409


def test_the_calendar_file_is_discreet(booked: Page, stored: Stored) -> None:
    [visit] = stored.visits()
    response = booked.browser.client.get(f"/visit/{visit['public_id']}/invite.ics")
    assert 'filename="invite.ics"' in response.headers["Content-Disposition"]
    [event] = Calendar.from_ical(response.data).walk("VEVENT")
    assert str(event["SUMMARY"]) == "Appointment"
    assert event["DTSTART"].dt == MONDAY_10AM
    assert str(event["UID"]) == visit["uid"]
    assert b"First visit" not in response.data


def test_a_signed_in_patient_sees_her_visits_and_nobody_elses(
    app: Flask, steps: Steps, stored: Stored
) -> None:
    steps.book(Browser(app))
    steps.book(Browser(app), "11:00am", name="Kofi Mensah", email="kofi@example.org")
    hers, his = stored.visits()
    patient = Browser(app)
    with app.app_context(), transaction():
        token = accounts.start_person_session(hers["person_id"], now=clock.now())
    sign_in_with(patient, token)
    page = patient.get("/my")
    assert str(hers["public_id"]) in page.text
    assert str(his["public_id"]) not in page.text
    assert patient.get(f"/visit/{his['public_id']}").status == 404
    page = page.click("Mon 5 July, 10:00am")
    page = page.click("Cancel").submit(button="Cancel this visit")
    assert "This visit is cancelled" in page.text
    page = patient.get("/my")
    assert "No visit is booked." in page.text
    page = page.click("Book a visit").click("60 minutes")
    page = patient.get(f"{page.url}?day=2027-07-08").submit(button="11:00am")
    assert page.url.endswith("/book/check")
    page = page.submit(button="Book this visit")
    assert "Your visit is booked" in page.text
    assert patient.get("/my").status == 200, "she stays signed in"
