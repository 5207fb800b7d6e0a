"""One page of questions: what it asks, keeps, refuses kindly, and where it leads."""

import re
from datetime import timedelta
from pathlib import Path

import pytest

import booking
from booking.audit.models import AuditRow
from booking.core import clock
from booking.intake.forms.fields import question_for
from booking.intake.models import AnswersVersion
from booking.intake.rules.answers import NOT_SURE, TALK, Answer, PartialDate
from booking.intake.rules.questionnaire import shipped, walk
from tests.browser import Browser
from tests.intake.conftest import Arrive, Stored
from tests.intake.journey import ANSWERS, TICKS, fill, fill_until, open_page


def test_each_page_says_why_it_asks_and_offers_to_talk_in_person(amara: Browser, visit) -> None:
    page = open_page(amara, visit[1], "health_blood")
    assert page.text.count("Why we ask") == 2
    assert page.text.count("I&#39;d rather talk about this in person") == 2
    assert {name for name, _value in page.form(having="blood_thin").fields} == {
        "csrf_token",
        "bleed_dis_text",
    }


def test_the_four_kinds_of_answer_are_stored_as_four(amara: Browser, visit, stored: Stored) -> None:
    fill(open_page(amara, visit[1], "health_blood"), {"blood_thin": "no", "bleed_dis": "not-sure"})
    fill(
        open_page(amara, visit[1], "health_fits"),
        {"fits": "talk", "faint_hist": "no"},
    )
    kept = stored.answers()
    assert kept["blood_thin"] == Answer(codes=("no",))
    assert kept["bleed_dis"] == NOT_SURE
    assert kept["fits"] == TALK
    assert "implant_elec" not in kept


def test_a_needed_answer_left_out_is_asked_for_and_nothing_typed_is_lost(
    amara: Browser, visit, stored: Stored
) -> None:
    page = fill(
        open_page(amara, visit[1], "about_you"),
        {"name_known": "Amara Ọsẹi", "dob-day": "27", "dob-month": "March"},
    )
    assert page.status == 422
    assert page.title.startswith("Error: ")
    assert 'value="Amara Ọsẹi"' in page.text
    assert 'value="March"' in page.text
    assert "Please answer “Who is filling in this form?”" in page.text
    assert stored.answers() == {}


def test_talking_in_person_is_enough_where_an_answer_is_needed(
    amara: Browser, visit, stored: Stored
) -> None:
    page = fill(open_page(amara, visit[1], "urgent_now"), {"u_now": ["talk"]})
    assert page.status == 200
    assert stored.answers() == {"u_now": TALK}
    listed = amara.get(f"{visit[1]}/list")
    assert "Left for the visit" in listed.text


def test_none_of_these_cannot_stand_beside_a_sign(amara: Browser, visit, stored: Stored) -> None:
    page = fill(open_page(amara, visit[1], "urgent_now"), {"u_now": ["none", "one_leg"]})
    assert page.status == 422
    assert "You chose “None of these” and something else" in page.text
    assert stored.answers() == {}


def test_going_back_shows_what_was_answered(amara: Browser, visit) -> None:
    fill(open_page(amara, visit[1], "health_skin"), {"skin": "yes", "skin_where": "Left hand"})
    page = open_page(amara, visit[1], "health_skin")
    assert ("skin", "yes") in page.form(having="skin").fields
    assert ("skin_where", "Left hand") in page.form(having="skin").fields
    assert page.click("Back").url != page.url


def test_an_answer_opens_the_pages_that_follow_from_it(amara: Browser, visit) -> None:
    page = fill(open_page(amara, visit[1], "preg_now"), {"preg_status": "yes"})
    assert "About how many weeks?" in page.text
    page = fill(open_page(amara, visit[1], "preg_now"), {"preg_status": "no"})
    assert "tell us about earlier pregnancies here?" in page.text
    assert open_page(amara, visit[1], "preg_far").url.endswith("/list")


def test_a_change_from_the_check_page_leads_back_to_it(amara: Browser, visit) -> None:
    page = fill_until(open_page(amara, visit[1], "urgent_now"), "Check your answers", ANSWERS)
    page = page.click("Change Do you have diabetes?")
    page = fill(page, {"diabetes": "not-sure"})
    assert "<h1>Check your answers" in page.text
    page = page.click("Change Are you pregnant, or could you be?")
    page = fill(page, {"preg_status": "could"})
    assert "Have you had any bleeding" in page.text
    page = fill(page, {"preg_bleed": "no"})
    assert "When did your last period start?" in page.text
    assert "<h1>Check your answers" in fill(page, {}).text


