"""Reminders as they leave: each once, nothing stale, whatever happens to workers and clocks."""

from collections.abc import Callable
from datetime import datetime, timedelta
from email import message_from_bytes
from email.policy import default
from threading import Thread

import pytest
from flask import Flask

from booking.access.policy import Actor
from booking.appointments import actions
from booking.appointments.actions.booking import mail, next_version
from booking.appointments.models import Appointment
from booking.audit.actions import record
from booking.audit.rules.visits import AppointmentMoved
from booking.clinic.models import Organisation, Way
from booking.core import clock
from booking.core.db import session, transaction
from booking.mail.models import Mail
from booking.mail.rules import Outcome, Verdict
from booking.patients.models import Patient
from booking.reminders import jobs
from booking.reminders.models import ContactTask
from tests.factories import MONDAY_10AM, NOW, Clinic, make_appointment
from tests.mail.posts import WrittenTransport, deliver_all

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
BASE = "http://localhost"
BOOKED = NOW - 10 * DAY
EARLY = MONDAY_10AM - 48 * HOUR
MORNING = MONDAY_10AM - 2 * HOUR


@pytest.fixture
def visit(app: Flask, clinic: Clinic) -> int:
    """Booked long ago for Monday at 10."""
    with app.app_context(), transaction():
        return make_appointment(clinic, created_at=BOOKED, changed_at=BOOKED).id


def look(app: Flask, now: datetime) -> bool:
    """One look of the worker at `now`."""
    with app.app_context():
        return jobs.plan(now=now, base_url=BASE)


def leave(app: Flask, now: datetime, transport: WrittenTransport | None = None) -> list[str]:
    """The subjects of the reminders that leave at `now`."""
    transport = transport or WrittenTransport()
    before = len(transport.handed)
    deliver_all(app, transport, now=now)
    found = [message_from_bytes(raw, policy=default) for raw in transport.handed[before:]]
    return [str(m["Subject"]) for m in found if "coming up" in m.get_body().get_content()]  # type: ignore[union-attr]


def live_through(app: Flask, start: datetime, end: datetime) -> list[datetime]:
    """When reminders left, of a worker that looks every half hour."""
    found, now = [], start
    while now <= end:
        look(app, now)
        found += [now for _ in leave(app, now)]
        now += 30 * timedelta(minutes=1)
    return found


def change(app: Flask, number: int, do: Callable[[Appointment], None]) -> None:
    with app.app_context(), transaction():
        do(session().get_one(Appointment, number))


@pytest.mark.both
def test_each_visit_is_reminded_of_twice_and_no_more(app: Flask, visit: int) -> None:
    assert live_through(app, NOW, MONDAY_10AM + DAY) == [EARLY, MORNING]


def test_what_it_says_and_what_it_does_not(app: Flask, visit: int) -> None:
    look(app, EARLY)
    transport = WrittenTransport()
    deliver_all(app, transport, now=EARLY)
    [raw] = transport.handed
    message = message_from_bytes(raw, policy=default)
    assert message["To"] == "Amara Osei <amara@example.org>"
    assert message["Subject"] == "Appointment: Mon 5 July, 10:00am"
    text = message.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    for words in ("Monday 5 July 2027, 10:00am", "London time", "With Mei Tan", f"{BASE}/a/"):
        assert words in text
    for never in ("First visit", "cupuncture", "calendar"):
        assert never not in raw.decode() + text


def test_a_visit_by_video_says_so_and_no_address(app: Flask, visit: int) -> None:
    change(app, visit, lambda mine: setattr(mine, "way", Way.VIDEO))
    look(app, EARLY)
    transport = WrittenTransport()
    deliver_all(app, transport, now=EARLY)
    [raw] = transport.handed
    text = message_from_bytes(raw, policy=default).get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert "By video" in text
    assert "12 Canal Street" not in text


