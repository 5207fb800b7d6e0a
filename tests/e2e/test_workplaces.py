"""Reception's and a practitioner's working day in a real browser: keyboard only, no script."""

import re
from collections.abc import Callable

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from booking.access.policy import Actor
from booking.appointments.models import Appointment, Clearance
from booking.conversations import actions as conversations
from booking.core import clock
from booking.core.db import session, transaction
from tests.e2e.conftest import Screen
from tests.e2e.looking import WIDTHS, problems
from tests.factories import MINUTES, MONDAY_10AM, Clinic, make_appointment, make_patient
from tests.intake.filled import make_sent, said

pytestmark = pytest.mark.browser
TABS = 120


@pytest.fixture
def morning(app: Flask, clinic: Clinic, at: Callable[..., None]) -> dict[str, str]:
    """Monday, 9:50. Amara comes to Mei at 10 and has written; Beth to Inês at 11."""
    at(MONDAY_10AM - 10 * MINUTES)
    with app.app_context(), transaction():
        amara = make_appointment(clinic, clearance=Clearance.CLEAR)
        make_patient("Amara Osei", "other@example.org")
        make_appointment(
            clinic,
            patient_id=make_patient("Beth Nolan", "beth@example.org").id,
            practitioner_id=clinic.ines,
            room_id=clinic.rooms[1],
            starts_at=MONDAY_10AM + 60 * MINUTES,
            ends_at=MONDAY_10AM + 105 * MINUTES,
        )
        written = session().get_one(Appointment, amara.id)
        conversations.write(Actor(), written, "Is there a lift?", now=clock.now())
        return {"visit": str(amara.public_id), "record": str(amara.patient.public_id)}


def press(page: Page, words: str) -> None:
    """Go to the control with these words by the Tab key, see that it shows the focus, press it."""
    for _ in range(TABS):
        page.keyboard.press("Tab")
        said, outline = page.evaluate(
            "() => { const e = document.activeElement, said = /^(A|BUTTON)$/.test(e.tagName);"
            " return [said ? e.textContent : '', getComputedStyle(e).outlineStyle] }"
        )
        if words in " ".join(said.split()):
            assert outline != "none", f"{words} shows no focus"
            with page.expect_navigation():
                page.keyboard.press("Enter")
            return
    raise AssertionError(f"no {words!r} by keyboard on {page.url}")


def test_receptions_day_by_keyboard_without_a_script(
    screen: Screen, morning: dict[str, str]
) -> None:
    page = screen("/today", who="reception", width=1440, java_script_enabled=False)
    press(page, "Check in, Amara Osei")
    expect(page.locator("section", has=page.get_by_role("heading", name="Here"))).to_contain_text(
        "Amara Osei"
    )
    press(page, "Undo, Amara Osei")
    press(page, "Check in, Amara Osei")
    press(page, "Answer, A patient has written")
    press(page, "Amara Osei")
    expect(page.get_by_text("Is there a lift?")).to_be_visible()
    page.fill("#text", "Yes, by the side door.")
    press(page, "Send")
    expect(page.get_by_text("A neutral message says that something waits.")).to_be_visible()
    press(page, "Today")
    expect(page.get_by_text("Nobody waits for a call or an answer")).to_be_visible()
    press(page, "Book with Mei Tan")
    page.fill("#name", "Chloe Martin")
    page.fill("#phone", "07700 900 222")
    page.fill("#email", "chloe@example.org")
    press(page, "Choose a time")
    press(page, "11:00am")
    expect(page.get_by_role("status")).to_contain_text("Booked.")
    press(page, "Patients")
    page.fill("#who", "osei")
    press(page, "Find")
    expect(page.get_by_text("2 patients found")).to_be_visible()
    press(page, "Day")
    press(page, "Hide names")
    expect(page.get_by_text("A. O.").first).to_be_visible()
    press(page, "Renew")
    assert page.evaluate("document.activeElement.innerText").startswith("Renew")
    press(page, "Day sheet")
    expect(page.get_by_role("heading", name="Mei Tan")).to_be_visible()
    press(page, "Lock screen")
    expect(page.get_by_role("heading", name="This screen is locked")).to_be_visible()
    assert "A. O." not in page.content()
    page.go_back()
    assert "A. O." not in page.content()


def test_a_practitioners_day_by_keyboard_without_a_script(
    screen: Screen, morning: dict[str, str]
) -> None:
    page = screen("/my-day", who="mei", width=1440, java_script_enabled=False)
    press(page, "Start the visit")
    expect(page.get_by_role("heading", name="In the room")).to_be_visible()
    press(page, "The visit is done")
    expect(page.get_by_text("Nobody else is booked with you today.")).to_be_visible()
    press(page, "The week")
    expect(page.get_by_text("Amara Osei")).to_be_visible()
    press(page, "My patients")
    expect(page.get_by_text("Amara Osei")).to_be_visible()
    press(page, "My day")
    press(page, "Your hours")
    expect(page.get_by_role("heading", name="Your hours").first).to_be_visible()