def test_sending_too_early_says_which_pages_are_missing(amara: Browser, visit, stored) -> None:
    fill(open_page(amara, visit[1], "urgent_now"), {"u_now": ["none"]})
    page = amara.get(f"{visit[1]}/check").submit(TICKS, button="Send my answers")
    assert page.status == 422
    assert "Some pages still need an answer" in page.text
    assert page.click("Bleeding and bruising").status == 200
    assert stored.form().sent_at is None


def test_nothing_is_sent_without_the_three_statements(amara: Browser, visit, stored) -> None:
    page = fill_until(open_page(amara, visit[1], "urgent_now"), "Check your answers", ANSWERS)
    page = page.submit({"read_info": "y"}, button="Send my answers")
    assert page.status == 422
    assert "Please tick “I have seen how you look after my information.”" in page.text
    assert stored.form().sent_at is None


def test_what_was_sent_is_no_longer_edited(amara: Browser, visit, stored: Stored) -> None:
    early = open_page(amara, visit[1], "health_skin")
    page = fill_until(open_page(amara, visit[1], "urgent_now"), "Check your answers", ANSWERS)
    checked = page
    page.submit(TICKS, button="Send my answers")
    versions = stored.count(AnswersVersion)
    assert fill(early, {"skin": "yes"}).url == f"{visit[1]}/sent"
    assert checked.submit(TICKS, button="Send my answers").url == f"{visit[1]}/sent"
    assert open_page(amara, visit[1], "health_skin").url == f"{visit[1]}/sent"
    assert stored.count(AnswersVersion) == versions
    assert stored.answers()["skin"] == Answer(codes=("no",))
    assert amara.get(f"{visit[1]}/mine").status == 200


def test_only_answers_that_count_are_sent(amara: Browser, visit, stored: Stored) -> None:
    fill(open_page(amara, visit[1], "preg_now"), {"preg_status": "yes"})
    fill(open_page(amara, visit[1], "preg_far"), {"preg_weeks": "9"})
    assert stored.answers()["preg_weeks"].number == 9
    page = fill_until(open_page(amara, visit[1], "urgent_now"), "Check your answers", ANSWERS)
    page.submit(TICKS, button="Send my answers")
    assert "preg_weeks" not in stored.answers()
    assert stored.answers()["correct"] == Answer(codes=("yes",))


@pytest.mark.parametrize("typed", ["4.5", "4,5", "4 5", "4+5", "4½", "-4", "46"])
def test_weeks_are_never_made_of_what_is_no_whole_number(
    amara: Browser, visit, stored: Stored, typed: str
) -> None:
    """Four and a half must not become forty-five."""
    fill(open_page(amara, visit[1], "preg_now"), {"preg_status": "yes"})
    page = fill(open_page(amara, visit[1], "preg_far"), {"preg_weeks": typed})
    assert page.status == 422
    assert "Please write a whole number from 0 to 45" in page.text
    assert dict(page.form("preg_weeks").fields)["preg_weeks"] == typed
    assert fill(page, {"preg_weeks": " 9. "}).status == 200
    assert stored.answers()["preg_weeks"].number == 9


@pytest.mark.parametrize(
    ("day", "month", "year", "words", "marked"),
    [
        ("31", "2", "1991", "not in the calendar", "day"),
        ("1", "13", "1991", "not in the calendar", "day"),
        ("0", "0", "0000", "not in the calendar", "day"),
        ("1", "1", "2090", "still to come", "year"),
        ("3", "7", "2027", "still to come", "year"),
        ("1", "1", "1850", "very long ago", "year"),
        ("1", "1", "91", "four digits", "year"),
        ("first", "1", "1991", "use numbers", "day"),
        ("1", "Monday", "1991", "use numbers", "month"),
        ("", "", "1991", "the day, the month and the year", "day"),
        ("1", "", "1991", "the day, the month and the year", "month"),
        ("9" * 5000, "1", "1991", "use numbers", "day"),
        ("²", "1", "1991", "use numbers", "day"),
    ],
)
def test_a_birth_date_that_cannot_be_is_asked_for_again(
    amara: Browser, visit, stored: Stored, day: str, month: str, year: str, words: str, marked: str
) -> None:
    given = {"name_known": "A", "filled_by": "me"}
    typed = {"dob-day": day, "dob-month": month, "dob-year": year}
    page = fill(open_page(amara, visit[1], "about_you"), {**given, **typed})
    assert page.status == 422
    assert words in page.text
    assert f'value="{day}"' in page.text
    assert re.findall(r'aria-invalid="true"[^>]*id="(dob-\w+)"', page.text) == [f"dob-{marked}"]
    assert f'<a href="#dob-{marked}">' in page.text, "the summary leads to it"
    assert stored.answers() == {}


