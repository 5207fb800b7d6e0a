"""Booking as a person does it: from the first page to the message, without an account."""

from collections.abc import Callable
from datetime import time, timedelta
from urllib.parse import urlsplit

import pytest
from flask import Flask
from sqlalchemy import select

from booking.availability.models import WeeklyHours
from booking.cli.bench.alone import counted
from booking.clinic.models import (
    Location,
    Organisation,
    Room,
    Service,
    ServicePractitioner,
    ServiceRoom,
)
from booking.core.db import session, transaction
from booking.occupancy import actions as occupancy
from booking.patients.models import Patient
from tests.appointments.conftest import ABOUT, Steps, Stored
from tests.browser import Browser
from tests.factories import MONDAY_10AM, NOW, Clinic, make_location, make_practitioner, make_week

MINUTE = timedelta(minutes=1)


@pytest.mark.both
def test_a_new_patient_books_with_five_activations(
    browser: Browser, clinic: Clinic, stored: Stored
) -> None:
    typed = {name: ABOUT[name] for name in ("name", "email", "phone")}
    presses = [
        lambda page: page.click("Book a visit"),
        lambda page: page.click("60 minutes"),
        lambda page: page.submit(button="Take 2:15pm"),
        lambda page: page.submit(typed, having="name", button="Continue"),
        lambda page: page.submit(button="Book this visit"),
    ]
    page, titles = browser.get("/"), []
    for press in presses:
        page = press(page)
        assert page.status == 200
        titles.append(page.title.partition(" – ")[0])
    assert titles == ["Choose a visit", "Choose a time", "About you", "Check and book", "Booked"]
    assert "Your visit is booked" in page.text
    [visit] = stored.visits()
    assert visit["status"] == "booked"
    assert visit["starts_at"] == NOW + 135 * MINUTE
    assert (visit["name"], visit["phone"]) == ("Amara Osei", "+447700900123")
    assert stored.taken() == 3
    assert stored.holds() == 0
    assert stored.events()[-1] == "appointment:booked"


def test_the_message_is_discreet_and_complete(
    browser: Browser, steps: Steps, stored: Stored
) -> None:
    steps.book(browser)
    [mail] = stored.mails()
    [visit] = stored.visits()
    assert mail["kind"] == "appointments/confirmation"
    assert mail["to_address"] == "amara@example.org"
    invite = mail["invite"]
    assert (invite["method"], invite["sequence"], invite["uid"]) == ("REQUEST", 0, visit["uid"])
    assert invite["summary"] == "Appointment"
    assert "First visit" not in str(mail)
    assert set(mail["links"]) == {"visit", "move", "cancel", "form"}
    assert all(link.startswith("http://localhost/a/") for link in mail["links"].values())


def test_where_the_site_is_comes_from_the_settings_not_from_the_request(
    app: Flask, clinic: Clinic, stored: Stored
) -> None:
    browser = Browser(app)
    browser.client.environ_base["HTTP_HOST"] = "127.0.0.1"
    browser.client.environ_base["HTTP_X_FORWARDED_HOST"] = "evil.example"
    Steps(app, clinic).book(browser)
    [mail] = stored.mails()
    assert "evil" not in str(mail)
    assert mail["links"]["visit"].startswith("http://localhost/a/")


def test_the_time_is_kept_from_the_moment_it_is_chosen(
    app: Flask, browser: Browser, steps: Steps
) -> None:
    page = steps.take(browser)
    assert "until 12:10pm" in page.text
    another = steps.times(Browser(app)).submit(button="10:00am")
    assert another.status == 200, "the other practitioner is free at that time"
    full = steps.times(Browser(app))
    assert not [b for form in full.forms for b in form.buttons if b[2].startswith("10:00am")]


def test_whose_time_it_is_goes_by_turns_and_is_said_before(app: Flask, steps: Steps) -> None:
    def whose(clock: str) -> str:
        page = steps.times(Browser(app))
        return next(
            b[2] for form in page.forms for b in form.buttons if b[2].startswith(f"{clock} ")
        )

    assert "Mei Tan" in whose("2:00pm")
    assert "Mei Tan" in steps.checked(Browser(app), "10:00am", name="One Person").text
    assert "Inês Roca" in whose("2:00pm"), "the kept time counts as a visit of Mei's day"


def test_choosing_another_time_gives_the_first_one_back(
    browser: Browser, steps: Steps, stored: Stored
) -> None:
    page = steps.checked(browser)
    page = page.click("Change time")
    page = browser.get(f"{urlsplit(page.url).path}?day=2027-07-06").submit(button="11:00am")
    assert page.url.endswith("/book/check"), "what she typed came along"
    assert "Amara Osei" in page.text
    assert "Tue 6 July, 11:00am" in page.text
    assert stored.holds() == 1


