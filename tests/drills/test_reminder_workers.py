"""Reminders by several worker processes that are killed, with clocks that jump: one each, no more.

The clock of all of them stands in the middle of the day the first reminder is due, then the lease
of whatever the killed held later, a day back, and in the morning of the visits.
"""

import time
from collections import Counter
from datetime import datetime, timedelta
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from booking.core.db import session, transaction
from booking.mail.models import Mail, MailState
from booking.mail.outbox import LEASE
from tests.drills.test_mail_crashes import herd, settings_file, wait_until
from tests.factories import MINUTES, MONDAY_10AM, NOW, Clinic, make_appointment, make_patient
from tests.mail.receiver import Receiver, authority, receiving

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
DUE = MONDAY_10AM - 43 * HOUR  # Saturday at 3 in the afternoon
OURS = "Appointment:"  # what else leaves is not about a reminder
MORNING = MONDAY_10AM - 90 * MINUTES


@pytest.mark.both
def test_killed_workers_and_jumping_clocks_remind_of_each_visit_once_each_time(
    app: Flask, clinic: Clinic, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """Holds sec_J7."""
    kills, visits = (60, 60) if request.config.getoption("--long") else (3, 6)
    with app.app_context(), transaction():
        for nth in range(visits):
            a_visit(clinic, nth)
    ours = authority(tmp_path)
    with receiving(ours.context()) as receiver:
        file = settings_file(app, tmp_path, receiver, ours.cafile)
        with herd(file, now=DUE, count=3) as three:
            for nth in range(kills):
                receiver.wait_for(nth, seconds=60)
                time.sleep(nth % 7 * 0.005)  # somewhere else in what they do each time
                three.lose_one()
        settle(app, file, DUE + LEASE + MINUTES, sent=visits)
        settle(app, file, DUE - DAY, sent=visits)
        assert reminded(receiver) == {f"patient{nth}@example.org": 1 for nth in range(visits)}
        settle(app, file, MORNING, sent=2 * visits)
        assert reminded(receiver) == {f"patient{nth}@example.org": 2 for nth in range(visits)}
        different = {each.content for each in receiver.delivered}
        assert len(receiver.delivered) <= len(different) + kills  # one more for each kill at most


def a_visit(clinic: Clinic, nth: int) -> None:
    """One of many on Monday, five minutes long, each of somebody else, booked long ago."""
    start = MONDAY_10AM + nth * 5 * MINUTES
    patient = make_patient(f"Patient {nth}", f"patient{nth}@example.org")
    make_appointment(
        clinic,
        patient_id=patient.id,
        starts_at=start,
        ends_at=start + 5 * MINUTES,
        created_at=NOW - 20 * DAY,
        changed_at=NOW - 20 * DAY,
    )


def settle(app: Flask, file: Path, now: datetime, *, sent: int) -> None:
    """Let three workers live at `now` until that many left, and long enough to do wrong."""
    with herd(file, now=now, count=3):
        assert wait_until(lambda: states(app) == {MailState.SENT: sent}, seconds=120)
        time.sleep(1)
    assert states(app) == {MailState.SENT: sent}


def states(app: Flask) -> Counter[MailState]:
    with app.app_context():
        wanted = select(Mail.state).where(Mail.kind == "reminders/reminder")
        return Counter(session().scalars(wanted))


def reminded(receiver: Receiver) -> dict[str, int]:
    """How many different reminders each address has; a message twice is the same one."""
    messages = {
        str(found["Message-ID"]): str(found["To"].addresses[0].addr_spec)
        for each in receiver.delivered
        if (found := message_from_bytes(each.content, policy=default))["Subject"].startswith(OURS)
    }
    return dict(Counter(messages.values()))
