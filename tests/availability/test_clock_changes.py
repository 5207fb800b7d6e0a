"""Every clock change of many zones, 2026 to 2036: offers against a look at each single minute.

The expectation is made from `zoneinfo` alone: what the wall shows at each minute of three days.
"""

from collections import Counter
from datetime import UTC, datetime, time, timedelta
from functools import lru_cache
from itertools import accumulate
from zoneinfo import ZoneInfo

import pytest

from booking.availability.rules import (
    Asking,
    BookingPolicy,
    Candidate,
    Segment,
    SegmentKind,
    ServicePlan,
    WeeklyHours,
    epoch_minute,
    offers,
    open_spans,
    to_instants,
)

ZONES = [
    "Africa/Cairo",
    "Africa/Casablanca",
    "Africa/El_Aaiun",
    "America/Asuncion",
    "America/Havana",
    "America/New_York",
    "America/Nuuk",
    "America/Sao_Paulo",
    "America/Santiago",
    "America/St_Johns",
    "America/Vancouver",
    "Asia/Beirut",
    "Asia/Gaza",
    "Asia/Jerusalem",
    "Asia/Kathmandu",
    "Asia/Tehran",
    "Atlantic/Azores",
    "Australia/Lord_Howe",
    "Australia/Sydney",
    "Europe/Chisinau",
    "Europe/Dublin",
    "Europe/Lisbon",
    "Europe/London",
    "Pacific/Apia",
    "Pacific/Auckland",
    "Pacific/Chatham",
    "Pacific/Easter",
    "Antarctica/Troll",
]
FROM, UNTIL = datetime(2026, 1, 1, tzinfo=UTC), datetime(2037, 1, 1, tzinfo=UTC)
LENGTH, GRID, DAYS = 45, 15, 3
MINUTE = timedelta(minutes=1)

ROUND_THE_CLOCK = [(time(0), time(0))]
BY_NIGHT = [(time(0), time(1, 20)), (time(1, 40), time(3, 10)), (time(22, 50), time(0))]
BY_DAY = [(time(9), time(12, 30)), (time(13, 15), time(17))]


@lru_cache
def changes(zone: ZoneInfo) -> list[datetime]:
    """Each instant from which `zone` has a new offset."""
    found = []
    at, step = FROM, timedelta(hours=6)
    while at < UNTIL:
        low, high = at, at + step
        if low.astimezone(zone).utcoffset() != high.astimezone(zone).utcoffset():
            while high - low > MINUTE:
                middle = low + (high - low) // 2 // MINUTE * MINUTE
                same = middle.astimezone(zone).utcoffset() == low.astimezone(zone).utcoffset()
                low, high = (middle, high) if same else (low, middle)
            found.append(high)
        at += step
    return found


def open_times(hours: list[tuple[time, time]]) -> set[tuple[int, int]]:
    """The (hour, minute) pairs in `hours`."""
    every = [(hour, minute) for hour in range(24) for minute in range(60)]
    return {
        (hour, minute)
        for hour, minute in every
        for starts, ends in hours
        if starts <= time(hour, minute) and (time(hour, minute) < ends or ends == time(0))
    }


def offered_around(start: datetime, zone: ZoneInfo, hours: list[tuple[time, time]]):
    """Three days of offers from `start`, by the product."""
    window = (epoch_minute(start), epoch_minute(start) + DAYS * 1440)
    rows = [
        WeeklyHours(weekday=weekday, starts=starts, ends=ends)
        for weekday in range(7)
        for starts, ends in hours
    ]
    someone = Candidate(
        1,
        11,
        2,
        zone,
        ServicePlan((Segment(SegmentKind.HANDS_ON, LENGTH),)),
        BookingPolicy(minimum_notice=0, horizon_days=30, grid_minutes=GRID),
        ((3, 33),),
    )
    # published hours are read beyond the window: the last visit may end after it
    open_time = {(1, 2): open_spans(rows, zone, (window[0], window[1] + LENGTH))}
    return list(
        offers(
            9,
            [someone],
            window,
            open_time=open_time,
            busy={},
            asking=Asking(now=start - timedelta(days=7)),
        )
    )


def walls_around(start: datetime, zone: ZoneInfo) -> list[datetime]:
    """What the wall shows at each minute of the three days and the last visit after them."""
    return [(start + n * MINUTE).astimezone(zone) for n in range(DAYS * 1440 + LENGTH)]


def expected_among(walls: list[datetime], hours: list[tuple[time, time]]):
    """What is to be offered, by looking at each minute: {start: "UTC+01:00" or None}."""
    shown = Counter((wall.date(), wall.hour, wall.minute) for wall in walls)
    among = open_times(hours)
    closed = [0, *accumulate((wall.hour, wall.minute) not in among for wall in walls)]
    expected = {}
    for n, wall in enumerate(walls[: DAYS * 1440]):
        if wall.minute % GRID == 0 and closed[n] == closed[n + LENGTH]:
            twice = shown[wall.date(), wall.hour, wall.minute] == 2
            expected[wall.astimezone(UTC)] = f"UTC{wall.isoformat()[-6:]}" if twice else None
    return expected


def test_the_zones_have_clock_changes_to_look_at():
    assert sum(len(changes(ZoneInfo(name))) >= 20 for name in ZONES) >= 20


@pytest.mark.parametrize("name", ZONES)
def test_what_is_offered_around_each_clock_change_is_right_to_the_minute(name):
    zone = ZoneInfo(name)
    moments = changes(zone) or [
        datetime(year, month, 14, tzinfo=UTC) for year in range(2026, 2037) for month in (1, 7)
    ]
    for moment in moments:
        midday = moment.replace(hour=12, minute=0) - timedelta(days=2)
        walls = walls_around(midday, zone)
        for hours in (ROUND_THE_CLOCK, BY_NIGHT, BY_DAY):
            found = offered_around(midday, zone, hours)
            labels = {offer.starts_at: offer.offset_label for offer in found}
            assert labels == expected_among(walls, hours), (name, moment, hours)
            assert len(labels) == len(found)
            assert {offer.ends_at - offer.starts_at for offer in found} == {LENGTH * MINUTE}


@pytest.mark.parametrize("name", ZONES)
def test_skipped_times_are_never_offered_and_repeated_ones_are_offered_twice(name):
    zone = ZoneInfo(name)
    moments = changes(zone)
    for moment in moments:
        before = (moment - MINUTE).astimezone(zone).utcoffset()
        after = moment.astimezone(zone).utcoffset()
        found = offered_around(moment - timedelta(days=1), zone, ROUND_THE_CLOCK)
        walls = Counter(offer.starts_at.astimezone(zone).replace(tzinfo=None) for offer in found)
        first = (moment + min(before, after)).replace(tzinfo=None)
        changed = [first + n * MINUTE for n in range(int(abs(after - before) / MINUTE))]
        on_grid = [wall for wall in changed if wall.minute % GRID == 0]
        assert on_grid
        wanted = 0 if after > before else 2
        assert {walls[wall] for wall in on_grid} == {wanted}, (name, moment)
        assert {len(to_instants(w.date(), w.time(), zone)) for w in on_grid} == {wanted}
