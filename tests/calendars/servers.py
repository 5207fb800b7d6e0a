"""Servers elsewhere, on this machine, with certificates of an authority of the tests' own."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.mail.receiver import Authority

Answer = tuple[int, dict[str, str], bytes]


@dataclass
class Elsewhere:
    """A server that answers what it is told to, and remembers what it was asked."""

    answer: Callable[["Question"], Answer] = lambda _q: (404, {}, b"")
    port: int = 0
    asked: list["Question"] = field(default_factory=list)

    @property
    def host(self) -> str:
        return f"localhost:{self.port}"

    def address(self, path: str = "/calendar.ics") -> str:
        return f"https://localhost:{self.port}{path}"

    def serves(self, content: bytes | str, **headers: str) -> None:
        """Answer every question with a calendar."""
        body = content if isinstance(content, bytes) else content.encode()
        told = {name.replace("_", "-"): value for name, value in headers.items()}
        self.answer = lambda _q: (200, {"Content-Type": "text/calendar", **told}, body)


@dataclass
class Question:
    """What a server was asked."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    write: Callable[[bytes], Any]  # bytes straight to whoever asked, for ill-behaved servers


@contextmanager
def elsewhere(ours: Authority, *names: str) -> Iterator[Elsewhere]:
    server = Elsewhere()

    class Handler(BaseHTTPRequestHandler):
        def handle_one(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            question = Question(
                self.command, self.path, dict(self.headers), self.rfile.read(length), self.say
            )
            server.asked.append(question)
            status, headers, body = server.answer(question)
            if status:
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

        def say(self, raw: bytes) -> None:
            self.wfile.write(raw)
            self.wfile.flush()

        def __getattr__(self, name: str) -> Any:
            if name in {"do_GET", "do_REPORT", "do_PUT", "do_DELETE"}:
                return self.handle_one
            raise AttributeError(name)

        def log_message(self, *_args: object) -> None:
            pass

    class Quiet(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_args: object) -> None:
            """Whoever hangs up, or trusts nobody, is what the tests are about."""

    listening = Quiet(("127.0.0.1", 0), Handler)
    listening.socket = ours.context(*names).wrap_socket(
        listening.socket, server_side=True, do_handshake_on_connect=False
    )
    server.port = listening.server_address[1]
    thread = threading.Thread(target=listening.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield server
    finally:
        listening.shutdown()
        thread.join()
        listening.server_close()
