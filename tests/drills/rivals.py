"""Rivals for time: several processes of several threads, let go at one moment, round after round.

Runs outside the test's own process; everything it needs comes in as plain values.
"""

import multiprocessing
import random
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from multiprocessing.synchronize import Barrier
from pathlib import Path

from booking import create_app
from booking.core.db import db, transaction
from booking.core.errors import AlreadyTaken
from booking.occupancy import actions
from booking.occupancy.rules import Claim
from tests.databases import make_settings
from tests.factories import MINUTES, NOW


@dataclass(frozen=True)
class Wish:
    """What one rival wants in one round: claims for `appointment_id`, a move if it has some."""

    appointment_id: int
    claims: tuple[Claim, ...]
    moving: bool = False


@dataclass(frozen=True)
class Outcome:
    """What a rival got: `won`, `lost` or the name of an error nobody wants, and in how long."""

    round: int
    wish: Wish
    result: str
    seconds: float


def race(
    folder: Path, url: str, rounds: Sequence[Sequence[Wish]], *, processes: int, threads: int
) -> list[Outcome]:
    """Let `processes` times `threads` rivals go at once; each has one wish a round."""
    context = multiprocessing.get_context("spawn")
    barrier = context.Barrier(processes * threads)
    with context.Manager() as manager:
        results = manager.list()
        crew = [
            context.Process(
                target=_process,
                args=(folder, url, _share(rounds, place, processes), barrier, results),
            )
            for place in range(processes)
        ]
        for each in crew:
            each.start()
        for each in crew:
            each.join(timeout=300)
            if each.is_alive():
                each.kill()
                raise AssertionError("a rival never came back")
        return list(results)


def _share(rounds: Sequence[Sequence[Wish]], place: int, processes: int) -> list[list[Wish]]:
    return [list(wishes[place::processes]) for wishes in rounds]


def _process(
    folder: Path, url: str, rounds: list[list[Wish]], barrier: Barrier, results: list[Outcome]
) -> None:
    app = create_app(make_settings(folder, url))
    found: list[Outcome] = []

    def rival(place: int) -> None:
        for number, wishes in enumerate(rounds):
            barrier.wait(timeout=120)
            began = time.perf_counter()
            with app.app_context():
                result = _try(wishes[place])
                db.session.remove()
            found.append(Outcome(number, wishes[place], result, time.perf_counter() - began))

    crew = [threading.Thread(target=rival, args=(place,)) for place in range(len(rounds[0]))]
    for each in crew:
        each.start()
    for each in crew:
        each.join()
    results.extend(found)
    with app.app_context():
        db.engine.dispose()


def _try(wish: Wish) -> str:
    try:
        with transaction():
            if wish.moving:
                actions.lock(claim.resource_id for claim in wish.claims)
                actions.release(wish.appointment_id)
            actions.claim(wish.claims, appointment_id=wish.appointment_id, now=NOW)
    except AlreadyTaken:
        return "lost"
    except Exception as unwanted:
        return f"{type(unwanted).__name__}: {unwanted}"
    return "won"


def wish_for(appointment_id: int, resources: Sequence[int], start: datetime, minutes: int) -> Wish:
    end = start + minutes * MINUTES
    return Wish(appointment_id, tuple(Claim(resource, start, end) for resource in resources))


def offsets(rivals: int, seed: int) -> list[tuple[int, int]]:
    """Return a random start (minutes) and length for each rival, overlapping in many ways."""
    dice = random.Random(seed)  # noqa: S311 - a repeatable mix, not a secret
    return [(dice.randrange(0, 90, 5), dice.choice([30, 45, 60])) for _ in range(rivals)]
