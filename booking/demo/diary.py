"""The demo's diary: who works when, and a believable four weeks of visits. Plans only."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime, time, timedelta
from random import Random
from typing import NamedTuple
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Europe/London")
DAYS_BACK, DAYS_AHEAD = 14, 14
MINUTE = timedelta(minutes=1)
WEEKDAYS = (0, 1, 2, 3, 4)


class Shift(NamedTuple):
    """A stretch of somebody's week: 0 is Monday; `lunch` is when it begins, if there is one.

    With a `second` room, a visit with a rest has another one begin in it.
    """

    who: str
    weekdays: tuple[int, ...]
    place: str
    room: str
    starts: time
    ends: time
    lunch: time | None = None
    second: str | None = None


# Somebody works on each of the seven days, so that a demo has visits whenever it is started.
SHIFTS = (
    Shift(
        "Mei Tan",
        (0, 1, 2, 4),
        "Canal Street",
        "Room 2",
        time(9),
        time(17, 30),
        time(12, 30),
        "Room 4",
    ),
    Shift(
        "Mei Tan",
        (3,),
        "Mill Lane",
        "Garden room",
        time(9),
        time(17, 30),
        time(12, 45),
        "Loft room",
    ),
    Shift("Mei Tan", (6,), "Canal Street", "Room 2", time(10), time(16), second="Room 4"),
    Shift("Inês Roca", (0, 1, 3, 4), "Canal Street", "Room 1", time(10), time(18), time(12, 45)),
    Shift("Inês Roca", (2,), "Mill Lane", "Loft room", time(10), time(18), time(13)),
    Shift("Inês Roca", (5, 6), "Canal Street", "Room 1", time(9), time(15)),
    Shift("Tom Bell", WEEKDAYS, "Canal Street", "Room 3", time(11), time(19), time(13, 30)),
    Shift("Tom Bell", (5,), "Canal Street", "Room 3", time(11), time(17)),
)
LUNCH_MINUTES = 45
FULL, FULLNESS_AHEAD = 0.88, 0.76
GAPS = (45, 75)  # minutes; a first visit fits into the longer
REST_DAYS = 5
RESTED, BESIDE = "Longer visit with rest", 20  # minutes hands-on before the rest begins
NEWCOMERS, FIRST_VISITS = 0.2, 0.7


class Lunch(NamedTuple):
    """Time off in the middle of a shift."""

    who: str
    starts_at: datetime
    ends_at: datetime


class Visit(NamedTuple):
    """One visit; `patient` counts through the made-up people."""

    shift: Shift
    room: str
    patient: int
    service: str
    starts_at: datetime
    ends_at: datetime


def shifts_on(day: date) -> Iterator[tuple[Shift, datetime, datetime]]:
    """Who works on `day`, with the instants of beginning and end (zoned)."""
    for shift in SHIFTS:
        if day.weekday() in shift.weekdays:
            starts, ends = (datetime.combine(day, at, ZONE) for at in (shift.starts, shift.ends))
            yield shift, starts, ends


def diary(
    today: date, *, minutes: Mapping[tuple[str, str], int], people: int, dice: Random
) -> list[Visit | Lunch]:
    """Plan two weeks back and two ahead around `today`; the same dice give the same diary.

    `minutes` are how long each service lasts with each practitioner, by (practitioner, service).
    The days ahead are emptier the further they are.
    """
    writer = _Writer(minutes, people, dice)
    for offset in range(-DAYS_BACK, DAYS_AHEAD):
        fill = FULL if offset <= 0 else FULLNESS_AHEAD - 0.03 * offset
        for shift, starts, ends in shifts_on(today + timedelta(days=offset)):
            writer.write(shift, starts, ends, fill)
    return writer.written


class _Writer:
    """Fills shifts one after the other and remembers who came when."""

    def __init__(self, minutes: Mapping[tuple[str, str], int], people: int, dice: Random) -> None:
        self.minutes, self.dice = minutes, dice
        self.written: list[Visit | Lunch] = []
        self.last: dict[int, date] = {}
        # Each practitioner has her own patients; so nobody is in two places.
        whos = sorted({shift.who for shift in SHIFTS})
        self.own = {who: list(range(nth, people, len(whos))) for nth, who in enumerate(whos)}

    def write(self, shift: Shift, starts: datetime, ends: datetime, fill: float) -> None:
        at = starts
        lunch = datetime.combine(starts.date(), shift.lunch, ZONE) if shift.lunch else None
        while at < ends:
            if lunch is not None and at + 40 * MINUTE > lunch:
                away = max(at, lunch)
                at = away + LUNCH_MINUTES * MINUTE
                self.written.append(Lunch(shift.who, away, at))
                lunch = None
            elif self.dice.random() < fill:
                at = self._visit(shift, at, min(lunch or ends, ends))
            else:
                at += self.dice.choice(GAPS) * MINUTE

    def _visit(self, shift: Shift, at: datetime, until: datetime) -> datetime:
        """Write one visit from `at`, or none if nothing fits; return when the next may begin."""
        patient = self._patient(shift.who, at.date())
        service = self._service(patient, shift.who)
        ends = at + self.minutes[shift.who, service] * MINUTE
        if ends > until:
            return at + 15 * MINUTE
        self._write(shift, shift.room, patient, service, at)
        if service == RESTED and shift.second is not None and ends + BESIDE * MINUTE <= until:
            # While the first one rests, somebody else begins next door, and rests in turn.
            other = self._patient(shift.who, at.date())
            self._write(shift, shift.second, other, RESTED, at + BESIDE * MINUTE)
            ends += BESIDE * MINUTE
        return ends + self.dice.choice((5, 5, 5, 10)) * MINUTE

    def _write(self, shift: Shift, room: str, patient: int, service: str, at: datetime) -> None:
        self.last[patient] = at.date()
        ends = at + self.minutes[shift.who, service] * MINUTE
        self.written.append(Visit(shift, room, patient, service, at, ends))

    def _patient(self, who: str, day: date) -> int:
        """Somebody new now and then, else somebody who was not here for some days."""
        fresh = [each for each in self.own[who] if each not in self.last]
        rested = [
            each
            for each in self.own[who]
            if each in self.last and (day - self.last[each]).days >= REST_DAYS
        ]
        if fresh and (not rested or self.dice.random() < NEWCOMERS):
            return self.dice.choice(fresh)
        return self.dice.choice(rested)

    def _service(self, patient: int, who: str) -> str:
        if patient not in self.last and self.dice.random() < FIRST_VISITS:
            return "First visit"
        kinds = ["Follow-up"] * 5 + [RESTED] * 2
        return self.dice.choice(kinds + ["Short visit"] * (2 if who != "Inês Roca" else 0))
