"""A storm: visitors who book, move and cancel through the pages, for a while, in the same days.

They come to the last days of the clinic: what is measured before fills it from the first day on,
and in full days nobody could book or move.
"""

import random
import threading
import time
from collections import Counter
from datetime import date, timedelta
from urllib.parse import urlencode

from booking.cli.bench import clinic
from booking.cli.bench.browser import NONCE, SLOT, Answer, Browser
from booking.cli.bench.crowd import overlaps
from booking.cli.bench.load import Line
from booking.cli.bench.place import Place
from booking.cli.bench.report import Figure
from booking.cli.bench.servers import Server

VISITORS = 8
DAYS = tuple(clinic.MONDAY + timedelta(days=n) for n in (29, 30))
DID = ("booked", "moved", "cancelled")
TOLD = {200, 303, 409}


def measure(place: Place, product: Server, *, seconds: float) -> Figure:
    """Let it blow, then count who is at two places at once."""
    until = time.monotonic() + seconds
    crew = [_Visitor(place, product.port, nth, until) for nth in range(VISITORS)]
    for each in crew:
        each.start()
    for each in crew:
        each.join()
    did: Counter[str] = sum((each.did for each in crew), Counter[str]())
    twice = overlaps(place)
    return Figure(
        target="3",
        what=f"storm of 30, 45, 60 and 20-25-10 minutes, {VISITORS} visitors, {seconds:.0f} s",
        database=place.kind,
        numbers={
            **{name: did[name] for name in (*DID, "refused")},
            "errors": did["errors"],
            "overlaps": twice,
        },
        wanted="0 overlapping pairs",
        met=not twice and not did["errors"] and all(did[each] for each in DID),
    )


class _Visitor(threading.Thread):
    """Books, moves and cancels once, then does what the dice say until the storm is over."""

    def __init__(self, place: Place, port: int, number: int, until: float) -> None:
        super().__init__()
        self._services = [service.public_id for service in place.made.mixed]
        self._staff = [one.public_id for one in place.made.staff[:3]]  # so that they meet
        self._line, self._number, self._until = Line(port), number, until
        self._dice = random.Random(number)  # noqa: S311 - the same storm every time
        self._visits: list[tuple[Browser, str]] = []
        self._people = 0
        self.did: Counter[str] = Counter()

    def run(self) -> None:
        once = [self._book, self._move, self._cancel]
        acts = [self._book, *once]
        while once or time.monotonic() < self._until:
            act = once.pop(0) if once else self._dice.choice(acts)
            try:
                (act if self._visits else self._book)()
            except OSError:
                self.did["errors"] += 1
                self._line.close()
        self._line.close()

    def _book(self) -> None:
        browser, day = Browser(self._line), self._dice.choice(DAYS)
        asked = {"day": day.isoformat(), "practitioner": str(self._dice.choice(self._staff))}
        path = f"/book/{self._dice.choice(self._services)}/times?{urlencode(asked)}"
        slot = self._slot(browser.get(path), day)
        if not slot or self._note(browser.post(path, {"slot": slot})) != 303:
            return
        self._people += 1
        browser.get("/book/about-you")
        self._note(browser.post("/book/about-you", self._who()))
        nonce = NONCE.search(browser.get("/book/check").text)
        if nonce is None:
            self.did["errors"] += 1
            return
        booked = browser.post("/book/check", {"nonce": nonce[1], "age": "old-enough"})
        if self._note(booked) == 303:
            self.did["booked"] += 1
            self._visits.append((browser, booked.to.rpartition("/")[2]))

    def _move(self) -> None:
        browser, visit = self._dice.choice(self._visits)
        day = self._dice.choice(DAYS)
        path = f"/visit/{visit}/move"
        slot = self._slot(browser.get(f"{path}?day={day}"), day)
        if slot and self._note(browser.post(path, {"slot": slot})) == 303:
            self.did["moved"] += self._note(browser.post(f"{path}/check", {})) == 303

    def _cancel(self) -> None:
        browser, visit = self._visits.pop(self._dice.randrange(len(self._visits)))
        browser.get(f"/visit/{visit}/cancel")
        self.did["cancelled"] += self._note(browser.post(f"/visit/{visit}/cancel", {})) == 303

    def _slot(self, page: Answer, day: date) -> str:
        """One of the times a page offers on a day, or none."""
        self._note(page)
        midnight = _minute(day)
        offered = [s for s in SLOT.findall(page.text) if 0 <= int(s[66:]) - midnight < 1440]
        return self._dice.choice(sorted(set(offered))) if offered else ""

    def _who(self) -> dict[str, str]:
        name = f"Visitor {self._number}-{self._people}"
        email = f"visitor-{self._number}-{self._people}@example.org"
        return {"name": name, "email": email, "phone": "07700 900 123", "channels": "email"}

    def _note(self, answer: Answer) -> int:
        self.did["refused"] += answer.status == 409
        self.did["errors"] += answer.status not in TOLD
        return answer.status


def _minute(day: date) -> int:
    return (day - date(1970, 1, 1)).days * 1440
