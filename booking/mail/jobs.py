"""The worker: takes due messages one by one and hands them over, until told to stop."""

import logging
import random
import signal
import threading
from collections.abc import Callable
from datetime import datetime
from enum import Enum

from flask import Flask

from booking.core import clock
from booking.core.db import db, transaction
from booking.mail import delivery, outbox
from booking.mail.models import MailState
from booking.mail.rules import Verdict

log = logging.getLogger("booking.mail")

IDLE_SECONDS = 2.0
RELAY_PAUSE_SECONDS = 30.0


class Step(Enum):
    """What one step of the worker found."""

    NOTHING_DUE = 0
    HANDLED = 1
    RELAY_TROUBLE = 2  # the relay's own trouble: any other message would meet the same


def deliver_next(post: delivery.Post, *, now: datetime, jitter: float) -> Step:
    """Claim, send and settle one message: two short transactions around the hand-over."""
    if not outbox.anything_due(now=now):
        db.session.rollback()
        return Step.NOTHING_DUE
    with transaction():
        claimed = outbox.claim(now=now)
        if claimed is None:
            # Whatever is due is stale or replaced, or waits for what is: clear it away and look
            # again. Only here, so that a long queue is not walked for each message.
            outbox.stop_pointless(now=now)
            claimed = outbox.claim(now=now)
    if claimed is None:
        return Step.NOTHING_DUE
    outcome, message = delivery.deliver(claimed, post)
    db.session.rollback()
    with transaction():
        state = outbox.settle(claimed, outcome, message, now=now, jitter=jitter)
    if state is MailState.DEAD:
        log.error("mail", extra={"event": "mail-dead", "kind": claimed.kind, "code": outcome.code})
    trouble = outcome.verdict is Verdict.TRY_AGAIN and outcome.blames_relay
    return Step.RELAY_TROUBLE if trouble else Step.HANDLED


def deliver_due(post: delivery.Post, stop: threading.Event) -> Step:
    """Hand over everything that is due; end early at the relay's own trouble, or when told."""
    spread = random.SystemRandom()
    step = Step.HANDLED
    while step is Step.HANDLED and not stop.is_set():
        step = deliver_next(post, now=clock.now(), jitter=spread.random())
    return step


def do_chores(app: Flask) -> None:
    """Do what time alone brings about; one chore's fault leaves the others and the mail alone."""
    for chore in app.extensions["chores"]:
        try:
            chore(now=clock.now(), base_url=app.extensions["settings"].base_url)
        except Exception:
            db.session.rollback()
            log.exception("fault", extra={"event": "chore-fault"})


def run_worker(app: Flask, stop: threading.Event) -> None:
    """Deliver until `stop` is set.

    Uses `app.extensions["post"]`. Chores (`app.extensions["chores"]`) are done first, so that
    what they queue leaves at once. A fault, such as a database that is away, is logged and
    tried again; messages in hand are finished first, so no lease is left behind.
    """
    while not stop.is_set():
        pause = IDLE_SECONDS
        try:
            with app.app_context():
                do_chores(app)
                if deliver_due(app.extensions["post"], stop) is Step.RELAY_TROUBLE:
                    pause = RELAY_PAUSE_SECONDS
        except Exception:
            log.exception("fault", extra={"event": "worker-fault"})
            pause = RELAY_PAUSE_SECONDS
        stop.wait(pause)


def run_until_signalled(app: Flask, *, begun: Callable[[], object] | None = None) -> None:
    """Deliver until SIGTERM or SIGINT; to be called in the main thread of its own process.

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
