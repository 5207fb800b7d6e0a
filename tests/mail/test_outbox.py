"""Rows of the outbox: queued with their cause, sent in order, never an older after a newer."""

from datetime import datetime, timedelta
from email import message_from_bytes
from email.policy import default

import pytest
from flask import Flask
from sqlalchemy import text

from booking.core.db import db, session, transaction
from booking.core.sealed import DataKey
from booking.mail import jobs, outbox, queries
from booking.mail.jobs import Step
from booking.mail.models import Mail, MailState
from booking.mail.outbox import LEASE
from booking.mail.rules import Outcome, Verdict
from tests.factories import NOW, make_appointment, make_clinic
from tests.mail.posts import (
    SECOND,
    WrittenTransport,
    a_draft,
    a_snapshot,
    about,
    deliver_all,
    post,
    queue,
    rows,
    states,
    step,
)

pytestmark = pytest.mark.both
LATER = Outcome(Verdict.TRY_AGAIN, 450)
DOWN = Outcome(Verdict.TRY_AGAIN, None, "connect")
NEVER = Outcome(Verdict.REFUSED, 550)
HOUR = timedelta(hours=1)


@pytest.fixture
def visit(app: Flask) -> int:
    """The id of an appointment."""
    with app.app_context(), transaction():
        return make_appointment(make_clinic()).id


def sequences(transport: WrittenTransport) -> list[int]:
    found = []
    for handed in transport.handed:
        [part] = [
            p
            for p in message_from_bytes(handed, policy=default).walk()
            if p.get_content_type() == "text/calendar"
        ]
        [line] = [x for x in part.get_content().splitlines() if x.startswith("SEQUENCE")]
        found.append(int(line.removeprefix("SEQUENCE:")))
    return found


def test_a_message_is_only_queued_if_its_cause_is_committed(app: Flask) -> None:
    """Holds sec_J7."""

    def cause() -> None:
        with transaction():
            outbox.enqueue(a_draft(), now=NOW)
            raise LookupError

    with app.app_context(), pytest.raises(LookupError):
        cause()
    assert rows(app) == []


def test_the_same_key_is_queued_once(app: Flask) -> None:
    queue(app, a_draft(dedupe_key="one"), a_draft(dedupe_key="one"))
    queue(app, a_draft(dedupe_key="one"))
    assert len(rows(app)) == 1


def test_nothing_readable_is_stored_and_nothing_is_left_after_sending(app: Flask) -> None:
    """Holds sec_G1, sec_J8."""
    queue(app, a_draft())
    [queued] = rows(app)
    assert queued.snapshot_sealed is not None
    assert b"amara" not in queued.snapshot_sealed.lower()
    deliver_all(app, WrittenTransport([LATER]))
    [waiting] = rows(app)
    assert waiting.message_sealed is not None
    assert b"amara" not in waiting.message_sealed.lower()
    deliver_all(app, WrittenTransport(), now=NOW + HOUR)
    [sent] = rows(app)
    assert sent.state is MailState.SENT
    assert sent.sent_at == NOW + HOUR
    assert (sent.snapshot_sealed, sent.message_sealed, sent.claimed_at) == (None, None, None)


def test_a_message_is_sent_once_with_its_stored_id_and_date(app: Flask) -> None:
    queue(app, a_draft())
    transport = WrittenTransport()
    assert deliver_all(app, transport, now=NOW + HOUR) == 1
    assert deliver_all(app, transport, now=NOW + 2 * HOUR) == 0
    [handed] = transport.handed
    message = message_from_bytes(handed, policy=default)
    assert message["Message-ID"] == rows(app)[0].message_id
    assert message["Message-ID"].endswith("@canalstreet.example>")
    assert message["Date"].datetime == NOW


def test_a_retry_sends_the_very_same_bytes_even_if_wording_changed_meanwhile(app: Flask) -> None:
    queue(app, a_draft())
    transport = WrittenTransport([LATER])
    deliver_all(app, transport)
    app.jinja_env.globals["_"] = lambda *_given, **_named: "reworded"
    deliver_all(app, transport, now=NOW + 30 * SECOND)
    first, second = transport.handed
    assert first == second


