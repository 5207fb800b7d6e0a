"""A practitioner is ill: everybody she was to see is asked, and nothing is lost by silence."""

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import select

from booking.appointments.models import Appointment, Status
from booking.availability.models import TimeOff
from booking.core.db import session, transaction
from booking.mail.models import Mail, MailState
from booking.patients.models import Patient
from tests.browser import Browser, Page
from tests.conftest import Cast
from tests.factories import (
    MINUTES,
    MONDAY,
    MONDAY_10AM,
    NOW,
    Clinic,
    make_appointment,
    make_patient,
)

DAY = f"/day?date={MONDAY}"


@pytest.fixture
def visits(app: Flask, clinic: Clinic) -> None:
    """Mei has Amara at 10 and Beth, who must not be mailed, at 12; Inês has Chloe at 10."""
    with app.app_context(), transaction():
        make_appointment(clinic)
        beth = make_appointment(
            clinic,
            patient_id=make_patient("Beth Nolan", "beth@example.org").id,
            starts_at=MONDAY_10AM + 120 * MINUTES,
            ends_at=MONDAY_10AM + 180 * MINUTES,
        )
        beth.patient.channels = "phone"
        make_appointment(
            clinic,
            practitioner_id=clinic.ines,
            room_id=clinic.rooms[1],
            patient_id=make_patient("Chloe Martin", "chloe@example.org").id,
        )


def ill(cast: Cast, **changes: str) -> Page:
    """Mei is away on Monday; the page that then says who has answered."""
    asked = {"first": str(MONDAY), "last": str(MONDAY), **changes}
    check = cast["reception"].get("/away").submit(asked, button="Show whom it meets")
    return check.submit(button="Close the time")


def mails(app: Flask) -> list[Mail]:
    """What has left, or waits to."""
    with app.app_context():
        standing = select(Mail).where(Mail.state != MailState.STOPPED).order_by(Mail.id)
        found = list(session().scalars(standing))
        assert all(one.snapshot for one in found)
        return found


def link(app: Flask) -> str:
    with app.app_context():
        mail = session().scalars(select(Mail).where(Mail.kind == "appointments/another_time")).one()
        address: str = mail.snapshot["links"]["another_time"]
        return address.removeprefix("http://localhost")


def stored(app: Flask, name: str) -> Appointment:
    with app.app_context():
        found = session().scalars(select(Appointment)).all()
        return next(one for one in found if one.patient.name.startswith(name))


def test_whom_it_meets_is_shown_before_anything_happens(
    cast: Cast, visits: None, app: Flask
) -> None:
    asked = {"first": str(MONDAY), "last": str(MONDAY)}
    page = cast["reception"].get("/away").submit(asked, button="Show whom it meets")
    assert "Amara Osei" in page.text
    assert "Beth Nolan" in page.text
    assert "Chloe Martin" not in page.text
    assert mails(app) == []
    with app.app_context():
        assert session().scalars(select(TimeOff)).all() == []


@pytest.mark.both
def test_her_time_closes_everybody_is_asked_and_all_stays_booked(
    cast: Cast, visits: None, app: Flask
) -> None:
    page = ill(cast)
    assert "2 of 2 still need another time." in page.text
    assert [one.kind for one in mails(app)] == ["appointments/another_time"]
    assert "+44 7700 900123" in page.text
    assert stored(app, "Amara").status is stored(app, "Beth").status is Status.BOOKED
    board = cast["reception"].get(DAY)
    assert board.text.count("Needs another time") == 2
    assert "who has answered" in board.text
    assert "Needs another time" in cast["mei"].get(f"{DAY}&view=list").text


def test_part_of_a_day_meets_only_what_is_in_it(cast: Cast, visits: None) -> None:
    page = ill(cast, **{"from": "11:30", "until": "17:00"})
    assert "1 of 1 still need" in page.text
    assert "Beth Nolan" in page.text
    assert "Amara Osei" not in page.text


@pytest.mark.both
def test_one_press_takes_another_time(
    cast: Cast, visits: None, app: Flask, browser: Browser
) -> None:
    answers = ill(cast)
    page = browser.get(link(app))
    assert stored(app, "Amara").sequence == 0
    buttons = [words for form in page.forms for _n, v, words in form.buttons if ":" in v]
    assert 1 <= len(buttons) <= 6
    assert any("Mei Tan" in words for words in buttons)
    done = page.submit(button="Inês Roca")
    assert "Your visit has a new time" in done.text
    amara = stored(app, "Amara")
    assert amara.sequence == 1
    assert amara.practitioner_id == cast.clinic.ines
    assert [one.kind for one in mails(app)][-1] == "appointments/moved"
    again = page.submit(button="Inês Roca")
    assert "Your visit has a new time" in again.text
    assert stored(app, "Amara").sequence == 1
    after = cast["reception"].get(answers.url)
    assert "1 of 2 still need" in after.text
    assert "Has another time" in after.text


