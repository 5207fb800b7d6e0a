"""Reception books several visits by a pattern: chosen first, then all of them or none."""

import pytest
from flask import Flask
from sqlalchemy import select

from booking.appointments.models import Appointment, Status
from booking.clinic.models import BookingMode, Service
from booking.core.db import session, transaction
from booking.mail.models import Mail
from booking.patients.models import Patient
from tests.browser import Page
from tests.conftest import Cast
from tests.factories import MINUTES, MONDAY_10AM, Clinic, make_appointment, make_patient

BETH = {"name": "Beth Nolan", "phone": "07700 900 321", "email": "", "channels": ["text"]}
FOUR_MONDAYS = {"count": "4", "every": "1", "days": ["0"], "after": "10:00", "first": "2027-07-05"}
SHOW, BOOK = "Show what is free", "Book these visits"


def visits(app: Flask) -> list[Appointment]:
    with app.app_context():
        return list(session().scalars(select(Appointment).order_by(Appointment.starts_at)))


def mails(app: Flask) -> int:
    with app.app_context():
        return len(session().scalars(select(Mail.id)).all())


def someone_new(cast: Cast, **changes: object) -> Page:
    page = cast["reception"].get("/visits/add?date=2027-07-05")
    page = page.submit({**BETH, **changes}, having="name", button="Choose a time")
    return page.submit(button="Several visits")


def planned(page: Page, **changes: object) -> Page:
    return page.submit({**FOUR_MONDAYS, **changes}, button=SHOW)


@pytest.mark.both
def test_somebody_new_gets_four_mondays_as_one_series(
    app: Flask, clinic: Clinic, cast: Cast
) -> None:
    page = planned(someone_new(cast))
    assert "Mon 5 July, 10:00am" in page.text
    assert visits(app) == []
    page = page.submit(button=BOOK)
    assert "4 visits are booked. No message goes to Beth Nolan." in page.text
    found = visits(app)
    assert [f"{each.starts_at:%d %m %H:%M}" for each in found] == [
        "05 07 09:00",
        "12 07 09:00",
        "19 07 09:00",
        "26 07 09:00",
    ]
    assert [each.leg for each in found] == [1, 2, 3, 4]
    assert len({each.series for each in found}) == len({each.patient_id for each in found}) == 1
    assert {each.status for each in found} == {Status.BOOKED}


def test_somebody_known_gets_a_message_for_each(app: Flask, clinic: Clinic, cast: Cast) -> None:
    with app.app_context(), transaction():
        make_patient()
    page = cast["reception"].get("/visits/add?date=2027-07-05")
    page = page.submit({"who": "Amara"}, button="Find").submit(button="Amara Osei")
    page = planned(page.submit(button="Several visits")).submit(button=BOOK)
    assert "4 visits are booked." in page.text
    assert mails(app) == 4
    with app.app_context():
        assert session().query(Patient).count() == 1


def test_a_day_without_such_a_time_is_chosen_before_anything_is_booked(
    app: Flask, clinic: Clinic, cast: Cast
) -> None:
    with app.app_context(), transaction():
        for who in (clinic.mei, clinic.ines):
            make_appointment(
                clinic,
                patient_id=make_patient(f"P{who}", f"p{who}@example.org").id,
                practitioner_id=who,
                room_id=clinic.rooms[0 if who == clinic.mei else 1],
                ends_at=MONDAY_10AM + 7 * 60 * MINUTES,
            )
    page = planned(someone_new(cast))
    assert "Mon 5 July has no such time. Instead:" in page.text
    again = page.submit(button=BOOK)
    assert again.status == 422
    assert "Choose a time instead of Mon 5 July" in again.text
    assert len(visits(app)) == 2
    page = again.submit({"leg-1": again.form("leg-1").choices["leg-1"][0]}, button=BOOK)
    assert "4 visits are booked." in page.text
    assert len(visits(app)) == 6


def test_one_may_be_left_out(app: Flask, clinic: Clinic, cast: Cast) -> None:
    page = planned(someone_new(cast)).submit({"leg-2": "out"}, button=BOOK)
    assert "3 visits are booked." in page.text
    assert [f"{each.starts_at:%d}" for each in visits(app)] == ["05", "19", "26"]


def test_none_at_all_is_no_series(app: Flask, clinic: Clinic, cast: Cast) -> None:
    nothing = {f"leg-{place}": "out" for place in range(1, 5)}
    page = planned(someone_new(cast)).submit(nothing, button=BOOK)
    assert page.status == 422
    assert "Choose at least one time" in page.text
    assert visits(app) == []


def test_when_one_is_taken_meanwhile_none_is_booked(app: Flask, clinic: Clinic, cast: Cast) -> None:
    page = planned(someone_new(cast))
    with app.app_context(), transaction():
        for who, room in ((clinic.mei, 0), (clinic.ines, 1)):
            make_appointment(
                clinic,
                patient_id=make_patient(f"P{who}", f"p{who}@example.org").id,
                practitioner_id=who,
                room_id=clinic.rooms[room],
            )
    page = page.submit(button=BOOK)
    assert page.status in {409, 422}
    assert len(visits(app)) == 2
    with app.app_context():
        assert session().query(Patient).filter_by(name="Beth Nolan").count() == 0


def test_sent_twice_it_is_one_series(app: Flask, clinic: Clinic, cast: Cast) -> None:
    page = planned(someone_new(cast))
    first = page.submit(button=BOOK)
    assert page.submit(button=BOOK).url == first.url
    assert len(visits(app)) == 4
    with app.app_context():
        assert session().query(Patient).count() == 1


def test_a_pattern_that_cannot_be_is_refused_kindly(cast: Cast, clinic: Clinic) -> None:
    page = planned(someone_new(cast), days=[])
    assert page.status == 422
    assert "Tick at least one day" in page.text
    assert "Beth Nolan" in page.text


def test_what_is_booked_by_phone_only_the_desk_books(
    app: Flask, clinic: Clinic, cast: Cast
) -> None:
    with app.app_context(), transaction():
        session().get_one(Service, clinic.first_visit).mode = BookingMode.PHONE
    page = planned(someone_new(cast)).submit(button=BOOK)
    assert "4 visits are booked." in page.text
    assert {each.status for each in visits(app)} == {Status.BOOKED}


def test_it_is_receptions(cast: Cast, clinic: Clinic) -> None:
    assert cast["mei"].get("/visits/series").status == 403
    assert cast["reception"].get("/visits/series").url == "/visits/add"
