"""What fits somebody's wish, and how long an offer waits for her."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from booking.appointments.rules import PartOfDay
from booking.core.errors import TooManyTries
from booking.waiting.rules import ANSWER, LEAST, Wish, answer_by, ensure_not_too_many

LONDON = ZoneInfo("Europe/London")
MONDAY_10AM = datetime(2027, 7, 5, 9, 0, tzinfo=UTC)
ANY = Wish(weekdays=frozenset(), parts=frozenset())


@pytest.mark.parametrize(
    ("wish", "fits"),
    [
        (ANY, True),
        (Wish(weekdays=frozenset({0}), parts=frozenset()), True),
        (Wish(weekdays=frozenset({1, 6}), parts=frozenset()), False),
        (Wish(weekdays=frozenset(), parts=frozenset({PartOfDay.MORNING})), True),
        (Wish(weekdays=frozenset(), parts=frozenset({PartOfDay.EVENING})), False),
        (Wish(weekdays=frozenset(), parts=frozenset(), until=date(2027, 7, 5)), True),
        (Wish(weekdays=frozenset(), parts=frozenset(), until=date(2027, 7, 4)), False),
        (Wish(weekdays=frozenset(), parts=frozenset(), before=MONDAY_10AM), False),
        (
            Wish(
                weekdays=frozenset(), parts=frozenset(), before=MONDAY_10AM + timedelta(minutes=1)
            ),
            True,
        ),
    ],
)
def test_a_time_fits_when_everything_she_said_agrees(wish: Wish, *, fits: bool) -> None:
    assert wish.fits(MONDAY_10AM, LONDON) is fits


def test_days_and_hours_are_those_of_the_place() -> None:
    sunday_night_in_london = datetime(2027, 7, 4, 22, 30, tzinfo=UTC)
    mondays = Wish(weekdays=frozenset({0}), parts=frozenset({PartOfDay.MORNING}))
    assert not mondays.fits(sunday_night_in_london, LONDON)
    assert mondays.fits(sunday_night_in_london, ZoneInfo("Asia/Tokyo"))


@pytest.mark.parametrize(
    ("now", "until"),
    [
        ("2027-07-02T11:00+01:00", "2027-07-02T13:00+01:00"),  # in the day: two hours
        ("2027-07-02T19:59+01:00", "2027-07-02T21:59+01:00"),
        ("2027-07-02T20:00+01:00", "2027-07-03T10:00+01:00"),  # at night: from 8 on
        ("2027-07-02T02:00+01:00", "2027-07-02T10:00+01:00"),
        ("2027-07-05T08:00+01:00", "2027-07-05T09:00+01:00"),  # an hour before the visit at most
    ],
)
def test_an_offer_waits_two_hours_of_the_day(now: str, until: str) -> None:
    found = answer_by(MONDAY_10AM, LONDON, now=datetime.fromisoformat(now))
    assert found == datetime.fromisoformat(until)


def test_nobody_is_asked_by_message_without_time_to_answer() -> None:
    last = MONDAY_10AM - timedelta(hours=1) - LEAST
    assert answer_by(MONDAY_10AM, LONDON, now=last) == MONDAY_10AM - timedelta(hours=1)
    assert answer_by(MONDAY_10AM, LONDON, now=last + timedelta(seconds=1)) is None


def test_the_night_the_clocks_change_counts_from_eight_on_the_wall() -> None:
    visit = datetime(2027, 3, 29, 12, 0, tzinfo=UTC)
    eve = datetime(2027, 3, 27, 22, 0, tzinfo=UTC)
    assert answer_by(visit, LONDON, now=eve) == datetime(2027, 3, 28, 7, 0, tzinfo=UTC) + ANSWER


def test_one_network_does_not_fill_the_list() -> None:
    ensure_not_too_many(9)
    with pytest.raises(TooManyTries):
        ensure_not_too_many(10)
