"""Many people at the installed product at one moment: several processes, real forms, real mail.

Exactly the winners win; everyone else is told kindly and loses nothing; nothing is booked twice.
After each drill everything stored is compared with everything that was answered. The numbers of
the first one are those of docs/performance.md; `--log-cli-level=INFO` shows how long it took.
"""

import logging
import random
import socket
import statistics
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from threading import Lock, Thread
from uuid import UUID

import pytest
from sqlalchemy import select

from booking.appointments.models import Appointment
from booking.core.db import db, session
from tests.databases import postgres_copy
from tests.drills.browsers import KEY, Answer, Browser, at_once, start_of
from tests.drills.checker import Known
from tests.drills.line import FAULTS, bad_line
from tests.drills.places import Place, running, workday

pytestmark = pytest.mark.xdist_group("drills")
log = logging.getLogger("drills")
HOUR = timedelta(hours=1)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def place(
    request: pytest.FixtureRequest,
    home: Path,
    sqlite_template: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Place]:
    """One installation on each kind of database, for all drills of this file."""
    folder = tmp_path_factory.mktemp("place")
    if request.param == "sqlite":
        (folder / "test.db").write_bytes(sqlite_template.read_bytes())
        yield from running(home, folder, f"sqlite:///{folder / 'test.db'}")
        return
    template = request.getfixturevalue("postgres_template")
    with postgres_copy(request.getfixturevalue("postgres"), template) as url:
        yield from running(home, folder, url)


def summary(what: str, answers: Sequence[Answer]) -> None:
    seconds = sorted(answer.seconds for answer in answers)
    middle, worst = statistics.median(seconds), seconds[-1]
    log.info("%s: %d answers, median %.3f s, worst %.3f s", what, len(seconds), middle, worst)


def told_kindly(answer: Answer) -> bool:
    """Whether a page says that a time is gone and offers three that are near."""
    return (
        answer.status == 409
        and 'role="alert"' in answer.text
        and "no longer free" in answer.text
        and len(set(answer.near)) == 3
    )


def ready(place: Place, count: int, service: str, day: date) -> list[Browser]:
    """That many browsers, each on a real page of times."""
    browsers = [place.browser() for _ in range(count)]
    for browser in browsers:
        assert browser.times(service, day).status == 200
    return browsers


def slots_of(browser: Browser, service: str, day: date, practitioner: str) -> list[str]:
    """The day's times with one practitioner, as her page of times has them."""
    return browser.times(service, day, practitioner=practitioner).on(day)


def hourly(slots: Sequence[str]) -> list[str]:
    """Those of a day's times that lie an hour apart."""
    first = start_of(slots[0])
    return [slot for slot in slots if (start_of(slot) - first) % HOUR == timedelta(0)]


def test_of_fifty_who_press_the_same_button_one_gets_the_time(place: Place) -> None:
    rivals = ready(place, 50, place.first, workday(0))
    days = [slots_of(rivals[0], place.first, workday(n), place.mei) for n in range(3)]
    slots = [slot for day in days for slot in hourly(day)][:20]
    assert len(slots) == 20
    answers, rounds = [], []
    for slot in slots:
        take = [partial(b.take, place.first, slot, practitioner=place.mei) for b in rivals]
        began = time.perf_counter()
        found = at_once(take)
        rounds.append(time.perf_counter() - began)
        answers += found
        assert Counter(a.status for a in found) == {303: 1, 409: 49}
        assert all(told_kindly(a) for a in found if a.status == 409)
        [winner] = [n for n, a in enumerate(found) if a.to == "/book/about-you"]
        place.booked(rivals[winner].book(*place.someone()), slot)
        [rivals[winner]] = ready(place, 1, place.first, workday(0))
    summary("50 for one time", answers)
    log.info("a round: median %.2f s, worst %.2f s", statistics.median(rounds), max(rounds))
    place.check()


def test_of_partly_overlapping_times_as_many_are_taken_as_fit(place: Place) -> None:
    """Whoever is refused overlaps somebody who was not."""
    lengths = {place.first: timedelta(minutes=60), place.follow: timedelta(minutes=45)}
    dice, answers = random.Random(7), []  # noqa: S311 - a repeatable mix, not a secret
    for day in map(workday, range(5, 8)):
        rivals = ready(place, 16, place.first, day)
        pages = {s: slots_of(rivals[0], s, day, place.mei)[:16] for s in lengths}
        wishes = [(s, dice.choice(pages[s])) for s in dice.choices(list(lengths), k=16)]
        pairs = zip(rivals, wishes, strict=True)
        found = at_once([partial(b.take, *wish, practitioner=place.mei) for b, wish in pairs])
        answers += found
        assert {a.status for a in found} == {303, 409}
        assert all(told_kindly(a) for a in found if a.status == 409)
        spans = [(start_of(t), start_of(t) + lengths[s]) for s, t in wishes]
        won = [span for span, a in zip(spans, found, strict=True) if a.status == 303]
        for start, end in set(spans) - set(won):
            assert any(start < w[1] and w[0] < end for w in won), "a free time was refused"
    summary("partly overlapping times", answers)
    place.check()