def test_waits_follow_the_schedule(app: Flask) -> None:
    queue(app, a_draft())
    transport = WrittenTransport([LATER] * 3)
    tried, now = [], NOW
    while rows(app)[0].state is MailState.QUEUED:
        if step(app, transport, now=now) is not Step.NOTHING_DUE:
            tried.append(now - NOW)
        now += 10 * SECOND
    assert tried == [timedelta(0), 30 * SECOND, 150 * SECOND, 750 * SECOND]


def test_a_final_refusal_is_dead_at_once_and_kept_for_the_desk(app: Flask) -> None:
    queue(app, a_draft())
    transport = WrittenTransport([NEVER])
    assert deliver_all(app, transport) == 1
    assert deliver_all(app, transport, now=NOW + 48 * HOUR) == 0
    with app.app_context():
        [dead] = queries.dead()
        assert (dead.last_code, dead.attempts) == (550, 1)
        assert dead.snapshot["to_address"] == "amara@mail.example"


def test_a_dead_message_can_be_sent_again_as_it_was(app: Flask) -> None:
    [sent, dead] = queue(app, a_draft(), a_draft())
    transport = WrittenTransport([Outcome(Verdict.ACCEPTED, 250), NEVER])
    deliver_all(app, transport)
    late = NOW + 100 * HOUR
    with app.app_context(), transaction():
        outbox.send_again(session().get_one(Mail, dead), now=late)
        outbox.send_again(session().get_one(Mail, sent), now=late)
    transport.answers.append(LATER)
    assert deliver_all(app, transport, now=late) == 1
    assert states(app) == ["sent", "queued"]
    assert deliver_all(app, transport, now=late + HOUR) == 1
    assert states(app) == ["sent", "sent"]
    assert len({message_from_bytes(m)["Message-ID"] for m in transport.handed}) == 2


def test_a_dead_message_that_a_newer_one_replaced_is_not_sent_again(app: Flask, visit: int) -> None:
    [dead] = queue(app, about(visit, 0))
    transport = WrittenTransport([NEVER])
    deliver_all(app, transport)
    queue(app, about(visit, 1))
    deliver_all(app, transport)
    with app.app_context(), transaction():
        outbox.send_again(session().get_one(Mail, dead), now=NOW + HOUR)
    assert deliver_all(app, transport, now=NOW + HOUR) == 0
    assert states(app) == ["stopped", "sent"]


def test_after_two_days_of_refusals_a_message_is_given_up(app: Flask) -> None:
    queue(app, a_draft())
    transport = WrittenTransport([LATER] * 100)
    now = NOW
    while rows(app)[0].state is MailState.QUEUED:
        now = rows(app)[0].next_try_at
        step(app, transport, now=now)
    assert states(app) == ["dead"]
    assert 44 * HOUR < now - NOW <= 48 * HOUR


def test_what_is_stale_is_not_sent(app: Flask) -> None:
    queue(app, a_draft(not_after=NOW + HOUR), a_draft(not_after=NOW + 2 * HOUR))
    transport = WrittenTransport()
    assert deliver_all(app, transport, now=NOW + HOUR) == 1
    assert states(app) == ["stopped", "sent"]
    assert rows(app)[0].snapshot_sealed is None


def test_a_message_for_later_waits(app: Flask) -> None:
    queue(app, a_draft(not_before=NOW + HOUR))
    transport = WrittenTransport()
    assert deliver_all(app, transport, now=NOW + HOUR - SECOND) == 0
    assert deliver_all(app, transport, now=NOW + HOUR) == 1


def test_a_newer_message_replaces_an_older_one_that_has_not_left(app: Flask, visit: int) -> None:
    queue(app, about(visit, 0))
    queue(app, about(visit, 1))
    queue(app, about(visit, 2, method="CANCEL"))
    transport = WrittenTransport()
    deliver_all(app, transport)
    assert states(app) == ["stopped", "stopped", "sent"]
    assert sequences(transport) == [2]


def test_an_older_message_put_off_never_follows_a_newer_one(app: Flask, visit: int) -> None:
    queue(app, about(visit, 0))
    transport = WrittenTransport([LATER])
    deliver_all(app, transport)
    queue(app, about(visit, 1))
    deliver_all(app, transport, now=NOW + HOUR)
    deliver_all(app, transport, now=NOW + 5 * HOUR)
    assert sequences(transport) == [0, 1]
    assert states(app) == ["stopped", "sent"]