def test_keys_work_only_where_they_are_switched_on_and_never_in_a_field(
    screen: Screen, morning: dict[str, str]
) -> None:
    page = screen("/day", who="reception", width=1440)
    page.keyboard.press("t")
    expect(page).to_have_url("/day")
    page.goto("/keys")
    with page.expect_navigation():
        page.click("text=Switch them on")
    page.keyboard.press("t")
    page.wait_for_url("**/today")
    page.keyboard.press("d")  # no such control on this page: nothing happens
    page.keyboard.press("/")
    page.wait_for_url("**/patients")
    page.keyboard.type("tx")  # the field has the focus
    expect(page.locator("#who")).to_have_value("tx")


def test_renewing_by_the_button_keeps_the_place_on_the_board(
    screen: Screen, morning: dict[str, str]
) -> None:
    page = screen("/day", who="reception", width=1440)
    page.evaluate("document.querySelector('.cal').scrollTop = 100")
    page.click("text=Renew")
    page.wait_for_url("**renewed**")
    assert page.evaluate("document.querySelector('.cal').scrollTop") == 100
    assert page.evaluate("document.activeElement.innerText").startswith("Renew")


def test_a_day_under_way_begins_at_the_time_it_is(
    screen: Screen, morning: dict[str, str], at: Callable[..., None]
) -> None:
    at(MONDAY_10AM + 6 * 60 * MINUTES)
    page = screen("/day", who="reception", width=1440)
    now = page.locator(".cal .hours .nowline b")
    assert page.evaluate("document.querySelector('.cal').scrollTop") > 0
    head, line, board = (
        page.locator(each).first.bounding_box() for each in (".col > h2", ".cal .hours b", ".cal")
    )
    assert all((head, line, board))
    assert head["y"] + head["height"] < line["y"] < board["y"] + board["height"]
    expect(now).to_have_text("4:00")


def test_the_day_sheet_prints_without_the_frame(screen: Screen, morning: dict[str, str]) -> None:
    page = screen("/day/sheet", who="reception", width=1024)
    page.emulate_media(media="print")
    for frame in (".rail", ".back", ".seg"):
        assert not page.locator(frame).is_visible(), frame
    expect(page.get_by_text("Amara Osei")).to_be_visible()


def pages_on_paper(page: Page) -> int:
    """How many sheets of A4 a page prints on."""
    return len(re.findall(rb"/Type\s*/Page\b(?!s)", page.pdf(format="A4")))


def test_a_card_prints_on_one_sheet_and_a_form_on_two(
    screen: Screen, app: Flask, clinic: Clinic, at: Callable[..., None]
) -> None:
    at(MONDAY_10AM - 60 * MINUTES)
    answers = {
        name: said("no") for name in ("fits", "implant_elec", "heart_valve", "lung", "immune")
    }
    with app.app_context(), transaction():
        form = make_sent(clinic, {**answers, "blood_thin": said("yes"), "faint_hist": said("yes")})
        visit = form.appointment.public_id
    assert pages_on_paper(screen(f"/visits/{visit}/card", who="reception", width=1024)) == 1
    assert pages_on_paper(screen(f"/forms/{visit}/read", who="mei", width=1024)) <= 2


OWN_LAYOUT = ("/today", "/day/rooms", "/week", "/patients/{record}", "/my-day", "beside")
PLACES = {
    "reception": (
        "/today",
        "/day/rooms",
        "/week",
        "/day/sheet",
        "/patients",
        "/patients/alike",
        "/patients/{record}",
        "/patients/{record}/details",
        "/patients/{record}/messages",
        "/messages",
        "/keys",
    ),
    "mei": ("/my-day", "/my-patients", "/week"),
}


@pytest.mark.parametrize("who", PLACES)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_pages_are_accessible_at_every_width(
    screen: Screen,
    morning: dict[str, str],
    who: str,
    scheme: str,
    request: pytest.FixtureRequest,
) -> None:
    """At all four widths in the long form; else at those where something else can be wrong."""
    long = request.config.getoption("--long")

    def widths(path: str) -> tuple[int, ...]:
        if long or (scheme == "light" and path in OWN_LAYOUT):
            return WIDTHS
        return (320, 1440) if scheme == "light" else (390,)

    page = screen(PLACES[who][0], who=who, color_scheme=scheme)
    found = []
    for path in PLACES[who]:
        page.goto(path.format(**morning))
        found += problems(page, widths=widths(path))
    if who == "reception":
        page.goto("/patients/alike")
        for name, act in (
            ("beside", "a:has-text('Side by side')"),
            ("locked", "button:has-text('Lock screen')"),
        ):
            with page.expect_navigation():
                page.click(act)
            found += problems(page, widths=widths(name))
    assert not found, "\n".join(found)
