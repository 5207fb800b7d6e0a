"""From the outbox through a real receiver over TLS, well-behaved and not."""

import logging
import threading
import time
from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

import portalocker
import pytest
from flask import Flask
from sqlalchemy import text

from booking.core import clock
from booking.core.db import LOCK_WAIT, db, transaction
from booking.core.logs import JsonLines
from booking.core.settings import MailSettings
from booking.mail import jobs
from booking.mail.delivery import post_for
from booking.mail.models import MailState
from booking.mail.smtp import Relay, SmtpTransport
from tests.factories import MONDAY_10AM, NOW, make_appointment, make_clinic
from tests.mail.posts import (
    LINKS,
    WrittenTransport,
    a_draft,
    a_snapshot,
    about,
    deliver_all,
    minutes_from,
    post,
    queue,
    rows,
    states,
    step,
)
from tests.mail.receiver import (
    DROP,
    Authority,
    Delivery,
    Receiver,
    authority,
    hanging,
    nobody_listens,
    receiving,
)

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)


def appointments(app: Flask, count: int) -> list[int]:
    """Ids of that many appointments, a day apart."""
    with app.app_context(), transaction():
        clinic = make_clinic()
        found = []
        for day in range(count):
            starts = MONDAY_10AM + timedelta(days=day)
            row = make_appointment(clinic, starts_at=starts, ends_at=starts + HOUR)
            found.append(row.id)
        return found


def read(delivery: Delivery) -> EmailMessage:
    found = message_from_bytes(delivery.content, policy=default)
    assert isinstance(found, EmailMessage)
    return found


def calendar(delivery: Delivery) -> bytes:
    """The calendar part of a message, the attached copy being the same."""
    parts = {p.get_content_type(): p for p in read(delivery).walk()}
    inline = parts["text/calendar"].get_payload(decode=True)
    assert inline == parts["application/ics"].get_payload(decode=True)
    assert isinstance(inline, bytes)
    return inline


def version(delivery: Delivery) -> tuple[str, int]:
    lines = dict(
        line.split(":", 1)
        for line in calendar(delivery).decode().splitlines()
        if line.startswith(("UID:", "SEQUENCE:"))
    )
    return lines["UID"], int(lines["SEQUENCE"])


def test_a_queued_message_arrives_as_sent(
    app: Flask, transport: SmtpTransport, receiver: Receiver
) -> None:
    queue(app, a_draft())
    deliver_all(app, transport)
    [delivery] = receiver.delivered
    assert (delivery.sender, delivery.recipients) == (
        "visits@canalstreet.example",
        ["amara@mail.example"],
    )
    message = read(delivery)
    assert message["From"] == "Canal Street <visits@canalstreet.example>"
    assert message["To"] == "Amara Osei <amara@mail.example>"
    assert message["Subject"] == "Appointment: Mon 5 July, 10:00am"
    assert message["Message-ID"] == rows(app)[0].message_id
    body = message.get_body(("plain",))
    assert body is not None
    for words in ("Monday 5 July 2027, 10:00am (London time)", LINKS["visit"], LINKS["form"]):
        assert words in body.get_content()
    assert states(app) == ["sent"]


def test_a_receiver_that_refuses_for_a_while_gets_each_message_once_and_in_order(
    app: Flask, transport: SmtpTransport, receiver: Receiver
) -> None:
    """Greylisting: 451 for every first try; meanwhile one visit is moved and one called off."""
    visits = appointments(app, 4)
    uids = [f"visit-{visit}@canalstreet.example" for visit in visits]
    queue(app, *(about(v, 0, uid=u) for v, u in zip(visits, uids, strict=True)))
    receiver.replies.extend(["451 later, please"] * 6)
    changes = {
        NOW + 1 * MINUTE: about(visits[0], 1, uid=uids[0]),
        NOW + 5 * MINUTE: about(visits[1], 1, uid=uids[1], method="CANCEL"),
    }
    for now in minutes_from(NOW, 30 * MINUTE):
        if now in changes:
            queue(app, changes[now], now=now)
        deliver_all(app, transport, now=now)
    assert {row.state for row in rows(app)} <= {MailState.SENT, MailState.STOPPED}
    told = [version(delivery) for delivery in receiver.delivered]
    assert max(Counter(told).values()) == 1
    for uid in uids:
        mine = [sequence for u, sequence in told if u == uid]
        assert mine == sorted(mine)
        assert mine[-1] == (1 if uid in uids[:2] else 0)


