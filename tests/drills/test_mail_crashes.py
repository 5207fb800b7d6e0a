"""Killing the worker in the middle of handing over: nothing lost, few twice, none stuck."""

import json
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from email import message_from_bytes
from pathlib import Path

import pytest
from flask import Flask

from booking.core.settings import MailSettings
from booking.mail.outbox import LEASE
from tests.factories import NOW
from tests.mail.posts import SECOND, a_draft, queue, states
from tests.mail.receiver import Receiver, authority, receiving

ROOT = Path(__file__).parents[2]
HERD = ROOT / "tests" / "mail" / "worker_herd.py"


@pytest.mark.both
def test_killed_workers_lose_nothing_and_repeat_at_most_once_a_kill(
    app: Flask, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """The kill comes at the worst moment: the message is in, the reply is not yet out.

    Holds sec_J7, sec_J8.
    """
    kills = 40 if request.config.getoption("--long") else 2
    distinct = 4 * kills
    ours = authority(tmp_path)
    queue(app, *(a_draft() for _ in range(distinct)))
    with receiving(ours.context()) as receiver:
        file = settings_file(app, tmp_path, receiver, ours.cafile)
        with herd(file, now=NOW, count=1) as alone:

            def kill() -> None:
                if len(receiver.delivered) in range(3, 3 * kills + 1, 3):
                    alone.lose_one()

            receiver.before_reply = kill
            assert receiver.wait_for(distinct, seconds=300)
            assert wait_until(lambda: states(app).count("sent") == distinct - kills, seconds=60)
        receiver.before_reply = lambda: None
        with herd(file, now=NOW + LEASE + SECOND, count=3):  # what the killed held is free now
            assert receiver.wait_for(distinct + kills, seconds=120)
    assert set(states(app)) == {"sent"}  # those told to stop have settled what they held
    times = Counter(str(message_from_bytes(d.content)["Message-ID"]) for d in receiver.delivered)
    assert len(times) == distinct
    assert sum(times.values()) == distinct + kills
    assert len({d.content for d in receiver.delivered}) == distinct  # a second one is the same


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
        with herd(file, now=NOW, count=3) as three:
            for nth in range(kills):
                receiver.wait_for(3 * nth, seconds=60)
                time.sleep(nth % 7 * 0.005)  # somewhere else in what they do each time
                three.lose_one()
        with herd(file, now=NOW + LEASE + SECOND, count=3):  # what the killed held is free now
            assert wait_until(lambda: set(states(app)) == {"sent"}, seconds=600)
    times = Counter(str(message_from_bytes(d.content)["Message-ID"]) for d in receiver.delivered)
    assert len(times) == distinct
    assert sum(times.values()) <= distinct + kills
    assert len({d.content for d in receiver.delivered}) == distinct  # a second one is the same


@dataclass(frozen=True)
class Herd:
    """Workers in processes of their own, of which one can be lost; another takes its place."""

    process: subprocess.Popen[str]

    def lose_one(self) -> None:
        """Kill the one that lives longest; it is dead when this returns."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write("one\n")
        self.process.stdin.flush()
        assert self.process.stdout.readline() == "killed\n"


@contextmanager
def herd(settings: Path, *, now: datetime, count: int) -> Iterator[Herd]:
    """That many workers, told to stop when the block ends."""
    command = [sys.executable, str(HERD), str(settings), now.isoformat(), str(count)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen(command, env=environment, text=True, **pipes) as process:  # type: ignore[call-overload]
        assert process.stdout.readline() == "ready\n"
        yield Herd(process)
        process.stdin.close()
        assert process.wait(120) == 0


def wait_until(done: Callable[[], bool], *, seconds: float) -> bool:
    end = time.monotonic() + seconds
    while not done():
        if time.monotonic() > end:
            return False
        time.sleep(0.3)
    return True


def settings_file(app: Flask, folder: Path, receiver: Receiver, cafile: Path) -> Path:
    mail = MailSettings(host="localhost", port=receiver.port, ca_file=cafile)
    told = asdict(replace(app.extensions["settings"], mail=mail))
    file = folder / "settings.json"
    file.write_text(json.dumps(told, default=str))
    return file
