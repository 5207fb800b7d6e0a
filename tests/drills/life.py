"""A clinic in plain Python: sets of minutes, no database, no cleverness.

What may happen to time and visits, told a second time, as slowly and plainly as can be. The drill
(`test_whole_life.py`) does everything in the product and here and compares. Instants are epoch
minutes; the clinic is in London in summer, so its wall shows an hour more.
"""

from collections.abc import Iterable, Iterator
from copy import deepcopy
from dataclasses import dataclass, field

HOUR, DAY = 60, 24 * 60
WALL = HOUR  # ahead of UTC
HOLD, LONGEST = 10, 120  # minutes: a kept time, and how long it can be kept in all
AHEAD = 6 * DAY  # further than any service can be booked
ANSWERED_BEFORE = 120  # the latest answer to a request, before it would begin
OFFERED, LAST_CALL = 120, 60  # how long an offer waits, and its end before the start
OPENS, CLOSES = 8 * HOUR, 20 * HOUR  # at night an offer's time counts from the morning
DESK_GRID = 5
BOOKED, ARRIVED, CANCELLED, NO_SHOW = "booked", "arrived", "cancelled", "no-show"
REQUESTED, DECLINED, EXPIRED = "requested", "declined", "expired"
WAITING, LEFT, MET = "waiting", "left", "met"

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
    """A time kept, perhaps `together` with others: the names of all of them."""

    kind: Kind
    who: str
    room: str
    start: int
    made: int
    ends: int
    moving: str = ""
    together: tuple[str, ...] = ()


@dataclass
class Visit:
    """A visit, as it stands. `series` names all its legs; `over` is one that others let meet."""

    kind: Kind
    who: str
    room: str
    person: str
    start: int
    status: str = BOOKED
    until: int | None = None  # when a request ends by itself
    series: tuple[str, ...] = ()
    over: bool = False


@dataclass
class Wait:
    """A place on the waiting list, in order of `joined`; `offer` is the hold kept for her."""

    person: str
    kind: Kind
    joined: tuple[int, int]
    state: str = WAITING
    offer: str = ""
    tried: set[tuple[str, int]] = field(default_factory=set)


