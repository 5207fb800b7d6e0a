"""Several visits by a pattern: which days, and the times on them that go together best. Pure."""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from booking.availability.rules import Offer
from booking.core.errors import N_, BadInput

SHORTEST_SERIES, LONGEST_SERIES = 2, 12
AROUND = timedelta(days=3)
"""How far from its day a visit may go where that day has no time."""
ALTERNATIVES = 3


@dataclass(frozen=True, kw_only=True)
class Rhythm:
    """`count` visits from `first` on: on these weekdays (0 is Monday), every so many weeks.

    `after` is the earliest start on the clinic's clock; None for any. Two weekdays make it twice
    a week.
    """

    first: date
    weekdays: tuple[int, ...]
    every_weeks: int
    count: int
    after: time | None = None


@dataclass(frozen=True, kw_only=True)
class Leg:
    """One visit of a plan: its day and its time. Where that is None, `near` are times instead."""

    day: date
    offer: Offer | None
    near: tuple[Offer, ...] = ()


def days_of(rhythm: Rhythm) -> list[date]:
    """Return the days of a rhythm, first to last. Raises BadInput for one without an end."""
    if not rhythm.weekdays or rhythm.every_weeks < 1 or rhythm.count > LONGEST_SERIES:
        raise BadInput(N_("Please choose the days, and how many visits."))
    ahead = (rhythm.first + timedelta(days=n) for n in range(7))
    begin = next(day for day in ahead if day.weekday() in rhythm.weekdays)
    monday = begin - timedelta(days=begin.weekday())
    days: list[date] = []
    while len(days) < rhythm.count:
        week = [monday + timedelta(days=weekday) for weekday in sorted(set(rhythm.weekdays))]
        days += [day for day in week if day >= begin]
        monday += timedelta(weeks=rhythm.every_weeks)
    return days[: rhythm.count]


def plan(
    days: Sequence[date], offers: Sequence[Collection[Offer]], *, after: time | None
) -> list[Leg]:
    """Choose a time on each day, the same clock and practitioner wherever that is free.

    `offers` are what each day's visit can have, on that day and around it. A day on which nothing
    fits has no time, but the nearest ones around it, on no other visit's day.
    """
    fitting = [
        [o for o in known if o.local_date == day and _late_enough(o, after)]
        for day, known in zip(days, offers, strict=True)
    ]
    usual = _usual(o for known in fitting for o in known)
    chosen = [_best(known, usual) for known in fitting]
    clock = usual.clock if usual else after or time(12)
    return [
        Leg(day=day, offer=offer, near=() if offer else _near(known, day, clock, set(days)))
        for day, offer, known in zip(days, chosen, offers, strict=True)
    ]


@dataclass(frozen=True)
class _Usual:
    """What most of the days can have."""

    clock: time
    practitioner_id: int
    location_id: int


def _clock(offer: Offer) -> time:
    return offer.starts_at.astimezone(offer.zone).time()


def _late_enough(offer: Offer, after: time | None) -> bool:
    return after is None or _clock(offer) >= after


def _usual(offers: Iterable[Offer]) -> _Usual | None:
    """The clock and practitioner that most days have; of those the earliest, in the given order."""
    found = Counter(_Usual(_clock(o), o.practitioner_id, o.location_id) for o in offers)
    most = max(found.values(), default=0)
    return min((u for u, n in found.items() if n == most), key=lambda u: u.clock, default=None)


def _best(offers: Collection[Offer], usual: _Usual | None) -> Offer | None:
    """The offer of one day that is nearest to the usual one, with the same practitioner if any."""
    if usual is None:
        return None

    def away(offer: Offer) -> tuple[bool, bool, int]:
        return (
            offer.location_id != usual.location_id,
            offer.practitioner_id != usual.practitioner_id,
            _minutes_apart(_clock(offer), usual.clock),
        )

    return min(offers, key=away, default=None)


def _minutes_apart(one: time, other: time) -> int:
    return abs((one.hour - other.hour) * 60 + one.minute - other.minute)


def _near(
    offers: Iterable[Offer], day: date, clock: time, taken: Collection[date]
) -> tuple[Offer, ...]:
    """The nearest offers around `day` at `clock`, soonest first, one for each start."""
    fitting: dict[datetime, Offer] = {}
    for offer in offers:
        there = offer.local_date
        if abs(there - day) <= AROUND and (there == day or there not in taken):
            fitting.setdefault(offer.starts_at, offer)

    def away(offer: Offer) -> float:
        wall = offer.starts_at.astimezone(offer.zone).replace(tzinfo=None)
        return abs((wall - datetime.combine(day, clock)).total_seconds())

    nearest = sorted(fitting.values(), key=away)[:ALTERNATIVES]
    return tuple(sorted(nearest, key=lambda offer: offer.start))
