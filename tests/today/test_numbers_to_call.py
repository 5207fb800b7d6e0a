"""A patient's number on the staff's pages: one press does only what is safe."""

from collections.abc import Callable

import pytest
from flask import Flask

from booking.core.db import session, transaction
from booking.patients.models import Patient
from tests.factories import MINUTES, MONDAY_10AM, Clinic
from tests.house.everybody import Everybody


@pytest.mark.parametrize("channels", ["phone text", "text", "letter"])
def test_a_number_calls_or_texts_only_where_that_is_safe(
    app: Flask, clinic: Clinic, at: Callable[..., None], channels: str
) -> None:
    at(MONDAY_10AM - 120 * MINUTES)
    people = Everybody(app, clinic)
    with app.app_context(), transaction():
        for patient in session().query(Patient):
            patient.channels = channels
    absence, record = (people.uuids[key] for key in ("absence", "record"))
    wanted = {"phone text": "tel:", "text": "sms:", "letter": ""}[channels]
    for page in (
        "/worklist",
        "/waiting",
        "/requests",
        f"/away/{absence}",
        f"/visits/{people.visit}",
        f"/patients/{record}",
    ):
        text = people.browsers["reception"].get(page).text
        assert "+44 7700 900123" in text, page
        ways = {way for way in ("tel:", "sms:") if f'href="{way}+447700900123"' in text}
        assert ways == ({wanted} if wanted else set()), page