def test_choosing_the_time_she_has_already_is_no_trouble(browser: Browser, steps: Steps) -> None:
    steps.take(browser)
    page = steps.take(browser)
    assert page.status == 200
    assert "Mon 5 July, 10:00am" in page.text


def test_going_back_shows_what_was_typed(browser: Browser, steps: Steps) -> None:
    steps.checked(browser, name="Amara Ọṣẹ", note="After six")
    page = browser.get("/book/about-you")
    fields = dict(page.form("name").fields)
    assert (fields["name"], fields["note"]) == ("Amara Ọṣẹ", "After six")
    assert fields["phone"] == ABOUT["phone"]


def test_what_is_typed_is_sealed_and_gone_after_booking(
    browser: Browser, steps: Steps, stored: Stored, app: Flask
) -> None:
    """Holds sec_G1."""
    steps.checked(browser, note="canary in the note")
    with app.app_context():
        from booking.core.db import db

        with db.engine.connect() as connection:
            raw = connection.exec_driver_sql("SELECT typed_sealed FROM hold").scalar()
    assert raw
    assert b"canary" not in raw
    assert b"Amara" not in raw
    browser.get("/book/check").submit(button="Book this visit")
    assert stored.holds() == 0


def test_ten_more_minutes_keep_the_time_and_what_was_typed(browser: Browser, steps: Steps) -> None:
    page = steps.take(browser)
    page = page.submit({"name": "Half typed", "email": "am"}, button="10 more minutes")
    assert page.status == 200
    assert "until 12:20pm" in page.text
    assert dict(page.form("name").fields)["name"] == "Half typed"
    assert "There is a problem" not in page.text


def test_letting_go_frees_the_time_at_once(browser: Browser, steps: Steps, stored: Stored) -> None:
    page = steps.take(browser).submit(button="Let it go")
    assert "/times" in page.url
    assert stored.taken() == 0
    assert stored.holds() == 0


def test_who_comes_is_old_enough_is_said_in_one_line_without_a_question(
    app: Flask, browser: Browser, steps: Steps
) -> None:
    with app.app_context(), transaction():
        session().get_one(Organisation, 1).minimum_age = 18
    page = steps.checked(browser)
    assert "This visit is for someone aged 18 or over." in page.text
    assert page.form("nonce").choices == {}


def test_a_clinic_that_books_for_everybody_says_nothing_of_age(
    app: Flask, browser: Browser, steps: Steps
) -> None:
    with app.app_context(), transaction():
        session().get_one(Organisation, 1).minimum_age = 0
    page = steps.checked(browser)
    assert "someone aged" not in page.text
    assert "someone younger" not in page.text


def test_for_someone_younger_the_page_says_whom_to_call_and_the_time_stays_until_let_go(
    browser: Browser, steps: Steps, stored: Stored
) -> None:
    page = steps.checked(browser).click("It is for someone younger")
    assert page.status == 200
    assert not page.title.startswith("Error:")
    assert "under 16" in page.text
    assert "parent or guardian" in page.text
    assert page.link("Call 020 7946 0102") == "tel:02079460102"
    assert "Mon 5 July, 10:00am stays kept until 12:10pm" in page.text
    assert stored.holds() == 1
    assert "Is everything right?" in page.click("Back").text
    page = page.submit(button="Let it go")
    assert "Choose a time" in page.title
    assert (stored.visits(), stored.holds(), stored.taken()) == ([], 0, 0)


def test_for_someone_younger_there_is_a_page_also_without_a_kept_time(
    browser: Browser, steps: Steps, at: Callable[..., None]
) -> None:
    assert "The time you chose" not in browser.get("/book/younger").text
    steps.checked(browser)
    at(NOW + 11 * MINUTE)
    page = browser.get("/book/younger")
    assert page.status == 200
    assert "The time you chose" not in page.text


def test_only_e_mail_is_ticked_beforehand_and_the_page_says_why(
    browser: Browser, steps: Steps
) -> None:
    page = steps.take(browser)
    ticked = [value for name, value in page.form("name").fields if name == "channels"]
    assert ticked == ["email"]
    assert "E-mail is ticked because our message about this visit goes there." in page.text
    page = page.submit({**ABOUT, "channels": []}, having="name", button="Continue")
    assert page.status == 422
    assert "Tick at least one way to reach you" in page.text


@pytest.mark.parametrize(
    ("move", "cancel", "words"),
    [
        (1440, 1440, ["You can move or cancel online up to 24 hours before"]),
        (60, 60, ["You can move or cancel online up to 1 hour before"]),
        (0, 0, ["You can move or cancel online until it begins"]),
        (90, 2880, ["move online up to 90 minutes before", "cancel online up to 48 hours before"]),
    ],
)
def test_until_when_a_visit_can_be_changed_is_said_as_it_is(
    app: Flask, browser: Browser, steps: Steps, move: int, cancel: int, words: list[str]
) -> None:
    with app.app_context(), transaction():
        for service in session().query(Service):
            service.move_window_minutes, service.cancel_window_minutes = move, cancel
    for page in (steps.times(browser), steps.checked(browser)):
        for each in words:
            assert each in " ".join(page.text.split()), page.url


