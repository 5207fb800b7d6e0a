"""The database refuses an overlap, whatever the code forgets."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import insert, select, text
from sqlalchemy.exc import DBAPIError

from booking.appointments.models import Hold
from booking.core.db import session, transaction
from booking.core.errors import AlreadyTaken, HoldOver
from booking.occupancy import actions, queries
from booking.occupancy.models import Occupancy
from booking.occupancy.rules import Claim
from tests.factories import MONDAY_10AM, NOW, Clinic, make_appointment

pytestmark = pytest.mark.both
HOUR = timedelta(hours=1)
MINUTE_OF_10AM = int(MONDAY_10AM.timestamp()) // 60


def rows(app: Flask) -> int:
    with app.app_context():
        return len(session().scalars(select(Occupancy)).all())


@pytest.mark.parametrize(
    ("start", "length"),
    [(0, 60), (-30, 60), (30, 60), (15, 10), (-30, 120), (59, 10), (-9, 10)],
    ids=["same", "before", "after", "inside", "around", "last minute", "first minute"],
)
@pytest.mark.parametrize("which", ["practitioner", "room", "patient"])
def test_no_part_of_taken_time_can_be_taken_again(
    app: Flask, clinic: Clinic, start: int, length: int, which: str
) -> None:
    with app.app_context():
        with transaction():
            first = make_appointment(clinic)
            other = make_appointment(
                clinic,
                patient_id=first.patient_id,
                starts_at=MONDAY_10AM + 24 * HOUR,
                ends_at=MONDAY_10AM + 25 * HOUR,
            )
            resource = {
                "practitioner": clinic.mei_resource,
                "room": clinic.room_resources[0],
                "patient": first.patient.resource_id,
            }[which]
            other_id = other.id
        begin = MONDAY_10AM + timedelta(minutes=start)
        claim = Claim(resource, begin, begin + timedelta(minutes=length))
        with pytest.raises(AlreadyTaken), transaction():
            actions.claim([claim], appointment_id=other_id, now=NOW)
    assert rows(app) == 6


def test_visits_may_touch(app: Flask, clinic: Clinic) -> None:
    with app.app_context(), transaction():
        make_appointment(clinic)
        make_appointment(clinic, starts_at=MONDAY_10AM + HOUR, ends_at=MONDAY_10AM + 2 * HOUR)
    assert rows(app) == 6


def test_an_overlap_is_refused_even_when_the_code_is_left_aside(app: Flask, clinic: Clinic) -> None:
    """Holds sec_J1."""
    with app.app_context():
        with transaction():
            appointment_id = make_appointment(clinic).id
        with pytest.raises(DBAPIError, match="occupancy_no_overlap"), transaction():
            session().execute(
                insert(Occupancy).values(
                    resource_id=clinic.mei_resource,
                    starts_at=MONDAY_10AM + timedelta(minutes=59),
                    ends_at=MONDAY_10AM + HOUR + timedelta(minutes=59),
                    appointment_id=appointment_id,
                )
            )
        with pytest.raises(DBAPIError, match="occupancy_no_overlap"), transaction():
            make = Occupancy(
                resource_id=clinic.mei_resource,
                starts_at=MONDAY_10AM + 5 * HOUR,
                ends_at=MONDAY_10AM + 6 * HOUR,
                appointment_id=appointment_id,
            )
            session().add(make)
            session().flush()
            make.starts_at = MONDAY_10AM + timedelta(minutes=30)
            session().flush()


def test_another_spelling_of_an_instant_cannot_slip_past(
    app: Flask, clinic: Clinic, database_kind: str
) -> None:
    with app.app_context():
        with transaction():
            appointment_id = make_appointment(clinic).id
        slipping = text(
            "INSERT INTO occupancy (resource_id, starts_at, ends_at, appointment_id) "
            "VALUES (:r, '2027-07-05T09:10:00+00:00', '2027-07-05T09:20:00+00:00', :a)"
        )
        name = "occupancy_instants" if database_kind == "sqlite" else "occupancy_no_overlap"
        with pytest.raises(DBAPIError, match=name), transaction():
            session().execute(slipping, {"r": clinic.mei_resource, "a": appointment_id})


def test_writing_outside_a_transaction_fails_at_once(app: Flask, clinic: Clinic) -> None:
    """Holds sec_J2."""
    with app.app_context(), pytest.raises(DBAPIError):
        session().execute(text("DELETE FROM occupancy"))


def test_busy_tells_only_what_is_asked(app: Flask, clinic: Clinic) -> None:
    with app.app_context():
        with transaction():
            make_appointment(clinic)
        asked = [clinic.mei_resource, clinic.ines_resource]
        found = queries.busy(asked, start=MONDAY_10AM, end=MONDAY_10AM + HOUR, now=NOW)
        assert found == {
            clinic.mei_resource: [(MINUTE_OF_10AM, MINUTE_OF_10AM + 60)],
            clinic.ines_resource: [],
        }


def test_busy_time_that_touches_is_one_stretch(app: Flask, clinic: Clinic) -> None:
    with app.app_context():
        with transaction():
            make_appointment(clinic)
            make_appointment(clinic, starts_at=MONDAY_10AM + HOUR, ends_at=MONDAY_10AM + 2 * HOUR)
        found = queries.busy(
            [clinic.mei_resource], start=MONDAY_10AM, end=MONDAY_10AM + 3 * HOUR, now=NOW
        )
        assert found == {clinic.mei_resource: [(MINUTE_OF_10AM, MINUTE_OF_10AM + 120)]}


def test_taking_over_a_hold_that_has_ended_is_refused(app: Flask, clinic: Clinic) -> None:
    with app.app_context(), pytest.raises(HoldOver), transaction():
        actions.take_over(999, resources=[], appointment_id=1, now=NOW)


@pytest.mark.parametrize("asked", [False, True], ids=["hold", "request"])
def test_what_a_later_clock_has_taken_back_in_part_is_not_taken_over(
    app: Flask, clinic: Clinic, asked: bool
) -> None:
    """Two hosts, one clock past the end: it needs the practitioner only, the room's row stays."""
    end = NOW + HOUR
    claims = [
        Claim(resource, MONDAY_10AM, MONDAY_10AM + HOUR)
        for resource in (clinic.mei_resource, clinic.room_resources[0])
    ]
    with app.app_context():
        with transaction():
            mine, other = (
                make_appointment(clinic),
                make_appointment(
                    clinic, starts_at=MONDAY_10AM + 2 * HOUR, ends_at=MONDAY_10AM + 3 * HOUR
                ),
            )
            for each in (mine.id, other.id):
                actions.release(each)
            kept = Hold(
                service_id=clinic.first_visit,
                practitioner_id=clinic.mei,
                location_id=clinic.location,
                starts_at=MONDAY_10AM,
                ends_at=MONDAY_10AM + HOUR,
                expires_at=end,
                created_at=NOW,
            )
            session().add(kept)
            session().flush()
            ids = mine.id, other.id, kept.id
            if asked:
                actions.claim(claims, appointment_id=mine.id, now=NOW, until=end)
            else:
                actions.hold(claims, hold_id=kept.id, until=end, now=NOW)
        with transaction():
            actions.claim(claims[:1], appointment_id=ids[1], now=end)
        needed = [claim.resource_id for claim in claims]
        with pytest.raises(HoldOver), transaction():
            if asked:
                actions.confirm(ids[0], resources=needed, now=NOW)
            else:
                actions.take_over(ids[2], resources=needed, appointment_id=ids[0], now=NOW)
