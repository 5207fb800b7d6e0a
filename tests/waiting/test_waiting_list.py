"""Waiting for a time: joining, one offer after another in order, taking and passing."""

from collections.abc import Callable
from datetime import date, timedelta
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from booking.availability.models import TimeOff, WeeklyHours
from booking.clinic.models import Location
from booking.core import clock
from booking.core.db import session, transaction
from booking.patients.models import Patient
from booking.waiting.models import WaitingEntry, WaitingOffer
from booking.waiting.rules import EntryState, OfferState
from tests.appointments.conftest import ABOUT, Steps, Stored
from tests.browser import Browser, Page
from tests.conftest import Cast
from tests.factories import MINUTES, MONDAY_10AM, NOW, Clinic, make_appointment, make_patient

Look = Callable[..., int]
EVE = {"name": "Eve Hall", "email": "eve@example.org", "phone": "07700 900 124"}


@pytest.fixture
def full(app: Flask, clinic: Clinic) -> Clinic:
    """Only Mei works, only on Mondays from 10 to 11, and next Monday is taken."""
    with app.app_context(), transaction():
        for hours in session().scalars(select(WeeklyHours)):
            if hours.weekday or hours.practitioner_id != clinic.mei:
                session().delete(hours)
            else:
                hours.starts, hours.ends = hours.starts.replace(10), hours.ends.replace(11)
                hours.valid_until = MONDAY_10AM.date()
        make_appointment(clinic, patient_id=make_patient("Una First", "una@example.org").id)
    return clinic


def join(app: Flask, stored: Stored, clinic: Clinic, **told: object) -> Page:
    """A stranger joins the list for a first visit."""
    page = Browser(app).get(f"/book/{stored.service_id(clinic.first_visit)}/times")
    page = page.click("Tell me when a time opens")
    return page.submit({**ABOUT, **told}, having="name", button="Put me on the list")  # type: ignore[dict-item]


def free_monday(app: Flask, cast: Cast) -> None:
    """The visit that fills Monday is cancelled by her who has it."""
    with app.app_context(), transaction():
        from booking.access.policy import STRANGER
        from booking.appointments import actions
        from booking.appointments.models import Appointment

        visit = session().scalars(select(Appointment).order_by(Appointment.id)).first()
        assert visit is not None
        actions.cancel(STRANGER, visit, now=clock.now(), base_url="http://localhost")


def links(stored: Stored) -> list[str]:
    """The addresses in the offers mailed so far, oldest first."""
    return [
        mail["links"]["list"].removeprefix("http://localhost")
        for mail in stored.mails(all_states=True)
        if mail["kind"] == "waiting/offer"
    ]


def test_joining_needs_no_account_and_says_what_follows(
    app: Flask, full: Clinic, stored: Stored
) -> None:
    page = join(app, stored, full, weekdays=["0"], parts=["morning"], days="14")
    assert page.title == "On the list – Canal Street"
    assert "the time is kept for you" in page.text
    [mail] = stored.mails()
    assert (mail["kind"], mail["to_address"]) == ("waiting/joined", "amara@example.org")
    with app.app_context():
        [entry] = session().scalars(select(WaitingEntry))
        assert (entry.weekdays, entry.parts) == ("0", "morning")
        assert entry.until == (NOW + timedelta(days=14)).date()


def test_a_form_with_mistakes_comes_back_with_everything_typed(
    app: Flask, full: Clinic, stored: Stored
) -> None:
    page = join(app, stored, full, phone="12", weekdays=["2"])
    assert page.status == 422
    assert page.title.startswith("Error: ")
    assert "Enter a phone number" in page.text
    form = page.form(having="name")
    assert ("name", "Amara Osei") in form.fields
    assert ("weekdays", "2") in form.fields
    assert stored.count(WaitingEntry) == 0


def test_joining_twice_changes_the_wish_and_keeps_the_place(
    app: Flask, full: Clinic, stored: Stored
) -> None:
    page = join(app, stored, full, weekdays=["0"])
    again = page.browser.get(f"/waiting/{stored.service_id(full.first_visit)}")
    again.submit({**ABOUT, "weekdays": ["1"]}, having="name", button="Put me on the list")
    with app.app_context():
        [entry] = session().scalars(select(WaitingEntry))
        assert entry.weekdays == "1"
    assert stored.count(Patient) == 2  # she, and who fills Monday


