"""The desk moves or cancels a visit and those after it in its series: all of them or none."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from booking.access.policy import Actor, Role
from booking.appointments.actions import desk as actions
from booking.appointments.models import Appointment, Status
from booking.appointments.rules import Slot
from booking.audit.models import AuditRow
from booking.clinic.models import Location, Practitioner
from booking.core.db import session, transaction
from booking.mail.models import Mail
from tests.browser import Page
from tests.conftest import Cast
from tests.factories import NOW, Clinic, make_appointment, make_patient

FOUR_MONDAYS = {"count": "4", "every": "1", "days": ["0"], "after": "10:00", "first": "2027-07-05"}
TUESDAYS = {"every": "1", "days": ["1"], "after": "11:00", "first": "2027-07-13"}
SHOW, MOVE, CANCEL = "Show what is free", "Move these visits", "Cancel the visit"
MONDAYS = ["05 09:00", "12 09:00", "19 09:00", "26 09:00"]


@pytest.fixture
def series(app: Flask, clinic: Clinic, cast: Cast) -> list[str]:
    """Four Mondays at ten with Amara; the addresses of their pages."""
    with app.app_context(), transaction():
        make_patient()
    page = cast["reception"].get("/visits/add?date=2027-07-05")
    page = page.submit({"who": "Amara"}, button="Find").submit(button="Amara Osei")
    page = page.submit(button="Several visits").submit(FOUR_MONDAYS, button=SHOW)
    page.submit(button="Book these visits")
    return [f"/visits/{each.public_id}" for each in booked(app)]


def booked(app: Flask) -> list[Appointment]:
    with app.app_context():
        wanted = select(Appointment).where(Appointment.series.is_not(None))
        return list(session().scalars(wanted.order_by(Appointment.leg)))


def times(app: Flask) -> list[str]:
    return [f"{each.starts_at:%d %H:%M}" for each in booked(app)]


def count(app: Flask, what: str) -> int:
    with app.app_context():
        return session().scalar(select(func.count()).where(AuditRow.tag == what)) or 0


def messages(app: Flask, kind: str) -> int:
    with app.app_context():
        return session().scalar(select(func.count()).where(Mail.kind == kind)) or 0


def planned(cast: Cast, visit: str, **changes: object) -> Page:
    page = cast["reception"].get(visit).click("Move this visit and the later ones")
    return page.submit({**TUESDAYS, **changes}, button=SHOW)


@pytest.mark.both
def test_the_rest_moves_to_another_pattern(app: Flask, cast: Cast, series: list[str]) -> None:
    page = planned(cast, series[1])
    assert "Tue 13 July, 11:00am" in page.text
    assert times(app) == MONDAYS
    page = page.submit(button=MOVE)
    assert page.url == series[1]
    assert "3 visits are moved." in page.text
    assert times(app) == ["05 09:00", "13 10:00", "20 10:00", "27 10:00"]
    assert messages(app, "appointments/moved") == count(app, "appointment:moved") == 3


@pytest.mark.both
def test_one_may_go_where_another_of_them_was(
    app: Flask, clinic: Clinic, series: list[str]
) -> None:
    """A week later each: three of four go where the next one stands."""
    legs = booked(app)
    with app.app_context():
        mei, here = (
            session().get_one(model, number).public_id
            for model, number in ((Practitioner, clinic.mei), (Location, clinic.location))
        )
        week = timedelta(days=7)
        wanted = {each.id: Slot(mei, here, each.starts_at + week) for each in legs}
        desk = Actor(roles=frozenset({Role.RECEPTION}), user_id=1)
        with transaction():
            moved = actions.move_rest(
                desk, legs[0].public_id, wanted, now=NOW, base_url="http://localhost"
            )
            assert len(moved) == 4
    assert times(app) == [*MONDAYS[1:], "02 09:00"]


def test_one_that_is_left_out_stays(app: Flask, cast: Cast, series: list[str]) -> None:
    page = planned(cast, series[0]).submit({"leg-2": "out"}, button=MOVE)
    assert "3 visits are moved." in page.text
    assert times(app) == ["13 10:00", "12 09:00", "27 10:00", "03 10:00"]


def test_pressed_twice_they_move_once(app: Flask, cast: Cast, series: list[str]) -> None:
    page = planned(cast, series[2])
    assert page.submit(button=MOVE).status == page.submit(button=MOVE).status == 200
    assert times(app) == ["05 09:00", "12 09:00", "13 10:00", "20 10:00"]
    assert messages(app, "appointments/moved") == 2


def test_when_one_time_is_taken_meanwhile_none_moves(
    app: Flask, clinic: Clinic, cast: Cast, series: list[str]
) -> None:
    page = planned(cast, series[1])
    taken = booked(app)[1]
    with app.app_context(), transaction():
        for who, room in ((clinic.mei, 0), (clinic.ines, 1)):
            make_appointment(
                clinic,
                patient_id=make_patient(f"P{who}", f"p{who}@example.org").id,
                practitioner_id=who,
                room_id=clinic.rooms[room],
                starts_at=taken.starts_at.replace(day=20, hour=10),
                ends_at=taken.starts_at.replace(day=20, hour=12),
            )
    page = page.submit(button=MOVE)
    assert page.status in {409, 422}
    assert times(app) == MONDAYS
    assert messages(app, "appointments/moved") == 0


def test_without_a_day_it_is_asked_again(app: Flask, cast: Cast, series: list[str]) -> None:
    page = planned(cast, series[0], days=[])
    assert page.status == 422
    assert "Tick at least one day" in page.text


@pytest.mark.both
def test_the_rest_is_cancelled(app: Flask, cast: Cast, series: list[str]) -> None:
    page = cast["reception"].get(series[1]).click("Cancel")
    assert "All 3 from here on" in page.text
    page = page.submit({"which": "rest"}, button=CANCEL)
    assert "3 visits are cancelled." in page.text
    assert [each.status for each in booked(app)] == [Status.BOOKED] + [Status.CANCELLED] * 3
    assert messages(app, "appointments/cancelled") == count(app, "appointment:cancelled") == 3


def test_cancelling_the_rest_twice_cancels_once(app: Flask, cast: Cast, series: list[str]) -> None:
    page = cast["reception"].get(series[2]).click("Cancel")
    for _press in range(2):
        assert page.submit({"which": "rest"}, button=CANCEL).url == series[2]
    assert messages(app, "appointments/cancelled") == 2


def test_only_this_one_is_what_is_chosen_first(app: Flask, cast: Cast, series: list[str]) -> None:
    cast["reception"].get(series[1]).click("Cancel").submit(button=CANCEL)
    assert [each.status for each in booked(app)].count(Status.CANCELLED) == 1


def test_a_single_visit_has_no_rest(app: Flask, clinic: Clinic, cast: Cast) -> None:
    with app.app_context(), transaction():
        one = f"/visits/{make_appointment(clinic).public_id}"
    page = cast["reception"].get(one)
    assert "the later ones" not in page.text
    assert "All 1" not in page.click("Cancel").text
    assert cast["reception"].get(f"{one}/move-rest").url == one


def test_a_practitioner_changes_her_own_of_them_only(
    app: Flask, clinic: Clinic, cast: Cast, series: list[str]
) -> None:
    with app.app_context(), transaction():
        other = session().scalars(select(Appointment).where(Appointment.leg == 3)).one()
        other.practitioner_id = clinic.ines
    page = cast["mei"].get(series[1]).click("Cancel")
    assert "All 2 from here on" in page.text
    assert cast["ines"].get(f"{series[1]}/move-rest").status == 404
    page.submit({"which": "rest"}, button=CANCEL)
    assert [each.status is Status.BOOKED for each in booked(app)] == [True, False, True, False]
