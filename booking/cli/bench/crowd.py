"""Rivals below the pages: processes of threads that claim and move time at one moment."""

import json
import multiprocessing
import threading
import time
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from multiprocessing.synchronize import Barrier
from pathlib import Path

from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from booking.appointments.models import Appointment
from booking.cli.bench import clinic
from booking.cli.bench.place import Place
from booking.cli.bench.report import Figure
from booking.core.db import db, session, transaction
from booking.core.errors import AlreadyTaken
from booking.occupancy import actions as occupancy
from booking.occupancy.rules import Claim

PROCESSES, THREADS = 4, 4
RIVALS = PROCESSES * THREADS
WAIT = 120.0
DEAD_LOCK = "40P01"
HOUR, LENGTH = timedelta(hours=1), timedelta(minutes=30)
# Beyond everything the clinic has, and every round at a time of its own.
FIRST = clinic.NOW + 100 * clinic.DAY

OVERLAPS = text(
    "SELECT count(*) FROM occupancy a JOIN occupancy b ON a.resource_id = b.resource_id "
    "AND a.id < b.id AND a.starts_at < b.ends_at AND b.starts_at < a.ends_at"
)


def overlaps(place: Place) -> int:
    """Count pairs of rows in which one resource is at two places at once."""
    with place.app.app_context():
        found = session().scalar(OVERLAPS) or 0
        db.session.remove()
    return found


def measure(place: Place, *, rounds: int) -> Iterator[Figure]:
    """Yield what became of rivals for one time, and of claims mixed with moves."""
    with place.app.app_context():
        visits = list(session().scalars(select(Appointment.id).limit(RIVALS)))
        db.session.remove()
    for moving in (False, True):
        results, seconds = _race(place, visits, rounds, moving=moving)
        yield _figure(place, results, seconds, rounds, moving=moving)


def _figure(
    place: Place, results: Counter[str], seconds: list[float], rounds: int, *, moving: bool
) -> Figure:
    twice, worst = overlaps(place), max(seconds)
    unwanted = sum(n for what, n in results.items() if what not in {"won", "lost"})
    one_each = moving or results["won"] == rounds
    what = "claims and moves of two practitioners" if moving else "direct rivals for one time"
    return Figure(
        target="2",
        what=f"{RIVALS} {what}, {rounds} rounds",
        database=place.kind,
        numbers={
            "won": results["won"],
            "dead_locks": results[DEAD_LOCK],
            "errors": unwanted,
            "overlaps": twice,
            "worst_ms": worst * 1000,
        },
        wanted=f"{'' if moving else '1 winner each, '}0 dead-locks, worst < 500 ms",
        met=one_each and not unwanted and not twice and worst < 0.5,
    )


def _race(
    place: Place, visits: list[int], rounds: int, *, moving: bool
) -> tuple[Counter[str], list[float]]:
    with place.app.app_context():
        db.engine.dispose()  # the processes to come open connections of their own
    context = multiprocessing.get_context("fork")
    barrier = context.Barrier(RIVALS)
    files = [place.settings.instance / f"rivals-{nth}.json" for nth in range(PROCESSES)]
    crew = [
        context.Process(
            target=_process,
            args=(place, visits[nth::PROCESSES], rounds, barrier, file),
            kwargs={"moving": moving},
        )
        for nth, file in enumerate(files)
    ]
    for each in crew:
        each.start()
    for each in crew:
        each.join()
    told = [json.loads(file.read_text()) for file in files]
    results = Counter(result for share in told for result, _ in share)
    return results, [seconds for share in told for _, seconds in share]


def _process(
    place: Place, visits: list[int], rounds: int, barrier: Barrier, file: Path, *, moving: bool
) -> None:
    found: list[tuple[str, float]] = []

    def rival(nth: int) -> None:
        for number in range(rounds):
            start = FIRST + number * HOUR + (5000 * HOUR if moving else 0 * HOUR)
            claims = _claims(place, nth, start, moving=moving)
            barrier.wait(WAIT)
            began = time.perf_counter()
            with place.app.app_context():
                result = _try(visits[nth], claims, moving=moving and nth % 2 == 0)
                db.session.remove()
            found.append((result, time.perf_counter() - began))

    crew = [threading.Thread(target=rival, args=(nth,)) for nth in range(len(visits))]
    for each in crew:
        each.start()
    for each in crew:
        each.join()
    with place.app.app_context():
        db.engine.dispose()
    file.write_text(json.dumps(found))


def _claims(place: Place, nth: int, start: datetime, *, moving: bool) -> list[Claim]:
    """One practitioner's time; with moves two practitioners', in either order, overlapping."""
    first, second = (one.resource for one in place.made.staff[:2])
    if not moving:
        return [Claim(first, start, start + LENGTH)]
    if nth % 2:
        first, second = second, first
    later = start + nth * LENGTH / 4
    return [Claim(first, start, start + LENGTH), Claim(second, later, later + LENGTH)]


def _try(visit: int, claims: list[Claim], *, moving: bool) -> str:
    try:
        with transaction():
            if moving:
                occupancy.lock(claim.resource_id for claim in claims)
                occupancy.release(visit)
            occupancy.claim(claims, appointment_id=visit, now=clinic.NOW)
    except AlreadyTaken:
        return "lost"
    except DBAPIError as unwanted:
        return str(getattr(unwanted.orig, "sqlstate", None) or type(unwanted).__name__)
    return "won"
