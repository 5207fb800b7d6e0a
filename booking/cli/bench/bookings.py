"""Bookings under the shipped server: rivals for one time, how many a second, how long the slowest.

What comes before the last press is prepared: times are kept and details typed, as the pages do it.
The press books, queues the message, records the event and lets the browser in.
"""

import os
import time
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from statistics import median

from booking.appointments import actions
from booking.appointments.rules import Slot, slot_text
from booking.appointments.views import site
from booking.availability import queries as availability
from booking.availability.rules import epoch_minute
from booking.cli.bench import bare, clinic
from booking.cli.bench.browser import Prepared, prepared
from booking.cli.bench.clinic import Visit
from booking.cli.bench.load import Answers, Plan, fire, request
from booking.cli.bench.place import Place
from booking.cli.bench.report import Figure, middle
from booking.cli.bench.servers import Server
from booking.core.db import db, transaction
from booking.patients.models import Channel

RIVALS = 50
SYNC_WRITES, BLOCK = 200, b"\0" * 4096


def one_time(place: Place, product: Server, free: Iterator[Visit], *, rounds: int) -> Figure:
    """Fifty at once for one time, round after round."""
    service = place.made.mixed[0].public_id
    path, found = f"/book/{service}/times", list[Answers]()
    for one, start in islice(free, rounds):
        slot = slot_text(Slot(one.public_id, one.location_public_id, start))
        browsers = [prepared(place.app, {}) for _ in range(RIVALS)]
        clients = [[browser.post(path, {"slot": slot})] for browser in browsers]
        found.append(fire(Plan(port=product.port, clients=clients)))
    right = [round_ for round_ in found if round_.statuses == {303: 1, 409: RIVALS - 1}]
    worst = max(round_.seconds for round_ in found)
    return Figure(
        target="1",
        what=f"{RIVALS} at once for one time, {rounds} rounds",
        database=place.kind,
        numbers={"rounds_with_one_winner": len(right), "worst_ms": worst * 1000},
        wanted=f"1 winner and {RIVALS - 1} × 409 in all, each < 1 s",
        met=len(right) == rounds and worst < 1,
    )


def rate(
    place: Place, product: Server, hello: Server, free: Iterator[Visit], *, rounds: int, each: int
) -> Figure:
    """Eight clients book as fast as they are answered."""
    theirs, ours, costs = list[float](), list[float](), list[float]()
    press(place, product, free, clients=8, each=min(each, 5))  # both workers have booked once
    for _ in range(rounds):
        theirs.append(fire(_bare_round(hello)).rate)
        before = product.cpu()
        answers = press(place, product, free, clients=8, each=each)
        costs.append((product.cpu() - before) / answers.count * 1000)
        ours.append(answers.rate)
    numbers = {
        "ratio": middle(a / b for a, b in zip(ours, theirs, strict=True)),
        "per_second": middle(ours),
        "cpu_ms": middle(costs),
    }
    return Figure(
        target="10",
        what="bookings, 8 clients",
        database=f"{place.kind}, {_durability(place)}",
        numbers=numbers,
        wanted="≥ 0.12 of bare",
        met=numbers["ratio"] >= 0.12,
        reference=f"{middle(theirs):,.0f} a second",
    )


def slowest(place: Place, product: Server, free: Iterator[Visit], *, each: int) -> Figure:
    """Thirty-two clients book at once, each several times."""
    synced = _sync_ms(place.settings.instance)
    answers = press(place, product, free, clients=32, each=each)
    numbers = {
        "p50_ms": answers.percentile(0.5) * 1000,
        "p99_ms": answers.percentile(0.99) * 1000,
        "worst_ms": answers.percentile(1) * 1000,
    }
    limit = max(120.0, 50 * synced)
    return Figure(
        target="11",
        what=f"a booking at 32 clients, {answers.count} of them",
        database=f"{place.kind}, {_durability(place)}",
        numbers=numbers,
        wanted="p99 ≤ 120 ms, or 50 × fdatasync",
        met=numbers["p99_ms"] <= limit if place.settings.database_file else None,
        reference=f"fdatasync {synced:.2f} ms",
    )


def press(
    place: Place, product: Server, free: Iterator[Visit], *, clients: int, each: int
) -> Answers:
    """Let clients press the last button, each so many times; all must be booked."""
    ready = list(_kept(place, list(islice(free, clients * each))))
    presses = [
        browser.post("/book/check", {"nonce": nonce, "age": "old-enough"})
        for browser, nonce in ready
    ]
    plan = Plan(port=product.port, clients=[presses[nth::clients] for nth in range(clients)])
    answers = fire(plan)
    if answers.statuses != {303: clients * each}:
        raise RuntimeError(f"bookings that should be measured answered {dict(answers.statuses)}")
    return answers


def _kept(place: Place, visits: Sequence[Visit]) -> Iterator[tuple[Prepared, str]]:
    """Keep these times, each for somebody new who has said who she is: (browser, form's key)."""
    with place.app.app_context():
        now = clinic.NOW
        known = availability.schedule(
            place.made.mixed[0].id, start=now, end=now + clinic.DAYS * clinic.DAY, now=now
        )
        offered = {(offer.practitioner_id, offer.start): offer for offer in known.offers()}
        keys = []
        with transaction():
            for one, start in visits:
                offer = offered[one.id, epoch_minute(start)]
                offer = offer._replace(room=(one.room, one.room_resource))
                typed = _details(f"{one.id}-{epoch_minute(start)}")
                keys.append(actions.hold(offer, now=now, typed=typed).public_id)
        db.session.remove()
    for key in keys:
        yield prepared(place.app, {site.HOLD: str(key)}), str(key)


def _details(number: str) -> actions.Typed:
    return {
        "name": f"Visitor {number}",
        "email": f"visitor-{number}@example.org",
        "phone": "07700 900 123",
        "channels": [Channel.EMAIL],
    }


def _bare_round(hello: Server) -> Plan:
    return Plan(port=hello.port, clients=[[request(bare.PATH)]] * 8, seconds=2.0)


def _durability(place: Place) -> str:
    return "synchronous=FULL" if place.settings.database_file else "fsync on"


def _sync_ms(folder: Path) -> float:
    """How long this disk takes to make a small write durable; milliseconds."""
    file, seconds = folder / "sync", list[float]()
    handle = os.open(file, os.O_WRONLY | os.O_CREAT, 0o600)
    try:
        for _ in range(SYNC_WRITES):
            began = time.perf_counter()
            os.write(handle, BLOCK)
            os.fdatasync(handle)
            seconds.append(time.perf_counter() - began)
    finally:
        os.close(handle)
        file.unlink()
    return median(seconds) * 1000
