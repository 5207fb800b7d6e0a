"""Which reminder of a visit is due, and when none may leave. Pure.

Everything is reckoned on the clock of the place the visit is at, which is the patient's as far as
anybody knows; only quiet hours are hers, where she has told another.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from booking.patients.rules import NO_HARD_DATES, HardDates

EVENING_BEFORE = time(18)
# A reminder on the day is worth something only this long before the visit.
LEAST_AHEAD = timedelta(hours=1)
# A reminder that would meet one of her hard dates comes this many days earlier at most.
MOST_DAYS_EARLIER = 3


class Which(StrEnum):
    """The two reminders of a visit, and the request to look through the form before it."""

    EARLY = "early"
    MORNING = "morning"
    CHECK = "check"


@dataclass(frozen=True, kw_only=True)
class Policy:
    """The clinic's settings. `hours` 0, and `morning` or `check` None, switch that message off.

    `check` is a time of the day before; a form sent more than `check_days` before a visit is old.
    No reminder leaves from `quiet_from` to `quiet_until`, which may lie on the next day; equal
    times are no quiet hours. They are those of the clock of `hers`, a patient's own zone, or where
    it is None of the place.
    """

    hours: int
    morning: time | None
    quiet_from: time
    quiet_until: time
    check: time | None = None
    check_days: int = 7
    hers: ZoneInfo | None = None

    @classmethod
    def of(
        cls,
        *,
        hours: int,
        morning: str,
        quiet_from: str,
        quiet_until: str,
        check: str = "",
        check_days: int = 7,
    ) -> "Policy":
        """Read stored settings: whole hours, and times as "08:00" or ""."""
        return cls(
            hours=hours,
            morning=time.fromisoformat(morning) if morning else None,
            quiet_from=time.fromisoformat(quiet_from),
            quiet_until=time.fromisoformat(quiet_until),
            check=time.fromisoformat(check) if check else None,
            check_days=check_days,
        )

    @property
    def furthest(self) -> timedelta:
        """How long before a visit its first reminder can be due at most."""
        return timedelta(hours=self.hours) + timedelta(days=2 + MOST_DAYS_EARLIER)


@dataclass(frozen=True, kw_only=True)
class Due:
    """A reminder to send now; pointless from `until` on."""

    which: Which
    until: datetime


def due(
    starts_at: datetime,
    zone: ZoneInfo,
    policy: Policy,
    *,
    told_at: datetime,
    now: datetime,
    avoid: HardDates = NO_HARD_DATES,
) -> Due | None:
    """Return the reminder of a visit that is due, or None.

    Where the patient was told of this very time after a reminder would have been due (`told_at`),
    that one is not needed. Of two that are due at once only the later one is. None meets a date
    to `avoid`: it comes at the same time of day on the last day before that is free.
    """
    if now >= starts_at or is_quiet(now, zone, policy) or avoid.meet(now, zone):
        return None
    found: Due | None = None
    moments = _moments(starts_at, zone, policy, avoid)
    for number, (which, at) in enumerate(moments):
        ends = moments[number + 1][1] if number + 1 < len(moments) else starts_at
        if told_at <= at <= now < ends:
            ends = min(ends, _next_quiet(now, zone, policy), _next_hard(now, zone, avoid))
            found = Due(which=which, until=ends)
    return found


def check_due(
    starts_at: datetime,
    zone: ZoneInfo,
    policy: Policy,
    *,
    told_at: datetime,
    now: datetime,
    avoid: HardDates = NO_HARD_DATES,
) -> Due | None:
    """Return the request to look through the form, where that is due, or None.

    Whether there is need of it is for the caller to ask: see `is_old`.
    """
    at = next((_earlier(at, zone, avoid) for _w, at in _check(starts_at, zone, policy)), None)
    if at is None or not told_at <= at <= now < starts_at:
        return None
    if is_quiet(now, zone, policy) or avoid.meet(now, zone):
        return None
    until = min(starts_at, _next_quiet(now, zone, policy), _next_hard(now, zone, avoid))
    return Due(which=Which.CHECK, until=until)


def is_old(sent_at: datetime | None, starts_at: datetime, policy: Policy) -> bool:
    """Tell whether a form has to be looked at again before a visit; one never sent has to."""
    return sent_at is None or sent_at < starts_at - timedelta(days=policy.check_days)


def held(
    starts_at: datetime,
    zone: ZoneInfo,
    policy: Policy,
    *,
    told_at: datetime,
    now: datetime,
    avoid: HardDates,
) -> frozenset[Which]:
    """Return what cannot come before a visit because of dates to `avoid`, as far as it is near.

    Every day before it is one, too, or it would come before she was told of the visit.
    """
    if not avoid.dates or now >= starts_at:
        return frozenset()
    found = set()
    for which, meant in [*_meant(starts_at, zone, policy), *_check(starts_at, zone, policy)]:
        near = meant - timedelta(days=MOST_DAYS_EARLIER) <= now
        at = _earlier(meant, zone, avoid)
        if near and told_at <= meant and (at is None or at < told_at):
            found.add(which)
    return frozenset(found)


def _moments(
    starts_at: datetime, zone: ZoneInfo, policy: Policy, avoid: HardDates
) -> list[tuple[Which, datetime]]:
    """When each reminder is due, in order; an early one that comes too late is left out."""
    found: list[tuple[Which, datetime]] = []
    before = starts_at
    for which, meant in reversed(_meant(starts_at, zone, policy)):
        at = _earlier(meant, zone, avoid)
        if at is not None and (at < before or which is Which.MORNING):
            found.insert(0, (which, at))
            before = at
    return found


def _meant(starts_at: datetime, zone: ZoneInfo, policy: Policy) -> list[tuple[Which, datetime]]:
    """When each reminder would come if all days were alike."""
    found = []
    if policy.hours:
        early = _out_of_quiet(starts_at - timedelta(hours=policy.hours), zone, policy)
        found.append((Which.EARLY, early))
    morning = _morning(starts_at, zone, policy)
    if morning is not None:
        found.append((Which.MORNING, morning))
    return found


def _check(starts_at: datetime, zone: ZoneInfo, policy: Policy) -> list[tuple[Which, datetime]]:
    """When she is asked to look through the form if all days were alike: the day before."""
    if policy.check is None:
        return []
    day = starts_at.astimezone(zone).date() - timedelta(days=1)
    at = _out_of_quiet(_instant(datetime.combine(day, policy.check), zone), zone, policy)
    return [(Which.CHECK, at)]


def _earlier(moment: datetime, zone: ZoneInfo, avoid: HardDates) -> datetime | None:
    """`moment`, or the same time of day on the last free day before; None where none is near."""
    there = moment.astimezone(zone)
    for days in range(MOST_DAYS_EARLIER + 1):
        day = there.date() - timedelta(days=days)
        if day not in avoid:
            return moment if not days else _instant(datetime.combine(day, there.time()), zone)
    return None


def _next_hard(now: datetime, zone: ZoneInfo, avoid: HardDates) -> datetime:
    """When the next date to avoid begins; so far away as not to matter where there is none."""
    today = now.astimezone(zone).date()
    days = (today + timedelta(days=days) for days in range(1, 366) if avoid.dates)
    day = next((day for day in days if day in avoid), today + timedelta(days=366))
    return _instant(datetime.combine(day, time()), zone)


def _morning(starts_at: datetime, zone: ZoneInfo, policy: Policy) -> datetime | None:
    """The morning of the visit; the evening before where that would be too short."""
    if policy.morning is None:
        return None
    day = starts_at.astimezone(zone).date()
    at = _out_of_quiet(_instant(datetime.combine(day, policy.morning), zone), zone, policy)
    if starts_at - at >= LEAST_AHEAD:
        return at
    evening = datetime.combine(day - timedelta(days=1), EVENING_BEFORE)
    return min(_instant(evening, zone), starts_at)


def is_quiet(moment: datetime, zone: ZoneInfo, policy: Policy) -> bool:
    """Tell whether no reminder may leave at `moment`."""
    at, first, last = _clock(moment, zone, policy), policy.quiet_from, policy.quiet_until
    return first <= at < last if first <= last else at >= first or at < last


def _clock(moment: datetime, zone: ZoneInfo, policy: Policy) -> time:
    return moment.astimezone(policy.hers or zone).time()


def _out_of_quiet(moment: datetime, zone: ZoneInfo, policy: Policy) -> datetime:
    if not is_quiet(moment, zone, policy):
        return moment
    return _next(policy.quiet_until, moment, policy.hers or zone)


def _next_quiet(moment: datetime, zone: ZoneInfo, policy: Policy) -> datetime:
    """When quiet hours begin next; so far away as not to matter where there are none."""
    if policy.quiet_from == policy.quiet_until:
        return moment + timedelta(days=365)
    return _next(policy.quiet_from, moment, policy.hers or zone)


def _next(at: time, after: datetime, zone: ZoneInfo) -> datetime:
    """The first instant after `after` at which a clock in `zone` shows `at`."""
    day = after.astimezone(zone).date()
    today = _instant(datetime.combine(day, at), zone)
    return today if today > after else _instant(datetime.combine(day + timedelta(days=1), at), zone)


def _instant(wall: datetime, zone: ZoneInfo) -> datetime:
    return wall.replace(tzinfo=zone).astimezone(UTC)
