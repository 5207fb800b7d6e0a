"""Why is this time not offered? Asked through the page: each rule by its sentence."""

from collections.abc import Callable
from datetime import date, timedelta
from uuid import uuid4

import pytest
from flask import Flask

from booking.appointments import actions
from booking.availability import queries
from booking.availability.models import Closure, OutsideBusy, TimeOff, WeeklyHours
from booking.clinic.models import (
    BookingMode,
    GapRule,
    Service,
    ServicePractitioner,
    ServiceRoom,
)
from booking.core.db import session, transaction
from tests.browser import Browser, Page
from tests.conftest import Cast
from tests.factories import MONDAY_10AM, NOW, Clinic, make_appointment

HOUR = timedelta(hours=1)


def ask(browser: Browser, day: str = "2027-07-05", clock: str = "10:00", **more: str) -> Page:
    return browser.get("/why").submit({"day": day, "clock": clock, **more}, button="Say why")


def rule(clinic: Clinic, **values: object) -> None:
    for name, value in values.items():
        setattr(session().get_one(Service, clinic.first_visit), name, value)


def full(clinic: Clinic) -> None:
    make_appointment(clinic, starts_at=MONDAY_10AM + 3 * HOUR, ends_at=MONDAY_10AM + 4 * HOUR)


def off(table: type, clinic: Clinic, **more: object) -> None:
    session().add(table(starts_at=MONDAY_10AM, ends_at=MONDAY_10AM + HOUR, **more))


def held(clinic: Clinic) -> None:
    offer = queries.offer_at(
        session().get_one(Service, clinic.first_visit),
        practitioner_id=clinic.mei,
        location_id=clinic.location,
        starts_at=MONDAY_10AM,
        now=NOW,
    )
    actions.hold(offer, now=NOW)


def nobody_there(clinic: Clinic) -> None:
    session().query(WeeklyHours).filter_by(practitioner_id=clinic.mei).update(
        {"valid_until": date(2027, 1, 1)}
    )


CAUSES = {
    "This time is offered.": lambda _clinic: None,
    "Mei Tan has another visit then": make_appointment,
    "Somebody is booking Mei Tan for that time": held,
    "Mei Tan has time off then.": lambda c: off(TimeOff, c, practitioner_id=c.mei),
    "Mei Tan is busy then by a calendar kept elsewhere.": lambda c: off(
        OutsideBusy, c, practitioner_id=c.mei, source=uuid4()
    ),
    "Canal Street rooms is closed then.": lambda c: off(
        Closure, c, location_id=c.location, name="x"
    ),
    "This kind of visit is booked by phone only.": lambda c: rule(c, mode=BookingMode.PHONE),
    "Mei Tan takes no new patients": lambda c: rule(c, new_patients=False),
    "booked at least 9000 minutes ahead": lambda c: rule(c, minimum_notice_minutes=9000),
    "can be booked 2 days ahead": lambda c: rule(c, horizon_days=2),
    "start every 96 minutes": lambda c: rule(c, grid_minutes=96),
    "Mei Tan has 1 visits of this kind that day": lambda c: (rule(c, daily_cap=1), full(c)),
    "Mei Tan has 1 visits of this kind that week": lambda c: (rule(c, weekly_cap=1), full(c)),
    "It would leave a gap": lambda c: (rule(c, gap=GapRule.ADJACENT), full(c)),
    "No room at Canal Street rooms suits": lambda c: session().query(ServiceRoom).delete(),
    "Mei Tan does not give this kind of visit.": lambda c: (
        session().query(ServicePractitioner).filter_by(practitioner_id=c.mei).delete()
    ),
    "Mei Tan has no published hours": nobody_there,
}


@pytest.mark.parametrize("sentence", CAUSES)
def test_each_cause_has_its_sentence(app: Flask, clinic: Clinic, cast: Cast, sentence: str) -> None:
    with app.app_context(), transaction():
        CAUSES[sentence](clinic)
    page = ask(cast["reception"])
    assert page.status == 200
    assert sentence in page.text


