"""The command that delivers, as a server runs it: production settings, a process of its own."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from flask import Flask

from booking.core import clock
from tests.mail.posts import a_draft, a_snapshot, queue, states
from tests.mail.receiver import Authority, Receiver

ROOT = Path(__file__).parents[2]


def production(app: Flask, receiver: Receiver, ours: Authority) -> dict[str, str]:
    settings = app.extensions["settings"]
    settings.database_file.chmod(0o600)
    return {
        "PATH": os.environ["PATH"],
        "BOOKING_MODE": "production",
        "BOOKING_INSTANCE": str(settings.instance),
        "BOOKING_DATABASE_URL": settings.database_url,
        "BOOKING_SECRET_KEY": settings.secret_key,
        "BOOKING_KEY_RING": str(settings.key_ring),
        "BOOKING_BASE_URL": "https://canal.example",
        "BOOKING_TRUSTED_HOSTS": "canal.example",
        "BOOKING_MAIL_FROM": "visits@canalstreet.example",
        "BOOKING_SMTP_HOST": "localhost",
        "BOOKING_SMTP_PORT": str(receiver.port),
        "BOOKING_SMTP_CA_FILE": str(ours.cafile),
    }


@contextmanager
def worker(environment: dict[str, str]) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "flask", "--app", "wsgi", "worker"]
    with subprocess.Popen(
        command,
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def test_the_command_delivers_and_ends_when_told(
    app: Flask, receiver: Receiver, our_authority: Authority
) -> None:
    when = {"starts_at": "canary-instant", "zone": "Europe/London"}
    clock.come_back()  # the other process tells the real time
    broken = a_draft(snapshot=a_snapshot(when=when, invite=None))
    queue(app, broken, a_draft(), now=clock.now())
    with worker(production(app, receiver, our_authority)) as process:
        assert receiver.wait_for(1, seconds=60)
        process.send_signal(signal.SIGTERM)
        said, logged = process.communicate(timeout=60)
        assert process.returncode == 0, logged
    assert "has stopped" in said
    assert states(app) == ["queued", "sent"]
    lines = [json.loads(line) for line in logged.splitlines()]
    assert "mail-fault" in {line.get("event") for line in lines}
    for word in ("amara", "Osei", "canary"):
        assert word not in logged


def test_the_command_refuses_to_start_unsafely(
    app: Flask, receiver: Receiver, our_authority: Authority
) -> None:
    settings = {
        **production(app, receiver, our_authority),
        "BOOKING_SMTP_SECURITY": "none",
        "BOOKING_SMTP_PASSWORD": "canary",
    }
    with worker(settings) as process:
        _said, told = process.communicate(timeout=60)
        assert process.returncode != 0
    assert "BOOKING_SMTP_SECURITY" in told
    assert "canary" not in told
