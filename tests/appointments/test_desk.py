"""A visit on its day: it arrives, begins, ends, and each step can be taken back."""

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import select

from booking.appointments.models import Appointment, Clearance, Status
from booking.audit.models import AuditRow
from booking.core.db import session, transaction
from tests.conftest import Cast
from tests.factories import MINUTES, MONDAY_10AM, Clinic, make_appointment, make_patient

JUST_BEFORE = MONDAY_10AM - 5 * MINUTES
DAY = "/day?date=2027-07-05"


@pytest.fixture
def visit(app: Flask, clinic: Clinic, at: Callable[..., None]) -> str:
    """Amara's visit with Mei, five minutes before it begins."""
    with app.app_context(), transaction():
        row = make_appointment(clinic)
        row.patient.contact_note = "Please ring after 5pm only."
        found = str(row.public_id)
    at(JUST_BEFORE)
    return found


def change(app: Flask, **values: object) -> None:
    with app.app_context(), transaction():
        row = session().scalars(select(Appointment)).one()
        for name, value in values.items():
            setattr(row, name, value)


def status(app: Flask) -> Status:
    with app.app_context():
        return session().scalars(select(Appointment.status)).one()


@pytest.mark.both
def test_arrival_takes_one_press_on_the_board_and_one_to_undo(
    cast: Cast, visit: str, app: Flask
) -> None:
    board = cast["reception"].get("/day")
    after = board.submit(button="Check in")
    assert after.url.startswith(DAY)
    assert "Appointment, 60 minutes, </span>arrived" in after.text
    assert status(app) is Status.ARRIVED
    before = after.submit(button="Undo")
    assert "Appointment, 60 minutes, </span>booked" in before.text
    assert status(app) is Status.BOOKED


def test_arrival_from_the_list_returns_to_the_list(cast: Cast, visit: str, app: Flask) -> None:
    after = cast["reception"].get("/day?view=list").submit(button="Check in")
    assert "view=list" in after.url
    assert status(app) is Status.ARRIVED


def test_pressed_twice_it_arrived_once(cast: Cast, visit: str, app: Flask) -> None:
    board = cast["reception"].get("/day")
    board.submit(button="Check in")
    assert board.submit(button="Check in").status == 200
    with app.app_context():
        tags = session().scalars(select(AuditRow.tag)).all()
    assert tags.count("appointment:status") == 1


def test_nobody_arrives_on_another_day(cast: Cast, visit: str, app: Flask) -> None:
    board = cast["reception"].get("/day")
    change(
        app,
        starts_at=MONDAY_10AM + 24 * 60 * MINUTES,
        ends_at=MONDAY_10AM + 25 * 60 * MINUTES,
    )
    page = board.submit(button="Check in")
    assert page.status == 409
    assert "another day" in page.text
    assert status(app) is Status.BOOKED
    assert "Check in" not in cast["reception"].get("/day?date=2027-07-06").text


def test_the_visit_shows_how_to_reach_the_patient_and_what_happened(cast: Cast, visit: str) -> None:
    page = cast["reception"].get("/day").submit(button="Check in").browser.get(f"/visits/{visit}")
    for words in (
        "Amara Osei",
        "Monday 5 July 2027, 10:00am to 11:00am",
        "amara@example.org",
        "Please ring after 5pm only.",
        "Marked as arrived",
        "Dana Whitlock",
    ):
        assert words in page.text
    assert page.title == "Visit – Canal Street"
    assert page.click("Open the form").status == 200


@pytest.mark.both
def test_a_practitioner_starts_and_ends_her_visit_and_can_take_both_back(
    cast: Cast, visit: str, app: Flask
) -> None:
    change(app, clearance=Clearance.CLEAR)
    page = cast["mei"].get(f"/visits/{visit}").submit(button="Start the visit")
    assert status(app) is Status.IN_ROOM
    page = page.submit(button="The visit is done")
    assert status(app) is Status.DONE
    page = page.submit(button="Not done after all")
    assert status(app) is Status.IN_ROOM
    page.submit(button="Not started after all")
    assert status(app) is Status.ARRIVED


