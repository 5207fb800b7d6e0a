"""Several visits by a pattern: planned, kept and booked together; then changed one by one."""

from collections.abc import Callable
from datetime import timedelta
from email import message_from_bytes
from email.policy import default

import pytest
from flask import Flask
from sqlalchemy import select

from booking.appointments.models import Appointment, Hold
from booking.core.db import session, transaction
from tests.appointments.conftest import ABOUT, Steps, Stored
from tests.browser import Browser, Page
from tests.factories import MONDAY_10AM, NOW, Clinic, make_appointment, make_patient
from tests.mail.posts import WrittenTransport, deliver_all

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
TUESDAY_4PM = MONDAY_10AM + DAY + 6 * HOUR
SIX_TUESDAYS = {"count": "6", "days": ["1"], "after": "16:00"}


def planned(steps: Steps, browser: Browser, **pattern: str | list[str]) -> Page:
    page = browser.get("/book").click("60 minutes").click("Book several visits together")
    return page.submit({**SIX_TUESDAYS, **pattern}, button="Show what is free")


def busy(app: Flask, clinic: Clinic, *, which: int) -> None:
    """Both practitioners are taken on the afternoon of one of the Tuesdays."""
    with app.app_context(), transaction():
        for number, who in enumerate((clinic.mei, clinic.ines)):
            make_appointment(
                clinic,
                practitioner_id=who,
                room_id=clinic.rooms[number],
                patient_id=make_patient(f"Other {number} of {which}").id,
                starts_at=TUESDAY_4PM + which * 7 * DAY - HOUR / 2,
                ends_at=TUESDAY_4PM + which * 7 * DAY + HOUR,
            )


def test_each_message_says_which_visit_it_is_of_and_its_subject_does_not(
    app: Flask, steps: Steps, stored: Stored, browser: Browser
) -> None:
    page = planned(steps, browser).submit(button="Keep these times")
    page = page.submit(dict(ABOUT), having="name", button="Continue")
    page.submit(button="Book these visits")
    transport = WrittenTransport()
    deliver_all(app, transport, now=NOW + HOUR)
    messages = [message_from_bytes(raw, policy=default) for raw in transport.handed]
    for leg, message in enumerate(messages, 1):
        for kind in ("plain", "html"):
            body = message.get_body((kind,))
            assert body is not None
            assert f"Appointment {leg} of 6" in body.get_content()
        assert " of 6" not in message["subject"]
    assert len(messages) == 6


def test_a_message_about_a_single_visit_counts_nothing(
    app: Flask, steps: Steps, browser: Browser
) -> None:
    steps.book(browser, "2:00pm")
    transport = WrittenTransport()
    deliver_all(app, transport, now=NOW + HOUR)
    [message] = [message_from_bytes(raw, policy=default) for raw in transport.handed]
    body = message.get_body(("plain",))
    assert body is not None
    assert "Appointment 1 of" not in body.get_content()


@pytest.mark.both
def test_six_tuesdays_after_four_are_booked_as_a_whole(
    steps: Steps, stored: Stored, browser: Browser
) -> None:
    page = planned(steps, browser)
    assert page.text.count("4:00pm</b>") == 6
    assert stored.holds() == 0  # looking keeps nothing
    page = page.submit(button="Keep these times")
    assert stored.holds() == 6
    assert "6 visits, the first on Tue 6 July, 4:00pm" in page.text
    page = page.submit(dict(ABOUT), having="name", button="Continue")
    assert "Tue 10 August, 4:00pm" in page.text
    page = page.submit(button="Book these visits")
    assert "Your visits are booked" in page.text
    visits = stored.visits()
    assert [v["starts_at"] for v in visits] == [TUESDAY_4PM + n * 7 * DAY for n in range(6)]
    assert len({v["uid"] for v in visits}) == 6
    assert len({v["patient_id"] for v in visits}) == 1
    mails = stored.mails()
    assert [m["kind"] for m in mails] == ["appointments/confirmation"] * 6
    assert {m["invite"]["uid"] for m in mails} == {v["uid"] for v in visits}
    assert stored.events() == ["appointment:booked"] * 6
    assert stored.holds() == 0
    assert stored.taken() == 18
    legs = stored(lambda: session().execute(select(Appointment.series, Appointment.leg)).all())
    assert {leg for _, leg in legs} == set(range(1, 7))
    assert len({series for series, _ in legs}) == 1


def test_sent_twice_it_is_one_series(steps: Steps, stored: Stored, browser: Browser) -> None:
    page = planned(steps, browser).submit(button="Keep these times")
    page = page.submit(dict(ABOUT), having="name", button="Continue")
    first = page.submit(button="Book these visits")
    second = page.submit(button="Book these visits").submit(button="Send again")
    assert first.url == second.url
    assert len(stored.visits()) == 6
    assert len(stored.mails()) == 6


