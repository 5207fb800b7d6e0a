"""Dates she asked to be left in peace on: nothing the clinic begins meets her on one."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from sqlalchemy import select

from booking.appointments.models import AnotherTime
from booking.availability.models import WeeklyHours
from booking.core import clock
from booking.core.db import session, transaction
from booking.mail.models import Mail
from booking.patients.models import Patient
from booking.patients.rules import HardDates
from booking.reminders.models import ContactTask
from booking.reminders.rules import Which, due, held
from booking.waiting.jobs import offer_freed
from tests.appointments.conftest import ABOUT, Steps, Stored, steps, stored
from tests.browser import Browser
from tests.conftest import Cast
from tests.factories import MONDAY, MONDAY_10AM, NOW, Clinic, make_appointment
from tests.mail.posts import WrittenTransport, deliver_all
from tests.reminders.test_reminder_rules import LONDON, LONG_AGO, USUAL, at
from tests.reminders.test_reminders import live_through

__all__ = ["Steps", "Stored", "steps", "stored"]

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
BASE = "http://localhost"
MINUTES = timedelta(minutes=30)
VISIT = "2027-07-07T10:00"  # reminded of on the 5th at 10 and on the 7th at 8


def hard(*dates: str) -> HardDates:
    return HardDates(frozenset(dates))


@pytest.mark.parametrize(
    ("dates", "day", "is_one"),
    [
        (["2027-03-09"], date(2027, 3, 9), True),
        (["2027-03-09"], date(2028, 3, 9), False),
        (["--03-09"], date(2031, 3, 9), True),
        (["--03-09"], date(2031, 9, 3), False),
        (["--02-29"], date(2027, 2, 28), True),
        (["--02-29"], date(2028, 2, 28), False),
        (["--02-29"], date(2028, 2, 29), True),
        (["some day", ""], date(2028, 2, 29), False),
        ([], date(2028, 2, 29), False),
    ],
)
def test_which_days_are_meant(dates: list[str], day: date, is_one: bool) -> None:
    assert (day in hard(*dates)) is is_one


def test_the_day_is_that_of_the_place() -> None:
    late = datetime(2027, 3, 8, 23, 0, tzinfo=UTC)
    assert not hard("2027-03-09").meet(late, LONDON)
    assert hard("2027-03-09").meet(late, ZoneInfo("Asia/Kathmandu"))


@pytest.mark.parametrize(
    ("now", "dates", "first"),
    [
        ("2027-03-09T12:00", ["2027-03-08"], "2027-03-09T12:00"),
        ("2027-03-09T12:00", ["2027-03-09"], "2027-03-10T08:00"),
        ("2027-03-09T12:00", ["--03-09", "--03-10"], "2027-03-11T08:00"),
        ("2027-03-27T12:00", ["--03-27", "--03-28"], "2027-03-29T08:00"),  # over a clock change
    ],
)
def test_what_waits_leaves_on_the_next_free_morning(now: str, dates: list[str], first: str) -> None:
    assert hard(*dates).first_after(at(now), LONDON) == at(first)


def reminded(*dates: str, told: str = "") -> list[str]:
    """When a worker that looks every half hour would first find each reminder of VISIT due."""
    found: dict[Which, str] = {}
    now = at(VISIT) - 7 * DAY
    while now < at(VISIT):
        told_at = at(told) if told else LONG_AGO
        one = due(at(VISIT), LONDON, USUAL, told_at=told_at, now=now, avoid=hard(*dates))
        if one is not None and told_at <= now:
            found.setdefault(one.which, f"{now.astimezone(LONDON):%d %H:%M}")
            assert not any(
                (now + n * HOUR).astimezone(LONDON).date() in hard(*dates)
                for n in range(24)
                if now + n * HOUR < one.until
            )
        now += MINUTES
    return sorted(found.values())


def is_held(*dates: str, told: str = "", now: str = "2027-07-06T09:00") -> bool:
    """Whether one of VISIT's two reminders is held back."""
    told_at = at(told) if told else LONG_AGO
    return bool(held(at(VISIT), LONDON, USUAL, told_at=told_at, now=at(now), avoid=hard(*dates)))


@pytest.mark.parametrize(
    ("dates", "when"),
    [
        ([], ["05 10:00", "07 08:00"]),
        (["2027-07-05"], ["04 10:00", "07 08:00"]),
        (["--07-05", "--07-04"], ["03 10:00", "07 08:00"]),
        (["2027-07-07"], ["05 10:00", "06 08:00"]),
        (["2027-07-06", "2027-07-07"], ["05 08:00"]),  # both would come at once: one is enough
        (["2027-07-06"], ["05 10:00", "07 08:00"]),
    ],
)
def test_a_reminder_comes_earlier_rather_than_on_one(dates: list[str], when: list[str]) -> None:
    assert reminded(*dates) == when
    assert not is_held(*dates)