def test_a_newer_message_waits_while_an_older_one_is_being_handed_over(
    app: Flask, visit: int
) -> None:
    queue(app, about(visit, 0))
    second = WrittenTransport()

    def moved_meanwhile() -> None:
        queue(app, about(visit, 1))
        assert deliver_all(app, second) == 0

    first = WrittenTransport(meanwhile=moved_meanwhile)
    step(app, first)
    assert deliver_all(app, second) == 1
    assert (sequences(first), sequences(second)) == ([0], [1])
    assert states(app) == ["sent", "sent"]


def test_an_older_message_put_off_while_a_newer_arrived_is_not_tried_again(
    app: Flask, visit: int
) -> None:
    queue(app, about(visit, 0))
    first = WrittenTransport([LATER], meanwhile=lambda: [queue(app, about(visit, 1)), None][1])
    step(app, first)
    second = WrittenTransport()
    deliver_all(app, second, now=NOW + HOUR)
    assert sequences(second) == [1]
    assert states(app) == ["stopped", "sent"]


def test_a_message_about_no_appointment_is_stopped_by_none(app: Flask, visit: int) -> None:
    queue(app, a_draft(snapshot=a_snapshot(invite=None)), a_draft(), about(visit, 0))
    assert states(app) == ["queued", "queued", "queued"]


def test_a_reminder_is_stopped_by_a_version_as_new_or_newer(app: Flask, visit: int) -> None:
    bare = a_snapshot(invite=None)
    for version in (0, 1):
        queue(app, a_draft(snapshot=bare, appointment_id=visit, sequence=version, reminds=True))
    queue(app, about(visit, 0))
    assert states(app) == ["stopped", "queued", "queued"]
    queue(app, about(visit, 1))
    assert states(app) == ["stopped", "stopped", "stopped", "queued"]


def test_messages_about_other_appointments_do_not_wait(app: Flask, visit: int) -> None:
    queue(app, about(visit, 0), a_draft())
    transport = WrittenTransport([LATER])
    assert deliver_all(app, transport) == 2
    assert states(app) == ["queued", "sent"]


def test_a_message_about_a_new_uid_is_a_thread_of_its_own(app: Flask, visit: int) -> None:
    """A corrected address: the old one is told that it is off, the new one gets its own."""
    queue(app, about(visit, 0))
    transport = WrittenTransport()
    deliver_all(app, transport)
    queue(app, about(visit, 1, method="CANCEL"), about(visit, 0, uid="new@canalstreet.example"))
    deliver_all(app, transport)
    assert sorted(sequences(transport)) == [0, 0, 1]


def test_later_messages_answer_the_first_that_was_sent(app: Flask, visit: int) -> None:
    transport = WrittenTransport()
    for sequence in range(3):
        queue(app, about(visit, sequence))
        deliver_all(app, transport)
    first, second, third = (message_from_bytes(m, policy=default) for m in transport.handed)
    assert first["In-Reply-To"] is None
    assert second["In-Reply-To"] == third["References"] == first["Message-ID"]


def test_withdrawing_stops_what_has_not_left_and_tells_what_may_have(
    app: Flask, visit: int
) -> None:
    queue(app, about(visit, 0))
    with app.app_context(), transaction():
        assert outbox.withdraw(visit, now=NOW) is False
    transport = WrittenTransport()
    assert deliver_all(app, transport) == 0
    queue(app, about(visit, 1))
    deliver_all(app, transport)
    with app.app_context(), transaction():
        assert outbox.withdraw(visit, now=NOW) is True


def test_what_is_put_off_after_it_was_withdrawn_does_not_leave_later(
    app: Flask, visit: int
) -> None:
    """The address was corrected while a message to the mistyped one was being handed over."""
    old = about(visit, 0)
    queue(app, old)

    def corrected_meanwhile() -> None:
        with app.app_context(), transaction():
            assert outbox.withdraw(visit, now=NOW) is True
        told = {**old.snapshot["invite"], "method": "CANCEL", "sequence": 1}
        snapshot = a_snapshot(to_name="", invite=told)
        queue(
            app,
            a_draft(kind="appointments/withdrawn", snapshot=snapshot),
            about(visit, 1, uid="corrected@canalstreet.example"),
        )

    first = WrittenTransport([LATER], meanwhile=corrected_meanwhile)
    step(app, first)
    second = WrittenTransport()
    deliver_all(app, second, now=NOW + HOUR)
    assert states(app) == ["stopped", "sent", "sent"]
    subjects = [message_from_bytes(m, policy=default)["Subject"] for m in second.handed]
    assert "Please delete an earlier message" in subjects


