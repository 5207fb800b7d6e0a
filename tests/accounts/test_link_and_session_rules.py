"""How long links and sessions live."""

from datetime import UTC, datetime, timedelta

import pytest

from booking.accounts.rules import (
    LINK_LIFETIME,
    LinkPurpose,
    LinkState,
    Patience,
    SessionKind,
    limits_of,
    link_state,
    session_lives,
    worth_noting,
)

NOW = datetime(2027, 7, 5, 9, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def state(**changes) -> LinkState:
    usable = {
        "expires_at": NOW + SECOND,
        "used_at": None,
        "revoked_at": None,
        "bound_to": "ana@clinic.example 1",
        "bound_now": "ana@clinic.example 1",
        "now": NOW,
    }
    return link_state(**{**usable, **changes})


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, LinkState.USABLE),
        ({"expires_at": NOW}, LinkState.EXPIRED),
        ({"used_at": NOW - SECOND}, LinkState.USED),
        ({"revoked_at": NOW - SECOND}, LinkState.REVOKED),
        ({"bound_now": "ana@clinic.example 2"}, LinkState.OUTDATED),
        ({"bound_now": "other@clinic.example 1"}, LinkState.OUTDATED),
        ({"used_at": NOW, "revoked_at": NOW, "expires_at": NOW}, LinkState.USED),
    ],
)
def test_a_link_works_once_in_time_and_for_whom_it_was_made(changes, expected) -> None:
    assert state(**changes) is expected


def test_every_purpose_has_a_lifetime_within_the_promised_one() -> None:
    """Holds sec_C2."""
    assert set(LINK_LIFETIME) == set(LinkPurpose)
    assert LINK_LIFETIME[LinkPurpose.STAFF_INVITE] <= timedelta(days=7)
    assert LINK_LIFETIME[LinkPurpose.NEW_PASSWORD] <= timedelta(hours=1)
    assert LINK_LIFETIME[LinkPurpose.PATIENT_SIGN_IN] <= timedelta(hours=1)


@pytest.mark.parametrize(
    ("kind", "idle", "longest"),
    [
        (SessionKind.STAFF, timedelta(minutes=15), timedelta(hours=10)),
        (SessionKind.PATIENT, timedelta(minutes=30), timedelta(hours=24)),
        (SessionKind.VISIT, timedelta(minutes=30), timedelta(hours=24)),
    ],
)
def test_a_session_ends_when_left_alone_and_in_any_case_after_a_day(kind, idle, longest) -> None:
    """Holds sec_B3."""
    assert session_lives(kind, started_at=NOW, seen_at=NOW, now=NOW + idle - SECOND)
    assert not session_lives(kind, started_at=NOW, seen_at=NOW, now=NOW + idle)
    busy = NOW + longest - SECOND
    assert session_lives(kind, started_at=NOW, seen_at=busy, now=busy)
    assert not session_lives(kind, started_at=NOW, seen_at=busy, now=NOW + longest)


def test_a_clinic_may_be_more_patient_or_less_but_never_beyond_the_day() -> None:
    patience = Patience(staff=timedelta(minutes=5), patient=timedelta(minutes=60))
    for kind, minutes in ((SessionKind.STAFF, 5), (SessionKind.PATIENT, 60)):
        limits = limits_of(kind, patience)
        assert limits.idle == timedelta(minutes=minutes)
        assert limits.longest == limits_of(kind).longest
    assert limits_of(SessionKind.STAFF_FIRST, patience) == limits_of(SessionKind.STAFF_FIRST)


def test_every_kind_of_session_has_limits_no_longer_than_a_day() -> None:
    for kind in SessionKind:
        assert limits_of(kind).idle <= limits_of(kind).longest <= timedelta(hours=24)


def test_the_last_use_is_written_at_most_once_a_minute() -> None:
    assert not worth_noting(seen_at=NOW, now=NOW + timedelta(seconds=59))
    assert worth_noting(seen_at=NOW, now=NOW + timedelta(minutes=1))
