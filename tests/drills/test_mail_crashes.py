"""Killing the worker in the middle of handing over: nothing lost, few twice, none stuck."""

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from datetime import datetime
from email import message_from_bytes
from pathlib import Path
from typing import IO

import pytest
from flask import Flask

from booking.core.settings import MailSettings
from booking.mail.outbox import LEASE
from tests.factories import NOW
from tests.mail.posts import SECOND, a_draft, queue, states
from tests.mail.receiver import Receiver, authority, receiving

ROOT = Path(__file__).parents[2]
HERD = ROOT / "tests" / "mail" / "worker_herd.py"
WORKER = ROOT / "tests" / "mail" / "worker_process.py"


@contextmanager
def workers(settings: Path, *, now: datetime, count: int) -> Iterator[list[subprocess.Popen[str]]]:
    """That many workers, ended when the block is; none may end badly of itself."""
    command = [sys.executable, str(WORKER), str(settings), now.isoformat()]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    started = [subprocess.Popen(command, env=environment, text=True) for _ in range(count)]
    try:
        yield started
    finally:
        for one in started:
            one.terminate()
        ends = {one.wait(30) for one in started}
    assert ends <= {0, -signal.SIGKILL, -signal.SIGTERM}


@pytest.mark.both
def test_killed_workers_lose_nothing_and_repeat_at_most_once_a_kill(
    app: Flask, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """The kill comes at the worst moment: the message is in, the reply is not yet out.

    Holds sec_J7, sec_J8.
    """
    kills = 40 if request.config.getoption("--long") else 2
    distinct = 8 * kills
    ours = authority(tmp_path)
    queue(app, *(a_draft() for _ in range(distinct)))
    with receiving(ours.context()) as receiver:
        file = settings_file(app, tmp_path, receiver, ours.cafile)
        for kill in range(kills):
            now = NOW + kill * (LEASE + SECOND)
            kill_at_third_message(receiver, file, now)
        now = NOW + kills * (LEASE + SECOND)
        with workers(file, now=now, count=3):
            assert receiver.wait_for(distinct + kills, seconds=120)
    assert set(states(app)) == {"sent"}  # those told to stop have settled what they held
    times = Counter(str(message_from_bytes(d.content)["Message-ID"]) for d in receiver.delivered)
    assert len(times) == distinct
    assert sum(times.values()) == distinct + kills
    by_id: dict[str, set[bytes]] = {}
    for delivery in receiver.delivered:
        name = str(message_from_bytes(delivery.content)["Message-ID"])
        by_id.setdefault(name, set()).add(delivery.content)
    assert {len(versions) for versions in by_id.values()} == {1}


@pytest.mark.both
def test_workers_killed_at_any_moment_of_a_flood_lose_and_double_nothing_more(
    app: Flask, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """Three side by side; two hundred kills in the long form, spread over the whole flood."""
    kills = 200 if request.config.getoption("--long") else 3
    distinct = max(36, 4 * kills)
    ours = authority(tmp_path)
    queue(app, *(a_draft() for _ in range(distinct)))
    with receiving(ours.context()) as receiver:
        file = settings_file(app, tmp_path, receiver, ours.cafile)
        with herd(file, now=NOW, count=3) as told:
            for nth in range(kills):
                receiver.wait_for(3 * nth, seconds=60)
                time.sleep(nth % 7 * 0.005)  # somewhere else in what they do each time
                told.write("one\n")
                told.flush()
        with herd(file, now=NOW + LEASE + SECOND, count=3):  # what the killed held is free now
            assert wait_until(lambda: set(states(app)) == {"sent"}, seconds=600)
    times = Counter(str(message_from_bytes(d.content)["Message-ID"]) for d in receiver.delivered)
    assert len(times) == distinct
    assert sum(times.values()) <= distinct + kills
    assert len({d.content for d in receiver.delivered}) == distinct  # a second one is the same


@contextmanager
def herd(settings: Path, *, now: datetime, count: int) -> Iterator[IO[str]]:
    """Workers of which each line written kills one; told to stop when the block ends."""
    command = [sys.executable, str(HERD), str(settings), now.isoformat(), str(count)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen(command, env=environment, text=True, **pipes) as process:  # type: ignore[call-overload]
        assert process.stdout.readline() == "ready\n"
        yield process.stdin
        process.stdin.close()
        assert process.wait(120) == 0


def wait_until(done: Callable[[], bool], *, seconds: float) -> bool:
    end = time.monotonic() + seconds
    while not done():
        if time.monotonic() > end:
            return False
        time.sleep(0.3)
    return True


def kill_at_third_message(receiver: Receiver, settings: Path, now: datetime) -> None:
    goal = len(receiver.delivered) + 3
    with workers(settings, now=now, count=1) as [worker]:

        def kill() -> None:
            if len(receiver.delivered) >= goal:
                worker.kill()
                worker.wait(30)

        receiver.before_reply = kill
        worker.wait(60)
    receiver.before_reply = lambda: None
    assert worker.returncode == -signal.SIGKILL


def settings_file(app: Flask, folder: Path, receiver: Receiver, cafile: Path) -> Path:
    mail = MailSettings(host="localhost", port=receiver.port, ca_file=cafile)
    told = asdict(replace(app.extensions["settings"], mail=mail))
    file = folder / "settings.json"
    file.write_text(json.dumps(told, default=str))
    return file
