"""Through which day something holds, and when a warning has come."""

from datetime import UTC, date, datetime, timedelta

import pytest

from booking.clinic.rules.credentials import Ending, Proof, endings, in_force
from booking.clinic.rules.kinds import CredentialKind

TODAY = date(2027, 7, 2)
LICENCE, INSURANCE, OTHER = CredentialKind


def proof(number: int, left: int | None, kind: CredentialKind = LICENCE) -> Proof:
    until = None if left is None else TODAY + timedelta(days=left)
    return Proof(id=number, practitioner_id=1, kind=kind, until=until)


@pytest.mark.parametrize(
    ("zone", "hour", "holds"),
    [
        ("Europe/London", 22, True),  # 23:00 there
        ("Europe/London", 23, False),  # midnight there
        ("America/New_York", 23, True),
        ("Pacific/Auckland", 12, False),
    ],
)
def test_the_last_day_counts_by_the_calendar_of_the_place(
    zone: str, hour: int, holds: bool
) -> None:
    now = datetime(2027, 7, 2, hour, tzinfo=UTC)
    assert in_force(TODAY, zone, now=now) is holds


def test_what_never_runs_out_holds() -> None:
    assert in_force(None, "Europe/London", now=datetime(2099, 1, 1, tzinfo=UTC))


@pytest.mark.parametrize(
    ("left", "stage"),
    [(61, None), (60, 60), (31, 60), (30, 30), (8, 30), (7, 7), (0, 7), (-1, 0), (-400, 0)],
)
def test_warnings_come_at_60_30_and_7_days_and_once_it_is_over(
    left: int, stage: int | None
) -> None:
    one = proof(1, left)
    assert endings([one], today=TODAY) == (
        [] if stage is None else [Ending(proof=one, stage=stage)]
    )


def test_one_that_is_outlasted_by_the_next_of_its_kind_is_quiet() -> None:
    assert endings([proof(1, 5), proof(2, 300)], today=TODAY) == []
    assert [each.proof.id for each in endings([proof(1, 5), proof(2, 300, INSURANCE)], today=TODAY)]


def test_other_proofs_are_each_their_own() -> None:
    found = endings([proof(1, 5, OTHER), proof(2, 300, OTHER), proof(3, None, OTHER)], today=TODAY)
    assert [each.proof.id for each in found] == [1]
