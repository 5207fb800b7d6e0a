"""Clocks: the nights on which they change, and hosts whose clock is set back or forward.

Whatever is offered on such a night is on the wall, lasts as long as it says, and can all be taken
without anybody being at two places; a jump gives nobody more than the jump, and no message leaves
twice.
"""

import itertools
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from sqlalchemy import func, select

from booking.access.policy import STRANGER
from booking.appointments import actions
from booking.appointments.models import Hold
from booking.availability import queries as availability
from booking.availability.models import WeeklyHours
from booking.availability.rules import Offer
from booking.clinic.models import Service
from booking.core.db import db, session, transaction
from booking.core.errors import AlreadyTaken, HoldOver
from booking.occupancy.models import Occupancy
from tests import factories
from tests.conftest import Cast
from tests.drills.checker import OVERLAPS
from tests.factories import MONDAY_10AM, NOW, Clinic
from tests.mail.posts import WrittenTransport, a_draft, deliver_all, queue, states

NIGHTS = [
    ("Europe/London", date(2027, 3, 28)),
    ("Europe/London", date(2027, 10, 31)),
    ("America/New_York", date(2027, 3, 14)),
    ("America/New_York", date(2027, 11, 7)),
    ("Australia/Lord_Howe", date(2027, 4, 4)),
    ("Australia/Lord_Howe", date(2027, 10, 3)),
]
LENGTH, HOUR, DAY = timedelta(minutes=45), timedelta(hours=1), timedelta(days=1)
JUMPS = [HOUR, -HOUR, DAY, datetime(2038, 1, 20, tzinfo=UTC) - NOW]


@pytest.mark.both
def test_all_that_is_offered_in_the_night_of_a_change_can_be_taken(app: Flask) -> None:
    """Holds sec_J9."""
    with app.app_context(), transaction():
        factories.make_organisation()
    for zone, night in NIGHTS:
        all_can_be_taken(app, zone, night)


def all_can_be_taken(app: Flask, zone: str, night: date) -> None:
    now = datetime.combine(night, time(12), UTC) - 3 * DAY
    with app.app_context():
        service_id = round_the_clock(zone)
        start = datetime.combine(night, time(), ZoneInfo(zone)).astimezone(UTC)
        service = session().get_one(Service, service_id)
        found = availability.offers(service, start=start, end=start + 4 * HOUR, now=now)
        assert len(found) >= 4 * 3
        for offer in found:
            wall = offer.starts_at.astimezone(ZoneInfo(zone))
            assert wall.astimezone(UTC).astimezone(ZoneInfo(zone)) == wall
            assert offer.ends_at - offer.starts_at == LENGTH
        took = [offer.starts_at for offer in found if taken(offer, now)]
        gaps = [later - before for before, later in itertools.pairwise(took)]
        assert set(gaps) == {LENGTH}, "as many as fit, one after the other in real time"
        assert session().scalar(OVERLAPS) == 0
        lengths = {row.ends_at - row.starts_at for row in session().scalars(select(Occupancy))}
        assert lengths == {LENGTH}
        db.session.remove()


def round_the_clock(zone: str) -> int:
    with transaction():
        place = factories.make_location(zone=zone, rooms=1)
        mei = factories.make_practitioner("Mei Tan")
        service = factories.make_service(
            "Follow-up", 45, practitioners=[mei], rooms=list(place.rooms)
        )
        for weekday in range(7):
            for starts, ends in ((time(0), time(12)), (time(12), time(23, 59))):
                session().add(
                    WeeklyHours(
                        practitioner_id=mei.id,
                        location_id=place.id,
                        weekday=weekday,
                        starts=starts,
                        ends=ends,
                        valid_from=date(2026, 1, 5),
                        published=True,
                    )
                )
        return service.id


def taken(offer: Offer, now: datetime) -> bool:
    try:
        with transaction():
            actions.hold(offer, now=now)
    except AlreadyTaken:
        return False
    return True


@pytest.fixture
def kept(app: Flask, clinic: Clinic) -> int:
    """A time kept at NOW; the id of the hold."""
    with app.app_context(), transaction():
        offer = availability.offer_at(
            session().get_one(Service, clinic.first_visit),
            practitioner_id=clinic.mei,
            location_id=clinic.location,
            starts_at=MONDAY_10AM,
            now=NOW,
        )
        return actions.hold(offer, now=NOW).id


@pytest.mark.parametrize("jump", JUMPS)
def test_a_kept_time_lasts_no_longer_than_its_minutes_and_the_jump(
    app: Flask, kept: int, jump: timedelta
) -> None:
    now = NOW + jump
    with app.app_context():
        ends = session().get_one(Hold, kept).expires_at
        try:
            with transaction():
                actions.extend_hold(session().get_one(Hold, kept), now=now)
        except HoldOver:
            assert jump > timedelta(0)
        else:
            assert jump < timedelta(0)
        last = session().scalar(select(func.max(Occupancy.expires_at)))
        assert last == session().get_one(Hold, kept).expires_at
        assert last <= max(ends, now + timedelta(minutes=20))
        db.session.remove()


@pytest.mark.parametrize("jump", [-HOUR, HOUR, DAY])
def test_a_jump_while_messages_wait_sends_none_twice(app: Flask, jump: timedelta) -> None:
    queue(app, *(a_draft() for _ in range(3)))
    way_out = WrittenTransport()
    assert deliver_all(app, way_out, now=NOW + jump) == (0 if jump < timedelta(0) else 3)
    queue(app, *(a_draft() for _ in range(2)), now=NOW + jump)
    for at in (NOW, NOW - HOUR, NOW + DAY, NOW + jump):
        deliver_all(app, way_out, now=at)
    assert states(app) == ["sent"] * 5
    assert len(set(way_out.handed)) == len(way_out.handed) == 5


@pytest.mark.parametrize("jump", JUMPS)
def test_a_sign_in_does_not_outlive_a_jump_forward(
    cast: Cast, at: Callable[[datetime], None], jump: timedelta
) -> None:
    assert "/sign-in" not in cast["reception"].get("/day").url
    at(NOW + jump)
    page = cast["reception"].get("/day")
    assert ("/sign-in" in page.url) == (jump > timedelta(0))


def test_nobody_books_with_a_kept_time_that_a_jump_has_ended(app: Flask, kept: int) -> None:
    typed = {
        "name": "Amara Osei",
        "email": "amara@example.org",
        "phone": "07700 900 123",
        "channels": ["email"],
    }
    with app.app_context():
        key = session().get_one(Hold, kept).public_id
        with pytest.raises(HoldOver), transaction():
            actions.book(
                STRANGER, key, typed, nonce=str(key), now=NOW + HOUR, base_url="http://localhost"
            )
        with transaction():
            booked = actions.book(
                STRANGER, key, typed, nonce=str(key), now=NOW - HOUR, base_url="http://localhost"
            )
            assert booked.starts_at == MONDAY_10AM
        db.session.remove()
