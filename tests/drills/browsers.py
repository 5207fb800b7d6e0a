"""Browsers of the drills: each a network and a cookie jar of its own, over real HTTP.

They fill in the real forms of real pages, and many of them can press a button at one moment.
"""

import http.client
import itertools
import re
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from urllib.parse import urlencode, urlsplit

from booking.appointments import rules

TRIES = 12
NETWORKS = itertools.count(1)
TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')
NONCE = re.compile(r'name="nonce"[^>]* value="([^"]+)"')
SLOT = re.compile(r'name="slot" value="([0-9a-f.]+)"')
KEY = re.compile(r'name="key" value="([^"]+)"')
NEAR = re.compile(r'<ul class="near">.*?</ul>', re.DOTALL)


@dataclass(frozen=True)
class Answer:
    """What came back; `to` is the path of a redirect, `seconds` how long it took."""

    status: int
    to: str
    text: str
    seconds: float
    retry_after: str = ""

    def on(self, day: date) -> list[str]:
        """The values of the buttons that take a time of that day, each once, by time."""
        found = sorted(set(SLOT.findall(self.text)), key=start_of)
        return [slot for slot in found if start_of(slot).date() == day]

    @property
    def near(self) -> list[str]:
        """The values of the buttons of near times, where the page has them."""
        found = NEAR.search(self.text)
        return SLOT.findall(found[0]) if found else []

    @property
    def visit(self) -> str:
        """The public id of the visit that a redirect leads to."""
        return self.to.rpartition("/")[2]


def start_of(slot: str) -> datetime:
    """When the time that a button names begins."""
    return rules.read_slot(slot).starts_at


@dataclass
class Browser:
    """A person's browser at `port`; `now` of the other end is the other end's."""

    port: int
    cookies: dict[str, str] = field(default_factory=dict)
    token: str = ""
    network: int = field(default_factory=lambda: next(NETWORKS))
    timeout: float = 60

    def twin(self) -> "Browser":
        """The same browser's second tab, or second click: it left with the same cookies."""
        return Browser(self.port, dict(self.cookies), self.token, self.network)

    def get(self, path: str) -> Answer:
        """Open a page; its form's token is kept for the next `post`."""
        answer = self._send("GET", path)
        if found := TOKEN.search(answer.text):
            self.token = found[1]
        return answer

    def post(self, path: str, fields: dict[str, str | list[str]]) -> Answer:
        """Send a form with the token of the page opened last."""
        return self._send("POST", path, self.body(fields))

    def body(self, fields: dict[str, str | list[str]]) -> bytes:
        """The bytes of a form as `post` sends it."""
        return urlencode({"csrf_token": self.token, **fields}, doseq=True).encode()

    def headers(self, body: bytes) -> dict[str, str]:
        """What goes along with `body`."""
        n = self.network
        return {
            "Host": f"localhost:{self.port}",
            "Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items()),
            "Content-Type": "application/x-www-form-urlencoded",
            "Content-Length": str(len(body)),
            "X-Forwarded-For": f"10.{n >> 16 & 255}.{n >> 8 & 255}.{n & 255}",
        }

    def _send(self, method: str, path: str, body: bytes = b"") -> Answer:
        began = time.perf_counter()
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=self.timeout)
        try:
            connection.request(method, path, body or None, self.headers(body))
            response = connection.getresponse()
            text = response.read().decode()
        finally:
            connection.close()
        for line in response.headers.get_all("Set-Cookie") or ():
            name, _, value = line.partition(";")[0].partition("=")
            self.cookies[name] = value
        to = urlsplit(response.headers.get("Location", "")).path
        wait = response.headers.get("Retry-After", "")
        return Answer(response.status, to, text, time.perf_counter() - began, wait)

    def insist(self, port: int, path: str, fields: dict[str, str | list[str]]) -> Answer:
        """Send a form over another line, again and again until an answer comes; then go on here."""
        for _more in range(TRIES):
            line = Browser(port, dict(self.cookies), self.token, self.network, self.timeout)
            try:
                answer = line.post(path, fields)
            except (OSError, http.client.HTTPException):
                continue
            self.cookies = line.cookies
            return answer
        raise AssertionError(f"no answer in {TRIES} tries")

    # --- what a person does ---------------------------------------------------------------

    def times(self, service: str, day: date, *, practitioner: str = "") -> Answer:
        """Open the page of a day's times."""
        asked = {"day": day.isoformat(), **({"practitioner": practitioner} if practitioner else {})}
        return self.get(f"/book/{service}/times?{urlencode(asked)}")

    def take(self, service: str, slot: str, *, practitioner: str = "") -> Answer:
        """Press a time's button."""
        query = f"?{urlencode({'practitioner': practitioner})}" if practitioner else ""
        return self.post(f"/book/{service}/times{query}", {"slot": slot})

    def tell(self, name: str, email: str) -> Answer:
        """Say who is coming, after a time was taken."""
        self.get("/book/about-you")
        return self.post("/book/about-you", about(name, email))

    def check(self) -> dict[str, str | list[str]]:
        """Open the last page and return its form, filled in."""
        return self.form(self.get("/book/check"))

    def form(self, page: Answer) -> dict[str, str | list[str]]:
        """The form of a last page that is open, filled in."""
        found = NONCE.search(page.text)
        assert found, "no form to book with"
        return {"nonce": found[1], "age": "old-enough"}

    def book(self, name: str, email: str) -> Answer:
        """Go from a taken time to the end, or to the word that this name keeps too many times."""
        told = self.tell(name, email)
        if told.status == 429:
            return told
        assert (told.status, told.to) == (303, "/book/check"), told
        return self.post("/book/check", self.check())


def about(name: str, email: str) -> dict[str, str | list[str]]:
    """What is typed on the page that asks who is coming."""
    return {"name": name, "email": email, "phone": "07700 900 123", "channels": ["email"]}


def at_once(acts: Sequence[Callable[[], Answer]]) -> list[Answer]:
    """Do all of it at one moment, each in a thread, and return the answers in that order."""
    barrier = threading.Barrier(len(acts))
    answers: dict[int, Answer] = {}

    def one(place: int) -> None:
        barrier.wait(timeout=60)
        answers[place] = acts[place]()

    crew = [threading.Thread(target=one, args=(place,)) for place in range(len(acts))]
    for each in crew:
        each.start()
    for each in crew:
        each.join()
    assert len(answers) == len(acts), "somebody got no answer at all"
    return [answers[place] for place in range(len(acts))]