def test_twice_a_week_and_every_other_week(steps: Steps, browser: Browser) -> None:
    page = planned(steps, browser, count="4", days=["1", "3"], every="2")
    for day in ("Tue 6 July", "Thu 8 July", "Tue 20 July", "Thu 22 July"):
        assert f"{day}, 4:00pm" in page.text
    assert "Tue 13 July" not in page.text


@pytest.mark.both
def test_a_day_without_such_a_time_is_chosen_before_anything_is_kept(
    app: Flask, clinic: Clinic, steps: Steps, stored: Stored, browser: Browser
) -> None:
    busy(app, clinic, which=2)
    page = planned(steps, browser)
    assert page.text.count("4:00pm</b>") == 5
    assert "Tue 20 July has no such time" in page.text
    form = page.form("leg-3")
    assert len(form.choices["leg-3"]) == 4  # three times near it, or leave it out
    again = page.submit(button="Keep these times")
    assert again.status == 422
    assert again.title.startswith("Error:")
    assert "Choose a time instead of Tue 20 July" in again.text
    assert stored.holds() == 0
    page = again.submit({"leg-3": form.choices["leg-3"][0]}, button="Keep these times")
    assert stored.holds() == 6
    page = page.submit(dict(ABOUT), having="name", button="Continue")
    page = page.submit(button="Book these visits")
    assert "Your visits are booked" in page.text
    third = sorted(stored.visits(), key=lambda v: v["starts_at"])[2 + 2]["starts_at"]
    assert abs(third - (TUESDAY_4PM + 14 * DAY)) < 4 * DAY


def test_one_may_be_left_out_by_saying_so(
    app: Flask, clinic: Clinic, steps: Steps, stored: Stored, browser: Browser
) -> None:
    busy(app, clinic, which=0)
    page = planned(steps, browser).submit({"leg-1": "out"}, button="Keep these times")
    assert stored.holds() == 5
    assert "5 visits" in page.text


@pytest.mark.both
def test_when_one_is_taken_meanwhile_none_is_kept(
    app: Flask, clinic: Clinic, steps: Steps, stored: Stored, browser: Browser
) -> None:
    page = planned(steps, browser)
    busy(app, clinic, which=3)
    page = page.submit(button="Keep these times")
    assert page.status == 422
    assert "Choose a time instead of Tue 27 July" in page.text
    assert stored.holds() == 0


def test_held_together_longer_together_and_given_back_together(
    steps: Steps, stored: Stored, browser: Browser, at: Callable[..., None]
) -> None:
    page = planned(steps, browser).submit(button="Keep these times")
    at(NOW + timedelta(minutes=9))
    page = page.submit(having="name", button="10 more minutes")
    ends = stored(lambda: set(session().execute(select(Hold.expires_at)).scalars()))
    assert len(ends) == 1
    at(NOW + timedelta(minutes=15))
    assert "We are keeping these" in browser.get("/book/about-you").text
    browser.get("/book/about-you").submit(having="name", button="Let it go")
    assert (stored.holds(), stored.taken()) == (0, 0)


def test_a_plan_that_cannot_be_is_refused_kindly(steps: Steps, browser: Browser) -> None:
    page = planned(steps, browser, days=[])
    assert page.status == 422
    assert "Tick at least one day" in page.text
    address = browser.get("/book").click("60 minutes").link("Book several visits")
    for query in ("count=99&every=1&days=1", "count=x", "count=6&every=1&days=9", "count=6"):
        assert browser.get(f"{address}?{query}").status in {200, 422}, query


@pytest.fixture
def booked(steps: Steps, browser: Browser) -> Page:
    page = planned(steps, browser, count="4").submit(button="Keep these times")
    page = page.submit(dict(ABOUT), having="name", button="Continue")
    return page.submit(button="Book these visits")


def second(stored: Stored, browser: Browser) -> Page:
    return browser.get(f"/visit/{stored.visits()[1]['public_id']}")


@pytest.mark.both
def test_this_visit_and_the_rest_are_cancelled_each_with_its_message(
    booked: Page, stored: Stored, browser: Browser
) -> None:
    stored.sent()
    page = second(stored, browser).click("Cancel")
    assert "All 3 from here on" in page.text
    page = page.submit({"which": "rest"}, button="Cancel this visit")
    assert "3 of your visits have been cancelled" in page.text
    assert [v["status"] for v in stored.visits()] == ["booked"] + ["cancelled"] * 3
    assert [m["kind"] for m in stored.mails()[4:]] == ["appointments/cancelled"] * 3
    assert [m["sequence"] for m in stored.mails()[4:]] == [1, 1, 1]
    assert stored.taken() == 3
    assert stored.events().count("appointment:cancelled") == 3


