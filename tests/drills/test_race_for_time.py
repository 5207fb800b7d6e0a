"""Many want the same time at the same moment, through several processes, on both databases.

Exactly the winners win; the others are told, and nothing breaks. The rounds and the number of
rivals are those of docs/performance.md; `--long` asks for more.
"""

from collections import defaultdict
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import text

from booking.appointments.models import Appointment
from booking.core.db import db, session, transaction
from booking.occupancy import actions as occupancy
from booking.occupancy.models import ResourceKind
from tests.drills.checker import OVERLAPS
from tests.drills.rivals import Outcome, Wish, offsets, race, wish_for
from tests.factories import MONDAY_10AM, Clinic, make_appointment

pytestmark = [pytest.mark.both, pytest.mark.xdist_group("drills")]
PROCESSES, THREADS = 4, 4
RIVALS = PROCESSES * THREADS
DAY = timedelta(days=1)


@pytest.fixture
def rounds(database_kind: str, request: pytest.FixtureRequest) -> int:
    """Dead-locks on PostgreSQL show only after hundreds of rounds; SQLite queues its writers."""
    short = {"postgresql": 400, "sqlite": 60}[database_kind]
    return short * (5 if request.config.getoption("--long") else 1)


@pytest.fixture
def visits(app: Flask, clinic: Clinic) -> list[int]:
    """Visits without any time yet, one for each rival."""
    with app.app_context(), transaction():
        found = []
        for number in range(RIVALS):
            start = MONDAY_10AM - (number + 2) * DAY
            visit = make_appointment(clinic, starts_at=start, ends_at=start + timedelta(hours=1))
            occupancy.release(visit.id)
            found.append(visit.id)
        return found


def new_resources(app: Flask, kind: ResourceKind, count: int) -> list[int]:
    with app.app_context(), transaction():
        return [occupancy.new_resource(kind) for _ in range(count)]


def run(home: Path, url: str, wishes: list[list[Wish]]) -> dict[int, list[Outcome]]:
    outcomes = race(home, url, wishes, processes=PROCESSES, threads=THREADS)
    by_round: dict[int, list[Outcome]] = defaultdict(list)
    for outcome in outcomes:
        by_round[outcome.round].append(outcome)
    assert {len(found) for found in by_round.values()} == {RIVALS}
    unwanted = {o.result for o in outcomes} - {"won", "lost"}
    assert unwanted == set(), unwanted
    return by_round


def no_overlap(app: Flask) -> bool:
    with app.app_context():
        found = session().scalar(OVERLAPS)
        db.session.remove()
    return found == 0


@pytest.mark.parametrize("which", ["practitioner", "room", "patient"])
def test_one_identical_time_has_one_winner(
    app: Flask,
    clinic: Clinic,
    visits: list[int],
    rounds: int,
    home: Path,
    database_url: str,
    which: str,
) -> None:
    """The rivals share one resource of `which` kind and have two others of their own.

    Holds sec_J1.
    """
    shared = {
        "practitioner": clinic.mei_resource,
        "room": clinic.room_resources[0],
        "patient": new_resources(app, ResourceKind.PATIENT, 1)[0],
    }[which]
    own = new_resources(app, ResourceKind.ROOM, 2 * RIVALS)
    wishes = [
        [
            wish_for(
                visit,
                [own[2 * place], shared, own[2 * place + 1]],
                MONDAY_10AM + number * DAY,
                60,
            )
            for place, visit in enumerate(visits)
        ]
        for number in range(rounds if which == "practitioner" else rounds // 4)
    ]
    for found in run(home, database_url, wishes).values():
        assert sorted(o.result for o in found) == ["lost"] * (RIVALS - 1) + ["won"]
    assert no_overlap(app)


def test_partly_overlapping_times_leave_a_set_to_which_nothing_can_be_added(
    app: Flask, clinic: Clinic, visits: list[int], rounds: int, home: Path, database_url: str
) -> None:
    wishes = [
        [
            wish_for(
                visit,
                [clinic.mei_resource, clinic.room_resources[0]],
                MONDAY_10AM + number * DAY + timedelta(minutes=start),
                length,
            )
            for visit, (start, length) in zip(visits, offsets(RIVALS, number), strict=True)
        ]
        for number in range(rounds // 2)
    ]
    for found in run(home, database_url, wishes).values():
        won = [o.wish.claims[0] for o in found if o.result == "won"]
        lost = [o.wish.claims[0] for o in found if o.result == "lost"]
        assert won
        for loser in lost:
            assert any(
                loser.starts_at < winner.ends_at and winner.starts_at < loser.ends_at
                for winner in won
            ), "a time was refused although it was free"
    assert no_overlap(app)


def test_bookings_and_moves_across_two_practitioners_never_lock_each_other_out(
    app: Flask, clinic: Clinic, visits: list[int], rounds: int, home: Path, database_url: str
) -> None:
    """Half the rivals book with both practitioners, half move what they have between the two.

    Holds sec_J1.
    """
    pair = [clinic.mei_resource, clinic.ines_resource]
    wishes = []
    for number in range(rounds // 2):
        at = MONDAY_10AM + number * DAY
        wishes.append(
            [
                Wish(
                    visit,
                    wish_for(visit, pair if place % 4 < 2 else pair[::-1], at, 60).claims,
                    moving=place % 2 == 0,
                )
                for place, visit in enumerate(visits)
            ]
        )
    for found in run(home, database_url, wishes).values():
        assert [o.result for o in found].count("won") == 1
    assert no_overlap(app)
    with app.app_context():
        kept = session().scalar(text("SELECT count(*) FROM appointment"))
        assert kept == len(visits)
        assert session().get(Appointment, visits[0]) is not None
