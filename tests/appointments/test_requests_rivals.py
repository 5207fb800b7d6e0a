"""Answers to one request at one moment: one of them counts, and the message says which."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from booking.access.policy import STRANGER
from booking.appointments import actions
from booking.appointments.models import Appointment, Status
from booking.appointments.queries import patient as queries
from booking.core.db import db, session, transaction
from booking.core.errors import BookingError
from booking.mail.models import Mail, MailState
from booking.occupancy import actions as occupancy
from booking.occupancy import queries as taken
from booking.occupancy.models import Occupancy
from booking.occupancy.rules import Claim
from tests.factories import MONDAY_10AM, NOW, Clinic, make_appointment, make_patient

pytestmark = pytest.mark.both
ROUNDS = 6
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
BASE = "http://localhost"


@pytest.fixture
def requests(app: Flask, clinic: Clinic) -> list[int]:
    """Requests that wait half an hour, each with its time."""
    made = []
    with app.app_context(), transaction():
        for number in range(ROUNDS):
            begins = MONDAY_10AM + number * DAY
            visit = make_appointment(
                clinic,
                patient_id=make_patient(f"P {number}x").id,
                starts_at=begins,
                ends_at=begins + HOUR,
                status=Status.REQUESTED,
                answer_by=NOW + HOUR / 2,
            )
            claims = taken.claims_of(visit.id)
            occupancy.release(visit.id)
            occupancy.claim(claims, appointment_id=visit.id, now=NOW, until=visit.answer_by)
            made.append(visit.id)
    return made


def at_once(app: Flask, acts: list[Callable[[], Any]]) -> list[str]:
    """Do all of it at one moment; "done", or the kind of refusal."""
    start = Barrier(len(acts))

    def one(act: Callable[[], Any]) -> str:
        with app.app_context():
            start.wait()
            try:
                with transaction():
                    act()
            except BookingError as refused:
                return type(refused).__name__
            finally:
                db.session.remove()
        return "done"

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(one, acts))


def approve(visit: int, now: Any = NOW) -> Callable[[], Any]:
    return lambda: actions.approve_request(
        STRANGER, queries.appointment(visit), now=now, base_url=BASE
    )


def decline(visit: int) -> Callable[[], Any]:
    return lambda: actions.decline_request(
        STRANGER, queries.appointment(visit), alternatives=[], now=NOW, base_url=BASE
    )


def withdraw(visit: int) -> Callable[[], Any]:
    return lambda: actions.withdraw(STRANGER, queries.appointment(visit), now=NOW)


def ended(app: Flask, visit: int) -> tuple[str, int, list[str]]:
    """Status, rows of its own time that do not end, and the kinds of messages to leave."""
    with app.app_context():
        status = session().get_one(Appointment, visit).status.value
        rows = session().scalars(
            select(Occupancy.id).where(
                Occupancy.appointment_id == visit, Occupancy.expires_at.is_(None)
            )
        )
        mails = session().scalars(
            select(Mail.kind).where(Mail.appointment_id == visit, Mail.state != MailState.STOPPED)
        )
        return status, len(rows.all()), [kind.partition("/")[2] for kind in mails]


BOOKED = ("booked", 3, ["confirmation"])


def test_of_several_who_approve_one_has(app: Flask, requests: list[int]) -> None:
    for visit in requests:
        answers = at_once(app, [approve(visit)] * 4)
        assert sorted(answers) == ["WrongState"] * 3 + ["done"]
        assert ended(app, visit) == BOOKED


def test_of_approving_declining_and_taking_back_one_counts(app: Flask, requests: list[int]) -> None:
    outcomes = {
        0: BOOKED,
        1: ("declined", 0, ["declined"]),
        2: ("cancelled", 0, []),
    }
    for visit in requests:
        answers = at_once(app, [approve(visit), decline(visit), withdraw(visit)])
        won = [place for place, answer in enumerate(answers) if answer == "done"]
        assert len(won) == 1, answers
        assert ended(app, visit) == outcomes[won[0]]


def test_approval_and_the_end_of_its_time_never_give_the_time_twice(
    app: Flask, clinic: Clinic, requests: list[int]
) -> None:
    """One host's clock is still before the end, another's is past it and wants the time."""
    with app.app_context(), transaction():
        rival = make_appointment(
            clinic,
            patient_id=make_patient("Noor Haddad").id,
            starts_at=MONDAY_10AM + 99 * DAY,
            ends_at=MONDAY_10AM + 99 * DAY + HOUR,
        ).id
    before, after = NOW + HOUR / 2.1, NOW + HOUR / 1.9
    for place, visit in enumerate(requests):
        begins = MONDAY_10AM + place * DAY
        wanted = [Claim(clinic.mei_resource, begins, begins + HOUR)]

        def take(claims: Any = wanted) -> None:
            occupancy.claim(claims, appointment_id=rival, now=after)

        def expire(which: int = visit) -> None:
            actions.expire_request(which, now=after, base_url=BASE)

        approved, took, _written = at_once(app, [approve(visit, before), take, expire])
        assert {approved, took} in ({"done", "WrongState"}, {"done", "AlreadyTaken"})
        status, rows, _mails = ended(app, visit)
        assert (status, rows) == (("booked", 3) if approved == "done" else ("expired", 0))