@pytest.mark.parametrize("clearance", [Clearance.WAITING, Clearance.STOPPED])
def test_a_visit_cannot_start_before_its_answers_are_decided_on(
    cast: Cast, visit: str, app: Flask, clearance: Clearance
) -> None:
    change(app, clearance=Clearance.CLEAR)
    page = cast["mei"].get(f"/visits/{visit}")
    change(app, clearance=clearance)
    refused = page.submit(button="Start the visit")
    assert refused.status == 409
    assert "still need a decision" in refused.text
    assert status(app) is Status.BOOKED
    shown = cast["mei"].get(f"/visits/{visit}")
    assert "Start the visit" not in shown.text
    assert shown.click("Open the form").status == 200


def test_reception_cannot_take_back_a_visit_that_has_begun(
    cast: Cast, visit: str, app: Flask
) -> None:
    board = cast["reception"].get("/day").submit(button="Check in")
    change(app, status=Status.IN_ROOM)
    refused = board.submit(button="Undo")
    assert refused.status == 409
    assert "already begun" in refused.text
    assert status(app) is Status.IN_ROOM


def test_a_cancelled_visit_arrives_no_more(cast: Cast, visit: str, app: Flask) -> None:
    board = cast["reception"].get("/day")
    change(app, status=Status.CANCELLED)
    assert board.submit(button="Check in").status == 409


STEPS = ("arrive", "undo-arrive", "start", "finish", "undo")


@pytest.mark.parametrize(
    ("who", "seen", "steps"),
    [
        ("reception", 200, {"arrive": 200, "undo-arrive": 200}),
        ("owner", 200, {}),
        ("mei", 200, {"start": 200, "finish": 409, "undo": 409}),
        ("ines", 404, {"start": 404, "finish": 404, "undo": 404}),
        ("stranger", 200, {}),
    ],
)
def test_each_step_needs_its_role_and_the_own_visit(
    cast: Cast, visit: str, app: Flask, who: str, seen: int, steps: dict[str, int]
) -> None:
    change(app, clearance=Clearance.CLEAR)
    browser = cast[who]
    assert browser.get(f"/visits/{visit}").status == seen
    token = dict(browser.get("/day").form("csrf_token").fields)["csrf_token"]
    for step in STEPS:
        change(app, status=Status.BOOKED if step in {"arrive", "start"} else Status.ARRIVED)
        expected = steps.get(step, 401 if who == "stranger" else 403)
        found = browser.post(f"/visits/{visit}/{step}", {"csrf_token": token}).status
        assert found == expected, step


def test_another_practitioners_visit_looks_like_none(cast: Cast, visit: str) -> None:
    missing = "/visits/00000000-0000-4000-8000-000000000000"
    theirs, none = cast["ines"].get(f"/visits/{visit}"), cast["ines"].get(missing)
    assert (theirs.status, theirs.title) == (none.status, none.title) == (404, none.title)


def test_other_visits_of_the_record_are_counted_and_the_next_is_linked(
    cast: Cast, visit: str, app: Flask, clinic: Clinic
) -> None:
    with app.app_context(), transaction():
        patient = session().scalars(select(Appointment.patient_id)).one()
        for days in (-7, 7):
            make_appointment(
                clinic,
                patient_id=patient,
                starts_at=MONDAY_10AM + days * 24 * 60 * MINUTES,
                ends_at=MONDAY_10AM + (days * 24 * 60 + 45) * MINUTES,
            )
        make_appointment(
            clinic,
            patient_id=make_patient("Someone Else", "else@example.org").id,
            starts_at=MONDAY_10AM + 120 * MINUTES,
            ends_at=MONDAY_10AM + 165 * MINUTES,
        )
    page = cast["reception"].get(f"/visits/{visit}")
    assert "Mon 12 July, 10:00am" in page.text
    assert page.click("Open next visit").status == 200


def test_reception_reads_what_others_may_see_of_whoever_treats(
    app: Flask, cast: Cast, clinic: Clinic
) -> None:
    with app.app_context(), transaction():
        visit = make_appointment(clinic)
        visit.practitioner.title, visit.practitioner.outward_title = "Loss care", "Practitioner"
        address = f"/visits/{visit.public_id}"
    at_the_desk = cast["reception"].get(address).text
    assert "Mei Tan, Practitioner" in at_the_desk
    assert "Loss care" not in at_the_desk
    assert "Mei Tan, Loss care" in cast["mei"].get(address).text
