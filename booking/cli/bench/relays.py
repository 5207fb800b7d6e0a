"""A booking while the mail relay answers, hangs or refuses.

A booking only writes its message into the outbox; the worker, which is there too, hands it over.
So whatever the relay does, nobody who books may wait the longer for it.
"""

import socket
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from booking.cli.bench.bookings import press
from booking.cli.bench.clinic import Visit
from booking.cli.bench.place import Place
from booking.cli.bench.report import Figure, middle
from booking.cli.bench.servers import Server, working
from booking.demo.mailbox import Receiver

CLIENTS, MOST = 8, 1.1


def measure(
    place: Place, product: Server, free: Iterator[Visit], *, rounds: int, each: int
) -> Figure:
    """Let eight clients book while a worker hands over to each kind of relay in turn."""
    found: dict[str, list[float]] = {name: [] for name in RELAYS}
    press(place, product, free, clients=CLIENTS, each=min(each, 5))
    for _ in range(rounds):
        for name, relay in RELAYS.items():
            with relay() as port, working(place.settings, relay_port=port):
                answers = press(place, product, free, clients=CLIENTS, each=each)
            found[name].append(answers.percentile(0.95) * 1000)
    normal, times = middle(found["answering"]), rounds * CLIENTS * each
    numbers = {
        "p95_normal_ms": normal,
        "while_hanging": middle(found["hanging"]) / normal,
        "while_refusing": middle(found["refusing"]) / normal,
    }
    return Figure(
        target="R4",
        what=f"a booking while the relay is away, {CLIENTS} clients, {times} times",
        database=place.kind,
        numbers=numbers,
        wanted=f"p95 ≤ {MOST:g} × that while it answers",
        met=max(numbers["while_hanging"], numbers["while_refusing"]) <= MOST,
    )


@contextmanager
def _answering() -> Iterator[int]:
    """A relay that takes everything."""
    kept = tempfile.TemporaryDirectory(prefix="stillpoint-bench-")
    with kept as folder, Receiver(Path(folder)) as receiver:
        yield receiver.port


@contextmanager
def _hanging() -> Iterator[int]:
    """One that lets every caller in and never says a word."""
    with socket.create_server(("127.0.0.1", 0), backlog=64) as silent:
        yield silent.getsockname()[1]


@contextmanager
def _refusing() -> Iterator[int]:
    """A port that nobody else can have, and nobody listens on."""
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        yield closed.getsockname()[1]


RELAYS: dict[str, Callable[[], AbstractContextManager[int]]] = {
    "answering": _answering,
    "hanging": _hanging,
    "refusing": _refusing,
}
