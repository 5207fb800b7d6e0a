"""Visits that are arranged by phone, not for new patients, or by video."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask

from booking.accounts import actions as accounts
from booking.appointments.models import Appointment, Status
from booking.clinic.models import BookingMode, Practitioner, Service, ServicePractitioner, Way
from booking.core import clock
from booking.core.db import session, transaction
from booking.mail.models import Mail
from tests.appointments.conftest import Steps, Stored
from tests.browser import Browser
from tests.conftest import Cast, sign_in_with
from tests.factories import MONDAY_10AM, NOW, Clinic

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
CANARY = "https://video.example/canary-room-7351"


def change(app: Flask, clinic: Clinic, **values: object) -> None:
    with app.app_context(), transaction():
        service = session().get_one(Service, clinic.first_visit)
        for name, value in values.items():
            setattr(service, name, value)


def own(app: Flask, clinic: Clinic, who: int, **values: object) -> None:
    with app.app_context(), transaction():
        row = session().get_one(ServicePractitioner, (clinic.first_visit, who))
        for name, value in values.items():
            setattr(row, name, value)


def signed_in(app: Flask, person_id: int) -> Browser:
    browser = Browser(app)
    with app.app_context(), transaction():
        token = accounts.start_person_session(person_id, now=clock.now())
    sign_in_with(browser, token)
    return browser


def test_a_visit_by_phone_shows_the_number_instead_of_times(
    app: Flask, clinic: Clinic, browser: Browser, steps: Steps, stored: Stored
) -> None:
    old = steps.times(browser)
    change(app, clinic, mode=BookingMode.PHONE)
    page = browser.get("/book")
    assert "We arrange it on the phone" in page.text
    assert not [words for _, words in page.links if "60 minutes" in words]
    page = browser.get(old.url)
    assert page.status == 200
    assert "We arrange this visit on the phone" in page.text
    assert "tel:02079460102" in page.text
    assert old.submit(button="10:00am").status in {200, 422}
    assert stored.holds() == 0
    series = re.sub(r"/times.*", "/series?count=6&every=1&days=1&after=&first=", old.url)
    assert "We arrange this visit on the phone" in browser.get(series).text


def test_one_practitioner_may_be_booked_by_phone_only(
    app: Flask, clinic: Clinic, browser: Browser, steps: Steps
) -> None:
    own(app, clinic, clinic.mei, mode=BookingMode.PHONE)
    page = steps.times(browser)
    assert "Inês Roca" in page.text
    assert "Mei Tan" not in page.text


def test_what_was_kept_before_the_change_is_refused_kindly_and_nothing_is_lost(
    app: Flask, clinic: Clinic, browser: Browser, steps: Steps, stored: Stored
) -> None:
    page = steps.checked(browser)
    change(app, clinic, mode=BookingMode.PHONE)
    page = page.submit(button="Book this visit")
    assert page.status in {409, 422}
    assert "We arrange this visit on the phone. Nothing was booked" in page.text
    assert "Amara Osei" in page.text
    assert stored.visits() == []


def test_a_visit_that_takes_no_new_patients_says_so_and_lets_known_ones_in(
    app: Flask, clinic: Clinic, browser: Browser, steps: Steps, stored: Stored
) -> None:
    steps.book(Browser(app), "10:00am")
    change(app, clinic, new_patients=False)
    page = browser.get("/book")
    assert "For people who have been here before" in page.text
    page = page.click("60 minutes")
    assert "Have you been here before?" in page.text
    assert "there is no need to explain much" in page.text
    assert "I have been here before" in [words for _, words in page.links]
    known = signed_in(app, stored.visits()[0]["person_id"])
    page = steps.take(known, "2:00pm").submit(button="Book this visit")
    assert "Your visit is booked" in page.text
    linked = Browser(app)
    page = linked.get(stored.link("visit", mail=0)).submit(button="Go on")
    page = page.click("Book another visit")
    assert "Choose a time that suits you" in page.text


def test_whoever_was_here_before_books_several_visits_that_take_no_new_patients(
    app: Flask, clinic: Clinic, steps: Steps, stored: Stored
) -> None:
    steps.book(Browser(app), "10:00am")
    change(app, clinic, new_patients=False)
    known = signed_in(app, stored.visits()[0]["person_id"])
    page = known.get("/book").click("60 minutes").click("Book several visits together")
    page = page.submit({"count": "3", "days": ["1"]}, button="Show what is free")
    page.submit(button="Keep these times").submit(button="Book these visits")
    assert len(stored.visits()) == 4


def test_somebody_new_cannot_book_what_was_kept_before_the_change(
    app: Flask, clinic: Clinic, browser: Browser, steps: Steps, stored: Stored
) -> None:
    page = steps.checked(browser)
    change(app, clinic, new_patients=False)
    page = page.submit(button="Book this visit")
    assert "for people who have been here before. Nothing was booked" in page.text
    assert stored.visits() == []


def test_a_visit_is_not_moved_online_to_what_is_by_request(
    app: Flask, clinic: Clinic, steps: Steps, stored: Stored
) -> None:
    """Else a move would be a way around the clinic's answer."""
    steps.book(Browser(app))
    mine = stored(lambda: session().get_one(Appointment, 1).practitioner_id)
    other = clinic.ines if mine == clinic.mei else clinic.mei
    hers = Browser(app)
    page = hers.get(stored.link("move") + "?day=2027-07-06")
    page = page.submit(button="11:00am")
    for who in (mine, other):
        own(app, clinic, who, mode=BookingMode.REQUEST)
    page = page.submit(button="Move this visit")
    assert "agreed with us" in page.text
    assert stored.visits()[0]["starts_at"] == MONDAY_10AM
    assert "We arrange this visit on the phone" in hers.get(stored.link("move")).text


