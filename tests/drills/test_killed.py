"""kill -9 while people book, move and cancel: everything, a server's worker, the mail's.

Whatever was answered is there afterwards, and nothing else; what got no answer is there whole or
not at all; every message leaves, with one id however often. 100 kills, or 1,000 with `--long`;
a killed worker is forked again from a process that has loaded, so that killing costs little.
"""

import http.client
import logging
import os
import random
import signal
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from email import message_from_bytes
from pathlib import Path
from threading import Event, Thread
from uuid import UUID

import pytest
from sqlalchemy import select

from booking.appointments.models import Appointment, BookingNonce
from booking.core.db import db, session
from booking.mail.models import Mail, MailState
from booking.mail.outbox import LEASE
from tests.databases import postgres_copy
from tests.drills.browsers import Answer, Browser, start_of
from tests.drills.checker import Known, check
from tests.drills.places import Place, running, workday
from tests.e2e.system import HERE, System

pytestmark = pytest.mark.xdist_group("drills")
log = logging.getLogger("drills")
VISITORS, KILLS_A_CYCLE, WORKDAYS, RETRIES = 8, 7, 60, 3
KILLS = {"sqlite": 70, "postgresql": 35}
LONG_PARTS, LONG = 5, 2
"""The long form is five parts of a few minutes, each of twice as many kills."""
NO_ANSWER = (OSError, http.client.HTTPException)


@dataclass
class Killable(System):
    """An installation whose processes can be found one by one."""

    def commands(self) -> list[list[str]]:
        [server, _worker] = super().commands()
        return [[*server, "--preload"], [*HERE, "tests.drills.mail_workers"]]

    def kill_one(self, dice: random.Random) -> str:
        """Kill a worker of the server or of the mail; what it was, empty where none is there."""
        which = 0 if dice.random() < 0.7 else 1
        parent = self.processes[which].pid
        children = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
        if not children:
            return ""
        os.kill(int(dice.choice(children)), signal.SIGKILL)
        return ("server's worker", "mail's worker")[which]


@pytest.fixture(params=["sqlite", "postgresql"])
def place(
    request: pytest.FixtureRequest, home: Path, sqlite_template: Path, tmp_path: Path
) -> Iterator[Place]:
    if request.param == "sqlite":
        (tmp_path / "test.db").write_bytes(sqlite_template.read_bytes())
        yield from running(home, tmp_path, f"sqlite:///{tmp_path / 'test.db'}", of=Killable)
        return
    template = request.getfixturevalue("postgres_template")
    with postgres_copy(request.getfixturevalue("postgres"), template) as url:
        yield from running(home, tmp_path, url, of=Killable)


class Visitor(Thread):
    """Books, moves and cancels until told to stop; remembers what was answered and what was not."""

    def __init__(self, place: Place, number: int) -> None:
        super().__init__(daemon=True)
        self.place, self.number = place, number
        self.dice = random.Random(number)  # noqa: S311 - a repeatable mix, not a secret
        self.visits: list[tuple[Browser, UUID]] = []
        self.sure: dict[UUID, Known] = {}
        self.unsure: dict[UUID, Known] = {}  # asked, not answered: as it was, or like this
        self.nonces: dict[str, Known] = {}  # bookings without an answer
        self.people = 0
        self.done: Counter[str] = Counter()
        self.stop = Event()
        self.failed: BaseException | None = None

    def again(self) -> "Visitor":
        """The same person, who goes on."""
        other = Visitor(self.place, self.number)
        for name in ("dice", "visits", "sure", "people", "done"):
            setattr(other, name, getattr(self, name))
        return other

    def run(self) -> None:
        try:
            while not self.stop.is_set():
                acts = [self.book, self.book, self.move, self.cancel]
                try:
                    (self.dice.choice(acts) if self.visits else self.book)()
                except NO_ANSWER:
                    self.done["no answer"] += 1
                    time.sleep(0.02)
        except BaseException as why:
            self.failed = why

    def book(self) -> None:
        place, browser = self.place, self.place.browser()
        service = self.dice.choice([place.first, place.follow, place.small])
        day = self.day()
        if not (slots := browser.times(service, day).on(day)):
            return
        slot = self.dice.choice(slots)
        if note(browser.take(service, slot)).status != 303:
            return
        self.people += 1
        name = f"Amara Osei-{self.number}-{self.people}"
        if note(browser.tell(name, f"a{self.number}-{self.people}@example.org")).status != 303:
            return
        form = browser.check()
        nonce, wanted = str(form["nonce"]), Known(start_of(slot))
        self.nonces[nonce] = wanted
        for _try in range(RETRIES):
            try:
                answer = note(browser.post("/book/check", form))
            except NO_ANSWER:
                self.done["no answer"] += 1
                time.sleep(0.1)
                continue
            if answer.to.startswith("/book/done/"):
                self.done["booked"] += 1
                visit = UUID(answer.visit)
                self.sure[visit] = self.nonces.pop(nonce)
                self.visits.append((browser, visit))
            return

    def move(self) -> None:
        browser, visit = self.dice.choice(self.visits)
        if visit in self.unsure:
            return
        day = self.day()
        if not (slots := browser.get(f"/visit/{visit}/move?day={day}").on(day)):
            return
        slot = self.dice.choice(slots)
        if note(browser.post(f"/visit/{visit}/move", {"slot": slot})).status == 303:
            self.change(browser, visit, "move/check", Known(start_of(slot)))

    def cancel(self) -> None:
        browser, visit = self.visits.pop(self.dice.randrange(len(self.visits)))
        if visit in self.unsure:
            return
        browser.get(f"/visit/{visit}/cancel")
        self.change(browser, visit, "cancel", Known(self.sure[visit].starts_at, cancelled=True))

    def change(self, browser: Browser, visit: UUID, what: str, wanted: Known) -> None:
        self.unsure[visit] = wanted
        answer = note(browser.post(f"/visit/{visit}/{what}", {}))
        del self.unsure[visit]
        if answer.status == 303:
            self.done["changed"] += 1
            self.sure[visit] = wanted

    def day(self) -> date:
        return workday(self.dice.randrange(WORKDAYS))


