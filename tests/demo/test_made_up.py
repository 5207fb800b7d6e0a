"""Nobody in the demo exists, and its pages do not exist elsewhere."""

import re
from datetime import date, datetime, timedelta
from itertools import pairwise
from random import Random

from booking.demo.diary import SHIFTS, Lunch, Visit, diary
from booking.demo.people import made_up_people
from tests.browser import Browser

LENGTHS = {"First visit": 60, "Follow-up": 45, "Longer visit with rest": 55, "Short visit": 30}
MINUTES = {(who, kind): n for who in {one.who for one in SHIFTS} for kind, n in LENGTHS.items()}
RESTS = timedelta(minutes=20), timedelta(minutes=45)  # from and until, after the start


def test_the_mailbox_exists_in_the_demo_only(browser: Browser) -> None:
    assert browser.get("/demo/mailbox").status == 404
    assert browser.get("/demo/mailbox/1").status == 404


def test_addresses_and_numbers_belong_to_nobody() -> None:
    people = made_up_people(150, dice=Random(1))  # noqa: S311
    assert len({person.name for person in people}) == 150
    for person in people:
        assert person.email.endswith("@example.org")
        assert re.fullmatch(r"\+447700900\d{3}", person.phone)


def hands_on(entry: Visit | Lunch) -> list[tuple[datetime, datetime]]:
    """When the practitioner is needed, or away."""
    if isinstance(entry, Visit) and entry.service == "Longer visit with rest":
        begin, end = (entry.starts_at + rest for rest in RESTS)
        return [(entry.starts_at, begin), (end, entry.ends_at)]
    return [(entry.starts_at, entry.ends_at)]


def test_every_day_of_the_four_weeks_has_visits_and_nobody_is_in_two_places() -> None:
    today = date(2027, 7, 5)
    written = diary(today, minutes=MINUTES, people=150, dice=Random(2))  # noqa: S311
    visits = [entry for entry in written if isinstance(entry, Visit)]
    days = {visit.starts_at.date() for visit in visits}
    assert days == {today + timedelta(days=offset) for offset in range(-14, 14)}
    for shift in SHIFTS:
        own = sorted(
            span
            for entry in written
            if (entry.who if isinstance(entry, Lunch) else entry.shift.who) == shift.who
            for span in hands_on(entry)
        )
        assert all(end <= start for (_, end), (start, _) in pairwise(own))
    for room in {(visit.shift.place, visit.room) for visit in visits}:
        taken = sorted(
            (visit.starts_at, visit.ends_at)
            for visit in visits
            if (visit.shift.place, visit.room) == room
        )
        assert all(end <= start for (_, end), (start, _) in pairwise(taken))
    seen = {(visit.patient, visit.starts_at.date()) for visit in visits}
    assert len(seen) == len(visits)
    beside = [v for v in visits if v.room == v.shift.second]
    assert len(beside) > 5
