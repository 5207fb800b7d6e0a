"""When a message is tried again, and when it is given up."""

from datetime import UTC, datetime, timedelta

import pytest

from booking.mail.rules import Verdict, next_attempt, next_stamp, verdict_of

DUE = datetime(2026, 7, 6, 9, 0, tzinfo=UTC)


def test_waits_grow_from_half_a_minute_to_four_hours_and_end_after_two_days() -> None:
    now, attempts, waits = DUE, 1, []
    while (due := next_attempt(attempts=attempts, first_due=DUE, now=now, jitter=0)) is not None:
        waits.append(due - now)
        now, attempts = due, attempts + 1
    minutes = [wait / timedelta(minutes=1) for wait in waits]
    assert minutes[:6] == [0.5, 2, 10, 60, 240, 240]
    assert set(minutes[5:]) == {240}
    assert timedelta(hours=44) < now - DUE <= timedelta(hours=48)


def test_jitter_lengthens_a_wait_by_at_most_a_fifth() -> None:
    longest = next_attempt(attempts=4, first_due=DUE, now=DUE, jitter=1)
    assert longest == DUE + timedelta(minutes=72)


@pytest.mark.parametrize(
    ("code", "verdict"),
    [
        (250, Verdict.ACCEPTED),
        (421, Verdict.TRY_AGAIN),
        (450, Verdict.TRY_AGAIN),
        (550, Verdict.REFUSED),
        (554, Verdict.REFUSED),
        (-1, Verdict.TRY_AGAIN),
    ],
)
def test_four_hundreds_wait_and_five_hundreds_are_final(code: int, verdict: Verdict) -> None:
    assert verdict_of(code) is verdict


def test_a_second_message_in_the_same_second_gets_a_newer_stamp() -> None:
    first = next_stamp(None, now=DUE.replace(microsecond=400_000))
    assert first == DUE
    assert next_stamp(first, now=DUE.replace(microsecond=900_000)) == DUE + timedelta(seconds=1)
    assert next_stamp(first, now=DUE + timedelta(hours=1)) == DUE + timedelta(hours=1)
