"""What is left of a claim when part of it is had already."""

from datetime import timedelta

import pytest

from booking.occupancy.rules import Claim, of_person, without
from tests.factories import MONDAY_10AM

MINUTE = timedelta(minutes=1)


def claim(first: int, last: int, *, of: int = 1) -> Claim:
    return Claim(of, MONDAY_10AM + first * MINUTE, MONDAY_10AM + last * MINUTE)


@pytest.mark.parametrize(
    ("had", "left"),
    [
        (claim(60, 120), [claim(0, 60)]),
        (claim(-60, 0), [claim(0, 60)]),
        (claim(-15, 45), [claim(45, 60)]),
        (claim(15, 75), [claim(0, 15)]),
        (claim(20, 30), [claim(0, 20), claim(30, 60)]),
        (claim(0, 60), []),
        (claim(-5, 65), []),
        (claim(0, 60, of=2), [claim(0, 60)]),
    ],
)
def test_only_what_is_not_had_is_left(had: Claim, left: list[Claim]) -> None:
    assert without([claim(0, 60)], [had]) == tuple(left)


def test_the_patient_is_there_from_first_to_last() -> None:
    parts = [claim(0, 20), claim(-5, 50, of=2), claim(45, 55)]
    assert of_person(9, parts)[-1] == claim(-5, 55, of=9)
