"""When a message is tried again, and when it is given up."""

from datetime import UTC, datetime, timedelta

import pytest

from booking.mail.rules import Outcome, Verdict, next_attempt, next_stamp, verdict_of

DUE = datetime(2026, 7, 6, 9, 0, tzinfo=UTC)
PUT_OFF = Outcome(Verdict.TRY_AGAIN, 450)
FAULT = Outcome(Verdict.TRY_AGAIN, None, "fault")


def waits(outcome: Outcome) -> list[float]:
    """Minutes between tries until giving up."""
    now, attempts, found = DUE, 1, []
    while due := next_attempt(outcome, attempts=attempts, first_due=DUE, now=now, jitter=0):
        found.append((due - now) / timedelta(minutes=1))
        now, attempts = due, attempts + 1
    return found


def test_waits_grow_from_half_a_minute_to_four_hours_and_end_after_two_days() -> None:
    minutes = waits(PUT_OFF)
    assert minutes[:6] == [0.5, 2, 10, 60, 240, 240]
    assert set(minutes[5:]) == {240}
    assert 44 * 60 < sum(minutes) <= 48 * 60


@pytest.mark.parametrize(
    "outcome",
    [
        Outcome(Verdict.TRY_AGAIN, None, "connect"),
        Outcome(Verdict.TRY_AGAIN, None, "certificate"),
        Outcome(Verdict.TRY_AGAIN, 535, "sign-in"),
        Outcome(Verdict.TRY_AGAIN, 421),
    ],
    ids=str,
)
def test_while_the_relay_is_at_fault_it_is_asked_every_two_minutes(outcome: Outcome) -> None:
    minutes = waits(outcome)
    assert minutes[:4] == [0.5, 2, 2, 2]
    assert sum(minutes) == pytest.approx(48 * 60, abs=3)


def test_a_message_that_cannot_be_made_is_given_up_after_five_tries() -> None:
    assert waits(FAULT) == [0.5, 2, 10, 60]


def test_jitter_lengthens_a_wait_by_at_most_a_fifth() -> None:
    longest = next_attempt(PUT_OFF, attempts=4, first_due=DUE, now=DUE, jitter=1)
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