def test_everything_leaves_within_minutes_of_the_relays_return(
    app: Flask, relay: Relay, receiver: Receiver, request: pytest.FixtureRequest
) -> None:
    """Ten minutes of a relay that refuses connections, while messages keep coming. Holds sec_J7."""
    at_once = 15 if request.config.getoption("--long") else 2  # each half minute
    down, up = replace(relay, port=nobody_listens()), relay
    back = NOW + 10 * MINUTE
    for now in minutes_from(NOW, 15 * MINUTE):
        if now < back:
            queue(app, *(a_draft() for _ in range(at_once)), now=now)
        works = SmtpTransport(down if now < back else up)
        step_until_trouble(app, works, now)
    assert len(receiver.delivered) == len(rows(app)) == 20 * at_once
    assert set(states(app)) == {"sent"}
    ids = [str(read(delivery)["Message-ID"]) for delivery in receiver.delivered]
    assert len(set(ids)) == 20 * at_once


def step_until_trouble(app: Flask, works: SmtpTransport, now: datetime) -> None:
    """One pass of the worker, which ends at the relay's own trouble."""
    while step(app, works, now=now) is jobs.Step.HANDLED:
        pass


def test_a_receiver_that_hangs_costs_one_try_and_the_message_waits(
    app: Flask, relay: Relay, receiver: Receiver
) -> None:
    queue(app, a_draft(), a_draft())
    with hanging() as port:
        hangs = SmtpTransport(replace(relay, port=port, timeout=0.2))
        assert step(app, hangs) is jobs.Step.RELAY_TROUBLE
    assert [(row.attempts, row.last_reason) for row in rows(app)] == [(1, "timeout"), (0, "")]
    deliver_all(app, SmtpTransport(relay), now=NOW + MINUTE)
    assert len(receiver.delivered) == 2


def test_a_connection_lost_after_the_message_gives_one_duplicate_with_the_same_id(
    app: Flask, transport: SmtpTransport, receiver: Receiver
) -> None:
    queue(app, a_draft())
    receiver.replies.append(DROP)
    for now in minutes_from(NOW, 10 * MINUTE):
        deliver_all(app, transport, now=now)
    assert states(app) == ["sent"]
    first, second = receiver.delivered
    assert first.content == second.content


def test_an_untrusted_certificate_gets_no_mail_and_an_alarm(
    app: Flask,
    relay: Relay,
    tmp_path_factory: pytest.TempPathFactory,
    caplog: pytest.LogCaptureFixture,
) -> None:
    queue(app, a_draft())
    stranger = authority(tmp_path_factory.mktemp("stranger"))
    with receiving(stranger.context()) as wrong:
        elsewhere = SmtpTransport(replace(relay, port=wrong.port))
        assert step(app, elsewhere) is jobs.Step.RELAY_TROUBLE
        assert wrong.attempts == []
    assert [row.last_reason for row in rows(app)] == ["certificate"]
    assert "mail-certificate" in events(caplog)


def events(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.__dict__.get("event", "") for record in caplog.records]


def test_a_mailbox_that_does_not_exist_is_dead_at_once_and_said_so(
    app: Flask, transport: SmtpTransport, receiver: Receiver, caplog: pytest.LogCaptureFixture
) -> None:
    queue(app, a_draft(), a_draft())
    receiver.recipient_replies.append("550 5.1.1 <amara@mail.example> no such user")
    assert deliver_all(app, transport) == 2
    assert states(app) == ["dead", "sent"]
    assert "mail-dead" in events(caplog)
    for record in caplog.records:
        assert "amara" not in str(record.__dict__)


def test_nothing_personal_reaches_the_log_when_a_message_cannot_be_made(
    app: Flask, transport: SmtpTransport, caplog: pytest.LogCaptureFixture
) -> None:
    when = {"starts_at": "canary-instant", "zone": "Europe/London"}
    queue(app, a_draft(snapshot=a_snapshot(when=when)))
    deliver_all(app, transport)
    assert "mail-fault" in events(caplog)
    for record in caplog.records:
        line = JsonLines().format(record)
        assert "amara" not in line
        assert "canary" not in line


def test_the_worker_delivers_what_it_finds_and_stops_when_told(
    app: Flask, transport: SmtpTransport, receiver: Receiver
) -> None:
    app.extensions["post"] = post(app, transport)
    stop = threading.Event()
    worker = threading.Thread(target=jobs.run_worker, args=(app, stop))
    queue(app, a_draft(), a_draft(), now=clock.now())
    worker.start()
    try:
        assert receiver.wait_for(2, seconds=20)
    finally:
        stop.set()
        worker.join(20)
    assert not worker.is_alive()
    assert states(app) == ["sent", "sent"]
    with app.app_context():
        db.session.remove()


