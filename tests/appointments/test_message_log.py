"""What was written about a visit, as reception sees it: what became of it, never what it said."""

from datetime import timedelta

import pytest
from flask import Flask

from booking.appointments.models import Appointment
from booking.core import clock
from booking.core.db import session, transaction
from booking.mail import outbox
from booking.mail.models import Mail
from booking.mail.rules import Outcome, Verdict, masked
from tests.conftest import Cast
from tests.factories import NOW, Clinic, make_appointment
from tests.mail.posts import WrittenTransport, about, deliver_all, queue

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