@dataclass
class Change:
    """What the quiet switch stopped: visits, with what they had, and places on the list."""

    person: str
    at: int
    visits: dict[str, list[Taken]]
    waits: list[str]
    undone: bool = False


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
    ill: dict[str, tuple[str, set[int]]] = field(default_factory=dict)
    waits: dict[str, Wait] = field(default_factory=dict)
    changes: list[Change] = field(default_factory=list)
    opened: dict[tuple[str, int], set[int]] = field(default_factory=dict)

    # --- hours --------------------------------------------------------------------------------

    def publish(self, who: str, week: Week, first: int) -> None:
        kept = [(day, each) for day, each in self.hours.get(who, []) if day < first]
        self.hours[who] = [*kept, (first, week)]
        self.opened.clear()

    def leave(self, who: str, start: int, end: int) -> None:
        self.away.setdefault(who, set()).update(range(start, end))
        self.opened.clear()

    def fall_ill(self, name: str, who: str, start: int, end: int) -> None:
        self.ill[name] = (who, set(range(start, end)))
        self.opened.clear()

    def get_well(self, name: str) -> None:
        del self.ill[name]
        self.opened.clear()

    def open(self, who: str) -> set[int]:
        """The minutes from today on in which she can be seen; kept until hours change."""
        first = (self.now + WALL) // DAY
        if (who, first) not in self.opened:
            days = (self.hours_on(who, day) for day in range(first, first + AHEAD // DAY + 2))
            ill = (minutes for whose, minutes in self.ill.values() if whose == who)
            away = self.away.get(who, set()).union(*ill)
            self.opened[who, first] = set().union(*days) - away
        return self.opened[who, first]

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

    def kept_with(self, name: str) -> list[str]:
        return list(self.holds[name].together or (name,))

    def may_extend(self, name: str) -> bool:
        hold = self.holds[name]
        return hold.ends > self.now and hold.ends < hold.made + LONGEST

    def extend(self, name: str) -> None:
        for one in self.kept_with(name):
            hold = self.holds[one]
            hold.ends = min(hold.ends + HOLD, self.now + 2 * HOLD, hold.made + LONGEST)
            for each in self.taken:
                if each.owner == one:
                    each.ends = hold.ends

    def let_go(self, name: str) -> None:
        for one in self.kept_with(name):
            self.release(one)
            del self.holds[one]

    def may_book(self, name: str, person: str) -> str:
        """What comes of booking, of a whole series too: "", "over" or "elsewhere"."""
        if self.holds[name].ends <= self.now:
            return "over"
        busy = self.seen().busy(person)
        holds = [self.holds[one] for one in self.kept_with(name)]
        return "elsewhere" if any(h.kind.whole(h.start) & busy for h in holds) else ""

    def book(self, name: str, visits: tuple[str, ...], person: str) -> None:
        holds = [self.holds[one] for one in self.kept_with(name)]
        self.let_go(name)
        for visit, hold in zip(visits, holds, strict=True):
            made = Visit(hold.kind, hold.who, hold.room, person, hold.start)
            made.series = visits if len(visits) > 1 else ()
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
        """What comes of moving to the times kept: "", "state", "late", "over" or "gone"."""
        return next(filter(None, map(self._may_move_one, self.kept_with(name))), "")

    def _may_move_one(self, name: str) -> str:
        hold = self.holds[name]
        if why := self.may_change(hold.moving):
            return why
        if hold.ends <= self.now:
            return "over"
        person = self.visits[hold.moving].person
        promised = self.seen(at=hold.made, but=(name, hold.moving))
        kept = promised.offered(hold.kind, hold.who, hold.start, person=person)
        agreed = hold.kind.waits is not None  # such times are settled with the clinic
        return "" if kept and not agreed else "gone"

    def move(self, name: str) -> None:
        found = []
        for one in self.kept_with(name):
            hold = self.holds[one]
            promised = self.seen(at=hold.made, but=(one, hold.moving))
            found.append((hold, promised.room(hold.kind, hold.start)))
        self.let_go(name)
        for hold, room in found:
            assert room is not None
            self.release(hold.moving)
            self._put(hold.moving, hold.who, room, hold.start)

    def rest(self, visit: str) -> tuple[str, ...]:
        """This visit of a series and those that are later as they stand now, by time."""
        begins = {leg: self.visits[leg].start for leg in self.visits[visit].series}
        later = (leg for leg, start in begins.items() if start >= begins[visit])
        return tuple(sorted(later, key=lambda leg: begins[leg]))

    def cancel(self, visit: str) -> None:
        self.visits[visit].status = CANCELLED
        self.release(visit)

    def is_today(self, visit: str) -> bool:
        return (self.visits[visit].start + WALL) // DAY == (self.now + WALL) // DAY

    # --- at the desk --------------------------------------------------------------------------

    def may_place(self, kind: Kind, who: str, start: int, person: str, but: str = "") -> str:
        """What comes of asking for a time at the desk: "" or "gone"."""
        seen = self.seen(but=[but])
        return "" if seen.offered(kind, who, start, person=person, desk=True) else "gone"

    def add(self, visit: str, kind: Kind, who: str, start: int, person: str) -> None:
        room = self.seen().room(kind, start)
        assert room is not None
        self.visits[visit] = Visit(kind, who, room, person, start)
        self._settle(visit)

    def may_desk_move(self, visit: str, who: str, start: int) -> str:
        found = self.visits[visit]
        if found.status != BOOKED:
            return "state"
        same = (found.who, found.start) == (who, start) and not found.over
        return "" if same else self.may_place(found.kind, who, start, found.person, but=visit)

    def desk_move(self, visit: str, who: str, start: int) -> None:
        found = self.visits[visit]
        if (found.who, found.start) != (who, start) or found.over:
            self.release(visit)
            room = self.seen().room(found.kind, start)
            assert room is not None
            self._put(visit, who, room, start)

    def swap(self, first: str, second: str) -> str:
        """Let two visits change places, or say why not: "state" or "gone"."""
        one, other = self.visits[first], self.visits[second]
        if first == second or not one.status == other.status == BOOKED:
            return "state"
        before = deepcopy((self.taken, self.visits))
        to_first, to_second = (other.who, other.start), (one.who, one.start)
        self.release(first)
        self.release(second)
        for name, (who, start) in ((first, to_first), (second, to_second)):
            visit = self.visits[name]
            if self.may_place(visit.kind, who, start, visit.person):
                self.taken, self.visits = before
                return "gone"
            self._put(name, who, self.seen().room(visit.kind, start) or "", start)
        return ""

    def add_over(self, visit: str, kind: Kind, who: str, start: int, person: str) -> str:
        """A visit that takes only what is still free, or "elsewhere" where she is not."""
        seen = self.seen()
        if kind.whole(start) & seen.busy(person):
            return "elsewhere"
        room = seen.room(kind, start) or kind.rooms[0]
        made = self.visits[visit] = Visit(kind, who, room, person, start)
        wanted = self.claims(kind, who, room, start)
        free = {of: minutes - seen.busy(of) for of, minutes in wanted.items()}
        made.over = free != wanted
        self.take(visit, {**free, person: kind.whole(start)})
        return ""

    # --- the waiting list ---------------------------------------------------------------------

    def place_of(self, person: str, kind: Kind) -> str:
        """The name of the place she has on the list, or ""."""
        hers = (n for n, w in self.waits.items() if (w.person, w.kind) == (person, kind))
        return next((name for name in hers if self.waits[name].state == WAITING), "")

    def is_open(self, wait: str) -> bool:
        """Whether a time is kept for her now."""
        offer = self.waits[wait].offer
        return bool(offer) and self.holds[offer].ends > self.now

    def settle_offer(self, wait: str) -> None:
        self.let_go(self.waits[wait].offer)
        self.waits[wait].offer = ""

    def lapse(self) -> None:
        for name, wait in self.waits.items():
            if wait.offer and not self.is_open(name):
                self.settle_offer(name)

    def queue(self) -> list[str]:
        """Those who wait and have no offer, in the order in which they are asked."""
        waiting = ((n, w) for n, w in self.waits.items() if w.state == WAITING and not w.offer)
        return [name for name, _ in sorted(waiting, key=lambda each: each[1].joined)]

    def untried(self, wait: str) -> set[int]:
        """The starts she could have that were not offered to her, with anybody."""
        entry = self.waits[wait]
        offers = self.seen().offers(entry.kind, person=entry.person)
        return {start for _, start in offers} - {start for _, start in entry.tried}

    def may_have(self, wait: str, who: str, start: int) -> bool:
        entry = self.waits[wait]
        return self.seen().offered(entry.kind, who, start, person=entry.person)

    def offer(self, wait: str, hold: str, who: str, start: int) -> None:
        local, entry = (self.now + WALL) % DAY, self.waits[wait]
        morning = self.now - local + OPENS + (DAY if local >= CLOSES else 0)
        counted = self.now if OPENS <= local < CLOSES else morning
        room, ends = self.seen().room(entry.kind, start), min(counted + OFFERED, start - LAST_CALL)
        self.hold(hold, Hold(entry.kind, who, room or "", start, self.now, ends))
        entry.offer = hold
        entry.tried.add((who, start))

    def leave_list(self, wait: str) -> None:
        if self.waits[wait].state == WAITING:
            if self.is_open(wait):
                self.settle_offer(wait)
            self.waits[wait].state = LEFT

    # --- the quiet switch ---------------------------------------------------------------------

    def to_come(self, person: str) -> list[str]:
        hers = ((n, v) for n, v in self.visits.items() if v.person == person)
        return [name for name, v in hers if v.status == BOOKED and v.start > self.now]

    def something_changed(self, person: str, let_go: Iterable[str]) -> None:
        waits = [n for n, w in self.waits.items() if (w.person, w.state) == (person, WAITING)]
        visits = {v: [each for each in self.taken if each.owner == v] for v in let_go}
        self.changes.append(Change(person, self.now, visits, waits))
        for wait in waits:
            self.leave_list(wait)
        for visit in visits:
            self.cancel(visit)

    def last_change(self, person: str) -> Change | None:
        """What she can still take back."""
        hers = [each for each in self.changes if each.person == person and not each.undone]
        return hers[-1] if hers and self.now < hers[-1].at + DAY else None

    def take_back(self, change: Change) -> None:
        """Bring back what was stopped and is still free; a new place on the list takes the old."""
        change.undone = True
        for name in change.waits:
            wait = self.waits[name]
            if wait.state == LEFT:
                if now_has := self.place_of(wait.person, wait.kind):
                    newer = self.waits[now_has]
                    newer.joined = (min(newer.joined[0], wait.joined[0]), newer.joined[1])
                else:
                    wait.state = WAITING
        for name, had in change.visits.items():
            visit, seen = self.visits[name], self.seen()
            free = not any(each.minutes & seen.busy(each.of) for each in had)
            if visit.status == CANCELLED and visit.start > self.now and free:
                visit.status = BOOKED
                self.taken += had

    def _put(self, name: str, who: str, room: str, start: int) -> None:
        """Give a visit that has nothing another place."""
        visit = self.visits[name]
        visit.who, visit.room, visit.start, visit.over = who, room, start, False
        self._settle(name)

    def _settle(self, name: str) -> None:
        visit = self.visits[name]
        claims = self.claims(visit.kind, visit.who, visit.room, visit.start)
        self.take(name, {**claims, visit.person: visit.kind.whole(visit.start)}, visit.until)


class Seen:
    """What is free at one moment. Sets of minutes are made once and kept."""

    def __init__(self, clinic: Clinic, now: int, but: frozenset[str]) -> None:
        self.clinic, self.now, self.but = clinic, now, but
        self._busy: dict[str, set[int]] = {}

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

    def room(self, kind: Kind, start: int) -> str | None:
        """The first room of the service that is free throughout."""
        free = (room for room in kind.rooms if not kind.whole(start) & self.busy(room))
        return next(free, None)

    def offered(
        self, kind: Kind, who: str, start: int, *, person: str = "", desk: bool = False
    ) -> bool:
        """Whether this visit can be had, online or at the desk."""
        bookable = self._bookable_at_desk(start) if desk else self._bookable(kind, start)
        return bookable and self._is_free(kind, who, start, person)

    def offers(self, kind: Kind, *, person: str = "") -> Iterator[tuple[str, int]]:
        """Every visit that can be had online: (practitioner, start)."""
        first = self.now // kind.grid * kind.grid
        for start in range(first, first + AHEAD, kind.grid):
            if self._bookable(kind, start):
                for who in self.clinic.staff:
                    if self._is_free(kind, who, start, person):
                        yield who, start

    def _is_free(self, kind: Kind, who: str, start: int, person: str) -> bool:
        return (
            start in (hours := self.clinic.open(who))
            and hours.issuperset(range(start, start + kind.length))
            and not kind.hands_on(start) & self.busy(who)
            and not (person and kind.whole(start) & self.busy(person))
            and self.room(kind, start) is not None
        )

    def _bookable(self, kind: Kind, start: int) -> bool:
        """Whether the clock lets a visit start then: the grid, the notice, the horizon."""
        last_day = (self.now + WALL) // DAY + kind.horizon
        on_grid = (start + WALL) % kind.grid == 0
        return on_grid and start >= self.now + kind.notice and (start + WALL) // DAY <= last_day

    def _bookable_at_desk(self, start: int) -> bool:
        return (start + WALL) % DESK_GRID == 0 and start >= self.now