@pytest.mark.parametrize(
    ("day", "clock", "sentence"),
    [
        ("2027-07-05", "08:45", "would not lie within published hours of Mei Tan"),
        ("2027-07-05", "10:07", "Visits of this kind start every 15 minutes"),
        ("2027-06-01", "10:00", "That time has passed."),
        ("2028-03-26", "01:30", "The clock at Canal Street rooms skips that time"),
        ("2027-09-26", "10:00", "would not lie within published hours of Mei Tan"),
        ("9000-07-05", "10:00", "can be booked 90 days ahead"),
    ],
)
def test_each_time_has_its_sentence(cast: Cast, day: str, clock: str, sentence: str) -> None:
    page = ask(cast["owner"], day, clock)
    assert sentence in page.text


def test_both_rooms_may_be_taken(app: Flask, clinic: Clinic, cast: Cast) -> None:
    with app.app_context(), transaction():
        make_appointment(clinic, practitioner_id=clinic.ines)
        session().query(ServiceRoom).filter_by(room_id=clinic.rooms[1]).delete()
    assert "Every room at Canal Street rooms" in ask(cast["mei"]).text


DESK_MAY = "The clinic can book it all the same."


@pytest.mark.parametrize(
    ("rules", "told"),
    [
        ({"mode": BookingMode.PHONE}, "by phone only"),
        ({"minimum_notice_minutes": 9000}, "at least 9000 minutes ahead"),
        ({"horizon_days": 2}, "can be booked 2 days ahead"),
        ({"grid_minutes": 96}, "start every 96 minutes"),
    ],
)
def test_what_binds_patients_only_is_named_and_that_the_clinic_may(
    app: Flask, clinic: Clinic, cast: Cast, rules: dict[str, object], told: str
) -> None:
    with app.app_context(), transaction():
        rule(clinic, **rules)
    page = ask(cast["reception"])
    assert told in page.text
    assert DESK_MAY in page.text


@pytest.mark.parametrize("cause", [make_appointment, nobody_there, held])
def test_what_binds_the_clinic_too_stays_the_only_word(
    app: Flask, clinic: Clinic, cast: Cast, cause: Callable[[Clinic], object]
) -> None:
    assert DESK_MAY not in ask(cast["reception"]).text
    with app.app_context(), transaction():
        rule(clinic, minimum_notice_minutes=9000)
        cause(clinic)
    assert DESK_MAY not in ask(cast["reception"]).text


def test_a_patient_who_was_here_is_asked_about_apart(
    app: Flask, clinic: Clinic, cast: Cast
) -> None:
    with app.app_context(), transaction():
        rule(clinic, new_patients=False)
    assert "no new patients" in ask(cast["reception"]).text
    assert "is offered" in ask(cast["reception"], asked_by="known").text


def test_a_practitioner_asks_of_her_own_times_only(clinic: Clinic, cast: Cast, app: Flask) -> None:
    choices = cast["mei"].get("/why").form("practitioner").choices["practitioner"]
    everybody = cast["reception"].get("/why").form("practitioner").choices["practitioner"]
    assert (len(choices), len(everybody)) == (1, 2)
    other = next(value for value in everybody if value not in choices)
    query = {"day": "2027-07-05", "clock": "10:00", "practitioner": other}
    assert cast["mei"].get("/why", query).status == 422


def test_what_cannot_be_read_stays_and_is_named(cast: Cast) -> None:
    page = ask(cast["reception"], day="soon", clock="ten")
    assert page.status == 422
    assert "Write the day like 2027-07-05." in page.text
    assert "Write the time like 09:30." in page.text
    assert 'value="soon"' in page.text


def test_asking_changes_nothing_and_needs_no_token(cast: Cast) -> None:
    assert "csrf_token" not in [name for name, _ in cast["owner"].get("/why").form("day").fields]