def test_no_mail_goes_where_e_mail_is_not_safe(
    browser: Browser, steps: Steps, stored: Stored
) -> None:
    page = steps.book(browser, channels=["text"])
    assert "We will not e-mail you" in page.text
    assert stored.mails() == []
    assert len(stored.visits()) == 1


def test_no_calendar_goes_along_where_none_is_wanted(
    browser: Browser, steps: Steps, stored: Stored
) -> None:
    page = steps.book(browser, no_invite="y")
    [mail] = stored.mails()
    assert mail["invite"] is None
    assert "Add to your calendar" in page.text


def test_each_booking_makes_a_record_and_one_person(
    app: Flask, steps: Steps, stored: Stored
) -> None:
    steps.book(Browser(app), "10:00am")
    steps.book(Browser(app), "11:00am", name="AMARA  Oséi", email="Amara@EXAMPLE.org")
    steps.book(Browser(app), "12:00pm", name="Kofi Osei")
    first, second, third = stored.visits()
    assert first["patient_id"] != second["patient_id"]
    assert first["person_id"] == second["person_id"]
    assert third["person_id"] != first["person_id"]
    assert stored.count(Patient) == 3


@pytest.mark.both
def test_one_person_cannot_be_in_two_places(app: Flask, clinic: Clinic, stored: Stored) -> None:
    steps = Steps(app, clinic)
    steps.book(Browser(app), "10:00am")
    page = steps.book(Browser(app), "10:30am")
    assert page.status == 409
    assert "overlaps with another booking" in page.text
    assert "Nothing was booked" in page.text
    assert len(stored.visits()) == 1
    assert len(stored.mails()) == 1
    page = page.submit(button="11:00am")
    assert page.url.endswith("/book/check")
    page = page.submit(button="Book this visit")
    assert len(stored.visits()) == 2


def test_the_first_page_of_times_opens_on_the_first_day_that_has_one(
    browser: Browser, clinic: Clinic, steps: Steps, app: Flask
) -> None:
    with app.app_context(), transaction():
        session().get_one(Service, clinic.first_visit).minimum_notice_minutes = 9 * 24 * 60
    page = browser.get("/book").click("60 minutes")
    assert "12 to 18 July" in page.text
    assert "Monday 12 July" in page.text or "Free times on" in page.text
    assert 'aria-current="date"' in page.text


def test_every_view_is_an_address(browser: Browser, steps: Steps, stored: Stored) -> None:
    page = steps.times(browser)
    mei = next(v for v in page.form("practitioner").choices["practitioner"] if v)
    page = page.submit({"practitioner": mei}, having="practitioner")
    assert f"practitioner={mei}" in page.url or "With Mei Tan" in page.text
    slots = [b[2] for form in page.forms for b in form.buttons if b[0] == "slot"]
    assert slots
    assert not [words for words in slots if "Inês" in words]
    later = browser.get(page.link("Fri 2 8 free"))
    assert "With Mei Tan" in later.text


def test_times_of_some_practitioners_at_some_places(
    browser: Browser, clinic: Clinic, app: Flask
) -> None:
    with app.app_context(), transaction():
        here, reef = session().get_one(Location, clinic.location), make_location(name="Reef")
        for name, place in (("Tom Bell", reef), ("Ana Luz", here)):
            new = make_practitioner(name, position=3)
            make_week(new, place)
            session().query(WeeklyHours).filter_by(practitioner_id=new.id).update(
                {"ends": time(20)}
            )
            row = ServicePractitioner(service_id=clinic.first_visit, practitioner_id=new.id)
            session().add(row)
        rooms = session().scalars(select(Room).where(Room.location_id == reef.id))
        session().add_all(
            ServiceRoom(service_id=clinic.first_visit, room_id=room.id) for room in rooms
        )
    page = browser.get("/book").click("60 minutes")
    [at_canal, at_reef] = page.form("practitioner").choices["location"]
    [_mei, ines, tom, ana] = page.form("practitioner").choices["practitioner"]

    def offered(**chosen: list[str]) -> set[str]:
        found = page.submit(chosen, having="practitioner")
        words = [b[2] for form in found.forms for b in form.buttons if b[0] == "slot"]
        names = ("Mei Tan", "Inês Roca", "Tom Bell", "Ana Luz")
        return {name for name in names if any(name in each for each in words)}

    page = page.submit({"practitioner": [ines, tom]}, having="practitioner")
    assert "With Inês Roca or Tom Bell" in page.text
    assert page.url.count("practitioner=") == 2
    later = browser.get(page.link("Fri 2 20 free"))
    assert "With Inês Roca or Tom Bell" in later.text
    assert later.form("practitioner").fields.count(("practitioner", tom)) == 1
    assert offered(practitioner=[ines, tom], location=[]) == {"Inês Roca", "Tom Bell"}
    assert offered(practitioner=[ines, tom], location=[at_reef]) == {"Tom Bell"}
    assert offered(practitioner=[ana, ines], location=[at_canal, at_reef]) == {
        "Ana Luz",
        "Inês Roca",
    }
    everyone = page.submit({"practitioner": []}, having="practitioner")
    assert "With any practitioner" in everyone.text
    strange = browser.get(f"{page.url}&practitioner=00000000-0000-0000-0000-000000000000")
    assert strange.status == 422