def note(answer: Answer) -> Answer:
    assert answer.status < 500, answer
    return answer


def cycle(
    place: Place, crew: list[Visitor], dice: random.Random, *, whole: bool, long: bool
) -> Counter[str]:
    """Kill several times while they are at it; the last time everything, where `whole`."""
    system, killed = place.system, Counter[str]()
    assert isinstance(system, Killable)
    for visitor in crew:
        visitor.start()
    for nth in range(KILLS_A_CYCLE):
        time.sleep(dice.uniform(0.1, 1.5 if whole and long else 0.4))
        if whole and nth == KILLS_A_CYCLE - 1:
            system.kill()
            killed["everything"] += 1
        elif what := system.kill_one(dice):
            killed[what] += 1
    for visitor in crew:
        visitor.stop.set()
    if whole:
        began = time.monotonic()
        system.start(now=system.clock())
        log.info("ready again after %.1f s", time.monotonic() - began)
    for visitor in crew:
        visitor.join()
        if visitor.failed:
            raise visitor.failed
    return killed


def settle(place: Place, crew: list[Visitor]) -> None:
    """See what became of what was not answered: there whole, or not at all."""
    with place.app.app_context():
        for visitor in crew:
            for nonce, wanted in visitor.nonces.items():
                by_nonce = select(Appointment).join(
                    BookingNonce, BookingNonce.appointment_id == Appointment.id
                )
                found = session().scalar(by_nonce.where(BookingNonce.nonce == nonce))
                if found is not None:
                    visitor.sure[found.public_id] = wanted
            for visit, wanted in visitor.unsure.items():
                row = (
                    session()
                    .scalars(select(Appointment).where(Appointment.public_id == visit))
                    .one()
                )
                stands = Known(row.starts_at, row.cancelled_at is not None)
                assert stands in {visitor.sure[visit], wanted}
                visitor.sure[visit] = stands
        db.session.remove()
    check(place.app, {v: known for visitor in crew for v, known in visitor.sure.items()})


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    parts = LONG_PARTS if metafunc.config.getoption("--long") else 1
    metafunc.parametrize("part", range(1, parts + 1))


def test_nothing_answered_is_lost_and_nothing_is_half_done(
    place: Place, request: pytest.FixtureRequest, part: int
) -> None:
    kind = place.app.extensions["settings"].database_url.partition(":")[0].partition("+")[0]
    long = request.config.getoption("--long")
    kills = KILLS[kind] * (LONG if long else 1)
    dice = random.Random(1 + part)  # noqa: S311 - a repeatable mix, not a secret
    crew = [Visitor(place, number) for number in range(VISITORS)]
    killed: Counter[str] = Counter()
    while sum(killed.values()) < kills or (nothing_yet(crew) and sum(killed.values()) < 5 * kills):
        cycles = sum(killed.values()) // KILLS_A_CYCLE
        killed += cycle(place, crew, dice, whole=cycles % 4 == 1, long=long)
        settle(place, crew)
        crew = [visitor.again() for visitor in crew]
    done = done_by(crew)
    log.info("%s: killed %s; %s", kind, dict(killed), dict(done))
    assert min(killed[what] for what in ("everything", "server's worker", "mail's worker")) > 0
    assert not nothing_yet(crew), done
    every_message_left_with_one_id(place)


def done_by(crew: list[Visitor]) -> Counter[str]:
    return sum((visitor.done for visitor in crew), Counter[str]())


def nothing_yet(crew: list[Visitor]) -> bool:
    """A busy machine gets little done between two kills: the drill goes on until it has."""
    done = done_by(crew)
    return min(done["booked"], done["changed"], done["no answer"]) == 0


def every_message_left_with_one_id(place: Place) -> None:
    """Once the leases of the dead have run out, what they had in hand goes out too."""
    place.system.stop()
    place.system.start(now=place.system.clock() + LEASE + timedelta(minutes=1))
    deadline = time.monotonic() + 120
    while (left := waiting(place)) and time.monotonic() < deadline:
        time.sleep(0.2)
    assert left == 0
    times: dict[str, set[bytes]] = {}
    for delivery in place.system.receiver.delivered:
        name = str(message_from_bytes(delivery.content)["Message-ID"])
        times.setdefault(name, set()).add(delivery.content)
    with place.app.app_context():
        rows = session().scalars(select(Mail)).all()
        sent = {row.message_id for row in rows if row.state is MailState.SENT}
        assert {row.state for row in rows} <= {MailState.SENT, MailState.STOPPED}
        db.session.remove()
    assert sent <= set(times)
    assert {len(contents) for contents in times.values()} == {1}


def waiting(place: Place) -> int:
    with place.app.app_context():
        queued = session().scalars(select(Mail.id).where(Mail.state == MailState.QUEUED)).all()
        db.session.remove()
    return len(queued)
