"""A bad line between browsers and the site: it cuts, sends twice and delays, as the dice say."""

import random
import socket
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

FAULTS = ("cut in the request", "cut before the answer", "sent twice", "late")


@dataclass
class Line:
    """Listens on `port` and passes whole requests on to `upstream`, one for each connection.

    A share of `faulty` of them meets one of FAULTS, each as often; "late" waits `delay` seconds
    with the answer, which is longer than the browser does.
    """

    upstream: int
    faulty: float
    delay: float
    seed: int = 3
    met: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.dice = random.Random(self.seed)  # noqa: S311 - a repeatable mix, not a secret
        self.lock = threading.Lock()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self.listener.getsockname()[1]

    def serve(self) -> None:
        """Pass on until the listener is closed."""
        while True:
            try:
                browser, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._pass_on, args=(browser,), daemon=True).start()

    def _fault(self) -> str:
        with self.lock:
            fault = self.dice.choice(FAULTS) if self.dice.random() < self.faulty else "none"
            self.met[fault] += 1
        return fault

    def _pass_on(self, browser: socket.socket) -> None:
        with browser, suppress(OSError):
            request, fault = whole_request(browser), self._fault()
            if fault == "cut in the request":
                return self._send(request[: len(request) // 2])
            answer = self._ask(request)
            if fault == "cut before the answer":
                return None
            if fault == "sent twice":
                answer = self._ask(request)
            if fault == "late":
                threading.Event().wait(self.delay)
            browser.sendall(answer)
        return None

    def _send(self, request: bytes) -> None:
        with socket.create_connection(("127.0.0.1", self.upstream), timeout=60) as site:
            site.sendall(request)

    def _ask(self, request: bytes) -> bytes:
        with socket.create_connection(("127.0.0.1", self.upstream), timeout=60) as site:
            site.sendall(request)
            return b"".join(iter(lambda: site.recv(65536), b""))


def whole_request(browser: socket.socket) -> bytes:
    """Read one request with its body, and ask the other end to close after its answer."""
    data = b""
    while b"\r\n\r\n" not in data:
        data += browser.recv(65536)
    head, _, body = data.partition(b"\r\n\r\n")
    lengths = [line for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")]
    missing = int(lengths[0].partition(b":")[2]) - len(body) if lengths else 0
    while missing > 0:
        more = browser.recv(65536)
        body, missing = body + more, missing - len(more)
    return head + b"\r\nConnection: close\r\n\r\n" + body


@contextmanager
def bad_line(upstream: int, *, faulty: float, delay: float) -> Iterator[Line]:
    """A line to a site on this machine."""
    line = Line(upstream, faulty, delay)
    server = threading.Thread(target=line.serve, daemon=True)
    server.start()
    try:
        yield line
    finally:
        line.listener.shutdown(socket.SHUT_RDWR)
        line.listener.close()
        server.join(timeout=10)
