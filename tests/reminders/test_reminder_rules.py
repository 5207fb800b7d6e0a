"""Which reminder is due when: in summer, in winter, over both clock changes, and never at night."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from booking.reminders.rules import Policy, Which, due, is_quiet

LONDON = ZoneInfo("Europe/London")
USUAL = Policy.of(hours=48, morning="08:00", quiet_from="21:00", quiet_until="08:00")
LONG_AGO = datetime(2027, 1, 1, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def at(text: str, zone: ZoneInfo = LONDON) -> datetime:
    """A wall-clock time as an instant."""
    return datetime.fromisoformat(text).replace(tzinfo=zone).astimezone(UTC)


def first_due(
    starts: str, which: Which, *, policy: Policy = USUAL, zone: ZoneInfo = LONDON, told: str = ""
) -> str | None:
    """When a worker that looks every minute first finds that reminder due, on the wall clock."""
    starts_at = at(starts, zone)
    told_at = at(told, zone) if told else LONG_AGO
    now = starts_at - timedelta(hours=policy.hours + 24)
    while now < starts_at:
        found = due(starts_at, zone, policy, told_at=told_at, now=now)
        if found is not None and found.which is which:
            return f"{now.astimezone(zone):%d %H:%M}"
        now += MINUTE
    return None


@pytest.mark.parametrize(
    ("starts", "early", "morning"),
    [
        ("2027-07-07T10:00", "05 10:00", "07 08:00"),
        ("2027-01-13T10:00", "11 10:00", "13 08:00"),
        ("2027-07-07T07:30", "05 08:00", "06 18:00"),  # nobody is woken for an early visit
        ("2027-07-07T08:30", "05 08:30", "06 18:00"),
        ("2027-07-07T21:30", "06 08:00", "07 08:00"),
        ("2027-03-29T10:00", "27 09:00", "29 08:00"),  # 48 hours over the hour that is skipped
        ("2027-11-01T10:00", "30 11:00", "01 08:00"),  # and over the one that comes twice
    ],
)
def test_when_each_is_due(starts: str, early: str, morning: str) -> None:
    assert first_due(starts, Which.EARLY) == early
    assert first_due(starts, Which.MORNING) == morning


def test_quiet_hours_are_those_of_the_place() -> None:
    kathmandu = ZoneInfo("Asia/Kathmandu")
    assert first_due("2027-07-07T07:30", Which.EARLY, zone=kathmandu) == "05 08:00"


@pytest.mark.parametrize(
    ("moment", "quiet"), [("20:59", False), ("21:00", True), ("03:00", True), ("08:00", False)]
)
def test_quiet_hours_go_over_midnight(moment: str, quiet: bool) -> None:
    assert is_quiet(at(f"2027-07-05T{moment}"), LONDON, USUAL) is quiet


def test_a_clinic_may_have_no_quiet_hours() -> None:
    loud = Policy.of(hours=48, morning="08:00", quiet_from="00:00", quiet_until="00:00")
    assert first_due("2027-07-07T02:00", Which.EARLY, policy=loud) == "05 02:00"


def test_either_reminder_can_be_switched_off() -> None:
    no_early = Policy.of(hours=0, morning="08:00", quiet_from="21:00", quiet_until="08:00")
    no_morning = Policy.of(hours=48, morning="", quiet_from="21:00", quiet_until="08:00")
    assert first_due("2027-07-07T10:00", Which.EARLY, policy=no_early) is None
    assert first_due("2027-07-07T10:00", Which.MORNING, policy=no_early) == "07 08:00"
    assert first_due("2027-07-07T10:00", Which.MORNING, policy=no_morning) is None
    assert first_due("2027-07-07T10:00", Which.EARLY, policy=no_morning) == "05 10:00"


def test_who_was_told_after_it_would_have_been_due_is_not_reminded_of_that() -> None:
    told = "2027-07-06T12:00"
    assert first_due("2027-07-07T10:00", Which.EARLY, told=told) is None
    assert first_due("2027-07-07T10:00", Which.MORNING, told=told) == "07 08:00"
    assert first_due("2027-07-07T10:00", Which.MORNING, told="2027-07-07T08:30") is None


def test_of_two_that_are_due_at_once_only_the_later_is_sent() -> None:
    """A worker that was away for two days does not send both."""
    now = at("2027-07-07T08:05")
    found = due(at("2027-07-07T10:00"), LONDON, USUAL, told_at=LONG_AGO, now=now)
    assert found is not None
    assert found.which is Which.MORNING


def test_nothing_is_due_once_the_visit_has_begun() -> None:
    starts_at = at("2027-07-07T10:00")
    for late in (timedelta(0), timedelta(minutes=1), timedelta(days=1)):
        assert due(starts_at, LONDON, USUAL, told_at=LONG_AGO, now=starts_at + late) is None


def test_it_is_pointless_before_it_could_leave_at_night() -> None:
    found = due(at("2027-07-07T10:00"), LONDON, USUAL, told_at=LONG_AGO, now=at("2027-07-05T20:59"))
    assert found is not None
    assert found.until == at("2027-07-05T21:00")


def test_settings_are_read() -> None:
    assert USUAL.morning == time(8)
    assert USUAL.furthest == timedelta(days=7)