def test_a_full_week_says_when_the_next_free_day_is(
    browser: Browser, clinic: Clinic, app: Flask, steps: Steps
) -> None:
    from booking.occupancy.rules import Claim
    from tests.factories import make_appointment

    with app.app_context(), transaction():
        visit = make_appointment(clinic)
        session().flush()
        week = [
            Claim(resource, MONDAY_10AM + n * 24 * 60 * MINUTE + 90 * MINUTE, end)
            for resource in (clinic.mei_resource, clinic.ines_resource)
            for n in range(5)
            for end in [MONDAY_10AM + n * 24 * 60 * MINUTE + 430 * MINUTE]
        ]
        morning = [
            Claim(resource, MONDAY_10AM + n * 24 * 60 * MINUTE - 70 * MINUTE, end)
            for resource in (clinic.mei_resource, clinic.ines_resource)
            for n in range(5)
            for end in [MONDAY_10AM + n * 24 * 60 * MINUTE - 5 * MINUTE]
        ]
        occupancy.release(visit.id)
        middle = [
            Claim(claim.resource_id, claim.ends_at, claim.ends_at + 95 * MINUTE)
            for claim in morning
        ]
        occupancy.claim([*morning, *middle, *week], appointment_id=visit.id, now=NOW)
    page = browser.get("/book").click("60 minutes")
    page = browser.get(f"{page.url}?week=2027-07-05")
    assert "Nothing is free then" in page.text
    assert "full" in page.text
    assert "Mon 12 July" in page.text
    assert "020 7946 0102" in page.text
    assert not [
        b for form in page.forms for b in form.buttons if b[0] == "slot" and "Take" not in b[2]
    ]


def test_a_practitioner_without_times_leads_to_the_others(
    browser: Browser, clinic: Clinic, app: Flask
) -> None:
    from booking.clinic.models import ServicePractitioner

    with app.app_context(), transaction():
        new = make_practitioner("Tom Bell", position=3)
        session().add(ServicePractitioner(service_id=clinic.first_visit, practitioner_id=new.id))
        public_id = new.public_id
    page = browser.get("/book").click("60 minutes")
    page = browser.get(f"{page.url}?practitioner={public_id}")
    assert page.status == 200
    assert "No time is open to book here yet" in page.text
    page = browser.get(page.link("Fri 2 July"))
    assert [b for form in page.forms for b in form.buttons if b[0] == "slot"]


def test_two_places_are_told_apart_and_each_has_its_clock(
    browser: Browser, clinic: Clinic, app: Flask
) -> None:
    with app.app_context(), transaction():
        make_location(zone="Europe/Lisbon", name="Rua")
    page = browser.get("/book").click("60 minutes")
    assert "London, Lisbon" in page.text
    assert "Canal Street" in page.form("slot").buttons[0][2]


def test_the_reader_is_told_whose_clock_it_is(browser: Browser, steps: Steps) -> None:
    assert "All times are London time." in steps.times(browser).text
    assert "London time" in steps.checked(browser).text


def test_no_page_of_booking_says_what_the_visit_is_for(browser: Browser, steps: Steps) -> None:
    for page in (browser.get("/book"), steps.times(browser), steps.checked(browser)):
        assert "First visit" not in page.text


def test_staff_who_book_for_somebody_stay_signed_in(
    cast: object, steps: Steps, stored: Stored
) -> None:
    browser = cast["reception"]  # type: ignore[index]
    page = steps.book(browser)
    assert "Your visit is booked" in page.text
    assert browser.get("/staff").status == 200
    assert len(stored.visits()) == 1


def test_a_booking_takes_few_statements(app: Flask, steps: Steps, browser: Browser) -> None:
    page = steps.checked(browser)
    with app.app_context(), counted(app) as sent:
        page.submit(button="Book this visit")
    let_in = next(n for n, each in enumerate(sent) if each.startswith("INSERT INTO sign_in"))
    assert let_in < 30
