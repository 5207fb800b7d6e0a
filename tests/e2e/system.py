"""The whole product as it runs in production: a server with several processes, a worker, a relay.

Nothing is shared with the test but a port, a folder and a mail receiver.
"""

import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

from tests.mail.receiver import Authority, Delivery, Receiver

ROOT = Path(__file__).parents[2]
HERE = [sys.executable, "-m"]


@dataclass
class System:
    """A clinic's installation in `folder`. `now` is what its clocks say when it is made."""

    folder: Path
    receiver: Receiver
    authority: Authority
    now: datetime
    extra: dict[str, str] = field(default_factory=dict)  # further settings
    serves: str = "wsgi:app"
    port: int = 0
    shift: timedelta = timedelta(0)
    processes: list[subprocess.Popen[str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.set_clock(self.now)

    @property
    def url(self) -> str:
        return f"http://localhost:{self.port}"

    def clock(self) -> datetime:
        """What time it is in the clinic."""
        return datetime.now(UTC) + self.shift

    def set_clock(self, now: datetime) -> None:
        """Say what time it is when the next process starts; running ones keep theirs."""
        self.shift = timedelta(seconds=int((now - datetime.now(UTC)).total_seconds()))

    def environment(self) -> dict[str, str]:
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("BOOKING_", "FLASK_"))}
        return {
            **kept,
            "BOOKING_MODE": "test",
            "BOOKING_INSTANCE": str(self.folder),
            "BOOKING_BASE_URL": self.url,
            "BOOKING_TRUSTED_HOSTS": "localhost",
            "BOOKING_MAIL_FROM": "visits@canalstreet.example",
            "BOOKING_SMTP_HOST": "localhost",
            "BOOKING_SMTP_PORT": str(self.receiver.port),
            "BOOKING_SMTP_CA_FILE": str(self.authority.cafile),
            "BOOKING_CLOCK_SHIFT_SECONDS": str(int(self.shift.total_seconds())),
            **self.extra,
        }

    def command(self, *words: str) -> str:
        """Run one `flask` command and return what it printed."""
        done = subprocess.run(
            [*HERE, "flask", "--app", "wsgi", *words],
            cwd=ROOT,
            env=self.environment(),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def commands(self) -> list[list[str]]:
        """What runs: a server and a worker."""
        server = ["gunicorn", "-c", "docs/gunicorn.conf.py", "--log-level", "warning"]
        bind = ["-b", f"127.0.0.1:{self.port}", self.serves]
        return [[*HERE, *server, *bind], [*HERE, "flask", "--app", "wsgi", "worker"]]

    def start(self, *, now: datetime | None = None) -> None:
        """Start server and worker and wait until they answer."""
        if now is not None:
            self.set_clock(now)
        for words in self.commands():
            self.processes.append(
                subprocess.Popen(
                    words,
                    cwd=ROOT,
                    env=self.environment(),
                    text=True,
                    start_new_session=True,  # a group of its own, to be killed whole
                )
            )
        deadline = time.monotonic() + 90
        while time.monotonic() < deadline:
            try:
                with urllib.request.urlopen(self.url + "/sign-in", timeout=10):
                    return
            except OSError:  # nobody listens yet, or does not answer yet
                time.sleep(0.1)
        raise AssertionError("the server did not come up")

    def stop(self) -> None:
        """Ask both to stop; a clean end is part of the product."""
        for process in self.processes:
            process.send_signal(signal.SIGTERM)
        try:
            ends = [process.wait(timeout=30) for process in self.processes]
        finally:
            for process in self.processes:
                process.kill()
            self.processes = []
        assert ends == [0] * len(ends), ends

    def kill(self) -> None:
        """End everything at once, with all children, as a power cut would."""
        for process in self.processes:
            os.killpg(process.pid, signal.SIGKILL)
        for process in self.processes:
            process.wait(timeout=30)
        self.processes = []

    def mail(self, to: str, count: int) -> "Message":
        """Wait for the `count`-th message to somebody and return it."""
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            found = [d for d in self.receiver.delivered if d.recipients == [to]]
            if len(found) >= count:
                return Message(found[count - 1])
            with self.receiver.arrived:
                self.receiver.arrived.wait(0.5)
        raise AssertionError(f"no message number {count} to {to}: {self.receiver.delivered}")


class Message:
    """A message as it came over the wire."""

    def __init__(self, delivery: Delivery) -> None:
        self.raw = delivery.content
        parsed = message_from_bytes(delivery.content, policy=default)
        assert isinstance(parsed, EmailMessage)
        self.parsed = parsed

    @property
    def text(self) -> str:
        part = self.parsed.get_body(("plain",))
        assert part is not None
        return str(part.get_content())

    def part(self, kind: str) -> bytes:
        """The decoded bytes of the first part of a content type."""
        for part in self.parsed.walk():
            if part.get_content_type() == kind:
                body = part.get_payload(decode=True)
                assert isinstance(body, bytes)
                return body
        raise AssertionError(f"no {kind} in {[p.get_content_type() for p in self.parsed.walk()]}")

    def link(self, ending: str = "") -> str:
        """The first link in the plain text whose path ends so."""
        for link in re.findall(r"http://localhost:\d+/\S+", self.text):
            if str(link).endswith(ending):
                return str(link)
        raise AssertionError(f"no link ending {ending!r} in {self.text}")
