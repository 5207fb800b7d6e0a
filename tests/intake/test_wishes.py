"""What she asked of whoever meets her goes to her record, and is shown wherever she is met."""

from datetime import date

import pytest
from flask import Flask
from sqlalchemy import select

from booking.core.db import session, transaction
from booking.intake.rules.answers import Answer, PartialDate
from booking.intake.rules.questionnaire import shipped
from booking.intake.rules.wishes import wishes_in
from booking.patients.models import Patient
from tests.browser import Browser
from tests.conftest import Cast
from tests.factories import make_patient
from tests.intake.filled import said
from tests.intake.journey import ANSWERS, TICKS, fill_until

LOSS = {
    **ANSWERS,
    "reason": ["after_loss"],
    "wait_away": "yes",
    "access": ["quiet"],
    "words": ["baby_loss", "name"],
    "words_name": "Robin & 5%",
    "words_avoid": "products",
}
TODAY = date(2027, 1, 4)


@pytest.fixture
def sent(amara: Browser, visit: tuple[int, str]) -> Browser:
    page = fill_until(amara.get(f"{visit[1]}/1"), "Check your answers", LOSS)
    assert page.submit(TICKS, button="Send").status == 200
    return amara


def wishes(app: Flask) -> list[object]:
    with app.app_context():
        return [each.wishes for each in session().scalars(select(Patient).order_by(Patient.id))]


def test_sending_hands_them_to_this_record_alone(app: Flask, clinic, visit, arrive) -> None:
    with app.app_context(), transaction():
        hers, another = session().scalars(select(Patient)).one(), make_patient()
        assert another.resource_id == hers.resource_id
    page = fill_until(arrive().get(f"{visit[1]}/1"), "Check your answers", LOSS)
    page.submit(TICKS, button="Send")
    kept, other = wishes(app)
    assert other is None
    assert kept == {
        "use": ["Baby loss", "Robin & 5%"],
        "avoid": "products",
        "quiet_arrival": True,
        "apart": True,
    }


@pytest.mark.parametrize(
    ("who", "address"),
    [
        ("reception", "/forms/{}"),
        ("mei", "/forms/{}/read"),
        ("reception", "/visits/{}"),
        ("mei", "/visits/{}"),
        ("reception", "/visits/{}/changed"),
    ],
)
def test_whoever_meets_her_sees_them(cast: Cast, visit, sent, who: str, address: str) -> None:
    text = cast[who].get(address.format(visit[1].rsplit("/", 1)[1])).text
    assert "Words to use:</b> Baby loss, Robin &amp; 5%" in text
    assert "Words to leave out:</b> products" in text
    assert "a quiet place to wait" in text
    assert "not beside visible pregnancy" in text


def test_a_correction_takes_them_back(app: Flask, visit, sent: Browser) -> None:
    page = sent.get(f"{visit[1]}/mine").click("Change People use different words for a loss.")
    page.submit(
        {"words": ["no_preference"], "words_name": "", "words_avoid": ""}, button="Save the corr"
    )
    assert wishes(app) == [{"quiet_arrival": True, "apart": True}]


def test_nothing_stands_where_she_asked_nothing(app: Flask, cast: Cast, visit, amara) -> None:
    page = fill_until(amara.get(f"{visit[1]}/1"), "Check your answers", ANSWERS)
    page.submit(TICKS, button="Send")
    assert wishes(app) == [None]
    assert "Words to" not in cast["reception"].get(f"/forms/{visit[1].rsplit('/', 1)[1]}").text


def hard(*days: PartialDate) -> dict[str, Answer]:
    return {"hard_dates": Answer(rows=tuple({"hard_date": Answer(date=day)} for day in days))}


@pytest.mark.parametrize(
    ("day", "kept"),
    [
        (PartialDate(2027, 3, 9), ["2027-03-09"]),
        (PartialDate(2027, 1, 4), ["2027-01-04"]),
        (PartialDate(2027, 1, 3), ["--01-03"]),
        (PartialDate(2024, 2, 29), ["--02-29"]),
        (PartialDate(2026, 3), None),
    ],
)
def test_a_day_that_has_been_is_hard_every_year(day: PartialDate, kept: list[str] | None) -> None:
    assert wishes_in(hard(day), shipped(), today=TODAY).get("dates") == kept


def test_any_word_is_no_wish() -> None:
    assert wishes_in({"words": said("no_preference")}, shipped(), today=TODAY) == {}
