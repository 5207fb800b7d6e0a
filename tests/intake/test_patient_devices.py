"""The mailbox may be shared: earlier answers show only where they were given, or with the code."""

import re
from datetime import timedelta

import pytest

from booking.core import clock
from booking.intake.models import FormBrowser
from tests.browser import Browser, Page
from tests.intake.conftest import Arrive, Stored
from tests.intake.journey import ANSWERS, TICKS, fill, fill_until, open_page

SECRET = "My left hand"


def code_on(page: Page) -> str:
    found = re.search(r'class="code num">([A-Z0-9]{4} [A-Z0-9]{4})<', page.text)
    assert found, page.text
    return found[1]


@pytest.fixture
def begun(amara: Browser, visit) -> Browser:
    """Amara's phone, on which she answered about her skin and that she is pregnant."""
    fill(open_page(amara, visit[1], "health_skin"), {"skin": "yes", "skin_where": SECRET})
    for page_id in ("preg_now", "preg_far", "preg_signs", "preg_others"):
        given = {"preg_status": "yes", "preg_bleed": "no"}
        fill(open_page(amara, visit[1], page_id), given)
    return amara


def test_another_browser_with_the_same_link_sees_no_earlier_answer(
    begun: Browser, arrive: Arrive, visit
) -> None:
    other = arrive()
    listed = other.get(f"{visit[1]}/list")
    assert "Begun on another phone or computer?" in listed.text
    assert "Answered" in listed.text
    for page_id in ("health_skin", "preg_far", "preg_now"):
        assert SECRET not in open_page(other, visit[1], page_id).text
    assert open_page(other, visit[1], "preg_far").url.endswith("/list")
    checked = other.get(f"{visit[1]}/check")
    assert SECRET not in checked.text
    assert "weeks" not in checked.text
    assert "Answered on another phone or computer" in checked.text


def test_the_same_browser_sees_its_answers_when_it_comes_through_the_link_again(
    begun: Browser, arrive: Arrive, visit
) -> None:
    arrive(begun)
    assert SECRET in open_page(begun, visit[1], "health_skin").text


def test_signing_out_leaves_a_browser_that_shows_nothing_of_it(
    begun: Browser, arrive: Arrive, visit
) -> None:
    """A computer may be shared as well as a mailbox."""
    code = code_on(begun.get(f"{visit[1]}/list").submit(button="Save and leave"))
    begun.get(f"{visit[1]}/list").submit(having="Sign out of this browser")
    arrive(begun)
    assert SECRET not in open_page(begun, visit[1], "health_skin").text
    begun.get(f"{visit[1]}/list").submit({"code": code}, having="code")
    assert SECRET in open_page(begun, visit[1], "health_skin").text


def test_the_code_shown_on_leaving_opens_the_answers_elsewhere(
    begun: Browser, arrive: Arrive, visit
) -> None:
    code = code_on(begun.get(f"{visit[1]}/list").submit(button="Save and leave"))
    other = arrive()
    typed = code.lower().replace(" ", "-")
    page = other.get(f"{visit[1]}/list").submit({"code": typed}, button="Show my answers")
    assert page.status == 200
    assert SECRET in open_page(other, visit[1], "health_skin").text
    assert "preg_weeks" in open_page(other, visit[1], "preg_far").form(having="preg_weeks").names


def test_leaving_a_page_half_done_keeps_what_is_there(
    amara: Browser, visit, stored: Stored
) -> None:
    page = open_page(amara, visit[1], "about_you")
    left = fill(page, {"name_known": "Amara"}, button="Save and leave")
    assert "Your answers are saved" in left.text
    assert stored.answers()["name_known"].text == "Amara"
    listed = amara.get(f"{visit[1]}/list")
    assert "Started" in listed.text
    assert (
        "Amara" in listed.click("About you").text
        or "Amara" in open_page(amara, visit[1], "about_you").text
    )


