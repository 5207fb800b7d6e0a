"""What was written about a visit, as reception sees it: what became of it, never what it said."""

from datetime import timedelta
from email import message_from_bytes

import pytest
from flask import Flask

from booking.access.policy import Actor
from booking.appointments.actions import cancel
from booking.appointments.models import Appointment
from booking.core import clock
from booking.core.db import session, transaction
from booking.mail import outbox
from booking.mail.models import Mail
from booking.mail.rules import Outcome, Verdict, masked
from booking.patients.models import Patient
from tests.browser import Page
from tests.conftest import Cast
from tests.factories import MONDAY_10AM, NOW, Clinic, make_appointment
from tests.mail.calendar_readers import READERS
from tests.mail.posts import WrittenTransport, a_draft, a_snapshot, about, deliver_all, queue

CALENDAR = "text/calendar"
REFUSED, SOON = Outcome(Verdict.REFUSED, 550), timedelta(minutes=2)


@pytest.fixture
def visit(app: Flask, clinic: Clinic) -> int:
    with app.app_context(), transaction():
        return make_appointment(clinic).id


def log(app: Flask, cast: Cast, visit: int, who: str = "reception") -> str:
    with app.app_context():
        public_id = session().get_one(Appointment, visit).public_id
    text = cast[who].get(f"/visits/{public_id}").text
    return text.partition("Messages to this patient")[2].partition("What happened so far")[0]


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("amara@mail.example", "a…@mail.example"),
        ("é@mail.example", "é…@mail.example"),
        ('"a@b"@mail.example', '"…@mail.example'),
        ("nobody", ""),
        ("", ""),
    ],
)
def test_an_address_is_shown_by_its_first_letter(address: str, shown: str) -> None:
    assert masked(address) == shown


def test_nothing_was_written_yet(app: Flask, cast: Cast, visit: int) -> None:
    assert "Nothing was written about this visit." in log(app, cast, visit)


@pytest.mark.both
def test_what_was_queued_sent_and_stopped(app: Flask, cast: Cast, visit: int) -> None:
    queue(app, about(visit, 0))
    assert "Confirmation: waits to be sent" in log(app, cast, visit)
    deliver_all(app, WrittenTransport(), now=NOW + SOON)
    found = log(app, cast, visit)
    assert "Confirmation: sent Fri 2 July, 12:02pm" in found
    assert "To a…@mail.example. Written Fri 2 July, 12:00pm" in found
    queue(app, about(visit, 1))
    queue(app, about(visit, 2, method="CANCEL"), now=NOW + SOON)
    found = log(app, cast, visit)
    assert "Moved: stopped, not sent Fri 2 July, 12:02pm" in found
    assert "Cancelled: waits to be sent" in found
    for never in ("amara@", "tok3n", "Mei Tan"):
        assert never not in found


def test_what_was_refused_and_then_left_or_mended(app: Flask, cast: Cast, visit: int) -> None:
    queue(app, about(visit, 0))
    deliver_all(app, WrittenTransport(answers=[REFUSED]), now=NOW + SOON)
    assert "refused by the mail server Fri 2 July, 12:02pm" in log(app, cast, visit)
    with app.app_context(), transaction():
        mail = session().query(Mail).one()
        outbox.send_again(mail, to_address="zoe@other.example", now=clock.now())
    found = log(app, cast, visit)
    assert "waits to be sent" in found
    assert "To z…@other.example" in found
    assert "a…@mail.example" not in found


def test_practitioners_see_no_log(app: Flask, cast: Cast, visit: int) -> None:
    queue(app, about(visit, 0))
    assert log(app, cast, visit, "mei") == ""


def page_of(app: Flask, cast: Cast, visit: int) -> Page:
    with app.app_context():
        public_id = session().get_one(Appointment, visit).public_id
    return cast["reception"].get(f"/visits/{public_id}")


@pytest.mark.both
def test_the_confirmation_is_sent_again_once_a_minute_as_the_same_version(
    app: Flask, cast: Cast, visit: int
) -> None:
    queue(app, about(visit, 0))
    transport = WrittenTransport()
    deliver_all(app, transport, now=NOW)
    page = page_of(app, cast, visit)
    for _press in range(2):
        done = page.submit(button="Send the confirmation again")
        assert "The message is on its way once more." in done.text
    assert deliver_all(app, transport, now=clock.now() + SOON) == 1
    clock.travel(NOW + SOON)
    page_of(app, cast, visit).submit(button="Send the confirmation again")
    assert deliver_all(app, transport, now=clock.now() + SOON) == 1
    assert log(app, cast, visit).count("Confirmation: sent") == 3
    first, second, third = (
        next(part for part in message_from_bytes(raw).walk() if part.get_content_type() == CALENDAR)
        for raw in transport.handed
    )
    _told, anew, last = READERS["icalendar"](
        [part.get_payload(decode=True) for part in (first, second, third)]
    )
    assert (anew["uid"], anew["sequence"]) == (last["uid"], last["sequence"])
    assert anew["stamp"] < last["stamp"]  # else a calendar takes it as seen


def test_so_is_a_cancellation(app: Flask, cast: Cast, visit: int) -> None:
    with app.app_context(), transaction():
        cancel(
            Actor(user_id=1),
            session().get_one(Appointment, visit),
            now=NOW,
            base_url="http://localhost",
        )
    page_of(app, cast, visit).submit(button="Send the cancellation again")
    assert log(app, cast, visit).count("Cancelled: waits to be sent") == 1
    assert log(app, cast, visit).count("Cancelled: stopped") == 1


def test_nothing_is_sent_again_where_mail_is_not_safe_or_the_visit_over(
    app: Flask, cast: Cast, visit: int
) -> None:
    page = page_of(app, cast, visit)
    with app.app_context(), transaction():
        patient = session().query(Patient).one()
        patient.channels = "phone"
    assert "Send the confirmation again" not in page_of(app, cast, visit).text
    assert page.submit(button="Send the confirmation again").status == 409
    with app.app_context(), transaction():
        session().query(Patient).one().channels = "email"
    clock.travel(MONDAY_10AM + timedelta(hours=1))
    assert "Send the confirmation again" not in page_of(app, cast, visit).text
    with app.app_context():
        assert session().query(Mail).count() == 0


def test_a_record_lists_what_its_patient_was_sent_and_not_what_practitioners_were(
    app: Flask, cast: Cast, visit: int
) -> None:
    with app.app_context(), transaction():
        record = session().query(Patient).one().public_id
    queue(
        app,
        about(visit, 0),
        a_draft(
            kind="calendars/visit", snapshot=a_snapshot(who="A. O.", invite=None), owner_id=record
        ),
        a_draft(
            kind="intake/question",
            snapshot=a_snapshot(link="https://x", invite=None),
            owner_id=record,
        ),
    )
    deliver_all(app, WrittenTransport(answers=[Outcome(Verdict.ACCEPTED, 250), REFUSED]), now=NOW)
    text = cast["reception"].get(f"/patients/{record}").text
    found = text.partition("Messages to this patient")[2]
    assert "Confirmation: sent Fri 2 July, 12:00pm" in found
    assert "Word that questions wait" in found
    assert found.count("<li") == 2
