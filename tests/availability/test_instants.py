"""Wall clocks and instants, around clock changes."""

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import pytest

from booking.availability.rules.instants import (
    MINUTES_A_DAY,
    day_start,
    epoch_minute,
    epoch_minute_after,
    instant_of,
    naive_midnight,
    offset_stretches,
    offset_text,
    repeated_minutes,
    to_instants,
)

LONDON = ZoneInfo("Europe/London")
LORD_HOWE = ZoneInfo("Australia/Lord_Howe")
CAIRO = ZoneInfo("Africa/Cairo")


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)


def test_an_ordinary_summer_time_is_one_instant():
    assert to_instants(date(2027, 7, 5), time(9, 0), LONDON) == (utc(2027, 7, 5, 8, 0),)


@pytest.mark.parametrize("at", [time(1, 0), time(1, 30), time(1, 59)])
def test_a_time_the_clock_skips_is_no_instant(at):
    assert to_instants(date(2027, 3, 28), at, LONDON) == ()


@pytest.mark.parametrize(("at", "count"), [(time(0, 59), 1), (time(2, 0), 1)])
def test_the_times_beside_the_skipped_hour_exist(at, count):
    assert len(to_instants(date(2027, 3, 28), at, LONDON)) == count


def test_a_time_shown_twice_is_two_instants_in_order():
    twice = to_instants(date(2027, 10, 31), time(1, 30), LONDON)
    assert twice == (utc(2027, 10, 31, 0, 30), utc(2027, 10, 31, 1, 30))


def test_the_fold_of_the_asked_time_makes_no_difference():
    first = to_instants(date(2027, 10, 31), time(1, 30), LONDON)
    assert to_instants(date(2027, 10, 31), time(1, 30, fold=1), LONDON) == first


def test_half_an_hour_changes_on_lord_howe():
    assert to_instants(date(2027, 10, 3), time(2, 15), LORD_HOWE) == ()
    assert len(to_instants(date(2027, 4, 4), time(1, 45), LORD_HOWE)) == 2
    assert len(to_instants(date(2027, 4, 4), time(1, 15), LORD_HOWE)) == 1


def test_a_day_whose_midnight_is_skipped_starts_when_the_clock_lands():
    """Cairo goes from 23:59 on Thursday straight to 01:00 on Friday 30 April 2027."""
    assert to_instants(date(2027, 4, 30), time(0, 0), CAIRO) == ()
    start = day_start(date(2027, 4, 30), CAIRO)
    assert instant_of(start).astimezone(CAIRO).time() == time(1, 0)
    assert instant_of(start - 1).astimezone(CAIRO).date() == date(2027, 4, 29)


def test_an_ordinary_day_starts_at_its_midnight():
    assert instant_of(day_start(date(2027, 7, 5), LONDON)) == utc(2027, 7, 4, 23, 0)
    assert instant_of(day_start(date(2027, 7, 5), ZoneInfo("Pacific/Apia"))) == utc(2027, 7, 4, 11)


def test_seconds_are_dropped_or_counted_upwards_as_asked():
    instant = datetime(2027, 7, 5, 8, 0, 30, tzinfo=UTC)
    assert instant_of(epoch_minute(instant)) == utc(2027, 7, 5, 8, 0)
    assert instant_of(epoch_minute_after(instant)) == utc(2027, 7, 5, 8, 1)
    assert epoch_minute_after(utc(2027, 7, 5, 8, 0)) == epoch_minute(utc(2027, 7, 5, 8, 0))


def test_stretches_fill_their_bounds_and_change_at_the_minute():
    start = naive_midnight(date(2027, 3, 27))
    stretches = offset_stretches(LONDON, (start, start + 3 * MINUTES_A_DAY))
    change = epoch_minute(utc(2027, 3, 28, 1, 0))
    assert stretches == ((start, change, 0), (change, start + 3 * MINUTES_A_DAY, 60))


def test_repeated_minutes_are_both_passes():
    day = naive_midnight(date(2027, 10, 31))
    assert repeated_minutes(LONDON, (day, day + MINUTES_A_DAY)) == [(day, day + 120)]
    assert repeated_minutes(LONDON, (day + 30, day + 60)) == [(day + 30, day + 60)]
    assert repeated_minutes(LONDON, (day + 120, day + MINUTES_A_DAY)) == []


@pytest.mark.parametrize(
    ("offset", "text"),
    [(60, "UTC+01:00"), (0, "UTC+00:00"), (-210, "UTC-03:30"), (765, "UTC+12:45")],
)
def test_offsets_read_as_people_write_them(offset, text):
    assert offset_text(offset) == text
