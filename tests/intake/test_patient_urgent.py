"""Something urgent is told to the clinic as soon as its page is saved, sent or not."""

import pytest

from booking.intake.models import Flag, FormState
from booking.mail.models import Mail
from tests.browser import Browser, Page
from tests.conftest import Cast
from tests.intake.conftest import Stored
from tests.intake.journey import fill, open_page

EMERGENCY = "Please get help now. Call 999 or go to your nearest A&amp;E."
TODAY = "Please call NHS 111, the early pregnancy unit at your hospital or your midwife"


@pytest.mark.parametrize(
    ("sign", "words", "rule"),
    [
        ("heavy_bleed", EMERGENCY, "U-BLEED"),
        ("chest_breath", EMERGENCY, "U-CLOT"),
        ("one_leg", TODAY, "U-CLOT"),
        ("fever", TODAY, "U-INF"),
        ("ohss", "your fertility clinic&#39;s emergency number", "U-OHSS"),
        ("late_preg", EMERGENCY, "U-LATE"),
    ],
)
def test_an_urgent_sign_stops_her_with_fixed_text_and_tells_the_desk_at_once(
    amara: Browser, visit, stored: Stored, sign: str, words: str, rule: str
) -> None:
    page = fill(open_page(amara, visit[1], "urgent_now"), {"u_now": [sign]})
    assert page.url == f"{visit[1]}/1/now"
    assert words in page.text
    assert "We have told the clinic. Still call now: nobody may be reading." in page.text
    assert stored.count(Flag, rule_id=rule) == 1
    assert stored.count(Mail, kind="intake/staff_urgent") == 1
    assert stored.form().state is FormState.DRAFT
    assert page.click("Go on").status == 200


def test_what_was_rung_about_and_taken_back_is_told_anew_when_it_is_said_again(
    amara: Browser, visit, stored: Stored, cast: Cast
) -> None:
    """The page says that the clinic was told, so it has to be."""

    def say(*signs: str) -> Page:
        return fill(open_page(amara, visit[1], "urgent_now"), {"u_now": list(signs)})

    say("heavy_bleed")
    form = f"/forms/{visit[1].rsplit('/', 1)[1]}"
    cast["reception"].get(form).submit(button="I have rung")
    say("heavy_bleed")
    assert stored.count(Mail, kind="intake/staff_urgent") == 1, "said still, and rung about"
    say("none")
    assert stored.count(Mail, kind="intake/staff_urgent") == 1
    assert "We have told the clinic." in say("heavy_bleed").text
    assert stored.count(Mail, kind="intake/staff_urgent") == 2
    assert stored.count(Flag, rule_id="U-BLEED", handled_at=None) == 1


def test_bleeding_not_checked_is_told_from_its_own_page(
    amara: Browser, visit, stored: Stored
) -> None:
    fill(open_page(amara, visit[1], "preg_now"), {"preg_status": "yes"})
    page = fill(open_page(amara, visit[1], "preg_signs"), {"preg_bleed": "unchecked"})
    assert TODAY in page.text
    assert stored.count(Flag, rule_id="U-PBLD") == 1
    assert stored.count(Mail, kind="intake/staff_urgent") == 1


def test_leaving_after_an_urgent_sign_still_stops_her_first(
    amara: Browser, visit, stored: Stored
) -> None:
    page = open_page(amara, visit[1], "urgent_now")
    page = fill(page, {"u_now": ["faint"]}, button="Save and leave")
    assert EMERGENCY in page.text
    assert stored.count(Mail, kind="intake/staff_urgent") == 1


def test_nothing_urgent_tells_nobody(amara: Browser, visit, stored: Stored) -> None:
    page = fill(open_page(amara, visit[1], "urgent_now"), {"u_now": ["none"]})
    assert page.url == f"{visit[1]}/2"
    assert stored.count(Flag) == 0
    assert stored.count(Mail) == 0
    assert amara.get(f"{visit[1]}/1/now").url == f"{visit[1]}/list"


def test_somebody_who_may_not_be_safe_is_given_both_numbers(amara: Browser, visit) -> None:
    page = fill(open_page(amara, visit[1], "feel_page"), {"feel_talk": "visit"})
    page = fill(page, {"feel_safe": "yes"})
    assert "In danger: 999. To talk: Call 111 in a crisis, and" in page.text
    assert [number for number in ("999", "111") if f'href="tel:{number}"' in page.text] == [
        "999",
        "111",
    ]


def test_who_watches_is_said_plainly(amara: Browser, visit) -> None:
    page = fill(open_page(amara, visit[1], "urgent_now"), {"u_now": ["faint"]})
    assert "someone looks at messages like yours Monday to Friday, 9 to 5" in page.text
    assert 'href="tel:999"' in page.text
