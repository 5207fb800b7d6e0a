"""The disk is full; the database is locked, ends its connections, or lets nobody in (R7, R8).

Whoever books is told kindly and soon that nothing was changed, keeps the form, and gets through
with it once the trouble is over, without a restart. Pages that only read go on; what must be
recorded is not shown where it cannot be. Readiness tells the truth throughout.
"""

import resource
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import date
from pathlib import Path

import portalocker
import psycopg
import pytest
from flask import Flask
from flask.sessions import SecureCookieSessionInterface
from sqlalchemy import select

from booking.accounts import actions as accounts
from booking.accounts.models import User
from booking.core import clock
from booking.core.db import session, transaction
from tests.databases import PostgresServer, postgres_copy
from tests.drills.browsers import TOKEN, Answer, Browser
from tests.drills.places import SECRET, Place, running, workday
from tests.factories import NOW

pytestmark = pytest.mark.xdist_group("drills")
SOON = 10  # seconds: longer nobody waits
AGAIN = 5 + 5.5  # seconds until it goes on by itself, and as long as readiness keeps its answer


@pytest.fixture(scope="module")
def place(
    home: Path, sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Place]:
    """One installation that goes through all of it; each drill books on days of its own."""
    folder = tmp_path_factory.mktemp("trouble")
    (folder / "test.db").write_bytes(sqlite_template.read_bytes())
    yield from running(home, folder, f"sqlite:///{folder / 'test.db'}")


class Booking:
    """Somebody who has filled in everything and only has to press the last button."""

    def __init__(self, place: Place, number: int) -> None:
        self.place, self.browser = place, place.browser()
        self.slot = self.browser.times(place.first, workday(number)).on(workday(number))[0]
        assert self.browser.take(place.first, self.slot).status == 303
        assert self.browser.tell(*place.someone()).status == 303
        self.form = self.browser.check()

    def press(self) -> Answer:
        return self.browser.post("/book/check", self.form)

    def succeeds(self) -> Answer:
        answer = self.press()
        self.place.booked(answer, self.slot)
        return answer

    def is_refused_kindly(self) -> None:
        answer = self.press()
        assert answer.status == 503, answer
        assert answer.retry_after == "10"
        assert "Nothing was changed" in answer.text
        assert answer.seconds < SOON


def reads_go_on(place: Place) -> None:
    for path in ("/", "/sign-in", "/healthz"):
        answer = place.browser().get(path)
        assert answer.status == 200, (path, answer)


def ready(place: Place) -> int:
    return place.browser().get("/readyz").status


def becomes(wanted: int, ask: Callable[[], int], *, within: float) -> None:
    deadline = time.monotonic() + within
    while (found := ask()) != wanted and time.monotonic() < deadline:
        time.sleep(0.2)
    assert found == wanted


@contextmanager
def keeps_the_lock(place: Place) -> Iterator[None]:
    """Another process, hanging in the middle of a write."""
    file = Path(place.system.folder) / "test.db.lock"
    with file.open("a") as handle:
        portalocker.lock(handle, portalocker.LockFlags.EXCLUSIVE)
        yield


def test_r8_a_short_lock_is_not_noticed_and_a_long_one_is_told(place: Place) -> None:
    """Holds sec_J3."""
    first, second = Booking(place, 0), Booking(place, 1)
    with keeps_the_lock(place):
        answers: list[Answer] = []
        waiting = threading.Thread(target=lambda: answers.append(first.press()))
        waiting.start()
        time.sleep(3)
    waiting.join()
    place.booked(answers[0], first.slot)
    assert ready(place) == 200

    with keeps_the_lock(place):
        second.is_refused_kindly()
        reads_go_on(place)
        becomes(503, lambda: ready(place), within=AGAIN + SOON)
        # However many press on: nobody hangs, and reading goes on beside them.
        crew = [threading.Thread(target=second.is_refused_kindly) for _ in range(6)]
        for each in crew:
            each.start()
        reads_go_on(place)
        for each in crew:
            each.join()
    second.succeeds()
    becomes(200, lambda: ready(place), within=AGAIN)
    place.check()


def test_r8_somebody_elses_transaction_is_told_too(place: Place) -> None:
    booking = Booking(place, 2)
    with closing(sqlite3.connect(Path(place.system.folder) / "test.db")) as other:
        other.isolation_level = None
        other.execute("BEGIN IMMEDIATE")
        booking.is_refused_kindly()
        reads_go_on(place)
        other.execute("ROLLBACK")
    booking.succeeds()
    place.check()


def let_write(place: Place, limit: int) -> None:
    """Let no process of the server make any file longer than this; reading is not touched."""
    parent = place.system.processes[0].pid
    children = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
    for pid in (parent, *map(int, children)):
        _, hard = resource.prlimit(pid, resource.RLIMIT_FSIZE)
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (limit, hard))