def test_another_job_that_hangs_delays_no_mail(
    app: Flask, transport: SmtpTransport, receiver: Receiver
) -> None:
    def hang(stop: threading.Event) -> float:
        stop.wait(60)
        return 60

    def fall(_stop: threading.Event) -> float:
        raise RuntimeError("on purpose")

    app.extensions["post"] = post(app, transport)
    app.extensions["jobs"] = (jobs.Job(name="hangs", run=hang), jobs.Job(name="falls", run=fall))
    stop = threading.Event()
    worker = threading.Thread(target=jobs.run_worker, args=(app, stop))
    queue(app, a_draft(), now=clock.now())
    worker.start()
    try:
        assert receiver.wait_for(1, seconds=20)
    finally:
        stop.set()
        worker.join(20)
    assert not worker.is_alive()


class StopAt(logging.Handler):
    """Sets `stop` when an event is logged, and counts how often it was."""

    def __init__(self, event: str, stop: threading.Event) -> None:
        super().__init__()
        self.event, self.stop, self.seen = event, stop, 0

    def emit(self, record: logging.LogRecord) -> None:
        if record.__dict__.get("event") == self.event:
            self.seen += 1
            self.stop.set()


def test_the_worker_outlives_a_database_that_is_away(app: Flask) -> None:
    with app.app_context(), transaction():
        db.session.execute(text("ALTER TABLE mail RENAME TO mail_away"))
    stop = threading.Event()
    watching = StopAt("worker-fault", stop)
    logging.getLogger("booking.mail").addHandler(watching)
    try:
        jobs.run_job(app, jobs.DELIVER, stop)
    finally:
        logging.getLogger("booking.mail").removeHandler(watching)
    assert watching.seen == 1


ENDS_ITS_CONNECTION_ONCE = """
CREATE SEQUENCE settled;
CREATE FUNCTION end_once() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
IF nextval('settled') = 1 THEN PERFORM pg_terminate_backend(pg_backend_pid()); END IF;
RETURN NULL; END $$;
CREATE TRIGGER end_once AFTER UPDATE ON mail FOR EACH ROW WHEN (NEW.state = 'sent')
EXECUTE FUNCTION end_once()
"""


@pytest.mark.both
def test_what_was_handed_over_is_written_down_though_the_database_goes_away_meanwhile(
    app: Flask, transport: SmtpTransport, receiver: Receiver
) -> None:
    queue(app, a_draft())
    with app.app_context(), transaction():
        if db.engine.dialect.name == "postgresql":
            db.session.execute(text(ENDS_ITS_CONNECTION_ONCE))
    deliver_all(app, transport)
    assert len(receiver.delivered) == 1
    assert states(app) == ["sent"]


def test_what_was_handed_over_is_written_down_though_somebody_keeps_the_lock_for_long(
    app: Flask,
) -> None:
    """Longer than anybody waits for it, from the hand-over on."""
    queue(app, a_draft())
    with app.app_context():
        file = Path(f"{db.engine.url.database}.lock")
    holding = threading.Event()

    def keep() -> None:
        with file.open("a") as handle:
            portalocker.lock(handle, portalocker.LockFlags.EXCLUSIVE)
            holding.set()
            time.sleep(LOCK_WAIT + 1)

    rival = threading.Thread(target=keep)

    def meanwhile() -> None:
        rival.start()
        assert holding.wait(5)

    relay = WrittenTransport(meanwhile=meanwhile)
    deliver_all(app, relay)
    rival.join()
    assert len(relay.handed) == 1
    assert states(app) == ["sent"]


@pytest.mark.both
def test_workers_side_by_side_send_each_message_once(
    app: Flask, transport: SmtpTransport, receiver: Receiver
) -> None:
    queue(app, *(a_draft() for _ in range(30)))
    workers = [threading.Thread(target=deliver_all, args=(app, transport)) for _ in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    ids = [str(read(delivery)["Message-ID"]) for delivery in receiver.delivered]
    assert len(ids) == len(set(ids)) == 30
    assert set(states(app)) == {"sent"}


def test_a_relay_for_strangers_certificates_is_told_by_a_setting(
    app: Flask, our_authority: Authority
) -> None:
    """The settings' extra authority reaches the connection."""
    with receiving(our_authority.context()) as receiver:
        mail = MailSettings(host="localhost", port=receiver.port, ca_file=our_authority.cafile)
        settings = replace(app.extensions["settings"], mail=mail)
        queue(app, a_draft())
        deliver_all(app, post_for(settings, ()).transport)
        assert len(receiver.delivered) == 1
