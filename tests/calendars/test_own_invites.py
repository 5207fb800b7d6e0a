"""A practitioner's own invitations: on by default, once for each change, off where not needed."""

from datetime import timedelta
from email import message_from_bytes
from email.policy import default
from threading import Thread

import pytest
from flask import Flask

from booking.calendars.actions import copies
from booking.calendars.jobs import own
from booking.clinic.models import Way
from booking.core import clock
from booking.core.db import session, transaction
from booking.mail.models import Mail
from tests.calendars.conftest import Visits, events
from tests.conftest import Cast
from tests.factories import Clinic
from tests.mail.posts import WrittenTransport, deliver_all

HOUR = timedelta(hours=1)


def plan(app: Flask) -> int:
    """What the worker does; how many passes found something."""
    with app.app_context():
        return sum(
            1 for _ in iter(lambda: own.plan_some(now=clock.now(), base_url="http://localhost"), 0)
        )


def sent(app: Flask) -> list[dict[str, str]]:
    """Every invitation to staff that leaves now: to, subject, text, and its event's properties."""
    transport = WrittenTransport()
    deliver_all(app, transport, now=clock.now())
    found = []
    for raw in transport.handed:
        message = message_from_bytes(raw, policy=default)
        if "canalstreet" not in str(message["To"]):
            continue
        parts = {part.get_content_type(): part for part in message.walk()}
        content = parts["application/ics"].get_content()
        [event] = events(content).values()
        found.append(
            {
                **event,
                "to": str(message["To"]),
                "subject": str(message["Subject"]),
                "text": parts["text/plain"].get_content(),
                "method": parts["text/calendar"].get_param("method"),
                "raw": raw.decode(),
            }
        )
    return found


@pytest.mark.both
def test_each_visit_comes_once_and_follows_it(app: Flask, visits: Visits) -> None:
    number = visits.make()
    assert plan(app) == 1
    assert plan(app) == 0
    [first] = sent(app)
    assert first["to"] == "Mei Tan <mei@canalstreet.example>"
    assert first["SUMMARY"] == "Appointment, A. O."
    assert (first["method"], first["SEQUENCE"]) == ("REQUEST", "0")
    assert first["UID"] != visits.uid(number)
    assert "Monday 5 July 2027, 10:00am" in first["text"]
    assert "Amara" not in first["text"] + first["raw"]
    visits.shift(number, HOUR)
    plan(app)
    [moved] = sent(app)
    assert (moved["UID"], moved["SEQUENCE"]) == (first["UID"], "1")
    assert "11:00am" in moved["subject"]
    visits.cancel(number)
    plan(app)
    [gone] = sent(app)
    assert (gone["method"], gone["STATUS"]) == ("CANCEL", "CANCELLED")
    assert (gone["UID"], gone["SEQUENCE"]) == (first["UID"], "2")
    assert gone["DTSTART"] == moved["DTSTART"]
    assert plan(app) == 0


def test_a_visit_by_video_is_at_no_address(app: Flask, visits: Visits) -> None:
    visits.make(way=Way.VIDEO)
    plan(app)
    [told] = sent(app)
    assert told["LOCATION"] == "By video"
    assert "By video" in told["text"]
    assert "Canal Street, London" not in told["text"]


def test_several_changes_before_a_look_are_one(app: Flask, visits: Visits) -> None:
    number = visits.make()
    plan(app)
    sent(app)
    for _ in range(3):
        visits.shift(number, HOUR)
    plan(app)
    assert [each["SEQUENCE"] for each in sent(app)] == ["1"]


def test_a_change_her_calendar_does_not_show_is_not_mailed(app: Flask, visits: Visits) -> None:
    number = visits.make()
    plan(app)
    sent(app)
    visits.shift(number, timedelta(0))
    plan(app)
    assert sent(app) == []


def test_a_visit_that_goes_to_a_colleague_leaves_one_calendar_and_enters_the_other(
    app: Flask, clinic: Clinic, visits: Visits
) -> None:
    number = visits.make()
    plan(app)
    [hers] = sent(app)
    visits.shift(number, HOUR, practitioner_id=clinic.ines)
    plan(app)
    by_person = {each["to"]: each for each in sent(app)}
    gone, new = (
        by_person["Mei Tan <mei@canalstreet.example>"],
        by_person["Inês Roca <ines@canalstreet.example>"],
    )
    assert (gone["method"], gone["DTSTART"]) == ("CANCEL", hers["DTSTART"])
    assert new["method"] == "REQUEST"
    assert new["UID"] not in {hers["UID"], visits.uid(number)}


@pytest.mark.parametrize(
    ("shown", "title"),
    [
        ("hidden", "Appointment"),
        ("initials", "Appointment, A. O."),
        ("full", "Appointment, Amara Osei"),
    ],
)
def test_she_chooses_what_stands_for_the_patient(
    app: Flask, cast: Cast, visits: Visits, shown: str, title: str
) -> None:
    page = cast["mei"].get("/calendar").submit({"shown": shown}, having="shown")
    assert "Saved." in page.text
    visits.make()
    plan(app)
    assert [each["SUMMARY"] for each in sent(app)] == [title]


def test_none_are_sent_to_who_wants_none(app: Flask, cast: Cast, visits: Visits) -> None:
    cast["mei"].get("/calendar").submit({"shown": "none"}, having="shown")
    visits.make()
    assert plan(app) == 0
    assert sent(app) == []


def test_they_are_off_where_she_uses_a_feed_and_what_was_sent_is_taken_back(
    app: Flask, cast: Cast, visits: Visits
) -> None:
    visits.make()
    plan(app)
    sent(app)
    page = cast["mei"].get("/calendar").submit({"reveal": "hidden"}, having="reveal")
    assert "Off, because your visits reach your calendar another way" in page.text
    plan(app)
    assert [each["method"] for each in sent(app)] == ["CANCEL"]


def test_past_visits_are_not_told(app: Flask, visits: Visits) -> None:
    visits.make(starts_at=clock.now() - 2 * HOUR, ends_at=clock.now() - HOUR)
    assert plan(app) == 0


def test_what_is_adopted_is_not_written_about_but_its_changes_are(
    app: Flask, visits: Visits
) -> None:
    number = visits.make()
    with app.app_context(), transaction():
        copies.adopt(now=clock.now())
    assert plan(app) == 0
    visits.shift(number, HOUR)
    plan(app)
    assert [each["method"] for each in sent(app)] == ["REQUEST"]


def test_her_invitation_is_sealed_under_the_patients_key(app: Flask, visits: Visits) -> None:
    visits.make()
    plan(app)
    with app.app_context():
        [row] = session().query(Mail).filter(Mail.kind == "calendars/visit")
        assert row.owner_id == session().query(copies.Appointment).one().patient.public_id


@pytest.mark.both
def test_workers_side_by_side_tell_each_change_once(app: Flask, visits: Visits) -> None:
    for hour in range(6):
        start = clock.now() + (24 + hour) * HOUR
        visits.make(name=f"P{hour} Osei", starts_at=start, ends_at=start + HOUR)
    workers = [Thread(target=plan, args=(app,)) for _ in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    assert len(sent(app)) == 6
