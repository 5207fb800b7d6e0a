"""What a level hides is in no byte of any answer: a marked word in every place people can write."""

import pytest
from flask import Flask

from booking.clinic import queries as clinic_queries
from booking.clinic.models import ReceptionView
from booking.core.db import transaction
from booking.intake.rules.answers import Answer
from tests.conftest import Cast
from tests.factories import Clinic
from tests.intake.filled import make_sent, said

HIDDEN = ["hope", "preg_told_text", "art_dates", "art_rules_text", "words_name"]
SHOWN = [
    *("bleed_dis_text", "implant_elec_which", "implants_where", "skin_where", "told_not_text"),
    *("gp", "emerg_contact", "acu_before_text", "else", "allergy_other"),
]
NEEDS = ["name_known", "contact_note", "access_other", "language_which"]
IN_ROWS = ["med_why", "hist_words", "med_name"]
OPENING = {
    "reason": said("art", "after_loss"),
    "preg_status": said("yes"),
    "preg_scan": said("womb"),
    "preg_bleed": said("no"),
    "preg_told": said("yes"),
    "art_rules": said("yes"),
    "words": said("name"),
    "access": said("other"),
    "language": said("yes"),
    "acu_before": said("bad"),
    "allergy_any": said("yes"),
    "allergy_list": said("other"),
    "hist_share": said("yes"),
    "med_any": said("list"),
    **{
        question: said("yes")
        for question in ("bleed_dis", "implant_elec", "implants", "skin", "told_not")
    },
}


def canary(question: str) -> str:
    return f"Canary{question.title().replace('_', '')}"


def answers() -> dict[str, Answer]:
    written = {each: Answer(text=canary(each)) for each in (*HIDDEN, *SHOWN, *NEEDS)}
    medicine = {
        "med_name": Answer(text=canary("med_name")),
        "med_why": Answer(text=canary("med_why")),
    }
    told = {"hist_what": said("other"), "hist_words": Answer(text=canary("hist_words"))}
    lists = {"med_list": Answer(rows=(medicine,)), "hist_items": Answer(rows=(told,))}
    return {**OPENING, **written, **lists}


@pytest.fixture
def form(app: Flask, clinic: Clinic) -> str:
    with app.app_context(), transaction():
        return str(make_sent(clinic, answers()).appointment.public_id)


def test_there_are_twenty_two_of_them() -> None:
    assert len({*HIDDEN, *SHOWN, *NEEDS, *IN_ROWS}) == 22


def desk_bytes(cast: Cast, form: str) -> str:
    """Everything reception can open about this visit."""
    pages = (
        "/forms",
        "/forms?list=ready",
        f"/forms/{form}",
        f"/forms/{form}/ask",
        "/day",
        f"/forms/{form}/blank",
    )
    got = [cast["reception"].client.get(page, follow_redirects=True) for page in pages]
    return "\n".join(f"{each.headers}{each.data.decode('utf-8', 'replace')}" for each in got)


@pytest.mark.parametrize(
    ("level", "seen"),
    [
        ("tasks", {*NEEDS}),
        ("standard", {*NEEDS, *SHOWN}),
        ("full", {*NEEDS, *SHOWN, *HIDDEN, *IN_ROWS}),
    ],
)
def test_the_desk_gets_what_its_level_shows_and_no_byte_more(
    app: Flask, cast: Cast, form: str, level: str, seen: set[str]
) -> None:
    """Holds sec_D4."""
    with app.app_context(), transaction():
        clinic_queries.organisation().reception_view = ReceptionView(level)
    text = desk_bytes(cast, form)
    found = {each for each in (*HIDDEN, *SHOWN, *NEEDS, *IN_ROWS) if canary(each) in text}
    assert found == seen


def test_the_practitioner_of_the_visit_reads_all(cast: Cast, form: str) -> None:
    text = cast["mei"].get(f"/forms/{form}/read").text
    assert {
        each for each in (*HIDDEN, *SHOWN, *NEEDS, *IN_ROWS) if canary(each) not in text
    } == set()


@pytest.mark.parametrize("who", ["ines", "owner", "stranger"])
def test_nobody_else_gets_any(cast: Cast, form: str, who: str) -> None:
    """Holds sec_D4."""
    for page in (f"/forms/{form}", f"/forms/{form}/read", f"/forms/{form}/copy?as=json", "/forms"):
        assert "Canary" not in cast[who].client.get(page, follow_redirects=True).text