@pytest.mark.parametrize(("service", "winners"), [("small", 1), ("first", 2)])
def test_two_practitioners_get_as_many_visits_as_there_are_rooms(
    place: Place, service: str, winners: int
) -> None:
    """The short visit has one room, the long one two; nobody is refused while a room is free."""
    wanted, day, answers = getattr(place, service), workday(10 + winners), []
    whose = [place.mei, place.ines] * 8
    looking = place.browser()
    both = [hourly(slots_of(looking, wanted, day, who)) for who in whose[:2]]
    for number, crowd in enumerate((16, 2, 2, 2, 2)):
        rivals = ready(place, crowd, wanted, day)
        slots = [both[0][number], both[1][number]] * 8
        assert start_of(slots[0]) == start_of(slots[1])
        found = at_once(
            [
                partial(browser.take, wanted, slot, practitioner=who)
                for browser, slot, who in zip(rivals, slots, whose, strict=False)
            ]
        )
        answers += found
        assert Counter(a.status for a in found) == Counter({303: winners, 409: crowd - winners})
        assert all(told_kindly(a) for a in found if a.status == 409)
    summary(f"rooms: {winners}", answers)
    place.check()


def test_one_person_in_two_browsers_gets_one_of_two_overlapping_times(place: Place) -> None:
    """New to the clinic or known to it; the other browser keeps all that was typed in it."""
    answers, known = [], place.someone()
    for number in range(4):
        day = workday(15 + number)
        name, email = place.someone() if number % 2 else known
        pair, taken = ready(place, 2, place.first, day), []
        for browser, who, quarter in zip(pair, (place.mei, place.ines), (4, 7), strict=True):
            slot = slots_of(browser, place.first, day, who)[quarter]
            assert browser.take(place.first, slot, practitioner=who).to == "/book/about-you"
            assert browser.tell(name, email).to == "/book/check"
            taken.append(slot)
        found = at_once([partial(b.post, "/book/check", b.check()) for b in pair])
        answers += found
        assert sorted(a.status for a in found) == [303, 409]
        won = 0 if found[0].status == 303 else 1
        place.booked(found[won], taken[won])
        loser, page = pair[1 - won], found[1 - won]
        assert "overlaps with another booking. Nothing was booked." in page.text
        assert len(set(page.near)) == 3
        assert all(typed in page.text for typed in (name, email, "07700 900 123"))
        free = next(s for s in page.near if abs(start_of(s) - start_of(taken[won])) >= HOUR)
        assert loser.take(place.first, free).to == "/book/check", "she was asked again"
        place.booked(loser.post("/book/check", loser.check()), free)
    summary("one person twice", answers)
    place.check()


def a_visit(place: Place, day: date) -> tuple[Browser, UUID]:
    """A visit just booked, and the browser that may change it."""
    [browser] = ready(place, 1, place.first, day)
    slot = hourly(slots_of(browser, place.first, day, place.mei))[0]
    browser.take(place.first, slot, practitioner=place.mei)
    return browser, place.booked(browser.book(*place.someone()), slot)


@dataclass(frozen=True)
class Act:
    """A button to press, and the time it is about."""

    press: Callable[[], Answer]
    slot: str


def wish_to_move(browser: Browser, visit: UUID, day: date, *, place_in_day: int) -> Act:
    """Keep another time for a visit; what is left to do is the last button."""
    page = browser.get(f"/visit/{visit}/move?day={day}")
    slot = page.on(day)[place_in_day]
    kept = browser.post(f"/visit/{visit}/move", {"slot": slot})
    assert kept.to == f"/visit/{visit}/move/check", kept
    return Act(partial(browser.post, kept.to, {}), slot)


def stored(place: Place, visit: UUID) -> tuple[Known, int]:
    """How a visit stands in the database, and its version."""
    with place.app.app_context():
        row = session().scalars(select(Appointment).where(Appointment.public_id == visit)).one()
        found = Known(row.starts_at, row.cancelled_at is not None), row.sequence
        db.session.remove()
    return found


