"""Reception's worklist: calls to make, answers to look at, messages that did not arrive."""

from datetime import timedelta
from email import message_from_bytes
from email.policy import default

import pytest
from flask import Flask
from sqlalchemy import select

from booking.appointments.models import Appointment
from booking.audit.models import AuditRow
from booking.calendars.actions import answers
from booking.calendars.rules import Answer
from booking.core import clock
from booking.core.db import session, transaction
from booking.mail.models import Mail, MailState
from booking.mail.rules import Outcome, Verdict
from booking.patients.models import Patient
from booking.reminders import jobs
from tests.conftest import Cast
from tests.factories import MONDAY_10AM, NOW, Clinic, make_appointment
from tests.mail.posts import WrittenTransport, a_draft, about, deliver_all, queue

HOUR = timedelta(hours=1)
REFUSED = Outcome(Verdict.REFUSED, 550)


@pytest.fixture
def visit(app: Flask, clinic: Clinic) -> int:
    with app.app_context(), transaction():
        return make_appointment(clinic, created_at=NOW - 9 * 24 * HOUR, changed_at=NOW).id


def dead_message(app: Flask, visit: int) -> None:
    """A confirmation whose address the relay refuses for good."""
    queue(app, about(visit, 0))
    deliver_all(app, WrittenTransport(answers=[REFUSED]), now=NOW)


def states(app: Flask) -> list[MailState]:
    with app.app_context():
        return list(session().scalars(select(Mail.state).order_by(Mail.id)))


def test_nothing_waits_on_a_quiet_day(cast: Cast) -> None:
    page = cast["reception"].get("/worklist")
    assert "Nobody is waiting for a call" in page.text
    assert "did not arrive" not in cast["reception"].get("/day").text


@pytest.mark.parametrize("who", ["mei", "owner", "stranger"])
def test_it_is_receptions(cast: Cast, who: str) -> None:
    assert cast[who].get("/worklist").url != "/worklist" or cast[who].get("/worklist").status == 403


def test_a_call_says_whom_when_and_how_and_is_done_once(app: Flask, cast: Cast, visit: int) -> None:
    with app.app_context(), transaction():
        patient = session().query(Patient).one()
        patient.channels, patient.contact_note = "text phone", "Ask for Amara, say Canal Street"
        session().query(Appointment).one().changed_at = NOW - 9 * 24 * HOUR
    clock.travel(MONDAY_10AM - 47 * HOUR)
    with app.app_context():
        jobs.plan(now=clock.now(), base_url="http://localhost")
    page = cast["reception"].get("/worklist")
    for words in (
        "Remind of the visit",
        "Amara Osei",
        "Mon 5 July, 10:00am",
        "+44 7700 900123",
        "text messages, calls",
        "Ask for Amara, say Canal Street",
    ):
        assert words in page.text
    after = page.submit(button="Done")
    assert "Noted." in after.text
    assert "Amara Osei" not in after.text


def test_a_call_about_a_visit_that_changed_meanwhile_is_off_the_list(
    app: Flask, cast: Cast, visit: int
) -> None:
    with app.app_context(), transaction():
        session().query(Patient).one().channels = "phone"
        session().query(Appointment).one().changed_at = NOW - 9 * 24 * HOUR
    with app.app_context():
        jobs.plan(now=MONDAY_10AM - 47 * HOUR, base_url="http://localhost")
    with app.app_context(), transaction():
        session().query(Appointment).one().sequence += 1
    assert "Amara Osei" not in cast["reception"].get("/worklist").text


def test_a_message_that_did_not_arrive_is_on_the_day_and_mended(
    app: Flask, cast: Cast, visit: int
) -> None:
    dead_message(app, visit)
    day = cast["reception"].get("/day")
    assert "A message did not arrive" in day.text
    page = day.click("A message did not arrive")
    assert "amara@mail.example was refused" in page.text
    after = page.submit({"email": "amara@example.net"}, button="Fix the address and send again")
    assert "on its way" in after.text
    assert "did not arrive" not in cast["reception"].get("/day").text
    transport = WrittenTransport()
    deliver_all(app, transport, now=clock.now())
    [raw] = transport.handed
    message = message_from_bytes(raw, policy=default)
    assert message["To"] == "Amara Osei <amara@example.net>"
    assert b"amara@mail.example" not in raw
    attached = next(p for p in message.walk() if p.get_content_type() == "application/ics")
    assert b"mailto:amara@example.net" in attached.get_content().replace(b"\r\n ", b"")
    with app.app_context():
        assert session().query(Patient).one().email == "amara@example.net"
        tags = session().scalars(select(AuditRow.tag)).all()
        assert "patient:address-corrected" in tags


@pytest.mark.parametrize("typed", ["", "amara", "a@b.example, c@d.example"])
def test_an_address_that_cannot_be_one_is_said_and_kept_on_the_page(
    app: Flask, cast: Cast, visit: int, typed: str
) -> None:
    dead_message(app, visit)
    page = cast["reception"].get("/worklist")
    after = page.submit({"email": typed}, button="Fix the address and send again")
    assert after.status == 422
    assert "There is a problem" in after.text
    assert f'value="{typed}"' in after.text
    assert states(app) == [MailState.DEAD]


def test_a_message_is_sent_again_as_it_is(app: Flask, cast: Cast, visit: int) -> None:
    dead_message(app, visit)
    page = cast["reception"].get("/worklist").submit(button="Send it again as it is")
    assert "once more" in page.text
    assert states(app) == [MailState.QUEUED]
    deliver_all(app, WrittenTransport(), now=clock.now())
    assert states(app) == [MailState.SENT]


