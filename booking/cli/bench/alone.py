"""Offers in this one process, without a server: what the product's own work costs.

The bare page is asked in the same process, round by round in between.
"""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from io import BytesIO
from typing import Any

from flask import Flask
from sqlalchemy import event

from booking.availability import queries as availability
from booking.cli.bench import bare, clinic
from booking.cli.bench.place import Place
from booking.cli.bench.report import Figure, middle
from booking.core.db import db

ROUNDS, ROUND_SECONDS = 7, 0.5
Work = Callable[[], object]


def measure(small: Place, large: Place, *, quick: bool) -> Iterator[Figure]:
    """Yield what a month of offers costs, of one practitioner, of twenty and of all."""
    rounds = 1 if quick else ROUNDS
    one = _figure("5", "month, 1 practitioner, one process", small, 1, rounds)
    yield one
    if large is not small:
        many = _figure("8", "the same, large clinic", large, 1, rounds)
        many.numbers["against_small"] = many.numbers["cpu_ms"] / one.numbers["cpu_ms"]
        yield many
    for place, givers in ((small, 20), (large, max(large.made.services))):
        if givers in place.made.services:
            yield _figure("", f"month, anyone of {givers}, one process", place, givers, rounds)


def _figure(target: str, what: str, place: Place, givers: int, rounds: int) -> Figure:
    month, hello = _month(place, givers), _page(bare.bare(), bare.PATH)
    with place.app.app_context():
        costs = [(_cost(month), _cost(hello)) for _ in range(rounds)]
        with counted(place.app) as statements:
            month()
        db.session.remove()
    return Figure(
        target=target,
        what=what,
        database=f"{place.kind}, {place.made.rows:,} rows",
        numbers={
            "times": middle(ours / theirs for ours, theirs in costs),
            "cpu_ms": middle(ours for ours, _ in costs) * 1000,
            "queries": len(statements),
        },
        reference=f"{middle(theirs for _, theirs in costs) * 1000:.3f} ms CPU",
    )


def _month(place: Place, givers: int) -> Work:
    """A month of offers of the service that so many give, as JSON, from the database on."""
    service = place.made.services[givers]

    def work() -> str:
        known = availability.schedule(
            service.id,
            start=clinic.NOW,
            end=clinic.NOW + timedelta(days=clinic.DAYS),
            now=clinic.NOW,
        )
        told = [(offer.practitioner_id, offer.start) for offer in known.offers()]
        db.session.rollback()
        return json.dumps(told)

    return work


def _page(app: Flask, path: str) -> Work:
    """Ask a WSGI application for a page, as a server does."""

    def start(_status: str, _headers: object, _why: object = None) -> Callable[[bytes], object]:
        return lambda _data: None

    def work() -> bytes:
        environ: dict[str, Any] = {
            "REQUEST_METHOD": "GET",
            "PATH_INFO": path,
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
