"""Time off as a practitioner writes it: days and wall-clock times, turned into two instants."""

from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from booking.availability.rules.instants import day_start, instant_of, to_instants
from booking.core.errors import N_, BadInput

LONGEST = timedelta(days=366)
FURTHEST = timedelta(days=3 * 366)
_WEEK = timedelta(weeks=1)


class LeaveRefused(BadInput):
    """The time off cannot be taken as written; `field` names what to change."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


@dataclass(frozen=True, kw_only=True)
class Leave:
    """From `first_day` at `starts` to `last_day` at `ends`; without a time, the whole day."""

    first_day: date
    last_day: date
    starts: time | None = None
    ends: time | None = None


def instants(leave: Leave, zone: ZoneInfo, *, now: datetime) -> tuple[datetime, datetime]:
    """The aware UTC instants between which the person is away, or LeaveRefused.

    Of a start the clock shows twice the first is meant, of an end the second, so that the time off
    covers both. A time that the clock skips is refused rather than guessed.
    """
    today = now.astimezone(zone).date()
    if leave.last_day < leave.first_day:
        raise LeaveRefused("last_day", N_("The last day has to be the first day or later."))
    if leave.last_day < today:
        raise LeaveRefused("first_day", N_("That is in the past. Choose today or a later day."))
    if leave.first_day < today - LONGEST or leave.last_day > today + FURTHEST:
        raise LeaveRefused("last_day", N_("Please choose days within the next three years."))
    if leave.last_day - leave.first_day > LONGEST:
        raise LeaveRefused("last_day", N_("Please take up to one year at a time."))
    starts_at, ends_at = _start(leave, zone), _end(leave, zone)
    if ends_at <= starts_at:
        raise LeaveRefused("ends", N_("The end has to be later than the start."))
    if ends_at <= now:
        raise LeaveRefused("ends", N_("That is in the past. Choose a later time."))
    return starts_at, ends_at


def weekly(leave: Leave, until: date | None) -> list[Leave]:
    """`leave`, and the same on each following week's days that begin by `until`.

    Raises LeaveRefused unless `until` is a day from the first on, within a year.
    """
    if until is None:
        return [leave]
    if not leave.first_day <= until <= leave.first_day + LONGEST:
        raise LeaveRefused("repeat_until", N_("Choose a day within a year of the first day."))
    if leave.last_day - leave.first_day >= _WEEK:
        raise LeaveRefused("repeat_until", N_("Only what is shorter than a week can repeat."))
    rounds = (until - leave.first_day) // _WEEK
    return [
        replace(leave, first_day=leave.first_day + n * _WEEK, last_day=leave.last_day + n * _WEEK)
        for n in range(rounds + 1)
    ]


def _start(leave: Leave, zone: ZoneInfo) -> datetime:
    if leave.starts is None:
        return instant_of(day_start(leave.first_day, zone))
    return _shown(leave.first_day, leave.starts, zone, "starts")[0]


def _end(leave: Leave, zone: ZoneInfo) -> datetime:
    if leave.ends is None:
        return instant_of(day_start(leave.last_day + timedelta(days=1), zone))
    return _shown(leave.last_day, leave.ends, zone, "ends")[-1]


def _shown(day: date, at: time, zone: ZoneInfo, field: str) -> tuple[datetime, ...]:
    found = to_instants(day, at, zone)
    if not found:
        raise LeaveRefused(
            field,
            N_("The clocks go forward then, and skip this time. Choose one outside that hour."),
        )
    return found


def as_written(starts_at: datetime, ends_at: datetime, zone: ZoneInfo) -> Leave:
    """The days and times between two instants as a person would write them, in `zone`."""
    start, end = starts_at.astimezone(zone), ends_at.astimezone(zone)
    if ends_at == instant_of(day_start(end.date(), zone)):
        last_day, ends = end.date() - timedelta(days=1), None
    else:
        last_day, ends = end.date(), end.time()
    whole = starts_at == instant_of(day_start(start.date(), zone))
    return Leave(
        first_day=start.date(),
        last_day=last_day,
        starts=None if whole else start.time(),
        ends=ends,
    )
