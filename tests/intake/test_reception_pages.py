"""Reception's pages of forms."""

from flask import Flask

from booking.core.db import transaction
from tests.conftest import Cast
from tests.factories import Clinic
from tests.intake.filled import listed, make_sent, said


def sent(app: Flask, clinic: Clinic, changes: dict) -> str:
    with app.app_context(), transaction():
        return str(make_sent(clinic, changes).appointment.public_id)


def test_the_queue_and_a_form_open(app: Flask, clinic: Clinic, cast: Cast) -> None:
    visit = sent(app, clinic, {**listed("Clexane"), "u_now": said("fever")})
    page = cast["reception"].get("/forms")
    assert page.status == 200
    assert "Amara Osei" in page.text
    page = cast["reception"].get(f"/forms/{visit}")
    assert page.status == 200
    page = cast["reception"].get(f"/forms/{visit}/ask")
    assert page.status == 200
    page = cast["mei"].get("/forms/to-read")
    assert page.status == 200
    page = cast["mei"].get(f"/forms/{visit}/read")
    assert page.status == 200
    assert "Clexane" in page.text
