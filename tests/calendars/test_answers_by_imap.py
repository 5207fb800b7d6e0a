"""Answers read from a real IMAP server over TLS, and servers that are not to be trusted."""

import threading
from collections.abc import Iterator
from dataclasses import replace

import pytest
from flask import Flask

from booking.calendars.jobs import incoming
from booking.calendars.models import VisitAnswer
from booking.core.db import session
from booking.core.settings import AnswersBox
from tests.calendars.conftest import Visits
from tests.calendars.dovecot_server import Dovecot, dovecot
from tests.calendars.replies import a_message, a_reply
from tests.calendars.test_answers import BROKEN
from tests.mail.receiver import Authority, nobody_listens


@pytest.fixture(scope="module")
def server(ours: Authority) -> Iterator[Dovecot]:
    with dovecot(ours) as started:
        yield started


@pytest.fixture
def box(app: Flask, server: Dovecot, ours: Authority) -> AnswersBox:
    return AnswersBox(
        host="localhost",
        port=server.port,
        user="answers",
        password="secret",
        ca_file=ours.cafile,
    )


def look(app: Flask, box: AnswersBox) -> list[str]:
    app.extensions["settings"] = replace(app.extensions["settings"], answers=box)
    with app.app_context():
        incoming.run(threading.Event())
        rows = session().query(VisitAnswer).order_by(VisitAnswer.id)
        return [row.answer.value for row in rows]


def test_answers_are_read_once_and_stay_in_the_mailbox(
    app: Flask, visits: Visits, server: Dovecot, box: AnswersBox
) -> None:
    uid = visits.uid(visits.make())
    server.deliver("1", a_message(a_reply(uid, partstat="DECLINED")))
    for number, (_what, raw) in enumerate(sorted(BROKEN.items()), 2):
        server.deliver(str(number), raw or b"\r\n")
    server.deliver("99", a_message(a_reply(uid)))
    assert look(app, box) == ["declined", "accepted"]
    assert server.unseen() == 0
    server.deliver("100", a_message(a_reply(uid, method="COUNTER"), method="COUNTER"))
    assert look(app, box) == ["declined", "accepted", "other-time"]
    assert server.unseen() == 0


def test_a_wrong_password_a_strange_certificate_and_no_server_read_nothing(
    app: Flask, visits: Visits, server: Dovecot, box: AnswersBox, caplog: pytest.LogCaptureFixture
) -> None:
    """Holds sec_G4."""
    server.deliver("200", a_message(a_reply(visits.uid(visits.make()))))
    for wrong in (
        replace(box, password="canary-wrong"),
        replace(box, ca_file=None),
        replace(box, port=nobody_listens()),
    ):
        assert look(app, wrong) == []
    assert server.unseen() == 1
    assert [record.__dict__["event"] for record in caplog.records] == ["answers-unread"] * 3
    assert look(app, box) == ["accepted"]
