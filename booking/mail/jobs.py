"""The worker: takes due messages one by one and hands them over, and runs what others hand it."""

import logging
import random
import signal
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum
from typing import Protocol

from flask import Flask, current_app
from sqlalchemy.exc import OperationalError

from booking.core import clock
from booking.core.db import db, transaction
from booking.core.errors import Busy
from booking.core.settings import Settings
from booking.mail import delivery, outbox
from booking.mail.models import MailState
from booking.mail.rules import Outcome, Verdict

log = logging.getLogger("booking.mail")

IDLE_SECONDS = 2.0
RELAY_PAUSE_SECONDS = 30.0
FAULT_PAUSE_SECONDS = 10.0
SETTLE_SECONDS = outbox.LEASE.total_seconds() / 2  # well before another worker may send it again
SETTLE_PAUSE_SECONDS = 0.5


class Step(Enum):
    """What one step of the worker found."""

    NOTHING_DUE = 0  # or nothing that may leave yet
    HANDLED = 1
    RELAY_TROUBLE = 2  # the relay's own trouble: any other message would meet the same


def deliver_next(post: delivery.Post, *, now: datetime, jitter: float) -> Step:
    """Claim, send and settle one message: two short transactions around the hand-over."""
    if not outbox.anything_due(now=now):
        db.session.rollback()
        return Step.NOTHING_DUE
    with transaction():
        if outbox.is_full(post.most_per_minute, now=now):
            return Step.NOTHING_DUE
        claimed = outbox.claim(now=now)
        if claimed is None:
            # Whatever is due is stale or replaced, or waits for what is: clear it away and look
            # again. Only here, so that a long queue is not walked for each message.
            outbox.stop_pointless(now=now)
            claimed = outbox.claim(now=now)
        if claimed is not None:
            # Read here, so that no connection is held while the relay takes its time.
            own = {"own": post.own_words(claimed.kind)}
            claimed = replace(claimed, snapshot={**claimed.snapshot, **own})
    if claimed is None:
        return Step.NOTHING_DUE
    outcome, message = delivery.deliver(claimed, post)
    db.session.rollback()
    state = _settle(claimed, outcome, message, now=now, jitter=jitter)
    if state is MailState.DEAD:
        log.error("mail", extra={"event": "mail-dead", "kind": claimed.kind, "code": outcome.code})
    trouble = outcome.verdict is Verdict.TRY_AGAIN and outcome.blames_relay
    return Step.RELAY_TROUBLE if trouble else Step.HANDLED


def _settle(
    claimed: outbox.Claimed,
    outcome: Outcome,
    message: bytes | None,
    *,
    now: datetime,
    jitter: float,
) -> MailState:
    """Write down what became of it, trying for as long as the database is busy or away.

    What was handed over and is not written down is sent a second time. Raises Busy or
    OperationalError after SETTLE_SECONDS of that.
    """
    until = time.monotonic() + SETTLE_SECONDS
    while True:
        try:
            with transaction():
                return outbox.settle(claimed, outcome, message, now=now, jitter=jitter)
        except (Busy, OperationalError):
            if time.monotonic() > until:
                raise
            time.sleep(SETTLE_PAUSE_SECONDS)


def deliver_due(post: delivery.Post, stop: threading.Event) -> Step:
    """Hand over everything that is due; end early at the relay's own trouble, or when told."""
    spread = random.SystemRandom()
    step = Step.HANDLED
    while step is Step.HANDLED and not stop.is_set():
        step = deliver_next(post, now=clock.now(), jitter=spread.random())
    return step


@dataclass(frozen=True, kw_only=True)
class Job:
    """Work that is looked for again and again, in a thread of its own.

    `run` does what there is to do, in an application context, until it is done or told to stop,
    and returns after how many seconds to look again.
    """

    name: str
    run: Callable[[threading.Event], float]


class Chore(Protocol):
    """What time alone brings about."""

    def __call__(self, *, now: datetime, base_url: str) -> object:
        """Do what is due at `now`; links in messages begin with `base_url`."""


def chore(name: str, do: Chore, *, every: float) -> Job:
    """Return the job of doing `do` every so many seconds."""

    def run(_stop: threading.Event) -> float:
        settings: Settings = current_app.extensions["settings"]
        do(now=clock.now(), base_url=settings.base_url)
        return every

    return Job(name=name, run=run)


def deliver(stop: threading.Event) -> float:
    """Hand over what is due; the job of mail itself. Uses `app.extensions["post"]`."""
    step = deliver_due(current_app.extensions["post"], stop)
    return RELAY_PAUSE_SECONDS if step is Step.RELAY_TROUBLE else IDLE_SECONDS


DELIVER = Job(name="mail", run=deliver)


def run_job(app: Flask, job: Job, stop: threading.Event) -> None:
    """Repeat one job until `stop` is set.

    A fault, such as a database that is away, is logged and tried again; what is in hand is
    finished first, so no lease is left behind.
    """
    while not stop.is_set():
        pause = FAULT_PAUSE_SECONDS
        try:
            with app.app_context():
                pause = job.run(stop)
        except Exception:
            log.exception("fault", extra={"event": "worker-fault", "kind": job.name})
        stop.wait(pause)


def run_once(app: Flask) -> None:
    """Do what every job finds to do now, mail last: the others may have queued some."""
    for job in (*_others(app), DELIVER):
        with app.app_context():
            job.run(threading.Event())


def run_worker(app: Flask, stop: threading.Event) -> None:
    """Run every job until `stop` is set, each in a thread: a server that is slow delays no other.

    Jobs beside mail's own are `app.extensions["jobs"]`.
    """
    threads = [threading.Thread(target=run_job, args=(app, job, stop)) for job in _others(app)]
    for thread in threads:
        thread.start()
    run_job(app, DELIVER, stop)
    for thread in threads:
        thread.join()


def _others(app: Flask) -> Sequence[Job]:
    found: Sequence[Job] = app.extensions.get("jobs", ())
    return found


def run_until_signalled(app: Flask, *, begun: Callable[[], object] | None = None) -> None:
    """Work until SIGTERM or SIGINT; to be called in the main thread of its own process.

    `begun` is called once both signals are seen to.
    The signals are waited for, not handled: a handler that sets an event can meet the very lock
    the interrupted thread holds.
    """
    ends = {signal.SIGTERM, signal.SIGINT}
    signal.pthread_sigmask(signal.SIG_BLOCK, ends)
    stop = threading.Event()
    worker = threading.Thread(target=run_worker, args=(app, stop))
    worker.start()
    if begun is not None:
        begun()
    signal.sigwait(ends)
    stop.set()
    worker.join()
