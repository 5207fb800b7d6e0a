"""Something has changed, in a real browser without any script of ours: she, the desk, who treats.

Each page is looked at on a phone and on a wide screen, by the checker too.
"""

import os
from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from booking.accounts import actions as accounts
from booking.appointments.models import Appointment
from booking.core import clock
from booking.core.db import session, transaction
from tests.e2e.conftest import Screen
from tests.e2e.looking import problems
from tests.factories import NOW, Clinic
from tests.intake.filled import make_sent, said

pytestmark = pytest.mark.browser

BOARD = "/day?date=2027-07-05"
Open = Callable[..., Page]


@pytest.fixture
def visit(app: Flask, clinic: Clinic) -> str:
    """Amara's visit on Monday; she told how many weeks, and asked for a quiet place to wait."""
    answers = {"access": said("quiet"), "preg_status": said("yes"), "reason": said("after_loss")}
    with app.app_context(), transaction():
        found = make_sent(clinic, answers).appointment
        found.patient.wishes = {"use": ["our Kito"], "quiet_arrival": True}
        return str(found.public_id)


@pytest.fixture
def opened(screen: Screen) -> Open:
    """Open a page where no script of ours arrives; the checker still has its engine."""

    def open_page(path: str, **options: object) -> Page:
        page = screen("/privacy", **options)
        page.context.route("**/*.js", lambda route: route.abort())
        page.goto(path)
        return page

    return open_page


@pytest.fixture
def hers(opened: Open, app: Flask, visit: str) -> Callable[[], Page]:
    """Her telephone at the page of her visit, as its link opens it."""

    def arrive() -> Page:
        page = opened("/privacy")
        with app.app_context(), transaction():
            found = session().query(Appointment).filter_by(public_id=UUID(visit)).one()
            token = accounts.start_visit_session(found.id, by_mail=True, now=clock.now())
        signer = app.session_interface.get_signing_serializer(app)  # type: ignore[attr-defined]
        cookie = signer.dumps({"_user_id": token, "_fresh": True})
        name = app.config["SESSION_COOKIE_NAME"]
        page.context.add_cookies([{"name": name, "value": cookie, "url": page.url}])
        page.goto(f"/visit/{visit}")
        return page

    return arrive


def press(page: Page, words: str) -> Page:
    page.get_by_role("button", name=words, exact=True).click()
    return page


def look(page: Page, name: str) -> Page:
    """The page as it stands is sound at both widths; a picture of each where one is asked for."""
    assert problems(page, widths=(1440, 390)) == [], name
    for width, height in ((1440, 900), (390, 844)):
        page.set_viewport_size({"width": width, "height": height})
        if keep := os.environ.get("BOOKING_PICTURES"):
            page.screenshot(path=f"{keep}/quiet-{name}-{width}.png", full_page=True)
    return page


def test_from_her_telephone_to_whoever_meets_her_and_back(
    hers: Callable[[], Page], opened: Open, visit: str
) -> None:
    # 1. She: what stops and what stays, then one press.
    amara = hers()
    amara.get_by_role("link", name="Something has changed").first.click()
    expect(amara.get_by_role("heading", name="This stops")).to_be_visible()
    expect(amara.get_by_role("heading", name="This stays")).to_be_visible()
    expect(amara.get_by_text("free of charge")).to_be_visible()
    assert amara.locator("main textarea, main input[type=text]").count() == 0  # no reason is asked
    look(amara, "before").get_by_label("Please be gentle").check()
    press(amara, "Make it quiet")
    expect(amara.get_by_role("heading", name="It is quiet now")).to_be_visible()
    look(amara, "now")

    # 2. The desk: a sign beside the name, words behind it, a script, and no question about why.
    desk = opened(BOARD, who="reception", width=1440)
    card = desk.locator("li.appt", has_text="Amara Osei").first
    expect(card).to_contain_text("Contact gently")
    expect(card).to_contain_text("Show in")
    expect(desk.get_by_text("our Kito")).to_be_hidden()  # others may see the screen
    desk.locator("#gently summary").click()
    expect(desk.get_by_text("our Kito")).to_be_visible()
    look(desk, "board")
    desk.goto(f"/visits/{visit}/cancel")
    expect(desk.get_by_text("Contact gently.")).to_be_visible()
    assert desk.locator("main textarea, main input[type=text], main select").count() == 0
    desk.goto(f"/visits/{visit}")
    desk.get_by_role("link", name="What stopped, and what to say").click()
    expect(desk.get_by_text("On the telephone.")).to_be_visible()
    expect(desk.get_by_text("Set by the patient.")).to_be_visible()
    look(desk, "desk")

    # 3. Who treats: her words on top, and no week anywhere.
    mei = opened(f"/forms/{visit}/read", who="mei")
    expect(mei.locator("p.words:visible", has_text="our Kito").first).to_be_visible()
    expect(mei.locator("p.words:visible", has_text="Contact gently.")).to_be_visible()
    expect(mei.get_by_text("About how many weeks?")).to_have_count(0)
    look(mei, "read")

    # 4. It was not meant: everything is as it was.
    press(amara, "Take it back")
    expect(amara.get_by_text("Everything is as it was before.")).to_be_visible()
    mei.reload()
    expect(mei.get_by_text("Contact gently.")).to_have_count(0)


def test_when_she_wants_to_hear_again_the_page_says_what_returns(
    hers: Callable[[], Page], opened: Open, visit: str, at: Callable[..., None]
) -> None:
    amara = hers()
    amara.get_by_role("link", name="Something has changed").first.click()
    press(amara, "Make it quiet")
    at(NOW + timedelta(hours=25))
    desk = opened(f"/visits/{visit}/changed", who="reception", width=1440)
    expect(desk.get_by_text("Never offer this.")).to_be_visible()
    look(desk, "desk-later")
    amara = hers()
    amara.goto(f"/visit/{visit}/changed")
    expect(amara.get_by_role("heading", name="This comes back")).to_be_visible()
    expect(amara.get_by_role("heading", name="This does not")).to_be_visible()
    press(look(amara, "later"), "Let messages come again")
    expect(amara.get_by_text("Messages and questions come again from now on.")).to_be_visible()
    expect(amara.get_by_role("heading", name="Something has changed")).to_be_visible()
    desk.goto(f"/visits/{visit}")
    expect(desk.get_by_text("Contact gently.")).to_have_count(0)
