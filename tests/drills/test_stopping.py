"""The server is told to drain, replaced while people book, and stopped (R13)."""

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.drills.browsers import Answer
from tests.drills.places import Place, running, workday
from tests.e2e.system import System

pytestmark = pytest.mark.xdist_group("drills")


@dataclass
class Slow(System):
    """An installation whose new processes come up no sooner than `go` is there."""

    serves: str = "tests.drills.slow:app"

    @property
    def go(self) -> Path:
        return self.folder / "go"

    def environment(self) -> dict[str, str]:
        return {**super().environment(), "BOOKING_GO": str(self.go)}

    def serving(self) -> set[int]:
        """The processes that serve, or are about to."""
        first = self.processes[0].pid
        return set(map(int, Path(f"/proc/{first}/task/{first}/children").read_text().split()))


def until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 120
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.fixture(scope="module")
def place(
    home: Path, sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Place]:
    folder = tmp_path_factory.mktemp("stopping")
    (folder / "test.db").write_bytes(sqlite_template.read_bytes())
    (folder / "go").touch()
    yield from running(home, folder, f"sqlite:///{folder / 'test.db'}", of=Slow)


def test_r13_a_host_that_drains_is_not_ready_at_once_and_still_serves(place: Place) -> None:
    """Holds sec_J10."""
    assert place.browser().get("/readyz").status == 200
    mark = place.system.folder / "draining"
    mark.touch()
    assert place.browser().get("/readyz").status == 503
    for path in ("/", "/healthz"):
        assert place.browser().get(path).status == 200
    mark.unlink()
    assert place.browser().get("/readyz").status == 200


def test_r13_who_serves_stays_until_the_next_one_does(place: Place) -> None:
    """Holds sec_J10."""
    system = place.system
    assert isinstance(system, Slow)
    old = system.serving()
    system.go.unlink()  # as on a machine that is so busy that a start takes a minute
    os.kill(system.processes[0].pid, signal.SIGHUP)
    until(lambda: len(system.serving()) == 2 * len(old))
    for _ask in range(20):
        assert place.browser().get("/healthz").status == 200
    assert old < system.serving()
    system.go.touch()
    until(lambda: not old & system.serving())
    assert len(system.serving()) == len(old)
    assert place.browser().get("/healthz").status == 200


def test_r13_a_restart_or_a_stop_fails_nobody(place: Place, request: pytest.FixtureRequest) -> None:
    """Holds sec_J10."""
    rounds, apart = (30, 20) if request.config.getoption("--long") else (2, 3)
    stop, failed = threading.Event(), list[BaseException]()
    answers: list[Answer] = []
    counting = threading.Lock()
    server = place.system.processes[0]

    def visitor(number: int) -> None:
        day = number
        try:
            while not stop.is_set():
                browser = place.browser()
                slots = browser.times(place.first, workday(day % 50)).on(workday(day % 50))
                day += 4
                if not slots:
                    continue
                taken = browser.take(place.first, slots[number % len(slots)])
                answers.append(taken)
                if taken.status != 303:
                    continue
                with counting:
                    person = place.someone()
                answers.append(browser.tell(*person))
                done = browser.post("/book/check", browser.check())
                answers.append(done)
                with counting:
                    place.booked(done, slots[number % len(slots)])
        except BaseException as why:
            failed.append(why)

    crew = [threading.Thread(target=visitor, args=(number,)) for number in range(4)]
    for each in crew:
        each.start()
    for _round in range(rounds):
        time.sleep(apart)
        os.kill(server.pid, signal.SIGHUP)  # new workers, then the old ones finish and go
    time.sleep(apart)
    stop.set()
    for each in crew:
        each.join()
    assert failed == []
    assert {answer.status for answer in answers} <= {303, 409}
    assert len(place.history) > 3
    place.check()
    system = place.system
    assert isinstance(system, Slow)
    until(lambda: len(system.serving()) == 2)  # the last ones have come up
    began = time.monotonic()
    place.system.stop()  # both end with 0
    assert time.monotonic() - began < 30