@pytest.mark.both
def test_restarts_clock_jumps_and_several_workers_make_no_second_one(
    app: Flask, visit: int
) -> None:
    for now in (EARLY, EARLY - 3 * DAY, EARLY + HOUR, EARLY):
        workers = [Thread(target=look, args=(app, now)) for _ in range(3)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join(60)
    with app.app_context():
        assert session().query(Mail).count() == 1
    assert len(leave(app, EARLY + HOUR)) == 1
    look(app, EARLY + 2 * HOUR)
    assert leave(app, EARLY + 2 * HOUR) == []


def test_a_worker_that_was_away_sends_one_not_two(app: Flask, visit: int) -> None:
    assert live_through(app, MORNING + HOUR, MONDAY_10AM + HOUR) == [MORNING + HOUR]


def test_a_cancelled_visit_is_not_reminded_of(app: Flask, visit: int) -> None:
    look(app, EARLY)
    change(
        app,
        visit,
        lambda mine: actions.cancel(Actor(), mine, now=NOW, base_url=BASE) and None,
    )
    assert leave(app, EARLY + HOUR) == []
    assert live_through(app, EARLY, MONDAY_10AM) == []


def test_a_moved_visit_is_reminded_of_at_its_new_time_only(app: Flask, visit: int) -> None:
    look(app, EARLY)

    def move(mine: Appointment) -> None:
        mine.starts_at += 7 * DAY
        mine.ends_at += 7 * DAY
        next_version(mine, now=EARLY)
        mail("moved", mine, now=EARLY, base_url=BASE)

    change(app, visit, move)
    assert leave(app, EARLY + HOUR) == []
    left = live_through(app, EARLY + HOUR, MONDAY_10AM + 8 * DAY)
    assert left == [EARLY + 7 * DAY, MORNING + 7 * DAY]


def test_a_change_without_a_message_stops_it_too(app: Flask, visit: int) -> None:
    look(app, EARLY)
    change(app, visit, lambda mine: next_version(mine, now=EARLY + HOUR / 2))
    look(app, EARLY + HOUR)
    assert leave(app, EARLY + HOUR) == []


def test_who_says_that_mail_is_not_safe_after_all_gets_none(app: Flask, visit: int) -> None:
    look(app, EARLY)
    with app.app_context(), transaction():
        session().query(Patient).one().channels = "text"
    look(app, EARLY + HOUR)
    assert leave(app, EARLY + HOUR) == []
    with app.app_context():
        [task] = session().query(ContactTask)
        assert (task.told, task.appointment_id) == ("reminder", visit)


def test_a_relay_that_is_down_over_night_delays_it_to_the_morning(
    app: Flask, clinic: Clinic
) -> None:
    with app.app_context(), transaction():
        start = MONDAY_10AM + 9 * HOUR  # 7 in the evening
        make_appointment(
            clinic, created_at=BOOKED, changed_at=BOOKED, starts_at=start, ends_at=start + HOUR
        )
    due = MONDAY_10AM + 9 * HOUR - 48 * HOUR
    look(app, due)
    down = WrittenTransport(answers=[Outcome(Verdict.TRY_AGAIN, None, "connect")] * 3)
    deliver_all(app, down, now=due)
    at_night = due + 4 * HOUR
    look(app, at_night)
    assert leave(app, at_night) == []
    in_the_morning = due + 13 * HOUR
    look(app, in_the_morning)
    assert len(leave(app, in_the_morning)) == 1
    look(app, in_the_morning + HOUR)
    assert leave(app, in_the_morning + HOUR) == []


def test_the_clinics_settings_count(app: Flask, visit: int) -> None:
    with app.app_context(), transaction():
        ours = session().get_one(Organisation, 1)
        ours.reminder_hours, ours.reminder_morning = 24, ""
    assert live_through(app, NOW, MONDAY_10AM) == [MONDAY_10AM - 24 * HOUR]


def test_whom_mail_must_not_reach_is_called_once_for_each_time(app: Flask, visit: int) -> None:
    with app.app_context(), transaction():
        session().query(Patient).one().channels = "phone"
    assert live_through(app, NOW, MONDAY_10AM) == []
    with app.app_context():
        assert [task.told for task in session().query(ContactTask)] == ["reminder"]


@pytest.mark.parametrize(
    ("actor", "calls"), [(Actor(user_id=3), ["moved"]), (Actor(person_id=1), [])]
)
def test_a_change_made_at_the_clinic_is_told_by_telephone(
    app: Flask, visit: int, actor: Actor, calls: list[str]
) -> None:
    def move(mine: Appointment) -> None:
        mine.patient.channels = "phone"
        mine.starts_at += 7 * DAY
        mine.ends_at += 7 * DAY
        next_version(mine, now=NOW)
        told = AppointmentMoved(
            patient_id=mine.patient_id, appointment_id=mine.id, sequence=mine.sequence
        )
        record(told, by=actor, at=NOW)

    change(app, visit, move)
    look(app, NOW + HOUR)
    look(app, NOW + 2 * HOUR)
    with app.app_context():
        assert [task.told for task in session().query(ContactTask)] == calls


def test_there_is_nothing_to_do_before_there_is_a_clinic(app: Flask) -> None:
    clock.travel(NOW)
    assert look(app, NOW) is False
