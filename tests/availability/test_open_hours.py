"""What published weekly hours mean, day by day."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from booking.availability.rules import WeeklyHours, instant_of, open_spans, wall_spans
from booking.availability.rules.instants import MINUTES_A_DAY, naive_midnight

LONDON = ZoneInfo("Europe/London")
SUNDAY = 6


def opened(row: WeeklyHours, first: date, days: int, zone: ZoneInfo = LONDON) -> list[str]:
    """Open stretches as "28 02:00-05:00" of the local clock."""
    start = naive_midnight(first) - MINUTES_A_DAY
    spans = open_spans([row], zone, (start, start + (days + 2) * MINUTES_A_DAY))
    locals_ = [(instant_of(a).astimezone(zone), instant_of(b).astimezone(zone)) for a, b in spans]
    return [f"{a:%d %H:%M}-{b:%H:%M}" for a, b in locals_]


def weekly(weekday: int = SUNDAY, starts=time(9), ends=time(17), **changes) -> WeeklyHours:
    return WeeklyHours(weekday=weekday, starts=starts, ends=ends, **changes)


@pytest.mark.parametrize("change_day", [date(2027, 3, 28), date(2027, 10, 31)])
def test_a_working_day_keeps_its_wall_clock_ends_on_change_days(change_day):
    assert opened(weekly(), change_day, 1) == [f"{change_day:%d} 09:00-17:00"]


def test_hours_across_the_skipped_hour_are_an_hour_shorter():
    day = date(2027, 3, 28)
    spans = wall_spans(day, time(0), time(6), LONDON)
    assert [end - start for start, end in spans] == [5 * 60]


def test_hours_across_the_repeated_hour_are_an_hour_longer():
    spans = wall_spans(date(2027, 10, 31), time(0), time(6), LONDON)
    assert [end - start for start, end in spans] == [7 * 60]


def test_hours_that_start_in_the_skipped_hour_start_when_the_clock_lands():
    row = weekly(starts=time(1, 30), ends=time(5))
    assert opened(row, date(2027, 3, 28), 1) == ["28 02:00-05:00"]


def test_hours_that_end_in_the_skipped_hour_end_when_the_clock_leaves():
    spans = wall_spans(date(2027, 3, 28), time(0), time(1, 30), LONDON)
    assert [instant_of(end) for _, end in spans] == [datetime(2027, 3, 28, 1, tzinfo=UTC)]


def test_hours_wholly_inside_the_skipped_hour_do_not_happen():
    assert wall_spans(date(2027, 3, 28), time(1, 0), time(2, 0), LONDON) == []


def test_hours_that_start_in_the_repeated_hour_hold_in_both_passes():
    spans = wall_spans(date(2027, 10, 31), time(1, 30), time(3), LONDON)
    begin = datetime(2027, 10, 31, 0, 30, tzinfo=UTC)
    assert [(instant_of(a), instant_of(b)) for a, b in spans] == [
        (begin, begin + timedelta(minutes=30)),
        (begin + timedelta(minutes=60), begin + timedelta(minutes=150)),
    ]


def test_hours_until_midnight_end_with_the_day():
    row = weekly(starts=time(20), ends=time(0))
    assert opened(row, date(2027, 7, 4), 1) == ["04 20:00-00:00"]


def test_first_and_last_dates_are_kept_inclusive():
    row = weekly(valid_from=date(2027, 7, 11), valid_until=date(2027, 7, 18))
    assert opened(row, date(2027, 7, 1), 31) == ["11 09:00-17:00", "18 09:00-17:00"]


def test_every_second_week_counts_from_the_week_of_the_anchor():
    row = weekly(every_n_weeks=2, anchor=date(2027, 7, 6))  # a Tuesday; its Sunday is the 11th
    assert opened(row, date(2027, 7, 1), 31) == ["11 09:00-17:00", "25 09:00-17:00"]


def test_the_rhythm_also_holds_before_the_anchor():
    row = weekly(every_n_weeks=2, anchor=date(2027, 7, 20))
    assert opened(row, date(2027, 7, 1), 31) == ["11 09:00-17:00", "25 09:00-17:00"]


def test_only_the_asked_window_is_returned():
    day = naive_midnight(date(2027, 7, 4))
    assert open_spans([weekly()], LONDON, (day + 600, day + 660)) == [(day + 600, day + 660)]
    assert open_spans([weekly()], LONDON, (day + 660, day + 600)) == []


def test_stretches_that_touch_or_overlap_are_one():
    rows = [weekly(ends=time(13)), weekly(starts=time(12)), weekly(starts=time(17), ends=time(18))]
    day = naive_midnight(date(2027, 7, 4))
    spans = open_spans(rows, LONDON, (day, day + MINUTES_A_DAY))
    assert [end - start for start, end in spans] == [9 * 60]