def test_from_here_on_is_as_the_visits_stand_now_not_as_they_were_booked(
    booked: Page, app: Flask, stored: Stored, browser: Browser
) -> None:
    """The first is moved behind the others, the last before them."""
    with app.app_context(), transaction():
        first, *_between, last = session().scalars(select(Appointment).order_by(Appointment.leg))
        for visit, days in ((first, 70), (last, -25)):
            visit.starts_at += days * DAY
            visit.ends_at += days * DAY
    page = second(stored, browser).click("Cancel")
    assert "All 3 from here on" in page.text
    page.submit({"which": "rest"}, button="Cancel this visit")
    assert [v["status"] for v in stored.visits()] == ["cancelled"] * 3 + ["booked"]


def test_one_visit_of_a_series_is_cancelled_and_the_others_stay(
    booked: Page, stored: Stored, browser: Browser
) -> None:
    page = second(stored, browser).click("Cancel").submit(button="Cancel this visit")
    assert "Your visit has been cancelled" in page.text
    assert [v["status"] for v in stored.visits()].count("cancelled") == 1


def test_a_visit_too_near_to_cancel_stays_when_the_rest_goes(
    booked: Page, app: Flask, stored: Stored, at: Callable[..., None]
) -> None:
    link = stored.link("visit", mail=0)
    at(TUESDAY_4PM + 7 * DAY - 2 * HOUR)
    page = Browser(app).get(stored.link("cancel", mail=1))
    assert "Call us to cancel" in page.text  # the second itself is too near
    page = Browser(app).get(link.replace("/move", ""))
    assert page.status == 410  # the first is over


@pytest.mark.both
def test_this_visit_and_the_rest_move_to_another_pattern_as_a_whole(
    booked: Page, stored: Stored, browser: Browser
) -> None:
    stored.sent()
    page = second(stored, browser).click("Move this one and the rest")
    assert "3 visits, the first on Tue 13 July" in page.text
    page = page.submit(
        {"days": ["2"], "after": "10:00", "first": "2027-07-12"}, button="Show what is free"
    )
    page = page.submit(button="Keep these times")
    assert "Wed 14 July, 10:00am" in page.text
    assert "Tue 27 July, 4:00pm" in page.text  # what it was
    page = page.submit(button="Move these visits")
    assert "have been moved" in page.text
    starts = [v["starts_at"] for v in stored.visits()]
    assert starts[0] == TUESDAY_4PM
    assert starts[1:] == [MONDAY_10AM + 2 * DAY + n * 7 * DAY for n in (1, 2, 3)]
    assert [m["kind"] for m in stored.mails()[4:]] == ["appointments/moved"] * 3
    assert (stored.taken(), stored.holds()) == (12, 0)
    assert stored.events().count("appointment:moved") == 3


def test_the_rest_moves_within_its_own_time(booked: Page, stored: Stored, browser: Browser) -> None:
    page = second(stored, browser).click("Move this one and the rest")
    page = page.submit(
        {"days": ["1"], "after": "15:00", "first": "2027-07-12"}, button="Show what is free"
    )
    assert page.text.count("3:00pm</b>") == 3
    page = page.submit(button="Keep these times").submit(button="Move these visits")
    assert [v["starts_at"].hour for v in stored.visits()] == [15, 14, 14, 14]
    assert stored.taken() == 12


def test_one_visit_of_a_series_moves_and_the_others_stay(
    booked: Page, stored: Stored, browser: Browser
) -> None:
    page = second(stored, browser)
    page = browser.get(f"{page.link('Move')}?day=2027-07-14").submit(button="11:00am")
    assert "has been moved" in page.submit(button="Move this visit").text
    assert [v["sequence"] for v in stored.visits()] == [0, 1, 0, 0]


def test_the_link_to_one_visit_leads_to_the_others_of_its_series_and_no_further(
    app: Flask, booked: Page, steps: Steps, stored: Stored
) -> None:
    steps.book(Browser(app), "10:00am", name="Noor Haddad", email="noor@example.org")
    visits = stored.visits()
    hers = Browser(app)
    page = hers.get(stored.link("visit", mail=2)).submit(button="Go on")
    assert "Booked together" in page.text
    for visit, status in zip(visits, (200, 200, 200, 200, 404), strict=True):
        assert hers.get(f"/visit/{visit['public_id']}").status == status
    other = Browser(app)
    other.get(stored.link("visit", mail=4)).submit(button="Go on")
    assert other.get(f"/visit/{visits[0]['public_id']}").status == 404


def test_a_corrected_address_ends_the_links_of_the_whole_series(
    app: Flask, booked: Page, stored: Stored
) -> None:
    stored.sent()
    old = [stored.link("visit", mail=n) for n in range(4)]
    page = booked.submit({"email": "amara@example.net"}, button="Send it there")
    assert "sent it to the new address" in page.text
    assert [Browser(app).get(link).status for link in old] == [410] * 4
    kinds = [mail["kind"].partition("/")[2] for mail in stored.mails()[4:]]
    assert sorted(kinds) == ["confirmation"] * 4 + ["withdrawn"] * 4
    assert {m["to_address"] for m in stored.mails()[4:] if "conf" in m["kind"]} == {
        "amara@example.net"
    }
