"""From the queue reception reminds a practitioner of what waits for her: neutral, once a day."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from booking.audit.models import AuditRow
from booking.core import clock
from booking.core.db import session, transaction
from booking.mail.models import Mail
from tests.conftest import Cast
from tests.factories import Clinic
from tests.intake.filled import make_sent, said

BUTTON = "Remind Mei"


@pytest.fixture
def waiting(app: Flask, clinic: Clinic) -> str:
    """A form with something for Mei to decide: the address of its page."""
    with app.app_context(), transaction():
        form = make_sent(clinic, {"blood_thin": said("yes")})
        return f"/forms/{form.appointment.public_id}"


def mails(app: Flask) -> list[dict[str, str]]:
    with app.app_context():
        wanted = select(Mail).where(Mail.kind == "intake/to_read")
        return [dict(mail.snapshot) for mail in session().scalars(wanted)]


def test_one_press_sends_her_a_link_to_her_list(app: Flask, cast: Cast, waiting: str) -> None:
    page = cast["reception"].get(waiting).submit(button=BUTTON)
    assert "A reminder is on its way." in page.text
    [mail] = mails(app)
    assert mail["to_address"] == "mei@canalstreet.example"
    assert mail["link"].endswith("/forms/to-read")
    assert "Amara" not in str(mail)
    with app.app_context():
        tags = session().scalars(select(AuditRow.tag)).all()
    assert tags.count("intake:practitioner-reminded") == 1


@pytest.mark.both
def test_it_is_sent_at_most_once_a_day(
    app: Flask, clinic: Clinic, cast: Cast, waiting: str
) -> None:
    for _press in range(2):
        cast["reception"].get(waiting).submit(button=BUTTON)
    assert len(mails(app)) == 1
    clock.travel(clock.now() + timedelta(days=1))
    Cast(app, clinic)["reception"].get(waiting).submit(button=BUTTON)
    assert len(mails(app)) == 2


def test_nobody_is_reminded_of_what_is_decided(
    app: Flask, clinic: Clinic, cast: Cast, waiting: str
) -> None:
    page = cast["reception"].get(waiting)
    cast["mei"].get(f"{waiting}/read").submit(
        {"choice": "adapt", "note": "Shallow"}, button="Record decision"
    )
    assert page.submit(button=BUTTON).status == 409
    assert mails(app) == []
    assert BUTTON not in cast["reception"].get(waiting).text


@pytest.mark.parametrize("who", ["mei", "owner", "stranger"])
def test_only_reception_reminds(app: Flask, cast: Cast, waiting: str, who: str) -> None:
    answer = cast[who].client.post(f"{waiting}/remind-practitioner")
    assert answer.status_code in {302, 303, 400, 403}
    assert mails(app) == []
