"""The pauses between wrong tries."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from booking.accounts.rules import ACCOUNT, CODE, NETWORK, NEVER, REQUESTS, counted, opens_at

LAST = datetime(2027, 7, 5, 9, 0, tzinfo=UTC)
ALL = [ACCOUNT, CODE, NETWORK, REQUESTS]


def pause(failures: int) -> timedelta:
    return opens_at(ACCOUNT, failures, last_at=LAST, now=LAST) - LAST


def test_the_first_five_tries_have_no_pause() -> None:
    assert {pause(failures) for failures in range(5)} == {timedelta(0)}


def test_the_pause_doubles_from_the_fifth_wrong_try_to_a_quarter_of_an_hour() -> None:
    assert [pause(n).total_seconds() for n in range(5, 12)] == [30, 60, 120, 240, 480, 900, 900]


def test_one_account_takes_fewer_than_a_hundred_wrong_tries_in_a_row() -> None:
    assert opens_at(ACCOUNT, 89, last_at=LAST, now=LAST) < NEVER
    assert opens_at(ACCOUNT, 90, last_at=LAST, now=LAST) == NEVER
    assert opens_at(CODE, 99, last_at=LAST, now=LAST) == NEVER


def test_guessing_on_without_end_takes_the_better_part_of_a_day() -> None:
    waited = sum((pause(n) for n in range(90)), timedelta(0))
    assert waited > timedelta(hours=20)


def test_requests_are_forgiven_after_a_quiet_stretch_and_an_account_is_not() -> None:
    later = LAST + timedelta(hours=1)
    assert counted(REQUESTS, 500, last_at=LAST, now=later) == 0
    assert counted(REQUESTS, 500, last_at=LAST, now=later - timedelta(seconds=1)) == 500
    assert counted(ACCOUNT, 7, last_at=LAST, now=LAST + timedelta(days=400)) == 7


def test_a_network_many_share_is_forgiven_bit_by_bit() -> None:
    assert counted(NETWORK, 70, last_at=LAST, now=LAST + timedelta(seconds=9)) == 70
    assert counted(NETWORK, 70, last_at=LAST, now=LAST + timedelta(seconds=35)) == 67
    assert counted(NETWORK, 70, last_at=LAST, now=LAST + timedelta(hours=1)) == 0


def test_people_on_one_network_who_come_now_and_then_never_wait() -> None:
    tries, now = 0, LAST
    for _ in range(1000):
        later = now + timedelta(seconds=11)
        assert opens_at(NETWORK, tries, last_at=now, now=later) <= later
        tries = counted(NETWORK, tries, last_at=now, now=later) + 1
        now = later


def test_a_clock_set_back_forgives_nothing() -> None:
    assert counted(NETWORK, 70, last_at=LAST, now=LAST - timedelta(hours=1)) == 70


def test_nobody_is_held_longer_than_the_cap_while_the_account_is_not_stopped() -> None:
    assert max(pause(n) for n in range(90)) == timedelta(minutes=15)


@pytest.mark.parametrize("schedule", ALL)
@given(failures=st.integers(min_value=0, max_value=10**9))
def test_one_more_wrong_try_never_shortens_the_pause(schedule, failures: int) -> None:
    before = opens_at(schedule, failures, last_at=LAST, now=LAST)
    after = opens_at(schedule, failures + 1, last_at=LAST, now=LAST)
    assert LAST <= before <= after