def test_she_can_ask_for_a_call_or_cancel(
    cast: Cast, visits: None, app: Flask, browser: Browser
) -> None:
    answers, address = ill(cast), link(app)
    page = browser.get(address).submit(button="Please call me")
    assert "We will call you." in page.text
    assert "Asked, no answer yet" not in cast["reception"].get(answers.url).text
    assert stored(app, "Amara").status is Status.BOOKED
    assert "Your visit is cancelled" in page.submit(button="Cancel the visit").text
    assert stored(app, "Amara").status is Status.CANCELLED
    assert browser.get(address).status == 410


def test_only_what_is_offered_can_be_taken(
    cast: Cast, visits: None, app: Flask, browser: Browser
) -> None:
    ill(cast)
    page = browser.get(link(app))
    form = next(f for f in page.forms if f.action == link(app))
    slot = next(v for _n, v, _w in form.buttons if ":" in v)
    kind, _colon, rest = slot.partition(":")
    who, where, minute = rest.split(".")
    other = f"{kind}:{who}.{where}.{int(minute) + 60 * 24 * 40}"
    refused = browser.post(form.action, [*form.fields, ("slot", other)])
    assert refused.status == 409
    assert stored(app, "Amara").sequence == 0


def test_reception_acts_for_whom_it_calls(cast: Cast, visits: None, app: Flask) -> None:
    answers = ill(cast)
    beth = stored(app, "Beth")
    page = cast["reception"].get(f"/visits/{beth.public_id}/move?date=2027-07-06")
    page.submit(button="Move to 9:00am Mei Tan")
    assert "1 of 2 still need" in cast["reception"].get(answers.url).text


def test_a_question_that_waits_to_leave_is_not_asked_once_the_visit_has_moved(
    cast: Cast, visits: None, app: Flask
) -> None:
    with app.app_context(), transaction():
        amara = session().scalars(select(Patient).where(Patient.name == "Amara Osei")).one()
        amara.wishes = {"dates": [str(NOW.date())]}  # nothing leaves today that she did not cause
    ill(cast)
    assert [one.kind for one in mails(app)] == ["appointments/another_time"]
    address = f"/visits/{stored(app, 'Amara').public_id}/move?date=2027-07-06"
    cast["reception"].get(address).submit(button="Move to 9:00am Mei Tan")
    assert [one.kind for one in mails(app)] == ["appointments/moved"]


def test_well_again_confirms_nothing_that_a_longer_absence_still_meets(
    cast: Cast, visits: None, app: Flask
) -> None:
    monday = ill(cast)
    week = ill(cast, last="2027-07-09")
    monday.submit(button="Back after all")
    assert "2 of 2 still need" in cast["reception"].get(week.url).text
    assert [one.kind for one in mails(app)] == ["appointments/another_time"]
    week.submit(button="Back after all")
    assert [one.kind for one in mails(app)] == ["appointments/confirmation"]


@pytest.mark.both
def test_well_again_opens_the_time_and_confirms_what_is_left(
    cast: Cast, visits: None, app: Flask, browser: Browser
) -> None:
    page = ill(cast)
    token = link(app)
    back = page.submit(button="Back after all")
    assert "Mei Tan is back" in back.text
    page.submit(button="Back after all")
    with app.app_context():
        assert session().scalars(select(TimeOff)).all() == []
    assert [one.kind for one in mails(app)].count("appointments/confirmation") == 1
    assert "Needs another time" not in cast["reception"].get(DAY).text
    assert "takes place as booked" in browser.get(token).text


@pytest.mark.parametrize(
    "odd",
    [
        {"first": "x"},
        {"first": "2027-07-06", "last": "2027-07-05"},
        {"first": "2027-06-01", "last": "2027-06-01"},
        {"from": "25:00"},
        {"last": "9999-12-31"},
    ],
)
def test_a_time_that_cannot_be_is_said_so(
    cast: Cast, visits: None, app: Flask, odd: dict[str, str]
) -> None:
    asked = {"first": str(MONDAY), "last": str(MONDAY), **odd}
    page = cast["reception"].get("/away").submit(asked, button="Show whom it meets")
    if page.status == 200:
        page = page.submit(button="Close the time")
    assert page.status == 422
    assert mails(app) == []


def test_a_link_of_a_visit_nobody_asked_about_leads_nowhere(
    visits: None, app: Flask, browser: Browser, at: Callable[..., None]
) -> None:
    assert browser.get(f"/a/{'x' * 43}/another-time").status == 410
