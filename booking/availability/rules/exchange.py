"""A practitioner's hours as they leave for, and come from, other programs. Pure."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from booking.availability.rules.days import Different
from booking.availability.rules.hours import WeeklyHours
from booking.availability.rules.leave import FURTHEST
from booking.availability.rules.weeks import Period, periods

MOST_A_DAY = 20
"""More stretches on one weekday are no week that somebody works."""


@dataclass(frozen=True)
class Place:
    """A location: its number here, the names it may go by, the zone of its clock."""

    number: int
    names: tuple[str, ...]
    zone: ZoneInfo

    def is_called(self, name: str) -> bool:
        """Whether people mean this place by `name`."""
        return name.casefold() in {each.casefold() for each in self.names}


@dataclass
class Written:
    """What is written for one place: weekly hours, and what is different on single days."""

    weekly: list[WeeklyHours] = field(default_factory=list)
    different: list[Different] = field(default_factory=list)

    def give_way(self, first: date, last: date | None) -> None:
        """Leave the dates from `first` to `last` (None: for good) to what is more important."""
        self.weekly = [left for row in self.weekly for left in row.outside(first, last)]
        self.different = [
            each for each in self.different if not first <= each.day <= (last or date.max)
        ]

    def still(self, today: date) -> "Written":
        """The same without what is over, or so far ahead that nothing is booked there."""
        weekly = [
            row
            for row in self.weekly
            if (row.valid_until or date.max) >= today
            and (row.valid_from or today) <= today + FURTHEST
        ]
        different = [each for each in self.different if today <= each.day <= today + FURTHEST]
        return Written(weekly, different)

    def periods(self, today: date) -> list[Period]:
        """The weeks of it, by date."""
        return periods(self.weekly, today=today)


@dataclass(frozen=True)
class Availability:
    """All hours of one person: by place, and when that person is away, as aware instants."""

    places: dict[Place, Written]
    away: tuple[tuple[datetime, datetime], ...]

    @property
    def is_empty(self) -> bool:
        return not self.away and not any(
            each.weekly or each.different for each in self.places.values()
        )


def first_date(row: WeeklyHours) -> date | None:
    """The first date on which hours are kept, or None if there is none."""
    day = row.valid_from or date.min
    for nth in range(7 * row.every_n_weeks):
        if row.applies_on(day + timedelta(days=nth)):
            return day + timedelta(days=nth)
    return None


def last_date(row: WeeklyHours) -> date | None:
    """The last date on which hours that end are kept; None if they go on, or never hold."""
    if row.valid_until is None:
        return None
    for nth in range(7 * row.every_n_weeks):
        if row.applies_on(row.valid_until - timedelta(days=nth)):
            return row.valid_until - timedelta(days=nth)
    return None


def crowded(week: Sequence[WeeklyHours]) -> Iterator[WeeklyHours]:
    """Those of the hours that are one too many on their weekday."""
    counts = [0] * 7
    for row in week:
        counts[row.weekday] += 1
        if counts[row.weekday] > MOST_A_DAY:
            yield row


def known_place(name: str, places: Iterable[Place]) -> Place | None:
    """The one place that goes by `name`, or None."""
    found = [each for each in places if each.is_called(name)]
    return found[0] if len(found) == 1 else None
