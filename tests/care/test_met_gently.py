"""Wherever the clinic meets somebody, it reads first to be gentle, with her words."""

from pathlib import Path

import pytest
from flask import Flask

from booking.accounts import actions
from booking.appointments.models import Appointment, ChangeRequest, Status
from booking.clinic.models import LateChange
from booking.core import clock
from booking.core.db import session, transaction
from tests.conftest import Cast, sign_in_with
from tests.factories import MINUTES, Clinic
from tests.house.everybody import Everybody

TEMPLATES = Path(__file__).parents[2] / "templates"
SAID = ("Contact gently", "Words to use:", "our Kito", "Words to leave out:", "the word expecting")
WISHES = {"use": ["our Kito"], "avoid": "the word expecting"}
# Pages that show a name where it says nothing more: a card handed to her, the code she types,
# what the owner proves by or reads in an emergency.
NOBODY_IS_MET = {
    *("desk.card", "accounts.give_desk_code"),
    *("rights.openings", "rights.hold", "rights.emergency", "rights.emergency_answers"),
}
# Where a day lists hundreds, the words are at its top, and a name has the sign beside it.
MET = {
    "board": "/day?date=2027-07-05",
    "list of the day": "/day?date=2027-07-05&view=list",
    "queue": "/forms",
    "visit": "/visits/{visit}",
    "cancel": "/visits/{visit}/cancel",
    "review": "/forms/{visit}",
    "message composer": "/forms/{visit}/ask",
    "waiting list": "/waiting",
    "worklist": "/worklist",
    "requests": "/requests",
    "something has changed": "/visits/{visit}/changed",
}


@pytest.fixture
def everybody(app: Flask, clinic: Clinic) -> Everybody:
    """Everybody there is; Amara has words of her own and asked to be met gently."""
    made = Everybody(app, clinic)
    with app.app_context(), transaction():
        hers = session().get_one(Appointment, made.appointment).patient
        hers.gently, hers.wishes = True, WISHES
    return made


@pytest.mark.parametrize("place", MET)
def test_the_desk_reads_it_in_each_place(everybody: Everybody, place: str) -> None:
    page = everybody.browsers["reception"].get(MET[place].format(visit=everybody.visit))
    for words in SAID:
        assert words in page.text, words
    assert page.text.index("Contact gently") < page.text.index("our Kito")


def test_no_page_of_the_staff_names_her_without_it(everybody: Everybody) -> None:
    silent, seen = set(), 0
    for rule in everybody.app.url_map.iter_rules():
        if "GET" not in (rule.methods or ()) or rule.endpoint in NOBODY_IS_MET:
            continue
        for who in ("reception", "mei", "owner"):
            page = everybody.browsers[who].get(everybody.address(rule))
            if page.status == 200 and "Amara Osei" in page.text and "<html" in page.text:
                seen += 1
                silent |= {(rule.rule, words) for words in SAID if words not in page.text}
    assert silent == set()
    assert seen > 20


def test_who_books_by_phone_reads_it_before_choosing_a_time(everybody: Everybody) -> None:
    page = everybody.browsers["reception"].get("/visits/add")
    page = page.submit({"who": "Amara"}, button="Find")
    assert "Contact gently" in page.text
    page = page.submit(button="Amara Osei")
    assert "Pressing a time books it" in page.text
    for words in SAID:
        assert words in page.text


def test_the_practitioner_reads_it_and_somebody_elses_patients_stay_hers(
    everybody: Everybody,
) -> None:
    for place in (
        "/day?date=2027-07-05",
        "/visits/{visit}",
        "/forms/to-read?list=ready",
        "/forms/{visit}/read",
    ):
        address = place.format(visit=everybody.visit)
        assert "our Kito" in everybody.browsers["mei"].get(address).text, place
        assert "our Kito" not in everybody.browsers["ines"].get(address).text, place


def test_who_asked_for_nothing_is_met_as_ever(app: Flask, everybody: Everybody) -> None:
    with app.app_context(), transaction():
        hers = session().get_one(Appointment, everybody.appointment).patient
        hers.gently, hers.wishes = False, None
    for place, address in MET.items():
        page = everybody.browsers["reception"].get(address.format(visit=everybody.visit))
        assert "Contact gently" not in page.text, place


def test_quiet_alone_is_reason_enough(app: Flask, everybody: Everybody) -> None:
    with app.app_context(), transaction():
        hers = session().get_one(Appointment, everybody.appointment).patient
        hers.gently, hers.quiet_since = False, clock.now()
    for place, address in MET.items():
        page = everybody.browsers["reception"].get(address.format(visit=everybody.visit))
        assert "Contact gently" in page.text, place


