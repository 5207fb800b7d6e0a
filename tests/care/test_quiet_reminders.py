"""Reminders and the quiet switch: none leaves once it is said, and each comes back once."""

from collections.abc import Callable
from datetime import datetime, timedelta
from threading import Event, Thread

import pytest
from flask import Flask
from sqlalchemy import select

from booking.access.policy import STRANGER
from booking.appointments.models import Appointment
from booking.care import actions
from booking.core.db import session, transaction
from booking.mail import outbox
from booking.mail.models import Mail, MailState
from booking.mail.rules import Outcome, Verdict
from booking.patients.models import Patient
from booking.reminders import actions as reminders
from booking.reminders import jobs
from booking.reminders.models import ContactTask
from booking.reminders.queries import open_tasks
from tests.factories import MONDAY_10AM, NOW, Clinic, make_appointment, make_patient
from tests.mail.posts import WrittenTransport, deliver_all, rows, step

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
BASE = "http://localhost"
EARLY = MONDAY_10AM - 48 * HOUR
REFUSED = Outcome(Verdict.REFUSED, 550)


@pytest.fixture
def visit(app: Flask, clinic: Clinic) -> int:
    """Booked long ago for Monday at 10."""
    with app.app_context(), transaction():
        return make_appointment(clinic, created_at=NOW - 10 * DAY, changed_at=NOW - 10 * DAY).id


def plan(app: Flask, number: int = 0) -> None:
    with app.app_context():
        jobs.plan(now=EARLY + number * HOUR, base_url=BASE)


def say(app: Flask, visit: int) -> None:
    """Say it, and as the page does, say it again while a message is being handed over."""
    while True:
        try:
            with app.app_context(), transaction():
                actions.say(
                    STRANGER,
                    session().get_one(Appointment, visit),
                    let_go=(),
                    gently=False,
                    now=EARLY,
                    wait_until=EARLY + DAY,
                    base_url=BASE,
                )
        except outbox.InHand:
            continue
        return


def take_back(app: Flask, visit: int) -> None:
    with app.app_context(), transaction():
        found = session().get_one(Appointment, visit)
        actions.take_back(STRANGER, found, now=EARLY + HOUR, base_url=BASE)


def left(app: Flask, number: int) -> int:
    """How many messages leave that many hours later."""
    return deliver_all(app, WrittenTransport(), now=EARLY + number * HOUR)


@pytest.mark.both
def test_none_leaves_while_it_is_quiet_and_one_once_it_is_not(app: Flask, visit: int) -> None:
    plan(app)
    say(app, visit)
    plan(app, 1)
    assert left(app, 1) == 0
    assert [row.state for row in rows(app)] == [MailState.STOPPED]
    take_back(app, visit)
    for number in (2, 3, 4):
        plan(app, number)
    assert left(app, 4) == 1
    plan(app, 5)
    assert left(app, 5) == 0


def test_what_was_not_due_yet_comes_at_its_time_after_it_is_taken_back(
    app: Flask, visit: int
) -> None:
    say(app, visit)
    take_back(app, visit)
    plan(app)
    assert left(app, 1) == 1


def test_what_would_be_stale_does_not_come_back(app: Flask, visit: int) -> None:
    plan(app)
    say(app, visit)
    take_back(app, visit)
    plan(app, 48)
    assert left(app, 48) == 0


def test_a_reminder_that_was_refused_before_is_not_sent_again(app: Flask, visit: int) -> None:
    plan(app)
    deliver_all(app, WrittenTransport(answers=[REFUSED]), now=EARLY)
    assert [row.state for row in rows(app)] == [MailState.DEAD]
    say(app, visit)
    assert [(row.state, row.snapshot_sealed) for row in rows(app)] == [(MailState.STOPPED, None)]


def test_nobody_is_asked_to_call_and_calls_come_back(app: Flask, visit: int) -> None:
    with app.app_context(), transaction():
        session().scalars(select(Patient)).one().channels = "phone"

    def calls() -> int:
        with app.app_context():
            return len(open_tasks(now=EARLY + HOUR))

    plan(app)
    assert calls() == 1
    say(app, visit)
    assert calls() == 0
    take_back(app, visit)
    plan(app, 1)
    assert calls() == 1


def test_no_call_is_entered_while_it_is_quiet(app: Flask, visit: int) -> None:
    with app.app_context(), transaction():
        session().scalars(select(Patient)).one().channels = "phone"
    say(app, visit)
    plan(app)
    with app.app_context():
        assert session().scalars(select(ContactTask)).all() == []


@pytest.mark.both
def test_what_is_planned_but_not_committed_yet_is_waited_for(app: Flask, visit: int) -> None:
    saying = Thread(target=say, args=(app, visit))
    with app.app_context(), transaction():
        reminders.plan(now=EARLY, base_url=BASE)
        saying.start()
        saying.join(0.5)
        assert saying.is_alive()
    saying.join(60)
    assert [row.state for row in rows(app)] == [MailState.STOPPED]


@pytest.mark.both
def test_saying_it_at_the_very_moment_leaves_nothing_to_leave(app: Flask, clinic: Clinic) -> None:
    with app.app_context(), transaction():
        visits = [
            make_appointment(
                clinic,
                patient_id=make_patient(name=f"Amara {letter}", email=f"{letter}@example.org").id,
                starts_at=MONDAY_10AM + number * HOUR,
                ends_at=MONDAY_10AM + (number + 1) * HOUR,
                created_at=NOW - 10 * DAY,
                changed_at=NOW - 10 * DAY,
            ).id
            for number, letter in enumerate("abcdef")
        ]
    over, transport = Event(), WrittenTransport()
    at = EARLY + 6 * HOUR  # all six are due
    threads = [
        Thread(target=_again, args=(over, _planning(app, at))),
        Thread(target=_again, args=(over, _planning(app, at))),
        Thread(target=_again, args=(over, lambda: step(app, transport, now=at))),
    ]
    for thread in threads:
        thread.start()
    sent_before = {}
    for visit in visits:
        say(app, visit)
        sent_before[visit] = _sent(app, visit)  # from the commit on it may not change
    over.set()
    for thread in threads:
        thread.join(60)
    _planning(app, at)()
    deliver_all(app, transport, now=at)
    assert {visit: _sent(app, visit) for visit in visits} == sent_before
    with app.app_context():
        waiting = select(Mail.id).where(Mail.state == MailState.QUEUED)
        assert session().scalars(waiting).all() == []


def _planning(app: Flask, at: datetime) -> Callable[[], None]:
    def once() -> None:
        with app.app_context():
            jobs.plan(now=at, base_url=BASE)

    return once


def _again(over: Event, do: Callable[[], object]) -> None:
    while not over.is_set():
        do()


def _sent(app: Flask, visit: int) -> int:
    with app.app_context():
        wanted = select(Mail.id).where(Mail.appointment_id == visit, Mail.state == MailState.SENT)
        return len(session().scalars(wanted).all())
