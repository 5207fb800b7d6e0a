"""Answers that were changed in the database, behind everybody's back, are shown to nobody."""

import logging

import pytest
from flask import Flask
from sqlalchemy import select

from booking.core.db import session, transaction
from booking.intake.models import AnswersVersion
from tests.conftest import Cast
from tests.factories import Clinic
from tests.intake.filled import make_sent
from tests.intake.test_canaries import answers

pytestmark = pytest.mark.both


@pytest.mark.parametrize("place", [0, 4, 5, 40, -1])
def test_one_changed_bit_shows_nothing_and_raises_an_alarm(
    app: Flask, cast: Cast, clinic: Clinic, caplog: pytest.LogCaptureFixture, place: int
) -> None:
    """A bit of the format, the key's number, the nonce, the text and the seal itself.

    Holds sec_G5.
    """
    with app.app_context(), transaction():
        form = make_sent(clinic, answers())
        path = f"/forms/{form.appointment.public_id}/read"
        number = session().scalars(select(AnswersVersion.id)).one()
    assert "Canary" in cast["mei"].get(path).text
    with app.app_context(), transaction():
        row = session().get_one(AnswersVersion, number)
        changed = bytearray(row.response_sealed)
        changed[place] ^= 1
        row.response_sealed = bytes(changed)
    with caplog.at_level(logging.ERROR):
        page = cast["mei"].get(path)
    assert page.status == 500
    assert "This could not be opened safely" in page.text
    assert "Canary" not in page.text
    assert "seal-broken" in {getattr(line, "event", "") for line in caplog.records}
    assert "Canary" not in caplog.text
