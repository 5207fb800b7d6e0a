"""Answers as they come into a Maildir: what counts, what does not, and what never changes."""

import threading
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask

from booking.appointments.actions.booking import mail
from booking.appointments.models import Appointment
from booking.calendars.jobs import incoming
from booking.calendars.models import VisitAnswer
from booking.core import clock
from booking.core.db import session, transaction
from booking.core.settings import AnswersBox
from booking.mail.models import Mail
from booking.patients.models import InviteStyle, Patient
from tests.calendars.conftest import Visits
from tests.calendars.replies import HERS, a_bounce, a_message, a_reply
from tests.factories import MONDAY_10AM, NOW
from tests.mail.posts import WrittenTransport, deliver_all

HOUR = timedelta(hours=1)


@pytest.fixture
def box(app: Flask, tmp_path: Path) -> Path:
    for name in ("new", "cur", "tmp"):
        (tmp_path / "box" / name).mkdir(parents=True)
    app.extensions["settings"] = replace(
        app.extensions["settings"], answers=AnswersBox(maildir=tmp_path / "box")
    )
    return tmp_path / "box"


@pytest.fixture
def visit(visits: Visits) -> int:
    return visits.make()


def come(app: Flask, box: Path, *messages: bytes) -> list[str]:
    """Let messages arrive and the worker look; the answers there are now."""
    for number, raw in enumerate(messages):
        (box / "new" / f"{number}.x").write_bytes(raw)
    with app.app_context():
        incoming.run(threading.Event())
    assert list((box / "new").iterdir()) == []
    with app.app_context():
        rows = session().query(VisitAnswer).order_by(VisitAnswer.received_at, VisitAnswer.id)
        return [row.answer.value for row in rows]


def as_it_was(app: Flask, visit: int) -> bool:
    """Whether nothing of the visit is other than it was booked."""
    with app.app_context():
        found = session().get_one(Appointment, visit)
        told = (found.status, found.starts_at, found.ends_at, found.sequence)
        return told == ("booked", MONDAY_10AM, MONDAY_10AM + HOUR, 0)


@pytest.mark.both
@pytest.mark.parametrize(
    ("partstat", "answer"),
    [("ACCEPTED", "accepted"), ("TENTATIVE", "tentative"), ("DECLINED", "declined")],
)
def test_an_answer_is_noted_and_changes_nothing(
    app: Flask, box: Path, visits: Visits, visit: int, partstat: str, answer: str
) -> None:
    raw = a_message(a_reply(visits.uid(visit), partstat=partstat))
    assert come(app, box, raw) == [answer]
    assert as_it_was(app, visit)


@pytest.mark.parametrize(
    "form",
    [
        {"method": None},
        {"subtype": "ics", "method": None},
        {"cte": "quoted-printable"},
        {"sender": HERS.upper()},
        {"sender": '"Osei, Amara" <amara@example.org>'},
    ],
)
def test_every_usual_form_of_an_answer_is_understood(
    app: Flask, box: Path, visits: Visits, visit: int, form: dict[str, str]
) -> None:
    assert come(app, box, a_message(a_reply(visits.uid(visit)), **form)) == ["accepted"]


def test_another_time_is_a_note_and_no_move(
    app: Flask, box: Path, visits: Visits, visit: int
) -> None:
    raw = a_message(a_reply(visits.uid(visit), method="COUNTER"), method="COUNTER")
    assert come(app, box, raw) == ["other-time"]
    assert as_it_was(app, visit)


@pytest.mark.parametrize("method", ["CANCEL", "REQUEST", "ADD", "PUBLISH", "", "canary"])
def test_nobody_outside_changes_or_cancels_a_visit(
    app: Flask, box: Path, visits: Visits, visit: int, method: str
) -> None:
    raw = a_message(a_reply(visits.uid(visit), method=method, sequence=0))
    assert come(app, box, raw) == []
    assert as_it_was(app, visit)


FORGED = {
    "another attendee": {"attendee": "eve@evil.example"},
    "two attendees": {"more": "ATTENDEE;PARTSTAT=DECLINED:mailto:eve@evil.example"},
    "an older version": {"sequence": -1},
    "a version there is not": {"sequence": 7},
    "a word that is no answer": {"partstat": "DELEGATED"},
}


@pytest.mark.parametrize("what", sorted(FORGED))
def test_what_does_not_fit_has_no_effect(
    app: Flask, box: Path, visits: Visits, visit: int, what: str
) -> None:
    assert come(app, box, a_message(a_reply(visits.uid(visit), **FORGED[what]))) == []  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "sender",
    [
        "eve@evil.example",
        f"{HERS}, eve@evil.example",
        f'"{HERS}" <eve@evil.example>',
        "",
        "canary",
    ],
)
def test_what_somebody_else_sends_has_no_effect(
    app: Flask, box: Path, visits: Visits, visit: int, sender: str
) -> None:
    assert come(app, box, a_message(a_reply(visits.uid(visit)), sender=sender)) == []


