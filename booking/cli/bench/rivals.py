"""Everything about bookings: who wins, how many a second, how long the slowest waits."""

from collections.abc import Iterator

from booking.cli.bench import bookings, crowd, relays, storm
from booking.cli.bench.place import Place
from booking.cli.bench.report import Figure
from booking.cli.bench.servers import BARE, PRODUCT, serving


def measure(place: Place, *, quick: bool) -> Iterator[Figure]:
    """Yield the figures of bookings on one clinic, which is full of them afterwards."""
    free = iter(place.made.free)
    yield from crowd.measure(place, rounds=5 if quick else 400)
    with serving(PRODUCT, place.settings) as product:
        # First: no message of another measure waits yet for the worker that is started here.
        rounds, each = (1, 2) if quick else (3, 15)
        yield relays.measure(place, product, free, rounds=rounds, each=each)
        yield bookings.one_time(place, product, free, rounds=1 if quick else 20)
        with serving(BARE, place.settings) as hello:
            rounds, each = (1, 5) if quick else (5, 30)
            yield bookings.rate(place, product, hello, free, rounds=rounds, each=each)
        yield bookings.slowest(place, product, free, each=2 if quick else 30)
        yield storm.measure(place, product, seconds=1.5 if quick else 60)
