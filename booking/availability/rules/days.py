"""What is different on single dates: hours added, hours taken away."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, time
from enum import StrEnum

from booking.availability.rules.hours import WeeklyHours, on_one_day
from booking.availability.rules.instants import MINUTES_A_DAY, minute_of_day
from booking.availability.rules.leave import FURTHEST
from booking.core.errors import N_, BadInput
from booking.core.intervals import Span, normalise, subtract


class Change(StrEnum):
    """What a date's exception does to the hours of that weekday."""

    ADDS = "adds"
    REMOVES = "removes"


class DayRefused(BadInput):
    """The exception cannot be kept as written; `field` names what to change."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


@dataclass(frozen=True)
class Different:
    """On `day`, hours from `starts` to `ends` are added or taken away; no times: the whole day."""

    day: date
    change: Change
    starts: time | None = None
    ends: time | None = None

    @property
    def minutes(self) -> Span:
        """`[starts, ends)` as minutes of the day."""
        if self.starts is None or self.ends is None:
            return 0, MINUTES_A_DAY
        return minute_of_day(self.starts), minute_of_day(self.ends)

    @property
    def hours(self) -> WeeklyHours:
        """The same as hours of that one day."""
        return on_one_day(self.day, self.starts or time(), self.ends or time())


def ensure_writable(different: Different, *, today: date) -> None:
    """Raise DayRefused unless the times run forwards, on a day from `today` on."""
    if not today <= different.day <= today + FURTHEST:
        raise DayRefused("day", N_("Choose today or a later day, up to three years ahead."))
    if different.starts is None or different.ends is None:
        if different.change is Change.ADDS:
            raise DayRefused("starts", N_("Write the times you want to add."))
        return
    if different.ends <= different.starts:
        raise DayRefused("ends", N_("The end has to be later than the start."))


def without(added: Different, removed: Different) -> Iterator[Different]:
    """What is left of hours added once `removed` is taken from the same day."""
    for start, end in subtract([added.minutes], [removed.minutes]):
        yield Different(added.day, Change.ADDS, _clock(start), _clock(end))


def day_minutes(
    day: date, rows: Iterable[WeeklyHours], different: Iterable[Different]
) -> list[Span]:
    """The minutes by the wall clock of `day` that are open, before leave and closures."""
    weekly = normalise(row.minutes for row in rows if row.applies_on(day))
    on_day = [each for each in different if each.day == day]
    gone = normalise(each.minutes for each in on_day if each.change is Change.REMOVES)
    more = [each.minutes for each in on_day if each.change is Change.ADDS]
    return normalise([*subtract(weekly, gone), *more])


def as_exceptions(day: date, wanted: list[Span], usual: list[Span]) -> Iterator[Different]:
    """What makes a day whose weekly hours are `usual` have the minutes `wanted`."""
    for change, spans in (
        (Change.REMOVES, subtract(usual, wanted)),
        (Change.ADDS, subtract(wanted, usual)),
    ):
        for start, end in spans:
            yield Different(day, change, _clock(start), _clock(end))


def _clock(minute: int) -> time:
    """A minute of the day as the clock shows it; the last one stands for the end of the day."""
    minute = min(minute, MINUTES_A_DAY - 1)
    return time(minute // 60, minute % 60)