SHOW_IN = "Show in"
BOARDS = ("board", "list of the day")


@pytest.mark.parametrize("wish", ["quiet_arrival", "apart"])
@pytest.mark.parametrize("kept", ["worked out", "not yet"])
def test_a_quiet_arrival_has_a_sign_on_the_board_that_says_no_reason(
    app: Flask, everybody: Everybody, wish: str, kept: str
) -> None:
    """The same sign for both wishes, also where they were kept before there was one."""
    with app.app_context(), transaction():
        hers = session().get_one(Appointment, everybody.appointment).patient
        hers.gently, hers.wishes = False, {wish: True}
        if kept == "not yet":
            hers.led_in = None
    for who, address in (
        *(("reception", MET[place]) for place in BOARDS),
        ("mei", "/day?date=2027-07-05"),
        ("reception", "/day/rooms?date=2027-07-05"),
    ):
        page = everybody.browsers[who].get(address)
        assert signs_in(page.text) == 1, address
        for word in ("pregnan", "apart", "quiet place to wait", "Seat:"):
            assert word not in page.text, (address, word)


def test_without_the_wish_and_once_she_is_in_the_room_there_is_none(
    app: Flask, everybody: Everybody
) -> None:
    board = MET["board"]
    assert signs_in(everybody.browsers["reception"].get(board).text) == 0
    with app.app_context(), transaction():
        visit = session().get_one(Appointment, everybody.appointment)
        visit.patient.wishes = {"quiet_arrival": True}
        visit.status = Status.IN_ROOM
    assert signs_in(everybody.browsers["reception"].get(board).text) == 0


def signs_in(text: str) -> int:
    """How often the sign stands beside a name; what it means stands on the page once, always."""
    assert text.count(f"“{SHOW_IN}”: do not keep waiting at the desk.") == 1
    return text.count(SHOW_IN) - 1


def test_cancelling_at_the_desk_asks_for_no_reason(everybody: Everybody) -> None:
    """Not even in a field that might be left empty."""
    page = everybody.browsers["reception"].get(f"/visits/{everybody.visit}/cancel")
    form = next(one for one in page.forms if one.action.endswith("/cancel"))
    assert form.names == {"csrf_token"}
    assert "reason" not in page.text
    done = page.submit(button="Cancel the visit")
    assert done.status == 200
    with everybody.app.app_context():
        visit = session().get_one(Appointment, everybody.appointment)
        assert visit.status is Status.CANCELLED


FEE = ("fee", "charge", "pay", "£")


@pytest.mark.parametrize("gently", [True, False])
def test_what_she_reads_when_it_is_late_has_no_word_of_a_fee(
    app: Flask, clinic: Clinic, everybody: Everybody, *, gently: bool
) -> None:
    """For everybody else a fee is named only to say that there is none."""
    hers = everybody.browsers["visit-link"]
    with app.app_context(), transaction():
        visit = session().get_one(Appointment, everybody.appointment)
        visit.patient.gently = gently
        visit.service.late_change = LateChange.ASK
        session().query(ChangeRequest).delete()
        starts_at = visit.starts_at
    clock.travel(starts_at - 30 * MINUTES)
    relink(app, everybody)
    seen = [hers.get(f"/visit/{everybody.visit}{part}").text for part in ("", "/cancel", "/move")]
    assert "It is a little late" in seen[0]
    named = [word for page in seen for word in FEE if word in page.casefold()]
    assert (named == []) is gently
    if not gently:
        assert all("there is no fee" in page for page in seen if "fee" in page)


def test_having_missed_a_visit_is_said_to_nobody_with_a_word_of_a_fee(
    app: Flask, everybody: Everybody, cast: Cast
) -> None:
    with app.app_context(), transaction():
        visit = session().get_one(Appointment, everybody.appointment)
        starts_at = visit.starts_at
    clock.travel(starts_at + 10 * MINUTES)
    relink(app, everybody)
    desk = cast["reception"]
    page = desk.get(f"/visits/{everybody.visit}").submit(button="Did not come")
    hers = everybody.browsers["visit-link"].get(f"/visit/{everybody.visit}")
    for text in (page.text, hers.text):
        assert not [word for word in FEE if word in text.casefold()]
    for template in (TEMPLATES / "email").rglob("*.*"):
        assert "fee" not in template.read_text().casefold().replace("feel", ""), template


def relink(app: Flask, everybody: Everybody) -> None:
    """Her link's session of days ago has run out: open it anew."""
    with app.app_context(), transaction():
        token = actions.start_visit_session(everybody.appointment, by_mail=True, now=clock.now())
    sign_in_with(everybody.browsers["visit-link"], token)
