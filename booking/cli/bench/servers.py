"""Servers under measurement: gunicorn as it is shipped, and what their processes cost."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from booking.core.settings import Settings

ROOT = Path(__file__).parents[3]
CONFIGURATION = ROOT / "docs" / "gunicorn.conf.py"
PRODUCT, BARE = "wsgi:app", "booking.cli.bench.bare:app"
TICKS = os.sysconf("SC_CLK_TCK")
START_SECONDS, STOP_SECONDS = 60, 40
WORKER_STARTS, IDLE = 0.5, 0.1  # CPU seconds: less than starting costs, and idling for one


@dataclass(frozen=True)
class Server:
    """A server that answers on a port of the loopback address."""

    port: int
    process: subprocess.Popen[bytes]

    def cpu(self) -> float:
        """Seconds its processes have computed so far."""
        return sum(map(_cpu_of, _family(self.process.pid)))


@contextmanager
def serving(application: str, settings: Settings) -> Iterator[Server]:
    """Serve a WSGI application by the shipped configuration, and stop it."""
    port = _free_port()
    words = ["-c", str(CONFIGURATION), "-b", f"127.0.0.1:{port}", "--log-level", "warning"]
    # A worker that is renewed in the middle of a round would be measured starting.
    words += ["--max-requests", "0", application]
    process = subprocess.Popen(  # noqa: S603 - our own program
        [sys.executable, "-m", "gunicorn", *words], cwd=ROOT, env=_environment(settings)
    )
    try:
        _wait_for(port, process)
        yield Server(port, process)
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            raise


@contextmanager
def working(settings: Settings, *, relay_port: int) -> Iterator[None]:
    """Run the worker with a mail relay on this port of the loopback address, and stop it.

    It is there once it has nothing to do: it has started, and what could leave has left.
    """
    relay = {
        "BOOKING_SMTP_HOST": "127.0.0.1",
        "BOOKING_SMTP_PORT": str(relay_port),
        "BOOKING_SMTP_SECURITY": "none",
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "flask", "--app", "wsgi", "worker"],
        cwd=ROOT,
        env={**_environment(settings), **relay},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait_until_idle(process)
        yield
    finally:
        process.kill()  # one that waits for a silent relay would not stop at once
        process.wait()


def _wait_until_idle(process: subprocess.Popen[bytes]) -> None:
    """Wait until a process has computed, and then next to nothing for a second."""
    deadline, before = time.monotonic() + START_SECONDS, 0.0
    while time.monotonic() < deadline and process.poll() is None:
        time.sleep(1)
        now = _cpu_of(process.pid)
        if now > WORKER_STARTS and now - before < IDLE:
            return
        before = now
    raise RuntimeError("the worker to measure with did not start")


def _environment(settings: Settings) -> dict[str, str]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("BOOKING_", "FLASK_"))}
    return {
        **kept,
        "BOOKING_MODE": settings.mode,
        "BOOKING_INSTANCE": str(settings.instance),
        "BOOKING_DATABASE_URL": settings.database_url,
        "BOOKING_SECRET_KEY": settings.secret_key,
        "BOOKING_KEY_RING": str(settings.key_ring),
        "BOOKING_BASE_URL": settings.base_url,
        "BOOKING_TRUSTED_HOSTS": " ".join(settings.trusted_hosts),
        "BOOKING_MAIL_FROM": settings.mail_from,
        "BOOKING_PROXY_HOPS": str(settings.proxy_hops),
        "BOOKING_CLOCK_SHIFT_SECONDS": str(settings.clock_shift_seconds),
    }


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    return port


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    """Wait until both workers have had the time to answer once."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=10) as line:
                line.sendall(b"GET /alive HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
                if line.recv(16).startswith(b"HTTP/1.1"):
                    return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError("the server to measure did not start")


def _family(first: int) -> Sequence[int]:
    """The process and its children, read from /proc; gunicorn's workers have none of their own."""
    pids = [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdecimal()]
    return [first, *(pid for pid in pids if (stat := _stat(pid)) and int(stat[1]) == first)]


def _cpu_of(pid: int) -> float:
    stat = _stat(pid)
    return (int(stat[11]) + int(stat[12])) / TICKS if stat else 0.0


def _stat(pid: int) -> list[str]:
    """The fields of /proc/<pid>/stat from the state on; empty when the process is gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []
