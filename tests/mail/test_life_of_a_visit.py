"""What a patient's calendar and mailbox see of a visit, from booking it to booking again."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from icalendar import Calendar

from booking.access.policy import Actor
from booking.appointments import actions
from booking.appointments.models import Appointment
from booking.availability import queries as availability
from booking.clinic.models import Location, Organisation, Service
from booking.core.db import session, transaction
from booking.mail.smtp import SmtpTransport
from tests.conftest import Cast
from tests.factories import MONDAY_10AM, NOW, Clinic
from tests.mail.calendar_readers import READERS
from tests.mail.posts import deliver_all
from tests.mail.receiver import Delivery, Receiver
from tests.mail.test_templates import FORBIDDEN, Text, said

BASE = "https://canal.example"
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
TYPED = {
    "name": "Amara Osei",
    "email": "amara@mail.example",
    "phone": "+447700900123",
    "channels": ["email"],
    "note": "canary-note: not at work, they do not know about the pregnancy",
}
STRANGER = Actor()


class Desk:
    """Books, moves and cancels as the pages do, a minute after each other."""

    def __init__(self, app: Flask, clinic: Clinic) -> None:
        self.app, self.clinic, self.now = app, clinic, NOW
        self.visit = 0

    def do(self, act: Callable[[], Appointment]) -> None:
        self.now += MINUTE
        with self.app.app_context(), transaction():
            self.visit = act().id

    def hold(self, starts_at: datetime, **more: Any) -> Any:
        offer = availability.offer_at(
            session().get_one(Service, self.clinic.first_visit),
            practitioner_id=self.clinic.mei,
            location_id=self.clinic.location,
            starts_at=starts_at,
            now=self.now,
            but_appointment_id=more.get("moving_id"),
        )
        return actions.hold(offer, now=self.now, **more)

    def book(self, starts_at: datetime, **typed: Any) -> None:
        self.do(
            lambda: actions.book(
                STRANGER,
                self.hold(starts_at).public_id,
                {**TYPED, **typed},
                nonce=str(uuid4()),
                now=self.now,
                base_url=BASE,
            )
        )

    def mine(self) -> Appointment:
        return session().get_one(Appointment, self.visit)

    def move(self, starts_at: datetime) -> None:
        self.do(
            lambda: actions.move(
                STRANGER,
                self.mine(),
                self.hold(starts_at, moving_id=self.visit),
                now=self.now,
                base_url=BASE,
            )
        )

    def cancel(self) -> None:
        self.do(lambda: actions.cancel(STRANGER, self.mine(), now=self.now, base_url=BASE))

    def correct(self, address: str) -> None:
        self.do(
            lambda: actions.correct_address(
                STRANGER, self.mine(), address, now=self.now, base_url=BASE
            )
        )


@pytest.fixture
def desk(app: Flask, clinic: Clinic) -> Desk:
    """The clinic, with words inside that must not get out."""
    with app.app_context(), transaction():
        session().get_one(Organisation, 1).name = "canary Fertility Acupuncture"
        session().get_one(Location, clinic.location).name = "canary IVF rooms"
        service = session().get_one(Service, clinic.first_visit)
        service.name = "canary First visit after a miscarriage"
        service.description = "canary description"
    return Desk(app, clinic)


def calendar(delivery: Delivery) -> bytes:
    for part in message_from_bytes(delivery.content, policy=default).walk():
        if part.get_content_type() == "text/calendar":
            found = part.get_payload(decode=True)
            assert isinstance(found, bytes)
            return found
    raise AssertionError("no calendar in the message")


def read(delivery: Delivery) -> EmailMessage:
    found = message_from_bytes(delivery.content, policy=default)
    assert isinstance(found, EmailMessage)
    return found


# A zone and three days, at 10, 10 and 15 by its clock: on both sides of each change of clocks, and
# where none, an odd one, or a new law is.
LIVES = {
    "over the end of summer time": ("Europe/London", "2027-10-29", "2027-11-01", "2027-10-28"),
    "over its beginning": ("Europe/London", "2028-03-24", "2028-03-27", "2028-03-23"),
    "New York": ("America/New_York", "2027-11-05", "2027-11-08", "2027-11-04"),
    "Bangkok": ("Asia/Bangkok", "2027-07-07", "2027-11-01", "2028-03-27"),
    "Kathmandu": ("Asia/Kathmandu", "2027-07-07", "2027-11-01", "2028-03-27"),
    "Casablanca, into Ramadan": ("Africa/Casablanca", "2028-01-25", "2028-02-08", "2028-03-01"),
    "Vancouver under its new law": ("America/Vancouver", "2027-07-07", "2027-11-08", "2028-03-13"),
}


@pytest.mark.parametrize("life", LIVES)
def test_a_whole_life_is_read_alike_by_all_readers_wherever_the_clinic_is(
    desk: Desk, transport: SmtpTransport, receiver: Receiver, life: str
) -> None:
    key, *days = LIVES[life]
    zone = ZoneInfo(key)
    with desk.app.app_context(), transaction():
        session().get_one(Location, desk.clinic.location).zone = key
        session().get_one(Service, desk.clinic.first_visit).horizon_days = 400
    at = [
        datetime.combine(date.fromisoformat(day), time(hour), zone).astimezone(UTC)
        for day, hour in zip(days, (10, 10, 15), strict=True)
    ]
    for act in (
        lambda: desk.book(at[0]),
        lambda: desk.move(at[1]),
        lambda: desk.move(at[2]),
        desk.cancel,
        lambda: desk.book(at[0]),
    ):
        act()
        deliver_all(desk.app, transport, now=desk.now)
    objects = [calendar(delivery) for delivery in receiver.delivered]
    starts = [at[0], at[1], at[2], at[2], at[0]]
    for name, read_all in READERS.items():
        found = read_all(objects)
        assert [a["start"] for a in found] == [s.timestamp() for s in starts], name
        assert [a["end"] - a["start"] for a in found] == [3600] * 5, name
        assert [a["method"] for a in found] == [*["REQUEST"] * 3, "CANCEL", "REQUEST"], name
        assert [a["sequence"] for a in found] == [0, 1, 2, 3, 0], name
        assert [a["uid"] == found[0]["uid"] for a in found] == [True] * 4 + [False], name
    events = [Calendar.from_ical(text).walk("VEVENT")[0] for text in objects[:4]]
    assert len({event["CREATED"].dt for event in events}) == 1
    changed = [event["LAST-MODIFIED"].dt for event in events]
    assert changed == sorted(changed)


def test_another_practitioner_updates_the_same_entry(
    app: Flask, cast: Cast, desk: Desk, transport: SmtpTransport, receiver: Receiver
) -> None:
    desk.book(MONDAY_10AM)
    with app.app_context():
        page = f"/visits/{desk.mine().public_id}"
    cast["reception"].get(page).click("Move").submit(button="Move to 10:00am Inês Roca")
    deliver_all(app, transport, now=desk.now + HOUR)
    [told] = READERS["icalendar"]([calendar(each) for each in receiver.delivered])
    assert (told["method"], told["sequence"], told["start"]) == (
        "REQUEST",
        1,
        MONDAY_10AM.timestamp(),
    )
    words = said(read(receiver.delivered[0]))
    assert "With Inês Roca" in words["text/plain"]
    assert "time:" not in words["text/plain"]  # that has not changed


def test_whoever_takes_her_place_over_gets_an_entry_of_her_own(
    desk: Desk, transport: SmtpTransport, receiver: Receiver
) -> None:
    for act in (
        lambda: desk.book(MONDAY_10AM),
        desk.cancel,
        lambda: desk.book(MONDAY_10AM, name="Beth Nolan", email="beth@mail.example"),
    ):
        act()
        deliver_all(desk.app, transport, now=desk.now)
    first, off, other = READERS["icalendar"]([calendar(each) for each in receiver.delivered])
    assert (off["method"], off["uid"], off["attendee"]) == (
        "CANCEL",
        first["uid"],
        first["attendee"],
    )
    assert (other["method"], other["attendee"][1]) == ("REQUEST", "mailto:beth@mail.example")
    assert other["uid"] != first["uid"]
    assert [each.recipients for each in receiver.delivered] == [
        ["amara@mail.example"],
        ["amara@mail.example"],
        ["beth@mail.example"],
    ]


@pytest.mark.parametrize("reader", READERS)
def test_booked_moved_twice_cancelled_and_booked_again(
    desk: Desk, transport: SmtpTransport, receiver: Receiver, reader: str
) -> None:
    second, third = MONDAY_10AM + HOUR, MONDAY_10AM + 3 * HOUR
    for act in (
        lambda: desk.book(MONDAY_10AM),
        lambda: desk.move(second),
        lambda: desk.move(third),
        desk.cancel,
        lambda: desk.book(MONDAY_10AM),
    ):
        act()
        deliver_all(desk.app, transport, now=desk.now)
    starts = [MONDAY_10AM, second, third, third, MONDAY_10AM]
    found = READERS[reader]([calendar(delivery) for delivery in receiver.delivered])
    assert [a["start"] for a in found] == [s.timestamp() for s in starts]
    assert [a["end"] - a["start"] for a in found] == [3600] * 5
    assert [a["method"] for a in found] == [*["REQUEST"] * 3, "CANCEL", "REQUEST"]
    assert [a["status"] for a in found] == [*["CONFIRMED"] * 3, "CANCELLED", "CONFIRMED"]
    assert [a["sequence"] for a in found] == [0, 1, 2, 3, 0]
    assert len({a["uid"] for a in found[:4]}) == 1
    assert found[4]["uid"] != found[3]["uid"]
    stamps = [a["stamp"] for a in found[:4]]
    assert stamps == sorted(set(stamps))
    organizer = ["Canal Street", "mailto:visits@canalstreet.example"]
    assert [a["organizer"] for a in found] == [organizer] * 5
    assert [a["attendee"] for a in found] == [["Amara Osei", "mailto:amara@mail.example"]] * 5
    assert {a["summary"] for a in found} == {"Appointment"}
    messages = [read(delivery) for delivery in receiver.delivered]
    assert [m["In-Reply-To"] for m in messages] == [None, *[messages[0]["Message-ID"]] * 3, None]


def test_every_message_of_a_visit_is_discreet_in_every_part(
    desk: Desk, transport: SmtpTransport, receiver: Receiver
) -> None:
    for act in (
        lambda: desk.book(MONDAY_10AM),
        lambda: desk.move(MONDAY_10AM + HOUR),
        lambda: desk.correct("amara.osei@mail.example"),
        desk.cancel,
    ):
        act()
        deliver_all(desk.app, transport, now=desk.now)
    assert len(receiver.delivered) == 5
    for delivery in receiver.delivered:
        message = read(delivery)
        for name, text in [*said(message).items(), *message.items()]:
            seen = " ".join(Text(text).words) if name == "text/html" else text
            # Links hold a random token, which may spell anything.
            seen = re.sub(r"https://\S+", "", seen.replace("\r\n ", ""))
            assert "canary" not in seen, name
            assert FORBIDDEN.findall(seen) == [], name


def test_the_sender_of_an_invite_is_its_organizer(
    desk: Desk, transport: SmtpTransport, receiver: Receiver
) -> None:
    """Calendars take changes only from who invited."""
    for act in (lambda: desk.book(MONDAY_10AM), lambda: desk.move(MONDAY_10AM + HOUR), desk.cancel):
        act()
        deliver_all(desk.app, transport, now=desk.now)
    for delivery in receiver.delivered:
        [event] = Calendar.from_ical(calendar(delivery)).walk("VEVENT")
        [sender] = read(delivery)["From"].addresses
        assert event["ORGANIZER"] == f"mailto:{sender.addr_spec}"
        assert delivery.sender == sender.addr_spec


def test_every_link_in_a_message_opens_and_changes_nothing(
    desk: Desk, transport: SmtpTransport, receiver: Receiver
) -> None:
    """Holds sec_C1."""
    desk.book(MONDAY_10AM)
    deliver_all(desk.app, transport, now=desk.now)
    parts = said(read(receiver.delivered[0]))
    links = {t.removeprefix(BASE) for t in Text(parts["text/html"]).targets}
    plain = parts["text/plain"] + parts["text/calendar"].replace("\r\n ", "")
    links |= set(re.findall(rf"{BASE}(\S+)", plain))
    assert len(links) == 4  # visit, move, cancel, form
    browser = desk.app.test_client()
    for link in links:
        for method in ("head", "get", "get"):
            answer = getattr(browser, method)(link)
            assert answer.status_code == 200, link
    with desk.app.app_context():
        visit = desk.mine()
        assert (visit.status.value, visit.sequence, visit.starts_at) == ("booked", 0, MONDAY_10AM)
    assert deliver_all(desk.app, transport, now=desk.now + HOUR) == 0


def test_a_mistyped_address_learns_nothing_and_loses_its_entry(
    desk: Desk, transport: SmtpTransport, receiver: Receiver
) -> None:
    desk.book(MONDAY_10AM)
    deliver_all(desk.app, transport, now=desk.now)
    desk.correct("amara.osei@mail.example")
    deliver_all(desk.app, transport, now=desk.now)
    first, *later = receiver.delivered
    told = {delivery.recipients[0]: delivery for delivery in later}
    assert set(told) == {"amara@mail.example", "amara.osei@mail.example"}
    [before, taken_back, anew] = READERS["icalendar"](
        [
            calendar(first),
            calendar(told["amara@mail.example"]),
            calendar(told["amara.osei@mail.example"]),
        ]
    )
    assert (taken_back["method"], taken_back["uid"]) == ("CANCEL", before["uid"])
    assert taken_back["sequence"] > before["sequence"]
    assert (anew["method"], anew["start"]) == ("REQUEST", before["start"])
    assert anew["uid"] != before["uid"]
    withdrawn = " ".join(said(read(told["amara@mail.example"])).values())
    for word in ("Amara", "Osei", "12 Canal Street", BASE):
        assert word not in withdrawn


def test_a_correction_before_anything_left_sends_nothing_to_the_mistyped_address(
    desk: Desk, transport: SmtpTransport, receiver: Receiver
) -> None:
    desk.book(MONDAY_10AM)
    desk.correct("amara.osei@mail.example")
    deliver_all(desk.app, transport, now=desk.now)
    assert [delivery.recipients for delivery in receiver.delivered] == [["amara.osei@mail.example"]]


def test_two_changes_in_one_second_still_get_newer_stamps(
    desk: Desk, transport: SmtpTransport, receiver: Receiver
) -> None:
    desk.book(MONDAY_10AM)
    deliver_all(desk.app, transport, now=desk.now)
    desk.now -= MINUTE  # the next act happens at the same instant
    desk.move(MONDAY_10AM + HOUR)
    deliver_all(desk.app, transport, now=desk.now)
    found = READERS["icalendar"]([calendar(delivery) for delivery in receiver.delivered])
    assert found[0]["stamp"] < found[1]["stamp"]


def test_no_mail_goes_where_mail_is_not_safe(
    desk: Desk, transport: SmtpTransport, receiver: Receiver
) -> None:
    desk.book(MONDAY_10AM, channels=["phone"])
    assert deliver_all(desk.app, transport, now=desk.now) == 0
    assert receiver.attempts == []


def test_whoever_wants_no_invite_gets_none_and_everything_else(
    desk: Desk, transport: SmtpTransport, receiver: Receiver
) -> None:
    desk.book(MONDAY_10AM, no_invite=True)
    desk_mail = deliver_all(desk.app, transport, now=desk.now)
    assert desk_mail == 1
    message = read(receiver.delivered[0])
    kinds = [part.get_content_type() for part in message.walk()]
    assert kinds == ["multipart/alternative", "text/plain", "text/html"]
    assert "invitation" not in said(message)["text/plain"]
    assert "Monday 5 July 2027, 10:00am" in said(message)["text/plain"]
