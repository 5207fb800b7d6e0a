"""A browser of the benchmark: a cookie, a network of its own, and the forms of real pages.

`prepared` makes what a browser holds after some pages without asking for them: the cookie and the
form's token, made by the application itself.
"""

import itertools
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlencode, urlsplit

from flask import Flask, session
from flask_wtf.csrf import generate_csrf

from booking.cli.bench.load import Line, request

TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')
NONCE = re.compile(r'name="nonce"[^>]* value="([^"]+)"')
SLOT = re.compile(r'name="slot" value="([0-9a-f.]+)"')
COOKIE = re.compile(rb"(?i)\r\nset-cookie: ([^;\r]+)")
LOCATION = re.compile(rb"(?i)\r\nlocation: ([^\r]+)")
_networks = itertools.count(1)


def new_network() -> int:
    """Return a network nobody has come from yet."""
    return next(_networks)


@dataclass(frozen=True)
class Prepared:
    """A cookie, and the token that forms must carry with it."""

    cookie: str
    token: str

    def post(self, path: str, fields: Mapping[str, str]) -> bytes:
        """Return the bytes of a form, sent from a network of its own."""
        form = urlencode({"csrf_token": self.token, **fields})
        return request(path, cookie=self.cookie, form=form, network=new_network())


def prepared(app: Flask, values: Mapping[str, object]) -> Prepared:
    """Return a browser whose cookie carries `values`. Needs no request."""
    with app.test_request_context(base_url="http://localhost"):
        session.update(values)
        token = generate_csrf()
        answer = app.response_class()
        app.session_interface.save_session(app, session, answer)
        return Prepared(answer.headers["Set-Cookie"].partition(";")[0], token)


@dataclass(frozen=True)
class Answer:
    """What came back; `to` is the path of a redirect."""

    status: int
    to: str
    text: str


@dataclass
class Browser:
    """Somebody who opens pages and sends their forms."""

    line: Line
    cookie: str = ""
    token: str = ""
    network: int = field(default_factory=new_network)

    def get(self, path: str) -> Answer:
        """Open a page; its form's token is kept for the next `post`."""
        answer = self._send(request(path, cookie=self.cookie, network=self.network))
        if found := TOKEN.search(answer.text):
            self.token = found[1]
        return answer

    def post(self, path: str, fields: Mapping[str, str]) -> Answer:
        """Send a form with the token of the page opened last."""
        form = urlencode({"csrf_token": self.token, **fields})
        return self._send(request(path, cookie=self.cookie, form=form, network=self.network))

    def _send(self, asked: bytes) -> Answer:
        status, head, body = self.line.send(asked)
        if found := COOKIE.search(head):
            self.cookie = found[1].decode()
        to = LOCATION.search(head)
        path = urlsplit(to[1].decode()).path if to else ""
        return Answer(status, path, body.decode())
