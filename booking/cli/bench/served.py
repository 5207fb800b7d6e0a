"""Pages under the shipped server: their rate against the bare page's, and the server's CPU.

Both are served at once and asked in turns, round by round, by eight clients on kept connections.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from flask import Flask

from booking.accounts import actions as accounts
from booking.cli.bench import addresses, bare, browser, clinic
from booking.cli.bench.load import Plan, fire, request
from booking.cli.bench.place import Place
from booking.cli.bench.report import Figure, middle
from booking.cli.bench.servers import BARE, PRODUCT, Server, serving
from booking.core.db import db, transaction

ROUNDS, ROUND_SECONDS, CLIENTS = 5, 3.0, 8
QUICK_SECONDS = 0.3
MANY_ROWS = 1.2  # how much more CPU a month may cost where a million rows are


@dataclass(frozen=True, kw_only=True)
class Page:
    """A page to measure with its target: most CPU in ms, least ratio to the bare page's rate.

    `p95_ms` is what nineteen of twenty answers may take at most when one client asks for one
    after the other; 0 where that is not measured.
    """

    target: str
    what: str
    asked: bytes
    cpu_ms: float
    ratio: float = 0.0
    p95_ms: float = 0.0

    @property
    def wanted(self) -> str:
        """The target in words."""
        least = f"≥ {self.ratio:.2f} of bare, " if self.ratio else ""
        waits = f", p95 ≤ {self.p95_ms:.0f} ms" if self.p95_ms else ""
        return f"{least}CPU ≤ {self.cpu_ms:.3g} ms{waits}"

    def met(self, numbers: dict[str, float]) -> bool:
        """Tell whether the numbers keep the target."""
        waits = numbers.get("p95_ms", 0.0) <= self.p95_ms
        return numbers["cpu_ms"] <= self.cpu_ms and numbers["ratio"] >= self.ratio and waits


def measure(small: Place, large: Place, *, quick: bool) -> Iterator[Figure]:
    """Yield what pages cost: of a small clinic, and those that a large one makes heavy."""
    with serving(BARE, small.settings) as hello:
        with serving(PRODUCT, small.settings) as product:
            first, *others = _of_small(small)
            month = _figure(small, first, product, hello, quick=quick)
            yield month
            for page in others:
                yield _figure(small, page, product, hello, quick=quick)
        with serving(PRODUCT, large.settings) as product:
            for page in _of_large(large, MANY_ROWS * month.numbers["cpu_ms"]):
                yield _figure(large, page, product, hello, quick=quick)


def measure_lists(place: Place, *, quick: bool) -> Iterator[Figure]:
    """Yield what the lists of forms cost, of reception and of one practitioner."""
    with serving(BARE, place.settings) as hello, serving(PRODUCT, place.settings) as product:
        for page in _lists(place):
            yield _figure(place, page, product, hello, quick=quick)


def _of_small(place: Place) -> list[Page]:
    made = place.made
    return [
        Page(
            target="4",
            what="month, 1 practitioner, JSON",
            asked=request(addresses.month(made, 1)),
            cpu_ms=1.2,
            ratio=0.40,
        ),
        Page(
            target="6",
            what="first available, anyone of 20, JSON",
            asked=request(addresses.first(made, 20)),
            cpu_ms=2,
            ratio=0.20,
        ),
        Page(
            target="7",
            what="month, anyone of 20, JSON",
            asked=request(addresses.month(made, 20)),
            cpu_ms=5,
        ),
        Page(
            target="12",
            what="times page, a week, anyone of 20",
            asked=request(addresses.times(made, 20)),
            cpu_ms=6,
        ),
        Page(
            target="13",
            what="day board, 20 practitioners, 300 visits",
            asked=request(f"/day?date={clinic.BOARD_DAY}", cookie=_signed_in(place)),
            cpu_ms=25,
        ),
    ]


def _of_large(place: Place, month_ms: float) -> list[Page]:
    made, many = place.made, max(place.made.services)
    return [
        Page(
            target="8",
            what="month, 1 practitioner, JSON, ≤ 1.2 × the small clinic",
            asked=request(addresses.month(made, 1)),
            cpu_ms=month_ms,
        ),
        Page(
            target="7",
            what=f"month, anyone of {many}, JSON",
            asked=request(addresses.month(made, many)),
            cpu_ms=20,
        ),
    ]


def _lists(place: Place) -> list[Page]:
    made = place.made
    return [
        Page(
            target="13",
            what=f"queue of {made.forms:,} forms",
            asked=request("/forms", cookie=_signed_in(place)),
            cpu_ms=25,
            p95_ms=200,
        ),
        Page(
            target="13",
            what="a practitioner's list of forms",
            asked=request("/forms/to-read", cookie=_signed_in(place, made.treating)),
            cpu_ms=25,
            p95_ms=200,
        ),
    ]


def _signed_in(place: Place, user_id: int = 0) -> str:
    """Return the cookie of that member of staff, or of somebody at the desk."""
    app: Flask = place.app
    with app.app_context():
        with transaction():
            token = accounts.start_staff_session(
                user_id or place.made.reception, second_factor=clinic.NOW, now=clinic.NOW
            )
        db.session.remove()
    return browser.prepared(app, {"_user_id": token, "_fresh": True}).cookie


def _figure(place: Place, page: Page, product: Server, hello: Server, *, quick: bool) -> Figure:
    rounds, seconds = (1, QUICK_SECONDS) if quick else (ROUNDS, ROUND_SECONDS)
    reference = request(bare.PATH)
    fire(_plan(product, page.asked, min(1.0, seconds)))  # both workers have seen it once
    ours, theirs = list[tuple[float, float]](), list[tuple[float, float]]()
    for _ in range(rounds):
        theirs.append(_round(hello, reference, seconds))
        ours.append(_round(product, page.asked, seconds))
    numbers = {
        "ratio": middle(a[0] / b[0] for a, b in zip(ours, theirs, strict=True)),
        "cpu_ms": middle(cpu for _, cpu in ours),
        "per_second": middle(rate for rate, _ in ours),
    }
    if page.p95_ms:
        one_by_one = fire(Plan(port=product.port, clients=[[page.asked]], seconds=seconds))
        numbers["p95_ms"] = one_by_one.percentile(0.95) * 1000
    return Figure(
        target=page.target,
        what=page.what,
        database=f"{place.kind}, {place.made.rows:,} rows",
        numbers=numbers,
        wanted=page.wanted,
        met=page.met(numbers),
        reference=f"{middle(r for r, _ in theirs):,.0f} a second, "
        f"{middle(cpu for _, cpu in theirs):.2f} ms CPU",
    )


def _plan(server: Server, asked: bytes, seconds: float) -> Plan:
    clients: Sequence[Sequence[bytes]] = [[asked]] * CLIENTS
    return Plan(port=server.port, clients=clients, seconds=seconds)


def _round(server: Server, asked: bytes, seconds: float) -> tuple[float, float]:
    """Return answers a second, and the server's CPU milliseconds for one."""
    before = server.cpu()
    answers = fire(_plan(server, asked, seconds))
    if set(answers.statuses) != {200}:
        raise RuntimeError(f"pages that should be measured answered {dict(answers.statuses)}")
    return answers.rate, (server.cpu() - before) / answers.count * 1000
