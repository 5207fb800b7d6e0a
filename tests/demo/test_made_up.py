"""Nobody in the demo exists, and its pages do not exist elsewhere."""

import re
from datetime import date, timedelta
from itertools import pairwise
from random import Random

from booking.demo.diary import SHIFTS, Lunch, Visit, diary
from booking.demo.people import made_up_people
from tests.browser import Browser

MINUTES = {"First visit": 60, "Follow-up": 45, "Longer visit with rest": 55, "Short visit": 30}


def test_the_mailbox_exists_in_the_demo_only(browser: Browser) -> None:
    assert browser.get("/demo/mailbox").status == 404
    assert browser.get("/demo/mailbox/1").status == 404


def test_addresses_and_numbers_belong_to_nobody() -> None:
    people = made_up_people(150, dice=Random(1))  # noqa: S311
    assert len({person.name for person in people}) == 150
    for person in people:
        assert person.email.endswith("@example.org")
        assert re.fullmatch(r"\+447700900\d{3}", person.phone)


def test_every_day_of_the_four_weeks_has_visits_and_nobody_is_in_two_places() -> None:
    today = date(2027, 7, 5)
    written = diary(today, minutes=MINUTES, people=150, dice=Random(2))  # noqa: S311
    visits = [entry for entry in written if isinstance(entry, Visit)]
    days = {visit.starts_at.date() for visit in visits}
    assert days == {today + timedelta(days=offset) for offset in range(-14, 14)}
    for shift in SHIFTS:
        own = sorted(
            (entry.starts_at, entry.ends_at)
            for entry in written
            if (entry.who if isinstance(entry, Lunch) else entry.shift.who) == shift.who
        )
        assert all(end <= start for (_, end), (start, _) in pairwise(own))
    seen = {(visit.patient, visit.starts_at.date()) for visit in visits}
    assert len(seen) == len(visits)