def of_staff(place: Place) -> Browser:
    """Somebody of reception, signed in."""
    with place.app.app_context(), transaction():
        found = session().scalars(select(User).where(User.name == "Dana Whitlock")).one()
        clock.travel(NOW)
        token = accounts.start_staff_session(found.id, second_factor=NOW, now=NOW)
        clock.come_back()
    signer = Flask("signs as the server does")
    signer.secret_key = SECRET
    signing = SecureCookieSessionInterface().get_signing_serializer(signer)
    assert signing is not None
    browser = place.browser()
    browser.cookies["session"] = str(signing.dumps({"_user_id": token, "_fresh": True}))
    return browser


def test_r7_a_full_disk_loses_nothing_and_shows_nothing_unrecorded(place: Place) -> None:
    """Holds sec_H1."""
    booked, waiting, desk = Booking(place, 3), Booking(place, 4), of_staff(place)
    visit = booked.succeeds().visit
    assert "Amara" in desk.get(f"/visits/{visit}").text
    let_write(place, 1)
    waiting.is_refused_kindly()
    reads_go_on(place)
    unrecorded = desk.get(f"/visits/{visit}")
    assert unrecorded.status == 503
    assert "Amara" not in unrecorded.text
    becomes(503, lambda: ready(place), within=AGAIN)
    let_write(place, resource.RLIM_INFINITY)
    waiting.succeeds()
    assert "Amara" in desk.get(f"/visits/{visit}").text
    becomes(200, lambda: ready(place), within=AGAIN)
    place.check()


# --- PostgreSQL -------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def on_server(
    home: Path,
    postgres: PostgresServer,
    postgres_template: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[Place, str]]:
    with postgres_copy(postgres, postgres_template) as url:
        for found in running(home, tmp_path_factory.mktemp("trouble-on-server"), url):
            yield found, url.replace("+psycopg", "", 1)


def test_r8_a_server_that_ends_every_connection_is_come_back_to(
    on_server: tuple[Place, str],
) -> None:
    """Holds sec_J5."""
    place, url = on_server
    stop, ended = threading.Event(), []
    others = (
        "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
        "WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )

    def end_all() -> None:
        while not stop.wait(0.7):
            with psycopg.connect(url, autocommit=True) as connection:
                ended.append(connection.execute(others).fetchone())

    trouble = threading.Thread(target=end_all)
    trouble.start()
    statuses: list[int] = []
    try:
        for number in range(60):
            statuses += persist(place, workday(number % 12))
            if number >= 11 and len(ended) >= 4:
                break
    finally:
        stop.set()
        trouble.join()
    assert len(ended) >= 4
    assert set(statuses) <= {200, 303, 400, 503}, statuses
    Booking(place, 20).succeeds()
    becomes(200, lambda: ready(place), within=AGAIN)
    place.check()


def persist(place: Place, day: date) -> list[int]:
    """Book a visit, pressing again whatever says it was busy; return every status there was."""
    browser, seen = place.browser(), list[int]()

    def insist(ask: Callable[[], Answer]) -> Answer:
        for _try in range(8):
            answer = ask()
            seen.append(answer.status)
            if answer.status == 400 and (found := TOKEN.search(answer.text)):
                # The sign-in was made anew before it broke: "please send this once more".
                browser.token = found[1]
            elif answer.status != 503:
                return answer
            time.sleep(0.2)
        raise AssertionError(f"busy all the time: {seen}")

    slot = insist(lambda: browser.times(place.first, day)).on(day)[0]
    insist(lambda: browser.take(place.first, slot))
    name, email = place.someone()
    insist(lambda: browser.get("/book/about-you"))
    told = {"name": name, "email": email, "phone": "07700 900 123", "channels": ["email"]}
    insist(lambda: browser.post("/book/about-you", told))
    form = browser.form(insist(lambda: browser.get("/book/check")))
    place.booked(insist(lambda: browser.post("/book/check", form)), slot)
    return seen


def test_r8_a_server_that_lets_nobody_in_and_a_long_lock_are_told(
    on_server: tuple[Place, str], postgres: PostgresServer
) -> None:
    """Holds sec_J5."""
    place, url = on_server
    first, second = Booking(place, 21), Booking(place, 22)
    with psycopg.connect(url) as other:
        other.execute("LOCK TABLE occupancy IN ACCESS EXCLUSIVE MODE")
        first.is_refused_kindly()
        assert place.browser().get("/sign-in").status == 200
    first.succeeds()
    name = url.partition("?")[0].rpartition("/")[2]
    postgres.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false')
    postgres.execute(
        f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"  # noqa: S608 - a name of ours
    )
    try:
        second.is_refused_kindly()
        becomes(503, lambda: ready(place), within=AGAIN)
        assert place.browser().get("/healthz").status == 200
    finally:
        postgres.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true')
    second.succeeds()
    becomes(200, lambda: ready(place), within=AGAIN)
    place.check()