def test_a_uid_nobody_knows_and_one_of_a_past_visit_have_no_effect(
    app: Flask, box: Path, visits: Visits
) -> None:
    past = visits.make(starts_at=NOW - 5 * HOUR, ends_at=NOW - 4 * HOUR)
    unknown = a_message(a_reply("nobody@canalstreet.example"))
    assert come(app, box, unknown, a_message(a_reply(visits.uid(past)))) == []


def test_an_answer_to_what_was_moved_since_is_old(
    app: Flask, box: Path, visits: Visits, visit: int
) -> None:
    visits.shift(visit, HOUR)
    uid = visits.uid(visit)
    assert come(app, box, a_message(a_reply(uid, sequence=0))) == []
    assert come(app, box, a_message(a_reply(uid, sequence=1))) == ["accepted"]


def test_the_same_answer_twice_has_one_effect_and_the_last_word_counts(
    app: Flask, box: Path, visits: Visits, visit: int
) -> None:
    uid = visits.uid(visit)
    yes, no = a_message(a_reply(uid)), a_message(a_reply(uid, partstat="DECLINED"))
    assert come(app, box, yes, yes) == ["accepted"]
    assert come(app, box, no, no) == ["accepted", "declined"]
    assert come(app, box, yes) == ["declined", "accepted"]


HUGE = a_message(a_reply("u@x")) + b"x" * incoming.letters.MOST_BYTES
BROKEN = {
    "empty": b"",
    "not a message": b"\0\xff" * 500,
    "no calendar": a_message(None),
    "half a calendar": a_message("BEGIN:VCALENDAR\r\nMETHOD:REPLY\r\nBEGIN:VEV"),
    "a calendar of nothing": a_message(""),
    "a sequence that is no number": a_message(a_reply("u@x").replace("SEQUENCE:0", "SEQUENCE:x")),
    "broken encoding": a_message(a_reply("u@x")).replace(b"QkVHSU46", b"!!!!"),
    "deeply nested": b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n" * 500,
    "an unknown charset": a_message(a_reply("u@x")).replace(b"utf-8", b"x-canary"),
    "huge": HUGE,
}


@pytest.mark.parametrize("what", sorted(BROKEN))
def test_a_broken_message_has_no_effect_and_does_not_stop_the_next(
    app: Flask, box: Path, visits: Visits, visit: int, what: str
) -> None:
    good = a_message(a_reply(visits.uid(visit)))
    assert come(app, box, BROKEN[what], good) == ["accepted"]


def test_automatic_answers_are_not_answered(
    app: Flask, box: Path, visits: Visits, visit: int
) -> None:
    away = a_message(None).replace(b"Subject:", b"Auto-Submitted: auto-replied\r\nSubject:")
    come(app, box, away)
    with app.app_context():
        assert session().query(Mail).count() == 0


def test_a_calendar_that_asks_gets_the_invitation_again_once_an_hour(
    app: Flask, box: Path, visits: Visits, visit: int
) -> None:
    uid = visits.uid(visit)
    ask = a_message(a_reply(uid, method="REFRESH"), method="REFRESH")
    come(app, box, ask, ask)
    come(app, box, ask)
    transport = WrittenTransport()
    deliver_all(app, transport, now=clock.now())
    assert len(transport.handed) == 1
    assert b"invite.ics" in transport.handed[0]
    come(app, box, a_message(a_reply(uid, method="REFRESH"), sender="eve@evil.example"))
    clock.travel(NOW + 2 * HOUR)
    with app.app_context(), transaction():
        session().query(Patient).one().invites = InviteStyle.NONE
    come(app, box, ask)
    assert deliver_all(app, transport, now=clock.now()) == 0


@pytest.mark.parametrize("headers_only", [False, True])
def test_a_message_that_comes_back_asks_reception(
    app: Flask, box: Path, visit: int, headers_only: bool
) -> None:
    message_id = sent(app, visit)
    late = a_bounce(message_id, action="delayed")
    unknown = a_bounce("<nobody@canalstreet.example>")
    assert come(app, box, late, unknown) == []
    assert come(app, box, a_bounce(message_id, headers_only=headers_only)) == ["undelivered"]
    assert as_it_was(app, visit)


def sent(app: Flask, visit: int) -> str:
    """Send the confirmation of a visit, and return its message id."""
    with app.app_context(), transaction():
        found = session().get_one(Appointment, visit)
        mail("confirmation", found, now=NOW, base_url="http://localhost")
    deliver_all(app, WrittenTransport(), now=NOW)
    with app.app_context():
        return session().query(Mail).one().message_id


def test_nothing_is_read_where_no_mailbox_is_named(app: Flask) -> None:
    with app.app_context():
        assert incoming.run(threading.Event()) > 0
