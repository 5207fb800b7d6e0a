"""A clinic in plain Python: sets of minutes, no database, no cleverness.

What may happen to time and visits, told a second time, as slowly and plainly as can be. The drill
(`test_whole_life.py`) does everything in the product and here and compares. Instants are epoch
minutes; the clinic is in London in summer, so its wall shows an hour more.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

HOUR, DAY = 60, 24 * 60
WALL = HOUR  # ahead of UTC
HOLD, LONGEST = 10, 120  # minutes: a kept time, and how long it can be kept in all
AHEAD = 6 * DAY  # further than any service can be booked
ANSWERED_BEFORE = 120  # the latest answer to a request, before it would begin
BOOKED, ARRIVED, CANCELLED = "booked", "arrived", "cancelled"
REQUESTED, DECLINED, EXPIRED = "requested", "declined", "expired"

Week = frozenset[tuple[int, int, int]]
"""(weekday, from, to) in minutes of the day."""


@dataclass(frozen=True)
class Kind:
    """A service: minutes (hands-on?, length) in order, with `before` and `after`, and its rooms."""

    name: str
    parts: tuple[tuple[bool, int], ...]
    rooms: tuple[str, ...]
    before: int = 0
    after: int = 0
    grid: int = 15
    notice: int = 120
    horizon: int = 4
    closes: int = 3 * HOUR  # before the start: no moving, no cancelling
    waits: int | None = None  # minutes a request waits for its answer; None: booked at once

    @property
    def length(self) -> int:
        return sum(minutes for _, minutes in self.parts)

    def hands_on(self, start: int) -> set[int]:
        """The minutes in which the practitioner is with her, or prepares, or clears."""
        taken = set(range(start - self.before, start))
        taken |= set(range(start + self.length, start + self.length + self.after))
        at = start
        for hands_on, minutes in self.parts:
            if hands_on:
                taken |= set(range(at, at + minutes))
            at += minutes
        return taken

    def whole(self, start: int) -> set[int]:
        """The minutes in which room and patient are taken."""
        return set(range(start - self.before, start + self.length + self.after))


@dataclass
class Taken:
    """Minutes somebody or some room has no more: for a visit or a hold, until `ends` if it ends."""

    owner: str
    of: str
    minutes: set[int]
    ends: int | None = None


@dataclass
class Hold:
    """A time kept."""

    kind: Kind
    who: str
    room: str
    start: int
    made: int
    ends: int
    moving: str = ""


@dataclass
class Visit:
    """A visit, as it stands."""

    kind: Kind
    who: str
    room: str
    person: str
    start: int
    status: str = BOOKED
    until: int | None = None  # when a request ends by itself


@dataclass
class Clinic:
    """All there is. `hours` are versions per practitioner: (first local day, week)."""

    now: int
    staff: tuple[str, ...]
    kinds: tuple[Kind, ...]
    hours: dict[str, list[tuple[int, Week]]] = field(default_factory=dict)
    away: dict[str, set[int]] = field(default_factory=dict)
    taken: list[Taken] = field(default_factory=list)
    holds: dict[str, Hold] = field(default_factory=dict)
    visits: dict[str, Visit] = field(default_factory=dict)

    # --- hours --------------------------------------------------------------------------------

    def publish(self, who: str, week: Week, first: int) -> None:
        kept = [(day, each) for day, each in self.hours.get(who, []) if day < first]
        self.hours[who] = [*kept, (first, week)]

    def leave(self, who: str, start: int, end: int) -> None:
        self.away.setdefault(who, set()).update(range(start, end))

    def hours_on(self, who: str, day: int) -> set[int]:
        """The minutes of a local day in which her published hours hold."""
        holding = [week for first, week in self.hours.get(who, []) if first <= day]
        midnight, weekday = day * DAY - WALL, (day + 3) % 7  # the epoch began on a Thursday
        return {
            midnight + minute
            for n, start, end in (holding[-1] if holding else ())
            if n == weekday
            for minute in range(start, end)
        }

    # --- what is free -------------------------------------------------------------------------

    def seen(self, *, at: int | None = None, but: Iterable[str] = ()) -> "Seen":
        """The clinic as it shows at some minute, as if `but` had nothing."""
        return Seen(self, self.now if at is None else at, frozenset(but))

    # --- what happens -------------------------------------------------------------------------

    def take(self, owner: str, claims: dict[str, set[int]], ends: int | None = None) -> None:
        self.taken += [Taken(owner, of, minutes, ends) for of, minutes in claims.items() if minutes]

    def release(self, owner: str) -> None:
        self.taken = [each for each in self.taken if each.owner != owner]

    def claims(self, kind: Kind, who: str, room: str, start: int) -> dict[str, set[int]]:
        return {who: kind.hands_on(start), room: kind.whole(start)}

    def hold(self, name: str, hold: Hold) -> None:
        """Keep a time; for a visit that moves also hers, without what the visit has already."""
        claims = self.claims(hold.kind, hold.who, hold.room, hold.start)
        if hold.moving:
            claims[self.visits[hold.moving].person] = hold.kind.whole(hold.start)
            for each in self.taken:
                if each.owner == hold.moving and each.of in claims:
                    claims[each.of] = claims[each.of] - each.minutes
        self.holds[name] = hold
        self.take(name, claims, hold.ends)

    def may_extend(self, name: str) -> bool:
        hold = self.holds[name]
        return hold.ends > self.now and hold.ends < hold.made + LONGEST

    def extend(self, name: str) -> None:
        hold = self.holds[name]
        hold.ends = min(hold.ends + HOLD, self.now + 2 * HOLD, hold.made + LONGEST)
        for each in self.taken:
            if each.owner == name:
                each.ends = hold.ends

    def let_go(self, name: str) -> None:
        self.release(name)
        del self.holds[name]

    def may_book(self, name: str, person: str) -> str:
        """What comes of booking: "", "over" or "elsewhere"."""
        hold = self.holds[name]
        if hold.ends <= self.now:
            return "over"
        clash = hold.kind.whole(hold.start) & self.seen().busy(person)
        return "elsewhere" if clash else ""

    def book(self, name: str, visit: str, person: str) -> None:
        hold = self.holds[name]
        self.let_go(name)
        made = Visit(hold.kind, hold.who, hold.room, person, hold.start)
        if hold.kind.waits is not None:
            latest = hold.start - ANSWERED_BEFORE
            made.status, made.until = REQUESTED, min(self.now + hold.kind.waits, latest)
        self.visits[visit] = made
        self._settle(visit)

    def may_answer(self, visit: str) -> str:
        """What comes of answering a request, or of taking it back: "" or "state"."""
        found = self.visits[visit]
        waits = found.status == REQUESTED and found.until is not None and found.until > self.now
        return "" if waits else "state"

    def answer(self, visit: str, status: str) -> None:
        found = self.visits[visit]
        found.status, found.until = status, None
        self.release(visit)
        if status == BOOKED:
            self._settle(visit)

    def is_late(self, visit: str) -> bool:
        """Whether a request has waited too long and nobody has written that down."""
        found = self.visits[visit]
        return found.status == REQUESTED and (found.until or 0) <= self.now

    def may_change(self, visit: str) -> str:
        """Whether a patient may move or cancel: "", "state" or "late"."""
        found = self.visits[visit]
        if found.status != BOOKED:
            return "state"
        return "late" if found.start - self.now < found.kind.closes else ""

    def may_move(self, name: str) -> str:
        """What comes of moving to a kept time: "", "state", "late", "over" or "gone"."""
        hold = self.holds[name]
        if why := self.may_change(hold.moving):
            return why
        if hold.ends <= self.now:
            return "over"
        person = self.visits[hold.moving].person
        promised = self.seen(at=hold.made, but=(name, hold.moving))
        kept = promised.offered(hold.kind, hold.who, hold.start, person=person)
        return "" if kept else "gone"

    def move(self, name: str) -> None:
        hold, visit = self.holds[name], self.visits[self.holds[name].moving]
        promised = self.seen(at=hold.made, but=(name, hold.moving))
        room = promised.room(hold.kind, hold.start)
        assert room is not None
        self.let_go(name)
        self.release(hold.moving)
        visit.who, visit.room, visit.start = hold.who, room, hold.start
        self._settle(hold.moving)

    def cancel(self, visit: str) -> None:
        self.visits[visit].status = CANCELLED
        self.release(visit)

    def is_today(self, visit: str) -> bool:
        return (self.visits[visit].start + WALL) // DAY == (self.now + WALL) // DAY

    def _settle(self, name: str) -> None:
        visit = self.visits[name]
        claims = self.claims(visit.kind, visit.who, visit.room, visit.start)
        self.take(name, {**claims, visit.person: visit.kind.whole(visit.start)}, visit.until)


class Seen:
    """What is free at one moment. Sets of minutes are made once and kept."""

    def __init__(self, clinic: Clinic, now: int, but: frozenset[str]) -> None:
        self.clinic, self.now, self.but = clinic, now, but
        self._busy: dict[str, set[int]] = {}
        self._open: dict[str, set[int]] = {}

    def busy(self, of: str) -> set[int]:
        """The minutes of somebody or some room that are taken."""
        if of not in self._busy:
            self._busy[of] = {
                minute
                for each in self.clinic.taken
                if each.of == of and each.owner not in self.but
                if each.ends is None or each.ends > self.now
                for minute in each.minutes
            }
        return self._busy[of]

    def open(self, who: str) -> set[int]:
        """The minutes of the coming days in which she can be seen."""
        if who not in self._open:
            first, last = (self.now + WALL) // DAY, (self.now + AHEAD + WALL) // DAY
            days = (self.clinic.hours_on(who, day) for day in range(first, last + 1))
            self._open[who] = set().union(*days) - self.clinic.away.get(who, set())
        return self._open[who]

    def room(self, kind: Kind, start: int) -> str | None:
        """The first room of the service that is free throughout."""
        free = (room for room in kind.rooms if not kind.whole(start) & self.busy(room))
        return next(free, None)

    def offered(self, kind: Kind, who: str, start: int, *, person: str = "") -> bool:
        """Whether this visit can be had."""
        return (
            self._bookable(kind, start)
            and start in self.open(who)
            and set(range(start, start + kind.length)) <= self.open(who)
            and not kind.hands_on(start) & self.busy(who)
            and not (person and kind.whole(start) & self.busy(person))
            and self.room(kind, start) is not None
        )

    def offers(self, kind: Kind) -> Iterator[tuple[str, int]]:
        """Every visit that can be had: (practitioner, start)."""
        first = self.now // kind.grid * kind.grid
        for start in range(first, first + AHEAD, kind.grid):
            yield from ((w, start) for w in self.clinic.staff if self.offered(kind, w, start))

    def _bookable(self, kind: Kind, start: int) -> bool:
        """Whether the clock lets a visit start then: the grid, the notice, the horizon."""
        last_day = (self.now + WALL) // DAY + kind.horizon
        on_grid = (start + WALL) % kind.grid == 0
        return on_grid and start >= self.now + kind.notice and (start + WALL) // DAY <= last_day
