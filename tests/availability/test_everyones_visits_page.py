"""Everybody's visits outside open time: a line above reception's day, and one page to move them."""

from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import select

from booking.audit.models import AuditRow
from booking.availability.models import OutsideBusy, TimeOff
from booking.core.db import session, transaction
from tests import factories
from tests.conftest import Cast
from tests.factories import MONDAY_10AM, Clinic

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
PAGE = "/visits/outside-hours"
LINE = "visits lie outside open time"


@pytest.fixture
def booked(app: Flask, clinic: Clinic) -> None:
    """Amara is with Mei on Monday, Binta with Ines on Tuesday."""
    with app.app_context(), transaction():
        factories.make_appointment(clinic)
        factories.make_appointment(
            clinic,
            patient_id=factories.make_patient("Binta Sow", "binta@example.org").id,
            practitioner_id=clinic.ines,
            room_id=clinic.rooms[1],
            starts_at=MONDAY_10AM + DAY,
            ends_at=MONDAY_10AM + DAY + HOUR,
        )


def away(app: Flask, practitioner_id: int, start: datetime) -> None:
    with app.app_context(), transaction():
        row = TimeOff(practitioner_id=practitioner_id, starts_at=start, ends_at=start + HOUR)
        session().add(row)


@pytest.mark.parametrize("who", ["reception", "owner"])
def test_the_day_says_so_and_leads_to_all_of_them_by_day(
    app: Flask, clinic: Clinic, cast: Cast, booked: None, who: str
) -> None:
    assert LINE not in cast[who].get("/day").text
    assert "Every booked visit lies in open time." in cast[who].get(PAGE).text
    away(app, clinic.mei, MONDAY_10AM)
    away(app, clinic.ines, MONDAY_10AM + DAY)
    page = cast[who].get(cast[who].get("/day").link(LINE))
    assert page.url == PAGE
    text = page.text
    order = ["Monday 5 July 2027", "Amara Osei", "Mei Tan", "Tuesday 6 July 2027", "Binta Sow"]
    assert sorted(order, key=text.index) == order
    assert cast[who].get(page.link("the visit of Binta Sow")).status == 200


def test_a_visit_leaves_the_list_once_its_time_is_open_again(
    app: Flask, clinic: Clinic, cast: Cast, booked: None
) -> None:
    away(app, clinic.mei, MONDAY_10AM)
    assert "A visit lies outside open time" in cast["reception"].get("/day").text
    with app.app_context(), transaction():
        session().query(TimeOff).delete()
    assert "outside open time" not in cast["reception"].get("/day").text


def test_a_calendar_kept_elsewhere_is_no_cause(
    app: Flask, clinic: Clinic, cast: Cast, booked: None
) -> None:
    with app.app_context(), transaction():
        row = OutsideBusy(
            source=uuid4(),
            practitioner_id=clinic.mei,
            starts_at=MONDAY_10AM,
            ends_at=MONDAY_10AM + HOUR,
        )
        session().add(row)
    assert "outside open time" not in cast["reception"].get("/day").text


def test_a_practitioner_has_her_own_list_only(
    app: Flask, clinic: Clinic, cast: Cast, booked: None
) -> None:
    away(app, clinic.ines, MONDAY_10AM + DAY)
    assert cast["mei"].get(PAGE).status == 403
    assert "outside open time" not in cast["mei"].get("/day").text


def test_who_saw_the_names_is_in_the_audit(
    app: Flask, clinic: Clinic, cast: Cast, booked: None
) -> None:
    cast["reception"].get(PAGE)
    away(app, clinic.mei, MONDAY_10AM)
    cast["reception"].get(PAGE)
    with app.app_context():
        rows = session().scalars(select(AuditRow).order_by(AuditRow.id))
        found = [row.details for row in rows if row.tag == "hours:visits-listed"]
    assert found == [{"visits": 1}]
