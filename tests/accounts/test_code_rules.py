"""One-time codes: the nearby half-minutes, and none of them twice."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from booking.accounts.rules import fresh_step, nearby_steps


def test_a_code_may_be_one_step_early_or_late() -> None:
    assert nearby_steps(datetime(1970, 1, 1, 0, 1, 29, tzinfo=UTC)) == (1, 2, 3)
    assert nearby_steps(datetime(1970, 1, 1, 0, 1, 30, tzinfo=UTC)) == (2, 3, 4)


@pytest.mark.parametrize(
    ("matching", "last_used", "answer"),
    [
        ([], None, None),
        ([7], None, 7),
        ([7], 6, 7),
        ([7], 7, None),
        ([7], 8, None),
        ([6, 8], 6, 8),
        ([6, 8], None, 6),
    ],
)
def test_a_step_counts_only_after_the_last_one_used(matching, last_used, answer) -> None:
    assert fresh_step(matching, last_used=last_used) == answer


@given(st.lists(st.integers(0, 50), max_size=60))
def test_no_step_is_ever_accepted_twice(tried: list[int]) -> None:
    last_used: int | None = None
    accepted = []
    for step in tried:
        if (taken := fresh_step([step], last_used=last_used)) is not None:
            accepted.append(taken)
            last_used = taken
    assert len(accepted) == len(set(accepted))