def test_the_practitioner_changes_within_a_move_and_both_are_named(
    app: Flask, clinic: Clinic, steps: Steps, stored: Stored
) -> None:
    steps.book(Browser(app))
    first = stored(lambda: session().get_one(Appointment, 1).practitioner_id)
    names = {clinic.mei: "Mei Tan", clinic.ines: "Inês Roca"}
    other = clinic.ines if first == clinic.mei else clinic.mei
    whose = stored(lambda: str(session().get_one(Practitioner, other).public_id))
    page = Browser(app).get(stored.link("move") + f"?day=2027-07-06&practitioner={whose}")
    page = page.submit(button="11:00am")
    assert names[first] in page.text
    assert names[other] in page.text
    page = page.submit(button="Move this visit")
    assert f"With {names[other]}" in page.text
    assert stored(lambda: session().get_one(Appointment, 1).practitioner_id) == other
    mail = stored.mails()[-1]
    assert mail["practitioner_name"] == names[other]
    assert (mail["kind"], mail["invite"]["sequence"]) == ("appointments/moved", 1)


@pytest.mark.parametrize("whose", ["practitioner", "visit"])
def test_the_address_of_a_video_shows_near_the_time_and_leaves_in_no_message(
    app: Flask,
    clinic: Clinic,
    steps: Steps,
    stored: Stored,
    browser: Browser,
    at: Callable[..., None],
    whose: str,
) -> None:
    change(app, clinic, way=Way.VIDEO)
    done = steps.book(browser)
    assert "By video" in done.text
    with app.app_context(), transaction():
        visit = session().get_one(Appointment, 1)
        holder = visit if whose == "visit" else visit.practitioner
        holder.video_url = CANARY
    link = stored.link("visit")
    texts = [done.text]
    for ahead, shown in ((-31, False), (-29, True), (59, True)):
        at(MONDAY_10AM + ahead * MINUTE)
        hers = Browser(app)
        page = hers.get(link).submit(button="Go on")
        assert (CANARY in page.text) is shown, ahead
        if shown:
            assert page.text.index(CANARY) < page.text.index("Messages"), "the way in comes first"
        assert "London time (GMT+01:00)" in page.text
        texts.append(hers.client.get(f"{page.url}/invite.ics").get_data(as_text=True))
    at(NOW)
    moved = Browser(app).get(stored.link("move") + "?day=2027-07-06").submit(button="11:00am")
    texts.append(moved.text)
    moved = moved.submit(button="Move this visit")
    moved.click("Cancel").submit(button="Cancel this visit")
    told = stored(lambda: [str(mail.snapshot) for mail in session().query(Mail).all()])
    kinds = [mail["kind"] for mail in stored.mails(all_states=True)]
    assert len(kinds) == 3
    assert [text for text in (*texts, *told) if "canary" in text] == []
    assert "12 Canal Street" not in str(told)


def test_the_desk_gives_one_visit_an_address_of_its_own(
    app: Flask,
    clinic: Clinic,
    steps: Steps,
    stored: Stored,
    browser: Browser,
    cast: Cast,
    at: Callable[..., None],
) -> None:
    change(app, clinic, way=Way.VIDEO)
    steps.book(browser)
    desk = cast["reception"].get(f"/visits/{stored.visits()[0]['public_id']}")
    page = desk.click("Where it meets by video")
    odd = page.submit({"address": "http://meet.example/x"}, button="Save")
    assert odd.status == 422
    assert "beginning with https://" in odd.text
    assert 'value="http://meet.example/x"' in odd.text
    assert page.submit({"address": CANARY}, button="Save").url == desk.url
    assert "appointment:video-address" in stored.events()
    at(MONDAY_10AM - 10 * MINUTE)
    hers = Browser(app).get(stored.link("visit")).submit(button="Go on")
    assert CANARY in hers.text
    at(NOW)
    page.submit({"address": ""}, button="Save")
    assert stored(lambda: session().get_one(Appointment, 1).video_url) == ""
    assert cast["ines"].get(page.url).status == 404, "it is another's visit"


def test_a_visit_at_the_clinic_has_no_video_address(
    steps: Steps, stored: Stored, browser: Browser, cast: Cast
) -> None:
    steps.book(browser)
    desk = cast["reception"].get(f"/visits/{stored.visits()[0]['public_id']}")
    assert "by video" not in desk.text
    assert cast["reception"].get(f"{desk.url}/video").status == 409


@pytest.mark.parametrize("status", ["booked", "cancelled", "requested", "declined"])
def test_only_a_visit_that_takes_place_has_an_address(
    app: Flask, clinic: Clinic, steps: Steps, browser: Browser, status: str
) -> None:
    change(app, clinic, way=Way.VIDEO)
    steps.book(browser)
    with app.app_context(), transaction():
        visit = session().get_one(Appointment, 1)
        visit.video_url, visit.status = CANARY, Status(status)
        visit.answer_by = MONDAY_10AM
    with app.app_context():
        visit = session().get_one(Appointment, 1)
        assert (visit.video_address(MONDAY_10AM) == CANARY) is (status == "booked")
        assert visit.video_address(MONDAY_10AM + HOUR) == ""