def test_two_workers_never_take_the_same_message(app: Flask) -> None:
    queue(app, a_draft())
    second = WrittenTransport()
    first = WrittenTransport(meanwhile=lambda: [deliver_all(app, second), None][1])
    step(app, first)
    assert (len(first.handed), len(second.handed)) == (1, 0)


def test_a_worker_that_died_in_between_leaves_a_lease_that_runs_out(app: Flask) -> None:
    queue(app, a_draft())

    class Died(BaseException):
        """Not an error a worker could handle: the process is gone."""

    def die() -> None:
        raise Died

    transport = WrittenTransport(meanwhile=die)
    with pytest.raises(Died):
        step(app, transport)
    transport.meanwhile = None
    assert deliver_all(app, transport, now=NOW + LEASE) == 0
    assert deliver_all(app, transport, now=NOW + LEASE + SECOND) == 1
    first, second = transport.handed
    assert first == second  # at most one duplicate, and recognisably the same message
    assert states(app) == ["sent"]


def test_a_worker_whose_lease_ran_out_cannot_put_back_what_another_sends(app: Flask) -> None:
    queue(app, a_draft())
    other = WrittenTransport()
    late = NOW + LEASE + SECOND
    slow = WrittenTransport([LATER], meanwhile=lambda: [deliver_all(app, other, now=late), None][1])
    step(app, slow)
    assert states(app) == ["sent"]


def test_a_message_that_cannot_be_made_dies_alone(app: Flask) -> None:
    broken = a_snapshot(when={"starts_at": "not an instant", "zone": "Europe/London"})
    queue(app, a_draft(snapshot=broken), a_draft())
    transport = WrittenTransport()
    deliver_all(app, transport)
    assert states(app) == ["queued", "sent"]
    now: datetime = NOW
    while rows(app)[0].state is MailState.QUEUED:
        now = rows(app)[0].next_try_at
        deliver_all(app, transport, now=now)
    assert states(app) == ["dead", "sent"]
    assert rows(app)[0].attempts == 5
    assert len(transport.handed) == 1


@pytest.mark.parametrize("address", ["amara@mail.example, eve@e.example", "åmara@mail.example"])
def test_a_message_to_no_single_plain_address_is_dead_at_once(app: Flask, address: str) -> None:
    queue(app, a_draft(snapshot=a_snapshot(to_address=address)))
    transport = WrittenTransport()
    deliver_all(app, transport)
    assert states(app) == ["dead"]
    assert transport.handed == []


def test_a_message_whose_key_was_destroyed_does_not_stop_the_others(app: Flask) -> None:
    with app.app_context(), transaction():
        visit = make_appointment(make_clinic())
        outbox.enqueue(a_draft(owner_id=visit.patient.owner_id), now=NOW)
        db.session.flush()
        db.session.query(DataKey).filter_by(owner_id=visit.patient.owner_id).delete()
    queue(app, a_draft())
    transport = WrittenTransport()
    deliver_all(app, transport)
    assert states(app) == ["queued", "sent"]


def test_the_relays_trouble_ends_the_pass_before_every_message_was_tried(app: Flask) -> None:
    queue(app, *(a_draft() for _ in range(5)))
    transport = WrittenTransport([DOWN])
    assert step(app, transport) is Step.RELAY_TROUBLE
    assert [row.attempts for row in rows(app)] == [1, 0, 0, 0, 0]


def test_an_idle_worker_writes_nothing(app: Flask) -> None:
    """Looking is a read: it takes no lock that a booking would wait for."""
    with app.app_context():
        with transaction():
            before = db.session.execute(text("SELECT count(*) FROM mail")).scalar()
        assert before == 0
        with db.engine.connect() as held:  # an open read does not disturb it either
            held.execute(text("SELECT 1"))
            assert jobs.deliver_next(post(app, WrittenTransport()), now=NOW, jitter=0) is (
                Step.NOTHING_DUE
            )