def test_a_message_can_be_left(app: Flask, cast: Cast, visit: int) -> None:
    dead_message(app, visit)
    page = cast["reception"].get("/worklist").submit(button="Leave it")
    assert "It was not sent." in page.text
    assert states(app) == [MailState.STOPPED]
    with app.app_context():
        assert session().query(Mail).one().snapshot_sealed is None


def test_a_message_about_no_visit_can_only_be_sent_again_or_left(
    app: Flask, cast: Cast, clinic: Clinic
) -> None:
    queue(app, a_draft())
    deliver_all(app, WrittenTransport(answers=[REFUSED]), now=NOW)
    page = cast["reception"].get("/worklist")
    assert "Fix the address" not in page.text
    assert page.submit(button="Leave it").status == 200


def test_what_was_dealt_with_meanwhile_is_not_found(app: Flask, cast: Cast, visit: int) -> None:
    dead_message(app, visit)
    page = cast["reception"].get("/worklist")
    page.submit(button="Leave it")
    assert page.submit(button="Send it again as it is").status == 404
    assert states(app) == [MailState.STOPPED]


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (Answer.DECLINED, "Please ask whether the visit should be cancelled."),
        (Answer.OTHER_TIME, "Asks for another time."),
        (Answer.UNDELIVERED, "Please check the address."),
    ],
)
def test_an_answer_asks_reception_and_stays_on_the_visit(
    app: Flask, cast: Cast, visit: int, answer: Answer, words: str
) -> None:
    with app.app_context(), transaction():
        answers.note(session().get_one(Appointment, visit), answer, now=NOW)
    assert "A visit&#39;s invitation was answered" in cast["reception"].get("/day").text
    page = cast["reception"].get("/worklist")
    assert words in page.text
    page.submit(button="Done")
    assert "Nobody is waiting" in cast["reception"].get("/worklist").text
    with app.app_context():
        found = session().get_one(Appointment, visit)
        address = f"/visits/{found.public_id}"
        assert (found.status, found.starts_at) == ("booked", MONDAY_10AM)
    assert words in cast["mei"].get(address).text


def test_an_acceptance_is_shown_and_asks_nobody(app: Flask, cast: Cast, visit: int) -> None:
    with app.app_context(), transaction():
        found = session().get_one(Appointment, visit)
        answers.note(found, Answer.ACCEPTED, now=NOW)
        address = f"/visits/{found.public_id}"
    assert "Nobody is waiting" in cast["reception"].get("/worklist").text
    assert "Accepted" in cast["reception"].get(address).text


def test_the_same_answer_twice_is_one(app: Flask, cast: Cast, visit: int) -> None:
    for _ in range(2):
        with app.app_context(), transaction():
            answers.note(session().get_one(Appointment, visit), Answer.DECLINED, now=NOW)
    cast["reception"].get("/worklist").submit(button="Done")
    with app.app_context(), transaction():
        answers.note(session().get_one(Appointment, visit), Answer.DECLINED, now=NOW + HOUR)
    assert "Nobody is waiting" in cast["reception"].get("/worklist").text


def test_whoever_declines_anew_after_accepting_is_asked_about_anew(
    app: Flask, cast: Cast, visit: int
) -> None:
    def comes(answer: Answer, hours: int) -> None:
        with app.app_context(), transaction():
            found = session().get_one(Appointment, visit)
            answers.note(found, answer, now=NOW + hours * HOUR)

    comes(Answer.DECLINED, 0)
    cast["reception"].get("/worklist").submit(button="Done")
    comes(Answer.ACCEPTED, 1)
    assert "Nobody is waiting" in cast["reception"].get("/worklist").text
    comes(Answer.DECLINED, 2)
    assert "Please ask whether the visit" in cast["reception"].get("/worklist").text


def test_looking_and_doing_are_recorded_without_names(app: Flask, cast: Cast, visit: int) -> None:
    dead_message(app, visit)
    cast["reception"].get("/worklist").submit(button="Leave it")
    with app.app_context():
        rows = session().scalars(select(AuditRow).where(AuditRow.tag.like("worklist:%"))).all()
        assert [row.tag for row in rows][:2] == ["worklist:opened", "worklist:done"]
        assert all("amara" not in str(row.details).lower() for row in rows)


def test_what_did_not_arrive_is_called_what_it_is(app: Flask, cast: Cast, visit: int) -> None:
    dead_message(app, visit)
    page = cast["reception"].get("/worklist").text
    assert "Confirmation, " in page


@pytest.mark.parametrize(
    ("channels", "link"), [("phone text", "tel:"), ("text", "sms:"), ("letter", "")]
)
def test_a_press_on_the_number_does_only_what_is_safe(
    app: Flask, cast: Cast, visit: int, channels: str, link: str
) -> None:
    with app.app_context(), transaction():
        session().query(Patient).one().channels = channels
        session().query(Appointment).one().changed_at = NOW - 9 * 24 * HOUR
    clock.travel(MONDAY_10AM - 47 * HOUR)
    with app.app_context():
        jobs.plan(now=clock.now(), base_url="http://localhost")
    page = cast["reception"].get("/worklist").text
    assert "+44 7700 900123" in page
    found = [way for way in ("tel:", "sms:") if f'href="{way}+447700900123"' in page]
    assert found == ([link] if link else [])