def test_a_visit_moved_from_two_browsers_at_once_stands_where_the_last_message_says(
    place: Place,
) -> None:
    """Each move that was confirmed is a version of its own, with a message of its own."""
    answers = []
    for day in map(workday, range(20, 24)):
        browser, visit = a_visit(place, day)
        acts = [
            wish_to_move(b, visit, day, place_in_day=n)
            for b, n in ((browser, 8), (browser.twin(), 16))
        ]
        found = at_once([act.press for act in acts])
        answers += found
        assert {a.status for a in found} <= {303, 409}
        moved = [act for act, a in zip(acts, found, strict=True) if a.status == 303]
        place.history[visit], version = stored(place, visit)
        assert version == len(moved) >= 1
        assert place.history[visit] in [Known(start_of(act.slot)) for act in moved]
    summary("two moves of a visit", answers)
    place.check()


def test_a_move_sent_twice_at_once_moves_once(place: Place) -> None:
    answers = []
    for day in map(workday, range(25, 28)):
        browser, visit = a_visit(place, day)
        act = wish_to_move(browser, visit, day, place_in_day=8)
        found = at_once([partial(b.post, f"/visit/{visit}/move/check", {}) for b in twins(browser)])
        answers += found
        assert [(a.status, a.to) for a in found] == [(303, f"/visit/{visit}")] * 3
        place.history[visit] = Known(start_of(act.slot))
        assert stored(place, visit) == (place.history[visit], 1)
    summary("a move sent three times", answers)
    place.check()


def twins(browser: Browser) -> list[Browser]:
    return [browser, browser.twin(), browser.twin()]


def test_a_visit_moved_and_cancelled_at_once_ends_cancelled_and_takes_no_time(
    place: Place,
) -> None:
    """Holds sec_J14."""
    answers = []
    for day in map(workday, range(30, 33)):
        browser, visit = a_visit(place, day)
        other = browser.twin()
        act = wish_to_move(browser, visit, day, place_in_day=8)
        assert other.get(f"/visit/{visit}/cancel").status == 200
        cancel = partial(other.post, f"/visit/{visit}/cancel", {})
        found = at_once([act.press, cancel, cancel])
        answers += found
        assert found[0].status in {303, 409}
        assert {a.status for a in found[1:]} == {303}
        place.history[visit], version = stored(place, visit)
        assert place.history[visit].cancelled
        assert version in {1, 2}
    summary("move and cancel", answers)
    place.check()


ACTS = 10


class Visitor(Thread):
    """Books, moves and cancels as the dice say, and remembers what she was told."""

    def __init__(self, place: Place, number: int, people: Sequence[tuple[str, str]]) -> None:
        super().__init__()
        self.place, self.people = place, list(people)
        self.dice = random.Random(number)  # noqa: S311 - a repeatable mix, not a secret
        self.visits: list[tuple[Browser, UUID]] = []
        self.history: dict[UUID, Known] = {}
        self.answers: list[Answer] = []
        self.failed: BaseException | None = None

    def run(self) -> None:
        try:
            for _ in range(ACTS):
                choices = [self.book, self.book, self.move, self.move, self.cancel]
                (self.dice.choice(choices) if self.visits else self.book)()
        except BaseException as why:
            self.failed = why

    def book(self) -> None:
        browser = self.place.browser()
        service = self.dice.choice([self.place.first, self.place.follow, self.place.small])
        day = self.day()
        if not (slots := browser.times(service, day).on(day)):
            return
        slot = self.dice.choice(slots)
        took = self.note(browser.take(service, slot))
        if took.status == 409:
            slot = self.dice.choice(took.near)
            took = self.note(browser.take(service, slot))
        if took.status == 303:
            told = browser.book(*self.dice.choice(self.people))
            if told.status == 429:  # the people who are the same everywhere keep some times already
                return
            if self.note(told).status == 303:
                visit = UUID(told.visit)
                self.visits.append((browser, visit))
                self.history[visit] = Known(start_of(slot))

    def move(self) -> None:
        browser, visit = self.dice.choice(self.visits)
        day = self.day()
        if not (slots := browser.get(f"/visit/{visit}/move?day={day}").on(day)):
            return
        slot = self.dice.choice(slots)
        kept = self.note(browser.post(f"/visit/{visit}/move", {"slot": slot}))
        if kept.status == 303:
            moved = self.note(browser.post(kept.to, {}))
            if moved.status == 303:
                self.history[visit] = Known(start_of(slot))

    def cancel(self) -> None:
        browser, visit = self.visits.pop(self.dice.randrange(len(self.visits)))
        browser.get(f"/visit/{visit}/cancel")
        assert self.note(browser.post(f"/visit/{visit}/cancel", {})).status == 303
        self.history[visit] = Known(self.history[visit].starts_at, cancelled=True)

    def day(self) -> date:
        return workday(self.dice.choice([35, 36]))

    def note(self, answer: Answer) -> Answer:
        assert answer.status == 303 or (answer.status == 409 and len(answer.near) == 3), answer
        self.answers.append(answer)
        return answer


