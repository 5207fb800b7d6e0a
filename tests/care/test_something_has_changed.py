"""The quiet switch: what stops, what stays, and how it comes back."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update

from booking.access.policy import STRANGER
from booking.appointments.models import Appointment
from booking.care import actions
from booking.care.models import Change
from booking.core import clock
from booking.core.db import session, transaction
from booking.mail import outbox
from booking.mail.models import Mail, MailState
from booking.patients.models import Patient
from booking.waiting.models import WaitingEntry
from booking.waiting.rules import EntryState
from tests.appointments.conftest import ABOUT, Steps, Stored
from tests.browser import Browser, Page
from tests.conftest import Cast
from tests.factories import NOW
from tests.mail.posts import a_draft, a_snapshot

HOUR = timedelta(hours=1)


@pytest.fixture
def hers(app: Flask, steps: Steps, stored: Stored) -> Browser:
    """Amara's browser, after she has booked Monday at 10."""
    browser = Browser(app)
    steps.book(browser)
    browser.get(stored.link()).submit(button="Go on")
    return browser


def page_of(hers: Browser, stored: Stored) -> Page:
    return hers.get(f"/visit/{stored.visits()[0]['public_id']}").click("Something has changed")


def patient(app: Flask) -> Any:
    with app.app_context():
        found = session().scalars(select(Patient).order_by(Patient.id)).first()
        session().expunge_all()
        return found


def queue_for(app: Flask, kind: str) -> None:
    """A message to Amara that waits to be sent."""
    with app.app_context(), transaction():
        owner = session().scalars(select(Patient.public_id)).first()
        snapshot = a_snapshot(invite=None, links={"list": "https://canal.example/w/x"})
        draft = a_draft(kind=kind, snapshot=snapshot, owner_id=owner)
        outbox.enqueue(draft, now=clock.now())


def states(app: Flask, kind: str) -> list[MailState]:
    with app.app_context():
        return list(session().scalars(select(Mail.state).where(Mail.kind.startswith(kind))))


def test_the_page_says_what_stops_and_stays_and_asks_no_reason(
    hers: Browser, stored: Stored
) -> None:
    page = page_of(hers, stored)
    assert page.title == "Something has changed – Canal Street"
    assert page.text.index("This stops") < page.text.index("This stays")
    form = page.form(having="gently")
    assert [name for name in form.names if name not in {"csrf_token", "gently"}] == [
        f"visit-{stored.visits()[0]['public_id']}"
    ]
    assert "keep" in dict(form.fields).values()
    assert stored.count(Change) == 0


def test_one_press_makes_it_quiet_and_keeps_the_visit(
    app: Flask, hers: Browser, stored: Stored
) -> None:
    before = len(stored.mails(all_states=True))
    page = page_of(hers, stored).submit({"gently": "y"}, button="Make it quiet")
    assert "It is quiet now" in page.text
    assert stored.visits()[0]["status"] == "booked"
    assert patient(app).quiet_since is not None
    assert patient(app).gently
    assert len(stored.mails(all_states=True)) == before  # no message says that it was pressed
    assert stored.events()[-1] == "care:changed"


def test_a_visit_let_go_is_cancelled_in_any_window_with_its_invite(
    hers: Browser, stored: Stored, at: Callable[..., None]
) -> None:
    [visit] = stored.visits()
    stored.sent()
    at(visit["starts_at"] - HOUR)
    page = hers.get(stored.link("visit")).submit(button="Go on").click("Something has changed")
    page = page.submit({f"visit-{visit['public_id']}": "let-go"}, button="Make it quiet")
    assert "You let this visit go" in page.text
    assert "fee" not in page.text
    assert stored.visits()[0]["status"] == "cancelled"
    assert stored.taken() == 0
    mail = stored.mails()[-1]
    assert mail["kind"] == "appointments/cancelled"
    assert mail["invite"]["method"] == "CANCEL"


def test_queued_reminders_and_offers_are_stopped_and_other_messages_are_not(
    app: Flask, hers: Browser, stored: Stored
) -> None:
    queue_for(app, "waiting/offer")
    page_of(hers, stored).submit(button="Make it quiet")
    assert states(app, "waiting/") == [MailState.STOPPED]
    assert states(app, "appointments/confirmation") == [MailState.QUEUED]


@pytest.mark.both
def test_a_message_in_hand_is_waited_for(app: Flask, hers: Browser, stored: Stored) -> None:
    queue_for(app, "waiting/offer")
    with app.app_context(), transaction():
        session().execute(
            update(Mail).where(Mail.kind == "waiting/offer").values(claimed_at=clock.now())
        )

    def say(wait: timedelta) -> None:
        now = clock.now()
        with app.app_context(), transaction():
            visit = session().scalars(select(Appointment)).one()
            actions.say(
                STRANGER,
                visit,
                let_go=(),
                gently=False,
                now=now,
                wait_until=now + wait,
                base_url="http://localhost",
            )

    with pytest.raises(outbox.InHand):
        say(HOUR)
    assert patient(app).quiet_since is None  # nothing of it is stored
    say(timedelta(0))
    assert patient(app).quiet_since is not None


def test_the_waiting_list_is_left_and_come_back_to_at_the_old_place(
    app: Flask, hers: Browser, stored: Stored, look: Callable[..., int]
) -> None:
    Browser(app).get(f"/waiting/{stored.service_id(2)}").submit(
        {**ABOUT, "weekdays": ["6"]}, having="name", button="Put me on the list"
    )
    page = page_of(hers, stored).submit(button="Make it quiet")
    assert "no longer on the waiting list" in page.text

    def entry() -> Any:
        with app.app_context():
            return session().scalars(select(WaitingEntry)).one()

    joined = entry().created_at
    assert entry().state is EntryState.LEFT
    page.submit(button="Take it back")
    assert (entry().state, entry().created_at) == (EntryState.WAITING, joined)


