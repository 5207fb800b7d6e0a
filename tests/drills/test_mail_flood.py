"""Poison and flood: one message that can never be made and one refused stop none of the others."""

import resource
from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta
from email import message_from_bytes
from threading import Thread

import pytest
from flask import Flask

from booking.mail import jobs
from booking.mail.jobs import Step
from booking.mail.rules import MOST_FAULTS, Outcome, Verdict
from tests.factories import NOW
from tests.mail.posts import a_draft, a_snapshot, deliver_all, post, queue, rows

MEGABYTES = 1024  # of ru_maxrss on Linux, in KiB


class OneBouncedDomain:
    """A relay that takes everything but what goes to one domain."""

    def __init__(self) -> None:
        self.taken: Counter[str] = Counter()

    def send(self, message: bytes, *, sender: str, recipient: str) -> Outcome:
        if recipient.endswith("@gone.example"):
            return Outcome(Verdict.REFUSED, 550)
        self.taken[str(message_from_bytes(message)["Message-ID"])] += 1
        return Outcome(Verdict.ACCEPTED, 250)


def test_poison_dies_alone_and_a_flood_leaves_once_each_in_flat_memory(
    app: Flask, request: pytest.FixtureRequest
) -> None:
    """Holds sec_J7."""
    flood = 10_000 if request.config.getoption("--long") else 60
    poison = a_draft(snapshot=a_snapshot(when={"starts_at": "never", "zone": "Europe/London"}))
    bounced = a_draft(snapshot=a_snapshot(invite=None, to_address="amara@gone.example"))
    queue(app, poison, bounced, *(a_draft() for _ in range(flood)))
    relay = OneBouncedDomain()
    deliver_all(app, relay, now=NOW)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for hours in range(1, 2 * MOST_FAULTS * 4):
        deliver_all(app, relay, now=NOW + timedelta(hours=hours))
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 50 * MEGABYTES
    assert set(relay.taken.values()) == {1}
    assert len(relay.taken) == flood
    first, second, *others = rows(app)
    assert (first.state, first.attempts) == ("dead", MOST_FAULTS)
    assert (second.state, second.attempts, second.last_code) == ("dead", 1, 550)
    assert {row.state.value for row in others} == {"sent"}


@pytest.mark.both
def test_several_workers_together_hand_over_no_more_a_minute_than_may_be(app: Flask) -> None:
    """Holds sec_J7."""
    queue(app, *(a_draft() for _ in range(9)))
    relay = OneBouncedDomain()
    capped = replace(post(app, relay), most_per_minute=4)

    def work(now: datetime) -> None:
        with app.app_context():
            while jobs.deliver_next(capped, now=now, jitter=0) is not Step.NOTHING_DUE:
                pass

    left = []
    for half_minutes in range(6):
        now = NOW + half_minutes * timedelta(seconds=30)
        workers = [Thread(target=work, args=(now,)) for _ in range(3)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join(60)
        left.append(len(relay.taken))
    assert left == [4, 4, 8, 8, 9, 9]
