"""What the written rules of visits, holds and links say."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from booking.appointments import rules
from booking.appointments.rules import Clearance, Slot, Status
from booking.core.errors import BadInput, HoldOver, TooLate, TooManyTries, WrongState

NOW = datetime(2027, 7, 2, 11, 0, tzinfo=UTC)
DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
IDS = (UUID(int=7), UUID(int=8))


@pytest.mark.parametrize(
    ("before", "after", "fits"),
    [
        (Status.BOOKED, Status.ARRIVED, True),
        (Status.ARRIVED, Status.BOOKED, True),
        (Status.ARRIVED, Status.IN_ROOM, True),
        (Status.IN_ROOM, Status.DONE, True),
        (Status.BOOKED, Status.IN_ROOM, False),
        (Status.BOOKED, Status.DONE, False),
        (Status.DONE, Status.BOOKED, False),
        (Status.ARRIVED, Status.CANCELLED, False),
        (Status.CANCELLED, Status.BOOKED, False),
        (Status.BOOKED, Status.BOOKED, False),
    ],
)
def test_a_visit_goes_one_step_at_a_time(before: Status, after: Status, fits: bool) -> None:
    if fits:
        rules.ensure_step(before, after)
    else:
        with pytest.raises(WrongState):
            rules.ensure_step(before, after)


def test_nothing_leads_back_from_cancelled() -> None:
    for after in Status:
        with pytest.raises(WrongState):
            rules.ensure_step(Status.CANCELLED, after)


@pytest.mark.parametrize("clearance", [Clearance.WAITING, Clearance.STOPPED])
def test_a_visit_does_not_start_before_its_answers_are_decided_on(clearance: Clearance) -> None:
    with pytest.raises(WrongState):
        rules.ensure_may_start(clearance)


@pytest.mark.parametrize("clearance", [Clearance.CLEAR, Clearance.NOT_NEEDED])
def test_a_visit_starts_once_cleared(clearance: Clearance) -> None:
    rules.ensure_may_start(clearance)


def test_changes_close_exactly_at_the_window() -> None:
    for left, fits in ((DAY, True), (DAY - MINUTE, False), (2 * DAY, True), (-DAY, False)):
        may = rules.may_change(Status.BOOKED, starts_at=NOW + left, window=DAY, now=NOW)
        assert may is fits, left


def test_a_past_visit_cannot_change_even_with_no_window() -> None:
    with pytest.raises(TooLate):
        rules.ensure_may_change(Status.BOOKED, starts_at=NOW - MINUTE, window=timedelta(0), now=NOW)


def test_a_visit_that_went_on_does_not_change_online() -> None:
    for status in set(Status) - {Status.BOOKED}:
        with pytest.raises(WrongState):
            rules.ensure_may_change(status, starts_at=NOW + 9 * DAY, window=DAY, now=NOW)


def test_links_are_over_when_the_visit_is() -> None:
    assert rules.is_over(Status.CANCELLED, ends_at=NOW + DAY, now=NOW)
    assert rules.is_over(Status.DONE, ends_at=NOW, now=NOW)
    assert not rules.is_over(Status.ARRIVED, ends_at=NOW + MINUTE, now=NOW)


def test_ten_more_minutes_can_be_had_at_least_ten_times() -> None:
    until, now, times = rules.kept_until(now=NOW), NOW, 0
    assert until == NOW + 10 * MINUTE
    with pytest.raises(HoldOver):
        while True:
            now = until - MINUTE
            until = rules.kept_longer(until, created_at=NOW, now=now)
            times += 1
    assert times >= 10
    assert until == NOW + rules.LONGEST_HOLD


def test_pressing_on_and_on_does_not_pile_up_time() -> None:
    until = rules.kept_until(now=NOW)
    for _ in range(50):
        until = rules.kept_longer(until, created_at=NOW, now=NOW)
    assert until == NOW + 20 * MINUTE


def test_a_hold_that_ended_cannot_be_made_longer() -> None:
    with pytest.raises(HoldOver):
        rules.kept_longer(NOW, created_at=NOW - 10 * MINUTE, now=NOW)


@pytest.mark.parametrize(
    ("choices", "times", "in_an_hour", "wanted", "fits"),
    [
        (0, 0, 0, 1, True),
        (9, 9, 59, 1, True),
        (10, 10, 10, 1, False),
        (0, 0, 60, 1, False),
        (2, 18, 2, 12, True),
        (2, 19, 2, 12, False),
    ],
)
def test_one_network_cannot_keep_the_whole_week(
    choices: int, times: int, in_an_hour: int, wanted: int, fits: bool
) -> None:
    kept = rules.Kept(choices, times, in_an_hour)
    if fits:
        rules.ensure_not_too_many(kept, wanted=wanted)
        return
    with pytest.raises(TooManyTries) as refused:
        rules.ensure_not_too_many(kept, wanted=wanted)
    assert refused.value.retry_after > 0


@given(minute=st.integers(min_value=0, max_value=999_999_999))
def test_a_slot_reads_as_it_was_written(minute: int) -> None:
    slot = Slot(*IDS, datetime(1970, 1, 1, tzinfo=UTC) + minute * MINUTE)
    assert rules.read_slot(rules.slot_text(slot)) == slot


@given(text=st.text())
def test_anything_else_is_kindly_refused(text: str) -> None:
    with pytest.raises(BadInput):
        rules.read_slot(text)


@pytest.mark.parametrize("end", ["x", ".9", "9" * 30, "٣", "\n", " ", "-1"])
def test_a_slot_with_something_added_is_refused(end: str) -> None:
    good = rules.slot_text(Slot(*IDS, NOW))
    with pytest.raises(BadInput):
        rules.read_slot(good + end)


def test_the_day_has_three_parts() -> None:
    parts = [rules.part_of_day(hour).value for hour in (0, 11, 12, 16, 17, 23)]
    assert parts == ["morning", "morning", "afternoon", "afternoon", "evening", "evening"]


def test_links_end_in_what_they_are_for() -> None:
    assert rules.link_path("t") == "/a/t"
    assert rules.link_path("t", to="move") == "/a/t/move"


@pytest.mark.parametrize(
    ("minutes", "hours_ahead", "expected"), [(60, 24, 60), (48 * 60, 24, 22 * 60), (600, 3, 90)]
)
def test_a_request_waits_as_told_but_never_until_just_before(
    minutes: int, hours_ahead: int, expected: int
) -> None:
    starts_at = NOW + hours_ahead * 60 * MINUTE
    until = rules.answer_by(now=NOW, minutes=minutes, starts_at=starts_at)
    assert until == NOW + expected * MINUTE


def test_a_request_has_expired_by_the_clock_alone() -> None:
    for status, expected in ((Status.REQUESTED, Status.EXPIRED), (Status.BOOKED, Status.BOOKED)):
        assert rules.standing(status, answer_by=NOW, now=NOW) is expected
        assert rules.standing(status, answer_by=NOW + MINUTE, now=NOW) is status