def test_a_week_of_waiting_is_counted_by_the_calendar_of_the_place(
    app: Flask, full: Clinic, stored: Stored
) -> None:
    with app.app_context(), transaction():
        session().get_one(Location, full.location).zone = "Pacific/Auckland"
    clock.travel(NOW + timedelta(hours=2))  # Saturday already there, Friday here
    join(app, stored, full, days="7")
    with app.app_context():
        assert session().scalars(select(WaitingEntry)).one().until == date(2027, 7, 10)


@pytest.mark.both
def test_whoever_types_her_name_changes_nothing_and_does_not_learn_that_she_waits(
    app: Flask, full: Clinic, stored: Stored, cast: Cast
) -> None:
    join(app, stored, full, weekdays=["0"], channels=["phone"])
    page = join(app, stored, full, weekdays=["1"], channels=["email"])
    other = join(app, stored, full, name="Noor Haddad", email="noor@example.org")
    assert page.text == other.text
    with app.app_context():
        wishes = session().scalars(select(WaitingEntry.weekdays).order_by(WaitingEntry.id)).all()
        assert wishes == ["0", ""]
    free_monday(app, cast)
    strangers = Steps(app, full).book(Browser(app))
    mine = strangers.url.rpartition("/")[2]
    earlier = strangers.browser.get(f"/visit/{mine}/earlier")
    earlier.submit({"weekdays": ["2"]}, button="Put me on the list")
    with app.app_context():
        [hers, _noors] = session().scalars(select(WaitingEntry).order_by(WaitingEntry.id))
        assert (hers.weekdays, hers.instead_of_id) == ("0", None)


@pytest.mark.both
def test_a_freed_time_is_kept_and_offered_to_who_waited_longest(
    app: Flask, full: Clinic, stored: Stored, cast: Cast, look: Look
) -> None:
    join(app, stored, full)
    clock.travel(NOW + 5 * MINUTES)
    join(app, stored, full, **EVE)
    assert look() == 0
    free_monday(app, cast)
    assert look() == 1
    assert look() == 0  # the time is kept; the second waits
    [offer] = [m for m in stored.mails() if m["kind"] == "waiting/offer"]
    assert offer["to_address"] == "amara@example.org"
    assert offer["when"]["starts_at"] == MONDAY_10AM.isoformat()
    stranger = Browser(app).get(f"/book/{stored.service_id(full.first_visit)}/times")
    assert "10:00am" not in stranger.text


@pytest.mark.both
def test_taking_is_one_press_and_opening_the_link_changes_nothing(
    app: Flask, full: Clinic, stored: Stored, cast: Cast, look: Look
) -> None:
    join(app, stored, full)
    free_monday(app, cast)
    look()
    [link] = links(stored)
    browser = Browser(app)
    for _each in range(2):
        assert browser.head(link).status_code == 200
        page = browser.get(link)
    assert "Kept for you until" in page.text
    page = page.submit(button="Take this time")
    assert page.title == "Booked – Canal Street"
    booked = stored.visits()[-1]
    assert (booked["name"], booked["starts_at"]) == ("Amara Osei", MONDAY_10AM)
    assert stored.mails()[-1]["kind"] == "appointments/confirmation"
    assert stored.holds() == 0
    with app.app_context():
        [entry] = session().scalars(select(WaitingEntry))
        assert entry.state is EntryState.MET
    assert browser.get(link).status == 410


def test_the_same_press_twice_books_once(
    app: Flask, full: Clinic, stored: Stored, cast: Cast, look: Look
) -> None:
    join(app, stored, full)
    free_monday(app, cast)
    look()
    pages = [Browser(app).get(links(stored)[0]) for _each in range(2)]
    first, second = (page.submit(button="Take this time") for page in pages)
    assert first.url == second.url
    assert [visit["status"] for visit in stored.visits()] == ["cancelled", "booked"]


