"""The load: clients on kept connections of the loopback address, bounded in count and time.

Runs as processes of their own (`python -m booking.cli.bench.load`), told a plan as one line of
JSON, and answering with one. They start on the line "go", so that all begin at one moment.
"""

import base64
import json
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[3]
PROCESSES = 2
TIMEOUT = 60.0
BROKEN = 0  # stands for a status where no answer came


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What to send to `port`: each client has requests of its own (bytes of HTTP/1.1).

    With `seconds` each client sends its own over and over until they have passed; without, each
    once.
    """

    port: int
    clients: Sequence[Sequence[bytes]]
    seconds: float | None = None


@dataclass(frozen=True, kw_only=True)
class Answers:
    """What came back: how many of each status, how long each took, and over how long in all."""

    statuses: Counter[int]
    latencies: list[float]
    seconds: float

    @property
    def count(self) -> int:
        """How many answers there were."""
        return len(self.latencies)

    @property
    def rate(self) -> float:
        """Answers a second."""
        return self.count / self.seconds

    def percentile(self, part: float) -> float:
        """The latency, in seconds, that `part` (0 to 1) of the answers did not exceed."""
        ordered = sorted(self.latencies)
        return ordered[min(int(part * len(ordered)), len(ordered) - 1)]


def fire(plan: Plan) -> Answers:
    """Let all clients go at one moment, and wait for them."""
    shares = [plan.clients[nth::PROCESSES] for nth in range(PROCESSES)]
    crew = [_Crew(plan, share) for share in shares if share]
    try:
        for each in crew:
            each.hear()
        for each in crew:
            each.tell("go")
        return _together([json.loads(each.hear()) for each in crew])
    finally:
        for each in crew:
            each.end()


def request(path: str, *, cookie: str = "", form: str | None = None, network: int = 0) -> bytes:
    """Return the bytes of a request; `form` is an encoded body, `network` where it comes from."""
    body = (form or "").encode()
    lines = [
        f"{'GET' if form is None else 'POST'} {path} HTTP/1.1",
        "Host: localhost",
        f"X-Forwarded-For: 10.{network >> 16 & 255}.{network >> 8 & 255}.{network & 255}",
    ]
    if cookie:
        lines.append(f"Cookie: {cookie}")
    if form is not None:
        lines.append("Content-Type: application/x-www-form-urlencoded")
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*lines, "", ""]).encode() + body


class Line:
    """A connection that is kept, and opened again when the server closes it."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._line: socket.socket | None = None

    def connect(self) -> socket.socket:
        """Open the connection, if it is not."""
        if self._line is None:
            self._line = socket.create_connection(("127.0.0.1", self._port), timeout=TIMEOUT)
            self._line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return self._line

    def send(self, asked: bytes) -> tuple[int, bytes, bytes]:
        """Send a request and return status, head and body of the answer."""
        line = self.connect()
        line.sendall(asked)
        head, body = b"", b""
        while b"\r\n\r\n" not in head:
            head += self._more(line)
        head, _, body = head.partition(b"\r\n\r\n")
        length = _length(head)
        while len(body) < length:
            body += self._more(line)
        if b"\r\nconnection: close" in head.lower():
            self.close()
        return int(head[9:12]), head, body

    def close(self) -> None:
        """Close the connection."""
        if self._line is not None:
            self._line.close()
            self._line = None

    def _more(self, line: socket.socket) -> bytes:
        got = line.recv(65536)
        if not got:
            raise ConnectionError("the server closed the line in the middle of an answer")
        return got


def _length(head: bytes) -> int:
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return int(line[15:])
    return 0


class _Crew:
    """One process with its share of the clients."""

    def __init__(self, plan: Plan, share: Sequence[Sequence[bytes]]) -> None:
        clients = [[base64.b64encode(one).decode() for one in each] for each in share]
        self._process = subprocess.Popen(
            [sys.executable, "-m", "booking.cli.bench.load"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=ROOT,
        )
        self.tell(json.dumps({"port": plan.port, "clients": clients, "seconds": plan.seconds}))

    def tell(self, line: str) -> None:
        if self._process.stdin is not None:
            self._process.stdin.write(f"{line}\n".encode())
            self._process.stdin.flush()

    def hear(self) -> str:
        line = self._process.stdout.readline() if self._process.stdout is not None else b""
        if not line:
            raise RuntimeError("a process of the load ended before its time")
        return line.decode()

    def end(self) -> None:
        self._process.kill()
        self._process.communicate()


def _together(shares: Sequence[dict[str, Any]]) -> Answers:
    statuses = Counter[int]()
    for share in shares:
        statuses.update({int(status): count for status, count in share["statuses"].items()})
    return Answers(
        statuses=statuses,
        latencies=[latency for share in shares for latency in share["latencies"]],
        seconds=max(share["seconds"] for share in shares),
    )


class _Client(threading.Thread):
    """One client: sends its requests one after the other."""

    def __init__(self, port: int, asked: list[bytes], until: float | None) -> None:
        super().__init__()
        self._line, self._asked, self._seconds = Line(port), asked, until
        self.statuses = Counter[int]()
        self.latencies: list[float] = []
        self._line.connect()

    def run(self) -> None:
        stop = time.perf_counter() + self._seconds if self._seconds is not None else None
        while True:
            for each in self._asked:
                if stop is not None and time.perf_counter() >= stop:
                    return
                self._send(each)
            if stop is None:
                return

    def _send(self, asked: bytes) -> None:
        began = time.perf_counter()
        try:
            status, _head, _body = self._line.send(asked)
        except OSError:
            status = BROKEN
            self._line.close()
        self.latencies.append(time.perf_counter() - began)
        self.statuses[status] += 1


def main() -> None:
    """Read a plan, say that everything is ready, wait for "go", and answer."""
    plan = json.loads(sys.stdin.readline())
    crew = [
        _Client(plan["port"], [base64.b64decode(one) for one in each], plan["seconds"])
        for each in plan["clients"]
    ]
    _say("ready")
    sys.stdin.readline()
    began = time.perf_counter()
    for each in crew:
        each.start()
    for each in crew:
        each.join()
    seconds = time.perf_counter() - began
    statuses = sum((each.statuses for each in crew), Counter[int]())
    latencies = [latency for each in crew for latency in each.latencies]
    _say(json.dumps({"statuses": statuses, "latencies": latencies, "seconds": seconds}))


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