def test_who_joined_anew_meanwhile_has_one_place_and_it_is_the_old_one(
    app: Flask, hers: Browser, stored: Stored, at: Callable[[datetime], None]
) -> None:
    def join() -> None:
        page = Browser(app).get(f"/waiting/{stored.service_id(2)}")
        page.submit(ABOUT, having="name", button="Put me on the list")

    join()
    page = page_of(hers, stored).submit(button="Make it quiet")
    at(NOW + HOUR / 4)
    join()
    page.submit(button="Take it back")
    with app.app_context():
        places = session().execute(select(WaitingEntry.state, WaitingEntry.created_at)).all()
    [joined] = [created for state, created in places if state is EntryState.WAITING]
    assert (len(places), joined) == (2, min(created for _, created in places))
    assert joined < NOW + HOUR / 4


def test_taking_it_back_brings_the_visit_as_a_new_entry_at_its_time(
    app: Flask, hers: Browser, stored: Stored
) -> None:
    [visit] = stored.visits()
    taken = stored.taken()
    page = page_of(hers, stored)
    page = page.submit({f"visit-{visit['public_id']}": "let-go"}, button="Make it quiet")
    page = page.submit(button="Take it back")
    assert "Everything is as it was before" in page.text
    [back] = stored.visits()
    assert (back["status"], back["starts_at"]) == ("booked", visit["starts_at"])
    assert back["uid"] != visit["uid"]
    assert stored.taken() == taken
    assert patient(app).quiet_since is None
    assert not patient(app).gently
    confirmation = stored.mails()[-1]
    assert confirmation["kind"] == "appointments/confirmation"
    assert confirmation["invite"]["uid"] == back["uid"]


@pytest.mark.both
def test_a_time_that_has_gone_does_not_come_back_and_the_rest_does(
    app: Flask, hers: Browser, steps: Steps, stored: Stored
) -> None:
    [visit] = stored.visits()
    page = page_of(hers, stored)
    page = page.submit({f"visit-{visit['public_id']}": "let-go"}, button="Make it quiet")
    for name in ("Berta", "Carla"):
        steps.book(Browser(app), name=name, email=f"{name.lower()}@example.org")
    page = page.submit(button="Take it back")
    assert "somebody else has now" in page.text
    assert [one["status"] for one in stored.visits()] == ["cancelled", "booked", "booked"]
    assert patient(app).quiet_since is None


def test_a_day_later_it_stays_as_it_is(
    hers: Browser, stored: Stored, at: Callable[..., None]
) -> None:
    page = page_of(hers, stored).submit(button="Make it quiet")
    at(NOW + 25 * HOUR)
    hers.get(stored.link("visit")).submit(button="Go on")
    late = page_of(hers, stored)
    assert "Take it back" not in late.text
    assert page.submit(button="Take it back").status in {400, 409}


def test_the_link_of_a_visit_let_go_works_for_a_day(
    app: Flask, hers: Browser, stored: Stored, at: Callable[..., None]
) -> None:
    link = stored.link("visit")
    page = page_of(hers, stored)
    visit = stored.visits()[0]["public_id"]
    page.submit({f"visit-{visit}": "let-go"}, button="Make it quiet")
    other = Browser(app).get(link).submit(button="Go on")
    assert "You have let this visit go" in other.text
    assert "Take it back" in other.click("See or take back").text
    at(NOW + 25 * HOUR)
    assert Browser(app).get(link).status == 410


def test_the_desk_says_it_for_her_with_words_to_say_and_everybody_sees_it(
    hers: Browser, stored: Stored, cast: Cast
) -> None:
    visit = stored.visits()[0]["public_id"]
    page = cast["reception"].get(f"/visits/{visit}").click("Something has changed")
    assert "You need not say more" in page.text
    page.submit({"gently": "y"}, button="Make it quiet")
    for who in ("reception", "mei"):
        assert "Contact gently" in cast[who].get(f"/visits/{visit}").text
    assert "We did this for you" in page_of(hers, stored).text


def test_a_practitioner_says_it_only_for_her_own_patient(
    stored: Stored, hers: Browser, cast: Cast
) -> None:
    visit = stored.visits()[0]
    mine, other = ("mei", "ines")
    assert cast[mine].get(f"/visits/{visit['public_id']}/changed").status == 200
    assert cast[other].get(f"/visits/{visit['public_id']}/changed").status == 404


def test_a_link_reaches_one_visit_and_not_the_persons_others(
    app: Flask, hers: Browser, steps: Steps, stored: Stored
) -> None:
    steps.book(Browser(app), "2:00pm")
    first, second = stored.visits()
    assert first["person_id"] == second["person_id"]
    through_link = Browser(app).get(stored.link("visit")).submit(button="Go on")
    form = through_link.click("Something has changed").form(having="gently")
    assert f"visit-{second['public_id']}" in form.names
    assert f"visit-{first['public_id']}" not in form.names


def test_looking_changes_nothing(hers: Browser, stored: Stored) -> None:
    visit = stored.visits()[0]["public_id"]
    for _each in range(3):
        assert hers.head(f"/visit/{visit}/changed").status_code == 200
        hers.get(f"/visit/{visit}/changed")
    assert stored.count(Change) == 0