def test_what_has_no_free_day_near_is_held() -> None:
    dates = ["2027-07-05", "2027-07-04", "2027-07-03", "2027-07-02"]
    assert reminded(*dates) == ["07 08:00"]
    assert is_held(*dates)
    assert not is_held(*dates, now="2027-07-01T09:00")  # nobody is troubled with it yet
    assert not is_held(*dates, now=VISIT)


def test_what_would_come_before_she_knew_of_the_visit_is_held() -> None:
    told = "2027-07-06T18:00"
    assert reminded("2027-07-07", told=told) == []
    assert is_held("2027-07-07", told=told)
    assert not is_held("2027-07-05", told=told)  # that one she would not have got anyway


@pytest.fixture
def visit(app: Flask, clinic: Clinic) -> int:
    """Booked long ago for Monday at 10."""
    with app.app_context(), transaction():
        return make_appointment(clinic, created_at=NOW - 10 * DAY, changed_at=NOW - 10 * DAY).id


def leave_in_peace(app: Flask, *dates: date) -> None:
    with app.app_context(), transaction():
        for patient in session().scalars(select(Patient)):
            patient.wishes = {"dates": [day.isoformat() for day in dates]}


@pytest.mark.both
def test_the_worker_reminds_the_day_before(app: Flask, visit: int) -> None:
    leave_in_peace(app, MONDAY - 2 * DAY, MONDAY)
    start = MONDAY_10AM - 4 * DAY
    assert live_through(app, start, MONDAY_10AM) == [
        MONDAY_10AM - 3 * DAY,
        MONDAY_10AM - DAY - 2 * HOUR,
    ]


def test_reception_sees_why_one_is_held_and_decides(app: Flask, cast: Cast, visit: int) -> None:
    leave_in_peace(app, *(MONDAY - n * DAY for n in range(4)))
    clock.travel(MONDAY_10AM - 30 * HOUR)
    assert live_through(app, MONDAY_10AM - 40 * HOUR, clock.now()) == []
    page = cast["reception"].get("/worklist")
    for words in ("Held back", "Amara Osei", "left in peace", "Today is a date to leave in peace"):
        assert words in page.text
    assert "E-mail is not safe" not in page.text
    assert "Amara Osei" not in page.submit(button="Done").text
    live_through(app, clock.now(), clock.now() + HOUR)
    with app.app_context():
        assert [task.told for task in session().scalars(select(ContactTask))] == ["held"]


def test_the_confirmation_of_what_she_did_comes_at_once(
    app: Flask, steps: Steps, stored: Stored
) -> None:
    browser = Browser(app)
    steps.book(browser)
    leave_in_peace(app, NOW.date())
    steps.book(browser, "2:00pm")
    assert len(stored.mails()) == 2
    assert deliver_all(app, WrittenTransport(), now=NOW + HOUR) == 2


@pytest.mark.parametrize("day", [NOW.date(), MONDAY])
def test_no_offer_on_one_and_none_of_one(
    app: Flask, clinic: Clinic, stored: Stored, cast: Cast, day: date
) -> None:
    with app.app_context(), transaction():
        for hours in session().scalars(select(WeeklyHours)):
            hours.valid_until = MONDAY
            if hours.weekday:
                session().delete(hours)
    Browser(app).get(f"/waiting/{stored.service_id(clinic.first_visit)}").submit(
        ABOUT, having="name", button="Put me on the list"
    )

    def look() -> int:
        with app.app_context():
            return offer_freed(now=clock.now(), base_url=BASE)

    leave_in_peace(app, day)
    assert look() == 0
    assert ("Not today" in cast["reception"].get("/waiting").text) is (day == NOW.date())
    leave_in_peace(app)
    assert look() == 1


@pytest.mark.parametrize(
    ("days", "leaves", "calls"), [(1, NOW.replace(hour=7) + DAY, 0), (4, None, 1)]
)
def test_word_of_an_absence_waits_or_becomes_a_call(
    app: Flask, cast: Cast, visit: int, days: int, leaves: datetime | None, calls: int
) -> None:
    leave_in_peace(app, *(NOW.date() + n * DAY for n in range(days)))
    asked = {"first": str(MONDAY), "last": str(MONDAY)}
    check = cast["reception"].get("/away").submit(asked, button="Show whom it meets")
    check.submit(button="Close the time")
    with app.app_context():
        assert session().scalars(select(Mail.next_try_at)).all() == ([leaves] if leaves else [])
        mailed = session().scalars(select(AnotherTime.mailed)).all()
        assert mailed.count(False) == calls
