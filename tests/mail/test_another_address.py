"""Another address for somebody with visits to come: the new one has everything, the old nothing."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from booking.appointments.actions import tell_next_version
from booking.appointments.actions.booking import mail, next_version
from booking.appointments.models import Appointment
from booking.appointments.rules import Status
from booking.clinic.models import Service
from booking.core import clock
from booking.core.db import session, transaction
from booking.mail.rules import Outcome, Verdict
from booking.mail.smtp import SmtpTransport
from booking.patients.models import Patient
from tests.accounts.conftest import mails, path_of
from tests.appointments.conftest import ABOUT
from tests.browser import Browser
from tests.conftest import Cast
from tests.factories import MONDAY, MONDAY_10AM, NOW, Clinic, make_appointment, make_patient
from tests.mail.calendar_readers import READERS
from tests.mail.posts import WrittenTransport, deliver_all
from tests.mail.receiver import Delivery, Receiver
from tests.mail.test_life_of_a_visit import calendar, read
from tests.mail.test_templates import said
from tests.rights.test_own_address import arrive, ask

OLD, NEW = "amara@example.org", "amara@new.example"
DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
GONE = Outcome(Verdict.REFUSED, 550)


@pytest.fixture
def visits(app: Flask, clinic: Clinic) -> list[int]:
    """Of Amara: one in a week and one in two, which she was told of; one cancelled, one over."""
    with app.app_context(), transaction():
        amara = make_patient("Amara Osei", OLD)
        told = {"created_at": NOW - DAY, "changed_at": NOW - DAY, "patient_id": amara.id}
        made = [
            make_appointment(clinic, starts_at=start, ends_at=start + HOUR, status=how, **told)
            for start, how in (
                (MONDAY_10AM, Status.BOOKED),
                (MONDAY_10AM + 7 * DAY, Status.BOOKED),
                (MONDAY_10AM + 8 * DAY, Status.CANCELLED),
                (NOW - 7 * DAY, Status.DONE),
            )
        ]
        return [each.id for each in made]


@pytest.fixture
def told(app: Flask, cast: Cast, visits: list[int], transport: SmtpTransport) -> list[int]:
    """The two visits to come, confirmed at the address she has."""
    with app.app_context(), transaction():
        coming = [session().get_one(Appointment, each) for each in visits[:2]]
        tell_next_version(coming, now=NOW - HOUR, base_url="http://localhost")
    assert deliver_all(app, transport, now=NOW - HOUR) == 2
    return visits[:2]


def new_since(receiver: Receiver, count: int) -> dict[str, list[Delivery]]:
    """What came after the first `count` messages, by whom it was for."""
    found: dict[str, list[Delivery]] = {}
    for delivery in receiver.delivered[count:]:
        found.setdefault(delivery.recipients[0], []).append(delivery)
    return found


def objects(deliveries: list[Delivery]) -> list[dict[str, Any]]:
    return READERS["icalendar"]([calendar(each) for each in deliveries])


def change_at_the_desk(cast: Cast, app: Flask, **typed: object) -> None:
    with app.app_context():
        record = session().scalars(select(Patient.public_id).order_by(Patient.id)).first()
    page = cast["reception"].get(f"/patients/{record}/details")
    assert "Changed." in page.submit({"email": NEW, **typed}, button="Save").text


def test_the_same_address_in_other_letters_tells_nobody(
    app: Flask, cast: Cast, told: list[int], transport: SmtpTransport
) -> None:
    change_at_the_desk(cast, app, email=OLD.title())
    assert deliver_all(app, transport, now=NOW + MINUTE) == 0


def change_by_herself(cast: Cast, app: Flask) -> None:
    with app.app_context():
        person = session().scalars(select(Patient.resource_id)).one()
    ask(arrive(app, person))
    Browser(app).get(path_of(mails(app, "rights/new_address")[0]["link"])).submit()


@pytest.mark.both
@pytest.mark.parametrize("change", [change_at_the_desk, change_by_herself])
def test_the_new_address_has_each_visit_to_come_and_the_old_loses_them(
    app: Flask,
    cast: Cast,
    told: list[int],
    transport: SmtpTransport,
    receiver: Receiver,
    change: Callable[[Cast, Flask], None],
) -> None:
    before = objects(receiver.delivered)
    change(cast, app)
    deliver_all(app, transport, now=NOW + MINUTE)
    came = new_since(receiver, 2)
    assert set(came) == {OLD, NEW}
    invited = [each for each in came[NEW] if b"text/calendar" in each.content]
    anew, off = objects(invited), objects([e for e in came[OLD] if b"text/calendar" in e.content])
    assert [(each["method"], each["start"]) for each in anew] == [
        ("REQUEST", each["start"]) for each in before
    ]
    assert {each["attendee"][1] for each in anew} == {f"mailto:{NEW}"}
    assert [(each["method"], each["uid"]) for each in off] == [
        ("CANCEL", each["uid"]) for each in before
    ]
    assert all(o["sequence"] > b["sequence"] for o, b in zip(off, before, strict=True))
    assert not {each["uid"] for each in anew} & {each["uid"] for each in before}
    for delivery in came[OLD]:
        words = " ".join(said(read(delivery)).values())
        if "text/calendar" in said(read(delivery)):
            assert not any(word in words for word in ("Osei", "12 Canal Street", "http://"))
    link = re.search(r"http://localhost(/a/\S+)", said(read(invited[0]))["text/plain"])
    assert link is not None
    assert Browser(app).get(link[1]).status == 200
    assert deliver_all(app, transport, now=NOW + HOUR) == 0


def test_until_the_new_address_has_answered_it_gets_no_visit(
    app: Flask, cast: Cast, told: list[int], transport: SmtpTransport, receiver: Receiver
) -> None:
    with app.app_context():
        person = session().scalars(select(Patient.resource_id)).one()
    ask(arrive(app, person))
    deliver_all(app, transport, now=NOW + MINUTE)
    [asked] = new_since(receiver, 2)[NEW]
    assert "text/calendar" not in said(read(asked))
    assert "July" not in said(read(asked))["text/plain"]


def test_taken_back_it_is_the_first_address_again(
    app: Flask, cast: Cast, told: list[int], transport: SmtpTransport, receiver: Receiver
) -> None:
    change_by_herself(cast, app)
    deliver_all(app, transport, now=NOW + MINUTE)
    count = len(receiver.delivered)
    Browser(app).get(path_of(mails_to(app, receiver))).submit(button="Take it back")
    deliver_all(app, transport, now=NOW + 2 * MINUTE)
    came = new_since(receiver, count)
    assert [each["method"] for each in objects(came[OLD])] == ["REQUEST"] * 2
    assert [each["method"] for each in objects(came[NEW])] == ["CANCEL"] * 2


def mails_to(app: Flask, receiver: Receiver) -> str:
    """The link that takes a change back, as it was mailed to the address before."""
    for delivery in receiver.delivered:
        found = re.search(r"(http\S+/my/old-address/\S+)", said(read(delivery))["text/plain"])
        if found:
            return found[1]
    raise AssertionError("no such link was mailed")


@pytest.mark.parametrize("email", [NEW, ""])
def test_where_no_mail_is_safe_any_more_none_goes_to_either(
    app: Flask, cast: Cast, told: list[int], transport: SmtpTransport, email: str
) -> None:
    change_at_the_desk(cast, app, email=email, channels=["phone"])
    assert deliver_all(app, transport, now=NOW + MINUTE) == 0


def test_what_had_not_left_goes_to_the_new_address_only(
    app: Flask, cast: Cast, visits: list[int], transport: SmtpTransport, receiver: Receiver
) -> None:
    with app.app_context(), transaction():
        coming = [session().get_one(Appointment, each) for each in visits[:2]]
        uids = {each.uid for each in coming}
        tell_next_version(coming, now=NOW - HOUR, base_url="http://localhost")
    change_at_the_desk(cast, app)
    deliver_all(app, transport, now=NOW + MINUTE)
    assert set(new_since(receiver, 0)) == {NEW}
    assert {each["uid"] for each in objects(receiver.delivered)} == uids


def test_who_had_no_address_is_told_of_her_visits_once_she_has_one(
    app: Flask, cast: Cast, visits: list[int], transport: SmtpTransport, receiver: Receiver
) -> None:
    with app.app_context(), transaction():
        patient = session().scalars(select(Patient)).one()
        patient.email, patient.channels = "", "phone"
    change_at_the_desk(cast, app, channels=["phone", "email"])
    deliver_all(app, transport, now=NOW + MINUTE)
    assert [each["method"] for each in objects(new_since(receiver, 0)[NEW])] == ["REQUEST"] * 2


def test_who_was_asked_for_another_time_is_asked_there_with_a_link_that_works(
    app: Flask, cast: Cast, told: list[int], transport: SmtpTransport, receiver: Receiver
) -> None:
    away = {"first": str(MONDAY), "last": str(MONDAY)}
    cast["reception"].get("/away").submit(away, button="Show whom it meets").submit(
        button="Close the time"
    )
    deliver_all(app, transport, now=NOW + HOUR)
    count = len(receiver.delivered)
    change_at_the_desk(cast, app)
    deliver_all(app, transport, now=NOW + 2 * HOUR)
    texts = [said(read(each))["text/plain"] for each in new_since(receiver, count)[NEW]]
    links = [link for text in texts for link in re.findall(r"/a/\S+/another-time", text)]
    assert len(links) == 1
    assert Browser(app).get(links[0]).status == 200


def test_mended_at_the_desk_everything_that_did_not_arrive_goes_to_the_right_address(
    app: Flask, cast: Cast, told: list[int], transport: SmtpTransport, receiver: Receiver
) -> None:
    """Of one visit two messages failed, of the other none: it is told of anew all the same."""
    with app.app_context(), transaction():
        first = session().get_one(Appointment, told[0])
        first.starts_at, first.ends_at = first.starts_at + HOUR, first.ends_at + HOUR
        next_version(first, now=NOW)
        mail("moved", first, now=NOW, base_url="http://localhost")
    deliver_all(app, WrittenTransport(answers=[GONE] * 3), now=NOW)
    before = {each["uid"]: each for each in objects(receiver.delivered)}
    page = (
        cast["reception"]
        .get("/worklist")
        .submit({"email": NEW}, button="Fix the address and send again")
    )
    assert "Nobody is waiting" in page.text
    deliver_all(app, transport, now=NOW + MINUTE)
    came = new_since(receiver, 2)
    assert set(came) == {NEW}
    anew = objects(came[NEW])
    assert {each["uid"] for each in anew} == set(before)
    assert all(each["sequence"] > before[each["uid"]]["sequence"] for each in anew)


def test_joined_to_a_record_with_another_address_its_visits_are_told_of_there(
    app: Flask, cast: Cast, told: list[int], transport: SmtpTransport, receiver: Receiver
) -> None:
    with app.app_context(), transaction():
        gone = session().scalars(select(Patient.public_id)).one()
        kept = make_patient("Amara Osei", NEW).public_id
    desk = cast["reception"]
    page = desk.get(f"/patients/{kept}/beside/{gone}")
    page.submit({"keep": str(kept)}, having="keep")
    deliver_all(app, transport, now=NOW + MINUTE)
    came = new_since(receiver, 2)
    assert [each["method"] for each in objects(came[NEW])] == ["REQUEST"] * 2
    assert [each["method"] for each in objects(came[OLD])] == ["CANCEL"] * 2
    count = len(receiver.delivered)
    desk.get(f"/patients/{kept}").submit(button="Part them again")
    deliver_all(app, transport, now=NOW + 2 * MINUTE)
    came = new_since(receiver, count)
    assert [each["method"] for each in objects(came[OLD])] == ["REQUEST"] * 2
    assert [each["method"] for each in objects(came[NEW])] == ["CANCEL"] * 2


def test_a_link_to_the_waiting_list_works_at_the_new_address_only(
    app: Flask, cast: Cast, clinic: Clinic, transport: SmtpTransport, receiver: Receiver
) -> None:
    with app.app_context():
        service = session().get_one(Service, clinic.first_visit).public_id
    Browser(app).get(f"/waiting/{service}").submit(
        ABOUT, having="name", button="Put me on the list"
    )
    deliver_all(app, transport, now=NOW + MINUTE)
    change_at_the_desk(cast, app)
    deliver_all(app, transport, now=NOW + 2 * MINUTE)
    old, new = (re.search(r"/w/\S+", said(read(each))["text/plain"]) for each in receiver.delivered)
    assert old is not None
    assert new is not None
    assert [each.recipients for each in receiver.delivered] == [[ABOUT["email"]], [NEW]]
    assert Browser(app).get(old[0]).status == 410
    assert "You are on the list" in Browser(app).get(new[0]).text


def test_a_calendar_address_made_from_the_old_mailbox_opens_nothing_any_more(
    app: Flask, cast: Cast, told: list[int]
) -> None:
    with app.app_context():
        person = session().scalars(select(Patient.resource_id)).one()
    stranger = arrive(app, person, confirmed=False)
    made = stranger.get("/my/calendar").submit(button="Make an address").text
    feed = re.search(r"http://localhost(/calendar/feed/[\w-]+\.ics)", made)
    assert feed is not None
    assert app.test_client().get(feed[1]).status_code == 200
    change_at_the_desk(cast, app)
    assert app.test_client().get(feed[1]).status_code == 404


def test_nor_does_one_made_since_when_the_change_is_taken_back(
    app: Flask, cast: Cast, told: list[int], transport: SmtpTransport, receiver: Receiver
) -> None:
    change_by_herself(cast, app)
    deliver_all(app, transport, now=NOW + MINUTE)
    with app.app_context():
        person = session().scalars(select(Patient.resource_id)).one()
    clock.travel(NOW + MINUTE)
    made = arrive(app, person).get("/my/calendar").submit(button="Make an address").text
    feed = re.search(r"http://localhost(/calendar/feed/[\w-]+\.ics)", made)
    assert feed is not None
    Browser(app).get(path_of(mails_to(app, receiver))).submit(button="Take it back")
    assert app.test_client().get(feed[1]).status_code == 404
