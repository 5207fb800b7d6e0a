"""The server is told to drain, stopped after people booked, and replaced while they do (R13).

Replacing it while they book is the long form's: `--long`.
"""

import os
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.drills.browsers import Answer
from tests.drills.places import Place, running, workday

pytestmark = pytest.mark.xdist_group("drills")


@pytest.fixture(scope="module")
def place(
    home: Path, sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Place]:
    folder = tmp_path_factory.mktemp("stopping")
    (folder / "test.db").write_bytes(sqlite_template.read_bytes())
    yield from running(home, folder, f"sqlite:///{folder / 'test.db'}")


def test_r13_a_host_that_drains_is_not_ready_at_once_and_still_serves(place: Place) -> None:
    assert place.browser().get("/readyz").status == 200
    mark = place.system.folder / "draining"
    mark.touch()
    assert place.browser().get("/readyz").status == 503
    for path in ("/", "/healthz"):
        assert place.browser().get(path).status == 200
    mark.unlink()
    assert place.browser().get("/readyz").status == 200


def test_r13_a_restart_or_a_stop_fails_nobody(place: Place, request: pytest.FixtureRequest) -> None:
    rounds, apart = (30, 20) if request.config.getoption("--long") else (0, 3)
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
    began = time.monotonic()
    place.system.stop()  # both end with 0
    assert time.monotonic() - began < 30