def test_passing_costs_no_place_and_the_next_is_asked(
    app: Flask, full: Clinic, stored: Stored, cast: Cast, look: Look
) -> None:
    join(app, stored, full)
    clock.travel(NOW + 5 * MINUTES)
    join(app, stored, full, **EVE)
    free_monday(app, cast)
    look()
    page = Browser(app).get(links(stored)[0]).submit(button="Not this one")
    assert "You are still on the list" in page.text
    assert look() == 1
    assert [m["to_address"] for m in stored.mails() if m["kind"] == "waiting/offer"] == [
        "amara@example.org",
        "eve@example.org",
    ]
    assert look() == 0
    with app.app_context():
        states = session().scalars(select(WaitingEntry.state)).all()
        assert states == [EntryState.WAITING, EntryState.WAITING]


def test_an_offer_nobody_answers_goes_on_and_its_link_says_so(
    app: Flask, full: Clinic, stored: Stored, cast: Cast, look: Look
) -> None:
    join(app, stored, full)
    clock.travel(NOW + 5 * MINUTES)
    join(app, stored, full, **EVE)
    free_monday(app, cast)
    look()
    clock.travel(NOW + 3 * 60 * MINUTES)
    assert look() == 1
    late = Browser(app).get(links(stored)[0])
    assert "No time is kept for you right now" in late.text
    assert "Take this time" not in late.text
    with app.app_context():
        offers = session().scalars(select(WaitingOffer).order_by(WaitingOffer.id)).all()
        assert [offer.state for offer in offers] == [OfferState.LAPSED, OfferState.OPEN]


def test_a_press_after_the_end_is_answered_kindly(
    app: Flask, full: Clinic, stored: Stored, cast: Cast, look: Look
) -> None:
    join(app, stored, full)
    free_monday(app, cast)
    look()
    page = Browser(app).get(links(stored)[0])
    clock.travel(NOW + 3 * 60 * MINUTES)
    page = page.submit(button="Take this time")
    assert page.status == 409
    assert "You are still on the list" in page.text
    assert [visit["status"] for visit in stored.visits()] == ["cancelled"]


def test_nobody_is_offered_what_does_not_suit_her(
    app: Flask, full: Clinic, stored: Stored, cast: Cast, look: Look
) -> None:
    join(app, stored, full, weekdays=["1", "2"])
    join(app, stored, full, **EVE, parts=["evening"])
    free_monday(app, cast)
    assert look() == 0


def test_who_must_not_be_mailed_is_left_to_reception(
    app: Flask, full: Clinic, stored: Stored, cast: Cast, look: Look
) -> None:
    page = join(app, stored, full, channels=["phone"])
    assert "call you" in page.text
    free_monday(app, cast)
    assert look() == 0
    assert [m for m in stored.mails() if m["kind"].startswith("waiting/")] == []
    listed = cast["reception"].get("/waiting")
    assert "Amara Osei" in listed.text
    assert "E-mail is not safe here" in listed.text


def test_leaving_frees_the_kept_time_at_once(
    app: Flask, full: Clinic, stored: Stored, cast: Cast, look: Look
) -> None:
    join(app, stored, full)
    free_monday(app, cast)
    look()
    assert stored.holds() == 1
    page = Browser(app).get(links(stored)[0]).submit(button="Take me off the list")
    assert page.title == "Off the list – Canal Street"
    assert stored.holds() == 0
    assert look() == 0


@pytest.fixture
def offered_earlier(
    app: Flask, clinic: Clinic, steps: Steps, stored: Stored, look: Look
) -> Browser:
    """Somebody has an afternoon, waits for a morning, and is offered one; her browser."""
    browser = Browser(app)
    with app.app_context(), transaction():
        away = TimeOff(
            practitioner_id=clinic.mei,
            starts_at=NOW,
            ends_at=MONDAY_10AM + 60 * MINUTES,
        )
        other = TimeOff(
            practitioner_id=clinic.ines,
            starts_at=NOW,
            ends_at=MONDAY_10AM + 30 * 24 * 60 * MINUTES,
        )
        session().add_all([away, other])
    steps.book(browser, "2:00pm")
    [visit] = stored.visits()
    page = browser.get(f"/visit/{visit['public_id']}").click("Tell me if an earlier time opens")
    page = page.submit({"weekdays": ["0"], "parts": ["morning"]}, button="Put me on the list")
    assert "You are on the list" in page.text
    with app.app_context(), transaction():
        session().execute(TimeOff.__table__.delete().where(TimeOff.practitioner_id == clinic.mei))  # type: ignore[attr-defined]
    assert look() == 1
    return browser


