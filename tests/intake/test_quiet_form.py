"""Once something has changed for her the form counts no weeks and presses for nothing."""

import pytest
from flask import Flask
from sqlalchemy import select, update

from booking.clinic.models import Organisation
from booking.core import clock
from booking.core.db import session, transaction
from booking.intake.models import Flag
from booking.intake.rules.answers import Answer
from booking.patients.models import Patient
from tests.browser import Browser
from tests.conftest import Cast
from tests.factories import Clinic
from tests.intake.filled import make_sent, said
from tests.intake.journey import ANSWERS, TICKS, fill, fill_until

PREGNANT = {
    **ANSWERS,
    "preg_status": "yes",
    "preg_weeks": "9",
    "preg_scan": "womb",
    "preg_bleed": "no",
}
WEEKS = {
    "preg_status": said("yes"),
    "preg_weeks": Answer(number=9),
    "preg_scan": said("womb"),
    "preg_bleed": said("no"),
    "hist_share": said("yes"),
    "hist_items": Answer(rows=({"hist_what": said("loss"), "hist_weeks": Answer(number=11)},)),
}


def make_quiet(app: Flask) -> None:
    with app.app_context(), transaction():
        session().execute(update(Patient).values(quiet_since=clock.now()))


def test_weeks_are_asked_before_and_not_after(app: Flask, visit, amara: Browser) -> None:
    page = fill_until(amara.get(f"{visit[1]}/1"), "Your pregnancy", PREGNANT)
    assert "how many weeks" in page.text
    make_quiet(app)
    text = amara.get(page.url).text
    assert "how many weeks" not in text
    assert "Has a scan shown" in text


def test_what_was_pressed_for_is_left_to_her(app: Flask, visit, amara: Browser, stored) -> None:
    make_quiet(app)
    page = amara.get(f"{visit[1]}/1")
    asked = {key: value for key, value in ANSWERS.items() if key != "preg_status"}
    for _step in range(60):
        if "Are you pregnant, or could you be?" in page.text:
            break
        page = fill(page, asked)
    assert "Tell us only what you want to." in page.text
    assert "(optional)" in page.text
    page = fill_until(page, "Check your answers", asked)
    assert page.submit(TICKS, button="Send").status == 200
    assert "preg_status" not in stored.answers()
    with app.app_context():
        raised = session().scalars(select(Flag.rule_id)).all()
    assert "B-ASK" in raised  # unknown is not no: her practitioner asks, gently


def test_the_same_question_is_needed_before(visit, amara: Browser) -> None:
    asked = {key: value for key, value in ANSWERS.items() if key != "preg_status"}
    page = amara.get(f"{visit[1]}/1")
    while "Are you pregnant, or could you be?" not in page.text:
        page = fill(page, asked)
    assert "Tell us only what you want to." not in page.text
    assert fill(page, asked).status == 422


@pytest.mark.parametrize(("who", "place"), [("mei", "read"), ("reception", "")])
def test_staff_read_no_weeks_and_nothing_is_lost(
    app: Flask, clinic: Clinic, cast: Cast, who: str, place: str
) -> None:
    with app.app_context(), transaction():
        session().execute(update(Organisation).values(reception_view="full"))
        visit = make_sent(clinic, WEEKS).appointment.public_id
    address = f"/forms/{visit}/{place}".rstrip("/")
    assert "Weeks, as said" in cast[who].get(address).text
    make_quiet(app)
    text = cast[who].get(address).text
    assert "Weeks, as said" not in text
    assert "how many weeks" not in text
    assert "Pregnant now" in text
    with app.app_context(), transaction():
        session().execute(update(Patient).values(quiet_since=None))
    assert "Weeks, as said" in cast[who].get(address).text


def test_urgent_help_follows_from_what_she_says_all_the_same(
    app: Flask, visit, amara: Browser
) -> None:
    make_quiet(app)
    page = amara.get(f"{visit[1]}/1")
    assert "Get help now" in page.text
    page = page.submit({"u_now": ["heavy_bleed"]}, button="Save and continue")
    assert "Please get help now" in page.text
    with app.app_context():
        assert session().scalars(select(Flag.rule_id)).all() == ["U-BLEED"]
