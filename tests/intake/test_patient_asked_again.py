"""The clinic asks one question again; only that one is shown, and answering makes a new version."""

from uuid import UUID

import pytest
from flask import Flask

from booking.core import clock
from booking.core.db import session, transaction
from booking.intake.actions import flags
from booking.intake.models import AnswersVersion, Flag, FormState, Question
from booking.intake.queries import answers
from booking.intake.rules.answers import TALK, Answer
from tests.browser import Browser
from tests.factories import Clinic
from tests.intake.conftest import Arrive, Stored
from tests.intake.journey import ANSWERS, TICKS, fill_until, open_page


@pytest.fixture
def sent(amara: Browser, visit) -> Browser:
    given = {**ANSWERS, "blood_thin": "talk", "bleed_dis": "yes"}
    given["bleed_dis_text"] = "My own words"
    page = fill_until(open_page(amara, visit[1], "urgent_now"), "Check your answers", given)
    assert page.submit(TICKS, button="Send my answers").status == 200
    return amara


@pytest.fixture
def ask(app: Flask, clinic: Clinic, visit):
    """The clinic asks a question of the form again; returns its public id."""

    def asked(link_id: str) -> UUID:
        with app.app_context(), transaction():
            form = answers.form_of(visit[0])
            row = Question(
                form_id=form.id,
                link_id=link_id,
                asked_by=clinic.reception_user,
                asked_at=clock.now(),
            )
            session().add(row)
            flags.settle(form, now=clock.now())
            return row.public_id

    return asked


def test_only_that_question_is_shown_and_no_earlier_answer(
    sent: Browser, arrive: Arrive, visit, ask
) -> None:
    address = f"{visit[1]}/again/{ask('blood_thin')}"
    for browser in (sent, arrive()):
        page = browser.get(address)
        assert page.status == 200
        assert "Do you take a blood thinner?" in page.text
        assert "bleed or bruise" not in page.text
        assert page.form(having="blood_thin").fields[0][0] == "csrf_token"
        assert "checked" not in page.text


def test_answering_makes_a_new_version_and_hands_the_form_back(
    sent: Browser, arrive: Arrive, visit, stored: Stored, ask
) -> None:
    address = f"{visit[1]}/again/{ask('blood_thin')}"
    assert stored.form().state is FormState.NEEDS_INFORMATION
    assert stored.answers()["blood_thin"] == TALK
    versions = stored.count(AnswersVersion)
    other = arrive()
    page = other.get(address).submit({"blood_thin": "no"}, button="Send my answer")
    assert "Your answer has been sent" in page.text
    assert stored.answers()["blood_thin"] == Answer(codes=("no",))
    assert stored.count(AnswersVersion) == versions + 1
    assert stored.form().state is not FormState.NEEDS_INFORMATION
    assert stored.answers()["bleed_dis_text"].text == "My own words"
    assert "My own words" not in other.get(f"{visit[1]}/mine").text
    assert "My own words" in sent.get(f"{visit[1]}/mine").text


def test_it_is_answered_once(sent: Browser, visit, stored: Stored, ask) -> None:
    page = sent.get(f"{visit[1]}/again/{ask('blood_thin')}")
    page.submit({"blood_thin": "no"}, button="Send my answer")
    again = page.submit({"blood_thin": "yes"}, button="Send my answer")
    assert again.status == 409
    assert stored.answers()["blood_thin"] == Answer(codes=("no",))


def test_an_empty_answer_is_asked_for(sent: Browser, visit, stored: Stored, ask) -> None:
    for link_id in ("blood_thin", "gp"):
        page = sent.get(f"{visit[1]}/again/{ask(link_id)}").submit({}, button="Send my answer")
        assert page.status == 422
        assert "Please" in page.text


def test_the_page_of_the_visit_says_that_something_is_asked(sent: Browser, visit, ask) -> None:
    ask("blood_thin")
    assert ">To answer</span>" in sent.get(visit[1].replace("questions", "visit")).text


def test_the_sent_page_leads_to_what_is_asked(sent: Browser, visit, ask) -> None:
    ask("skin")
    page = sent.get(f"{visit[1]}/sent").click("Answer it now")
    assert "Do you have broken, sore or infected skin" in page.text


def test_a_question_of_another_form_is_not_found(sent: Browser, visit) -> None:
    assert sent.get(f"{visit[1]}/again/{UUID(int=5)}").status == 404


def test_the_link_in_the_message_leads_straight_to_it(
    sent: Browser, arrive: Arrive, visit, ask
) -> None:
    asked = ask("skin")
    assert arrive().get("/questions/").url == f"{visit[1]}/again/{asked}"


def test_a_promised_list_is_asked_for_at_once(sent: Browser, visit, stored, ask) -> None:
    page = sent.get(f"{visit[1]}/again/{ask('med_any')}")
    page = page.submit({"med_any": "list"}, button="Send my answer")
    assert stored.form().state is FormState.NEEDS_INFORMATION
    assert page.submit({}, button="Send my answer").status == 422
    page = page.submit({"med_name": "Iron"}, button="Save and add another")
    page = page.submit({"med_name": "Folic acid"}, button="Send my answer")
    assert "Your answer has been sent" in page.text
    assert stored.form().state is not FormState.NEEDS_INFORMATION
    assert [row["med_name"].text for row in stored.answers()["med_list"].rows] == [
        "Iron",
        "Folic acid",
    ]


def test_adding_to_a_list_shows_nothing_of_it_and_keeps_it(
    amara: Browser, arrive: Arrive, visit, stored: Stored, ask
) -> None:
    given = {**ANSWERS, "med_any": "list"}
    page = fill_until(open_page(amara, visit[1], "urgent_now"), "Your list", given)
    page = page.submit({"med_name": "Secret tea"}, button="Save and continue")
    page = fill_until(page, "Check your answers", given)
    page.submit(TICKS, button="Send my answers")
    page = arrive().get(f"{visit[1]}/again/{ask('med_list')}")
    assert "Secret tea" not in page.text
    page = page.submit({"med_name": "Iron"}, button="Save and add another")
    page = page.submit({}, button="Send my answer")
    assert "Your answer has been sent" in page.text
    assert len(stored.answers()["med_list"].rows) == 2


def test_something_urgent_said_now_still_stops_her(
    amara: Browser, visit, stored: Stored, ask
) -> None:
    given = {**ANSWERS, "preg_status": "yes", "preg_bleed": "no"}
    page = fill_until(open_page(amara, visit[1], "urgent_now"), "Check your answers", given)
    page.submit(TICKS, button="Send my answers")
    page = amara.get(f"{visit[1]}/again/{ask('preg_bleed')}")
    page = page.submit({"preg_bleed": "unchecked"}, button="Send my answer")
    assert "Please call NHS 111" in page.text
    assert stored.count(Flag, rule_id="U-PBLD") == 1
