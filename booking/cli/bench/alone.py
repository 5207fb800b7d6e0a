"""Offers in this one process, without a server: what the product's own work costs.

The bare page is asked in the same process, round by round in between.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import BytesIO
from typing import Any

from flask import Flask
from sqlalchemy import event

from booking.cli.bench import addresses, bare
from booking.cli.bench.place import Place
from booking.cli.bench.report import Figure, middle
from booking.core.db import db

ROUNDS, ROUND_SECONDS, QUERIES = 7, 0.5, 4
Work = Callable[[], object]


def measure(small: Place, large: Place, *, quick: bool) -> Iterator[Figure]:
    """Yield what a month of offers costs, of one practitioner, of twenty and of all."""
    rounds = 1 if quick else ROUNDS
    yield _figure("5", "month, 1 practitioner", small, 1, rounds, times=9)
    many = max(large.made.services)
    for place, givers in ((small, 20), (large, 1), (large, many)):
        yield _figure("9", f"month, anyone of {givers}", place, givers, rounds)


def _figure(
    target: str, what: str, place: Place, givers: int, rounds: int, times: float | None = None
) -> Figure:
    month = _page(place.app, addresses.month(place.made, givers))
    hello = _page(bare.bare(), bare.PATH)
    month()  # so that what is kept from one request to the next is there
    costs = [(_cost(month), _cost(hello)) for _ in range(rounds)]
    with place.app.app_context(), counted(place.app) as statements:
        month()
    numbers = {
        "times": middle(ours / theirs for ours, theirs in costs),
        "cpu_ms": middle(ours for ours, _ in costs) * 1000,
        "queries": len(statements),
    }
    few = len(statements) <= QUERIES
    return Figure(
        target=target,
        what=f"{what}, JSON, one process",
        database=f"{place.kind}, {place.made.rows:,} rows",
        numbers=numbers,
        wanted=f"≤ {QUERIES} queries" if times is None else f"≤ {times:g} × bare",
        met=few if times is None else few and numbers["times"] <= times,
        reference=f"{middle(theirs for _, theirs in costs) * 1000:.3f} ms CPU",
    )


def _page(app: Flask, address: str) -> Work:
    """Ask a WSGI application for a page, as a server does; it must answer 200."""
    path, _, query = address.partition("?")

    def start(status: str, _headers: object, _why: object = None) -> Callable[[bytes], object]:
        if not status.startswith("200"):
            raise RuntimeError(f"a page that should be measured answered {status}")
        return lambda _data: None

    def work() -> bytes:
        environ: dict[str, Any] = {
            "REQUEST_METHOD": "GET",
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "HTTP_HOST": "localhost",
            "SERVER_NAME": "localhost",
            "SERVER_PORT": "80",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "wsgi.url_scheme": "http",
            "wsgi.input": BytesIO(),
        }
        answer = app.wsgi_app(environ, start)
        return b"".join(answer)

    return work


def _cost(work: Work) -> float:
    """CPU seconds of one piece of work, over as many as fit into a round."""
    work()
    count, began, until = 0, time.process_time(), time.perf_counter() + ROUND_SECONDS
    while time.perf_counter() < until:
        work()
        count += 1
    return (time.process_time() - began) / count


@contextmanager
def counted(app: Flask) -> Iterator[list[str]]:
    """Note the statements that go to the database; call inside an application context."""
    sent: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        if not statement.startswith(("PRAGMA", "BEGIN", "SET TRANSACTION")):
            sent.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(db.engine, "before_cursor_execute", note)