def test_a_new_code_ends_the_one_before(begun: Browser, arrive: Arrive, visit) -> None:
    old = code_on(begun.get(f"{visit[1]}/list").submit(button="Save and leave"))
    code_on(begun.get(f"{visit[1]}/list").submit(button="Save and leave"))
    other = arrive()
    page = other.get(f"{visit[1]}/list").submit({"code": old}, button="Show my answers")
    assert page.status == 422
    assert "That is not the code" in page.text
    assert SECRET not in open_page(other, visit[1], "health_skin").text


def test_a_browser_that_answered_nothing_is_given_no_code(
    begun: Browser, arrive: Arrive, visit
) -> None:
    left = arrive().get(f"{visit[1]}/list").submit(button="Save and leave")
    assert left.status == 200
    assert 'class="code' not in left.text


def test_a_code_opens_only_what_its_own_browser_gave(begun: Browser, arrive: Arrive, visit) -> None:
    curious = arrive()
    fill(open_page(curious, visit[1], "end_else"), {"else": "I was here"})
    code = code_on(curious.get(f"{visit[1]}/list").submit(button="Save and leave"))
    third = arrive()
    third.get(f"{visit[1]}/list").submit({"code": code}, button="Show my answers")
    assert "I was here" in open_page(third, visit[1], "end_else").text
    assert SECRET not in open_page(third, visit[1], "health_skin").text


def test_wrong_codes_have_to_wait_and_the_right_one_works_again_later(
    begun: Browser, arrive: Arrive, visit
) -> None:
    code = code_on(begun.get(f"{visit[1]}/list").submit(button="Save and leave"))
    other = arrive()
    listed = other.get(f"{visit[1]}/list")
    for _try in range(5):
        assert listed.submit({"code": "WRONG123"}, button="Show my answers").status == 422
    page = listed.submit({"code": code}, button="Show my answers")
    assert page.status == 429
    assert SECRET not in open_page(other, visit[1], "health_skin").text
    clock.travel(clock.now() + timedelta(minutes=20))
    assert listed.submit({"code": code}, button="Show my answers").status == 200
    assert SECRET in open_page(other, visit[1], "health_skin").text


def test_without_the_code_she_can_go_on_and_send(
    begun: Browser, arrive: Arrive, visit, stored: Stored
) -> None:
    other = arrive()
    page = other.get(f"{visit[1]}/list").click("About today")
    given = {**ANSWERS, "skin": "no"}
    page = fill_until(page, "Check your answers", given)
    assert SECRET not in page.text
    page.submit(TICKS, button="Send my answers")
    kept = stored.answers()
    assert kept["preg_status"].codes == ("yes",)
    assert kept["skin"].codes == ("no",)
    assert stored.form().sent_at is not None


def test_what_was_sent_is_not_shown_to_another_browser_either(
    begun: Browser, arrive: Arrive, visit
) -> None:
    page = fill_until(
        begun.get(f"{visit[1]}/list").click("About today"),
        "Check your answers",
        {**ANSWERS, "skin": "yes", "skin_where": SECRET},
    )
    page.submit(TICKS, button="Send my answers")
    assert SECRET in begun.get(f"{visit[1]}/mine").text
    assert SECRET not in arrive().get(f"{visit[1]}/mine").text


def test_the_browser_is_known_by_a_secret_of_which_only_a_hash_is_stored(
    begun: Browser, stored: Stored
) -> None:
    cookie = begun.client.get_cookie("device")
    assert cookie is not None
    assert cookie.http_only
    assert len(cookie.value) >= 43
    assert stored.count(FormBrowser) == 1


def test_the_code_opens_what_was_sent_too_and_a_wrong_one_says_so(
    begun: Browser, arrive: Arrive, visit
) -> None:
    code = code_on(begun.get(f"{visit[1]}/list").submit(button="Save and leave"))
    given = {**ANSWERS, "skin": "yes", "skin_where": SECRET}
    page = fill_until(begun.get(f"{visit[1]}/list").click("About today"), "Check", given)
    page.submit(TICKS, button="Send my answers")
    mine = arrive().get(f"{visit[1]}/mine")
    wrong = mine.submit({"code": "ABCD EFGH"}, button="Show my answers")
    assert wrong.status == 422
    assert "That is not the code" in wrong.text
    assert SECRET in mine.submit({"code": code}, button="Show my answers").text