def test_after_a_storm_everything_stored_is_what_was_answered(
    place: Place,
) -> None:
    """Eight browsers book, move and cancel; some of the people are the same everywhere."""
    shared = [place.someone() for _ in range(3)]
    crew = [
        Visitor(place, number, [*shared, *(place.someone() for _ in range(3))])
        for number in range(8)
    ]
    for visitor in crew:
        visitor.start()
    for visitor in crew:
        visitor.join()
        if visitor.failed:
            raise visitor.failed
        place.history.update(visitor.history)
    answers = [answer for visitor in crew for answer in visitor.answers]
    told = Counter(answer.status for answer in answers)
    log.info("storm: %s", dict(told))
    summary("storm", answers)
    assert told[303] > 4 * ACTS
    place.check()


def test_a_booking_sent_again_after_a_cut_is_one_booking_and_one_message(place: Place) -> None:
    """The line is cut in the middle of the request, or before the answer; then many retries."""
    answers = []
    for number in range(4):
        day = workday(40 + number)
        name, email = place.someone()
        [browser] = ready(place, 1, place.first, day)
        slot = slots_of(browser, place.first, day, place.mei)[0]
        browser.take(place.first, slot, practitioner=place.mei)
        browser.tell(name, email)
        form = browser.check()
        cut(browser, form, after_body=bool(number % 2))
        tries = [browser.twin() for _ in range(6)]
        found = at_once([partial(b.post, "/book/check", form) for b in tries])
        answers += found
        visit = place.booked(found[0], slot)
        assert {(a.status, a.to) for a in found} == {(303, f"/book/done/{visit}")}
        place.system.mail(email, 1)
    summary("a booking sent again", answers)
    place.check()
    to = Counter(d.recipients[0] for d in place.system.receiver.delivered)
    assert to[email] == 1


def cut(browser: Browser, form: dict[str, str | list[str]], *, after_body: bool) -> None:
    """Send a booking and hang up, in the middle of it or right after it."""
    body = browser.body(form)
    lines = [f"{name}: {value}" for name, value in browser.headers(body).items()]
    head = "\r\n".join(["POST /book/check HTTP/1.1", *lines, "", ""]).encode()
    with socket.create_connection(("127.0.0.1", browser.port), timeout=30) as line:
        line.sendall(head + (body if after_body else body[: len(body) // 2]))


def test_over_a_bad_line_each_form_is_one_booking(
    place: Place, request: pytest.FixtureRequest
) -> None:
    """Requests are cut, doubled and late; people send the same form until an answer comes.

    Holds sec_J6.
    """
    long = request.config.getoption("--long")
    people, rounds = 4, 18 if long else 3
    faulty, delay, patience = (0.2, 20, 12) if long else (0.4, 4, 2)
    days = [workday(45 + n) for n in range(3 * people)]  # as far ahead as can be booked

    def person(number: int) -> list[tuple[UUID, str]]:
        booked = []
        for nth in range(rounds):
            with names:
                who = place.someone()
            browser = place.browser()
            browser.timeout = 60
            day = days[(number + nth * people) % len(days)]  # nobody else's day
            page = browser.times(place.first, day)
            slot, key = page.on(day)[0], KEY.search(page.text)
            assert key
            browser.timeout = patience
            path = f"/book/{place.first}/times"
            took = browser.insist(line.port, path, {"slot": slot, "key": key[1]})
            assert (took.status, took.to) == (303, "/book/about-you"), took
            browser.timeout = 60
            assert browser.tell(*who).to == "/book/check"
            form = browser.check()
            browser.timeout = patience
            told = browser.insist(line.port, "/book/check", form)
            assert told.status == 303, told
            booked.append((UUID(told.visit), slot))
        return booked

    names = Lock()
    with bad_line(place.system.port, faulty=faulty, delay=delay) as line:
        with ThreadPoolExecutor(people) as pool:
            found = [each for mine in pool.map(person, range(people)) for each in mine]
        log.info("bad line: %s", dict(line.met))
        assert sum(line.met[fault] for fault in FAULTS) > rounds
    assert len({visit for visit, _ in found}) == people * rounds
    place.history.update({visit: Known(start_of(slot)) for visit, slot in found})
    place.check()