@pytest.mark.parametrize("month", ["3", "03", "March", "mar.", " 3. "])
def test_a_birth_date_is_read_however_it_is_written(
    amara: Browser, visit, stored: Stored, month: str
) -> None:
    given = {"name_known": "A", "filled_by": "me", "dob-day": " 27 ", "dob-year": "1991"}
    fill(open_page(amara, visit[1], "about_you"), {**given, "dob-month": month})
    assert stored.answers()["dob"].date == PartialDate(1991, 3, 27)


def test_somebody_under_16_is_not_turned_away_here(amara: Browser, visit, stored) -> None:
    given = {"name_known": "A", "filled_by": "me", "dob-day": "1", "dob-month": "1"}
    page = fill(open_page(amara, visit[1], "about_you"), {**given, "dob-year": "2013"})
    assert page.status == 200
    assert stored.answers()["dob"].date == PartialDate(2013, 1, 1)


@pytest.mark.parametrize(
    "text",
    ["x" * 10_000, "a\u202eb", "a\x00b", "a\x1b[31m", "\u2066x", "😀" * 501],
)  # fmt: skip
def test_text_nobody_types_is_refused_kindly_and_kept(
    amara: Browser, visit, stored: Stored, text: str
) -> None:
    page = fill(
        open_page(amara, visit[1], "about_you"),
        {**ANSWERS, "name_known": text},
    )
    assert page.status == 422
    assert "Please" in page.text
    assert ("filled_by", "me") in page.form(having="filled_by").fields
    kept = dict(page.form(having="filled_by").fields)["name_known"]
    assert kept == "".join(c for c in text if c not in "\u202e\x00\x1b\u2066")
    assert stored.answers() == {}


def test_a_megabyte_is_refused_kindly(amara: Browser, visit) -> None:
    page = open_page(amara, visit[1], "end_else")
    assert fill(page, {"else": "x" * 1_100_000}).status == 413


def test_options_that_are_not_on_the_page_are_no_answer(amara: Browser, visit, stored) -> None:
    page = fill(open_page(amara, visit[1], "health_skin"), {"skin": "<script>"})
    assert page.status == 422
    assert stored.answers() == {}


def test_pages_that_do_not_exist_are_not_found(amara: Browser, visit) -> None:
    for place in ("0", "999", "99999999999999999999"):
        assert amara.get(f"{visit[1]}/{place}").status == 404


def test_each_opening_of_answers_leaves_one_trace(amara: Browser, visit, stored: Stored) -> None:
    def openings() -> int:
        return stored.count(AuditRow, tag="intake:opened")

    page = open_page(amara, visit[1], "health_skin")
    assert openings() == 0
    fill(page, {"skin": "yes", "skin_where": "Left hand"})
    before = openings()
    open_page(amara, visit[1], "health_skin")
    assert openings() == before + 1
    amara.get(f"{visit[1]}/check")
    assert openings() == before + 2


def test_answers_are_not_readable_in_the_database_file(
    amara: Browser, visit, tmp_path, stored: Stored
) -> None:
    fill(open_page(amara, visit[1], "end_else"), {"else": "CANARY-IN-THE-MINE"})
    assert stored.answers()["else"].text == "CANARY-IN-THE-MINE"
    for file in tmp_path.glob("test.db*"):
        assert b"CANARY" not in file.read_bytes()


def test_what_was_typed_outlives_the_session(
    amara: Browser, arrive: Arrive, visit, stored: Stored, at
) -> None:
    page = open_page(amara, visit[1], "end_else")
    at(clock.now() + timedelta(minutes=31))
    page = fill(page, {"else": "A long story"})
    assert page.status == 401
    assert "What you typed is kept" in page.text
    arrive(amara)
    for _step in range(2):
        page = page.submit(button="Send again") if page.status != 200 else page
    assert page.status == 200
    assert stored.answers()["else"].text == "A long story"


def test_the_first_page_of_a_part_says_whether_the_desk_reads_it(amara: Browser, visit) -> None:
    assert "The front desk does not see this part." in open_page(amara, visit[1], "preg_now").text
    assert "The front desk does not" not in open_page(amara, visit[1], "health_blood").text


def test_every_detail_that_is_folded_away_can_be_unfolded() -> None:
    style = (Path(booking.__file__).parents[1] / "static/css/base.css").read_text()
    asked = [item for item in walk(shipped().before_later_visit().sections) if item.options]
    follows = {
        question_for(detail).follows
        for item in asked
        for detail in item.items
        if detail.is_question
    }
    assert "name" in follows
    for code in follows - {""}:
        assert f"input[value={code}]:checked)>.then-{code}" in style