def test_somebody_with_a_visit_waits_for_an_earlier_one_and_keeps_hers(
    app: Flask, stored: Stored, offered_earlier: Browser
) -> None:
    [before] = stored.visits()
    page = Browser(app).get(links(stored)[0])
    assert "moves here" in page.text
    page.submit(button="Take this time")
    [after] = stored.visits()
    assert after["uid"] == before["uid"]
    assert after["sequence"] == before["sequence"] + 1
    assert after["starts_at"] < before["starts_at"]
    assert stored.mails()[-1]["kind"] == "appointments/moved"


@pytest.mark.both
def test_who_cancels_her_visit_can_still_take_what_is_open(
    app: Flask, stored: Stored, offered_earlier: Browser
) -> None:
    [before] = stored.visits()
    page = offered_earlier.get(f"/visit/{before['public_id']}/cancel")
    page.submit(button="Cancel this visit")
    page = Browser(app).get(links(stored)[0])
    assert "moves here" not in page.text
    done = page.submit(button="Take this time")
    assert done.status == 200
    cancelled, taken = stored.visits()
    assert (cancelled["status"], taken["status"]) == ("cancelled", "booked")
    assert taken["starts_at"] < before["starts_at"]
    assert stored.mails()[-1]["kind"] == "appointments/confirmation"
    assert stored.holds() == 0


def test_reception_adds_and_takes_off(app: Flask, full: Clinic, stored: Stored, cast: Cast) -> None:
    page = cast["reception"].get("/waiting").click("First visit")
    page = page.submit({**ABOUT, "weekdays": ["3"]}, having="name", button="Add to the list")
    assert "Amara Osei" in page.text
    assert "Thursday" in page.text
    page = page.submit(button="Take off the list")
    assert "Nobody is waiting" in page.text
    assert "waiting:changed" in stored.events()


@pytest.mark.both
def test_the_database_refuses_a_second_open_offer(
    app: Flask, full: Clinic, stored: Stored, cast: Cast, look: Look
) -> None:
    join(app, stored, full)
    free_monday(app, cast)
    look()
    with app.app_context(), pytest.raises(IntegrityError), transaction():
        [first] = session().scalars(select(WaitingOffer))
        session().add(
            WaitingOffer(
                public_id=uuid4(),
                entry_id=first.entry_id,
                practitioner_id=first.practitioner_id,
                location_id=first.location_id,
                starts_at=first.starts_at,
                made_at=first.made_at,
                answer_by=first.answer_by,
            )
        )


def test_an_unknown_link_is_over(app: Flask, clinic: Clinic) -> None:
    page = Browser(app).get("/w/" + "x" * 43)
    assert page.status == 410
    assert "off the list already" in page.text, "it speaks of the list, not of a visit"


def test_a_mended_address_takes_the_place_along_and_the_wrong_one_loses_it(
    app: Flask, stored: Stored, offered_earlier: Browser
) -> None:
    [visit], [wrong] = stored.visits(), links(stored)
    strangers = Browser(app).get(wrong)
    page = offered_earlier.get(f"/book/done/{visit['public_id']}")
    page.submit({"email": "right@example.org"}, button="Send it there")
    assert Browser(app).get(wrong).status == 410
    assert strangers.submit(button="Take this time").status == 410
    offers = [mail for mail in stored.mails() if mail["kind"] == "waiting/offer"]
    assert [mail["to_address"] for mail in offers] == ["right@example.org"]
    right = offers[0]["links"]["list"].removeprefix("http://localhost")
    assert Browser(app).get(right).submit(button="Take this time").status == 200
    [moved] = stored.visits()
    assert moved["starts_at"] < visit["starts_at"]


def test_one_network_cannot_fill_the_list(app: Flask, full: Clinic, stored: Stored) -> None:
    for number in range(10):
        join(app, stored, full, name=f"Anna {'abcdefghij'[number]}")
    page = join(app, stored, full, name="Anna Last")
    assert page.status == 429
    assert "Please call us" in page.text
    assert ("name", "Anna Last") in page.form(having="name").fields
