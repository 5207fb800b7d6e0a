"""Reception's Today: what the day asks for, each line leading to the one thing to do."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask

from booking.appointments.models import Absence, AnotherTime, Appointment, Status
from booking.cli.bench.alone import counted
from booking.core import clock
from booking.core.db import session, transaction
from booking.today.rules import gap_before, standing
from booking.waiting.models import WaitingEntry, WaitingOffer
from tests.conftest import Cast
from tests.factories import MINUTES, MONDAY_10AM, Clinic, make_appointment, make_patient
from tests.house.everybody import Everybody


@pytest.fixture
def morning(app: Flask, clinic: Clinic, at: Callable[..., None]) -> dict[str, str]:
    """Monday, 10:15: Amara is not here yet, Beth waits, Chloe comes at 11, Dina is in the room."""
    at(MONDAY_10AM + 15 * MINUTES)
    with app.app_context(), transaction():
        found = {"amara": make_appointment(clinic)}
        for name, minutes, room, who, status in (
            ("Beth Nolan", 30, 1, clinic.ines, Status.ARRIVED),
            ("Chloe Martin", 60, 0, clinic.mei, Status.BOOKED),
            ("Dina Farouk", -15, 1, clinic.ines, Status.IN_ROOM),
        ):
            start = MONDAY_10AM + minutes * MINUTES
            found[name.split()[0].lower()] = make_appointment(
                clinic,
                patient_id=make_patient(name, f"{name.split()[0]}@example.org").id,
                practitioner_id=who,
                room_id=clinic.rooms[room],
                starts_at=start,
                ends_at=start + 45 * MINUTES,
                status=status,
            )
        return {name: str(visit.public_id) for name, visit in found.items()}


def part(text: str, heading: str) -> str:
    return text.split(f">{heading}</h2>")[1].split("</section>")[0]


def test_who_is_late_here_next_and_in_the_room(cast: Cast, morning: dict[str, str]) -> None:
    page = cast["reception"].get("/today")
    assert "Monday 5 July" in page.text
    assert "Amara Osei" in part(page.text, "Not here yet")
    assert "Beth Nolan" in part(page.text, "Here")
    assert "Chloe Martin" in part(page.text, "Next")
    assert "Dina Farouk" in part(page.text, "In the room")
    assert "Nobody waits for a call or an answer" in page.text


def test_arrival_is_one_press_and_taken_back_by_one(cast: Cast, morning: dict[str, str]) -> None:
    page = cast["reception"].get("/today").submit(button="Check in, Amara Osei")
    assert page.url.startswith("/today")
    assert "Amara Osei" in part(page.text, "Here")
    page = page.submit(button="Undo, Amara Osei")
    assert "Amara Osei" in part(page.text, "Not here yet")


def test_forms_that_are_not_ready_and_free_times_lead_on(
    cast: Cast, morning: dict[str, str]
) -> None:
    page = cast["reception"].get("/today")
    forms = part(page.text, "Forms not ready")
    assert f"/forms/{morning['chloe']}" in forms
    assert "Form not sent" in forms
    free = page.click("Book with Mei Tan")
    assert "Add a visit" in free.text
    assert "Mei Tan" in free.text


def test_all_that_waits_is_counted_and_each_line_leads_to_it(
    app: Flask, clinic: Clinic, at: Callable[..., None]
) -> None:
    at(MONDAY_10AM - timedelta(hours=1))
    everybody = Everybody(app, clinic)
    reception = everybody.browsers["reception"]
    with app.app_context(), transaction():
        entry = session().query(WaitingEntry).one()
        session().add(
            WaitingOffer(
                entry_id=entry.id,
                practitioner_id=clinic.mei,
                location_id=clinic.location,
                starts_at=MONDAY_10AM + timedelta(days=1),
                made_at=clock.now(),
                answer_by=clock.now() + timedelta(hours=2),
            )
        )
    everybody.browsers["visit-link"].get(f"/visit/{everybody.visit}/messages").submit(
        {"text": "Hello"}, having="text"
    )
    page = reception.get("/today")
    text = " ".join(page.text.split())
    for words in (
        "Inês Roca is away: 1 without an answer, 0 to call",
        "A patient has written",
        "Somebody asks to move or cancel",
        "A call or text to make",
        "An invitation was answered",
        "1 person on the waiting list",
        "Answer by 11:00am",
    ):
        assert words in text, words
    for action, leads in (
        ("See who has answered", "/away/"),
        ("Answer", "/messages"),
        ("Call or change", "/requests"),
        ("Call, ", "/worklist#calls"),
        ("Look", "/worklist#answers"),
    ):
        assert leads in page.link(action), action
        assert reception.get(page.link(action)).status == 200


def test_a_message_that_did_not_arrive_leads_to_its_mending(
    app: Flask, cast: Cast, morning: dict[str, str]
) -> None:
    from booking.mail.models import Mail, MailState

    with app.app_context(), transaction():
        visit = session().query(Appointment).first()
        mail = Mail(
            kind="appointments/moved",
            owner_id=visit.patient.public_id,
            dedupe_key="x",
            appointment_id=visit.id,
            message_id="<x@example.org>",
            state=MailState.DEAD,
            created_at=clock.now(),
            waiting_since=clock.now(),
            next_try_at=clock.now(),
        )
        mail.snapshot = {"to_address": "amara@exampel.org"}
        session().add(mail)
    page = cast["reception"].get("/today").click("Fix the address and send again")
    assert "amara@exampel.org" in page.text


def test_an_absence_all_have_answered_asks_nothing(
    app: Flask, clinic: Clinic, cast: Cast, morning: dict[str, str]
) -> None:
    with app.app_context(), transaction():
        visit = session().query(Appointment).first()
        absence = Absence(
            practitioner_id=clinic.mei,
            starts_at=visit.starts_at,
            ends_at=visit.ends_at,
            noted_at=clock.now(),
        )
        session().add(absence)
        session().flush()
        session().add(AnotherTime(absence_id=absence.id, appointment_id=visit.id, mailed=False))
        number = visit.id
    assert "0 without an answer, 1 to call" in cast["reception"].get("/today").text
    with app.app_context(), transaction():
        session().get_one(Appointment, number).status = Status.CANCELLED
    assert "is away" not in cast["reception"].get("/today").text


def test_an_empty_day_is_calm(cast: Cast) -> None:
    page = cast["reception"].get("/today")
    assert "Nobody else is booked today." in page.text
    assert "every message has arrived" in page.text


@pytest.mark.parametrize("who", ["mei", "owner", "stranger"])
def test_it_is_receptions_page(cast: Cast, who: str) -> None:
    page = cast[who].get("/today")
    assert page.status == 403 or page.url.startswith("/sign-in")


@pytest.mark.both
def test_its_cost_does_not_grow_with_the_day(
    app: Flask, cast: Cast, clinic: Clinic, morning: dict[str, str]
) -> None:
    def cost() -> int:
        cast["reception"].get("/today")
        with app.app_context(), counted(app) as statements:
            cast["reception"].get("/today")
        return len(statements)

    few = cost()
    with app.app_context(), transaction():
        for number in range(5):
            start = MONDAY_10AM + (120 + number * 50) * MINUTES
            make_appointment(
                clinic,
                patient_id=make_patient(f"Person {number}", f"p{number}@example.org").id,
                starts_at=start,
                ends_at=start + 45 * MINUTES,
            )
    assert cost() == few
    assert few <= 22, few


class Seen:
    def __init__(self, minutes: int, status: Status = Status.BOOKED) -> None:
        self.starts_at = MONDAY_10AM + minutes * MINUTES
        self.ends_at = self.starts_at + 30 * MINUTES
        self.status = status


def test_how_a_days_visits_stand() -> None:
    late, ahead, here = Seen(-1), Seen(0), Seen(-60, Status.ARRIVED)
    over, asked = Seen(-90, Status.DONE), Seen(5, Status.REQUESTED)
    found = standing([ahead, late, here, over, asked], now=MONDAY_10AM)
    assert (found.late, found.ahead, found.here) == ([late], [ahead], [here])
    assert found.over == [over, asked]
    assert gap_before(Seen(40), [Seen(0)], now=MONDAY_10AM) == 10 * MINUTES
    assert gap_before(Seen(10), [Seen(0)], now=MONDAY_10AM) == timedelta()
