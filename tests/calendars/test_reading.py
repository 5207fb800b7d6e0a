"""Reading what others wrote: what counts as busy, and what a hostile calendar cannot do."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from booking.calendars.actions.outside import Claimed
from booking.calendars.jobs.outside import read_safely
from booking.calendars.models import SourceKind
from booking.calendars.rules.outside import Problem, Trouble
from tests.calendars.conftest import calendar, event
from tests.factories import NOW

ONE = event(":20270705T130000Z", ":20270705T140000Z", uid="one")


def claimed(kind: SourceKind = SourceKind.ICS, own: frozenset[str] = frozenset()) -> Claimed:
    return Claimed(
        id=1,
        practitioner_id=1,
        source=uuid4(),
        kind=kind,
        url="https://calendar.example/",
        credentials=None,
        etag="",
        zone="Europe/London",
        own_uids=own,
    )


def read(content: str | bytes) -> tuple[list[str], int]:
    """Busy times as "MM-DD HH:MM-HH:MM" in UTC, and how many entries were left out."""
    body = content if isinstance(content, bytes) else content.encode()
    spans, left_out = read_safely(body, claimed(), now=NOW)
    told = [(datetime.fromtimestamp(a, UTC), datetime.fromtimestamp(b, UTC)) for a, b in spans]
    return [f"{a:%m-%d %H:%M}-{b:%H:%M}" for a, b in told], left_out


AMERICA = """BEGIN:VTIMEZONE
TZID:Somewhere
BEGIN:STANDARD
DTSTART:19700101T000000
TZOFFSETFROM:-0500
TZOFFSETTO:-0500
END:STANDARD
END:VTIMEZONE
"""

COUNTS = {
    "plain UTC": (ONE, ["07-05 13:00-14:00"]),
    "a zone by name": (
        event(";TZID=America/New_York:20270705T090000", ";TZID=America/New_York:20270705T100000"),
        ["07-05 13:00-14:00"],
    ),
    "a time without a zone is by her clock": (
        event(":20270705T140000", ":20270705T150000"),
        ["07-05 13:00-14:00"],
    ),
    "a whole day from midnight to midnight": (
        event(";VALUE=DATE:20270705", ";VALUE=DATE:20270706"),
        ["07-04 23:00-23:00"],
    ),
    "a duration": (
        "UID:d\nDTSTART:20270705T130000Z\nDURATION:PT90M",
        ["07-05 13:00-14:30"],
    ),
    "a series, one of it moved and one taken out": (
        event(
            ":20270705T130000Z",
            ":20270705T140000Z",
            "RRULE:FREQ=WEEKLY;COUNT=3",
            "EXDATE:20270712T130000Z",
            uid="s",
        )
        + "\nEND:VEVENT\nBEGIN:VEVENT\n"
        + event(
            ":20270719T150000Z", ":20270719T160000Z", "RECURRENCE-ID:20270719T130000Z", uid="s"
        ),
        ["07-05 13:00-14:00", "07-19 15:00-16:00"],
    ),
    "two events with one uid": (
        ONE + "\nEND:VEVENT\nBEGIN:VEVENT\n" + ONE.replace("0705T", "0706T"),
        ["07-05 13:00-14:00", "07-06 13:00-14:00"],
    ),
    "a rule that is none: its first time": (ONE + "\nRRULE:canary", ["07-05 13:00-14:00"]),
    "cancelled": (ONE + "\nSTATUS:CANCELLED", []),
    "shown as free": (ONE + "\nTRANSP:TRANSPARENT", []),
    "shown as free by Outlook": (ONE + "\nX-MICROSOFT-CDO-BUSYSTATUS:FREE", []),
    "past": (ONE.replace("2027", "2025"), []),
    "without length": (event(":20270705T130000Z", ":20270705T130000Z"), []),
}


@pytest.mark.parametrize("what", sorted(COUNTS))
def test_what_counts_as_busy(what: str) -> None:
    inside, expected = COUNTS[what]
    assert read(calendar(inside)) == (expected, 0)


def test_a_zone_of_its_own_is_read_and_two_calendars_in_one_file_too() -> None:
    one = event(";TZID=Somewhere:20270705T090000", ";TZID=Somewhere:20270705T100000", uid="z")
    text = calendar(one).replace("PRODID:-//x//y//EN\n", "PRODID:-//x//y//EN\n" + AMERICA)
    found, _left_out = read(text + calendar(ONE.replace("0705T", "0707T")))
    assert found == ["07-05 14:00-15:00", "07-07 13:00-14:00"]


def test_free_and_busy_answers_are_read() -> None:
    answer = (
        "BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:x\nBEGIN:VFREEBUSY\nUID:f\n"
        "FREEBUSY:20270705T130000Z/20270705T140000Z\n"
        "FREEBUSY;FBTYPE=FREE:20270706T130000Z/PT1H\nEND:VFREEBUSY\nEND:VCALENDAR\n"
    )
    assert read(answer) == (["07-05 13:00-14:00"], 0)


HOUR = (":20270705T130000Z", ":20270705T140000Z")
BROKEN = {
    "no start": "UID:b\nDTSTAMP:20270101T000000Z",
    "interval of minus one": event(
        ":20270705T130000Z", ":20270705T140000Z", "RRULE:FREQ=DAILY;INTERVAL=-1"
    ),
    "interval of nought": event(
        ":20270705T130000Z", ":20270705T140000Z", "RRULE:FREQ=DAILY;INTERVAL=0"
    ),
    "every second": event(":20270705T130000Z", ":20270705T130001Z", "RRULE:FREQ=SECONDLY"),
    "every minute": event(":19700101T000000Z", ":19700101T000001Z", "RRULE:FREQ=MINUTELY"),
    "every hour": event(":19700101T000000Z", ":19700101T000001Z", "RRULE:FREQ=HOURLY"),
    "too many parts": event(
        ":20270705T130000Z",
        ":20270705T140000Z",
        "RRULE:FREQ=YEARLY;BYYEARDAY=" + ",".join(str(n) for n in range(1, 300)),
    ),
    "no instant": event(":canary", ":20270705T140000Z"),
}


@pytest.mark.parametrize("what", sorted(BROKEN))
def test_one_bad_entry_costs_itself_alone(what: str) -> None:
    found, left_out = read(calendar(BROKEN[what], ONE))
    assert found == ["07-05 13:00-14:00"]
    assert left_out == 1


HOSTILE = {
    "a rule that runs from the year one to death": calendar(
        *(
            event(
                ":00010101T000000Z",
                ":00010101T000001Z",
                "RRULE:FREQ=DAILY;BYHOUR=" + ",".join(map(str, range(24))),
                uid=f"h{number}",
            )
            for number in range(60)
        )
    ),
    "more series than anybody has": calendar(
        *(
            event(":20270705T130000Z", ":20270705T140000Z", "RRULE:FREQ=DAILY", uid=f"m{number}")
            for number in range(300)
        )
    ),
}


@pytest.mark.parametrize("what", sorted(HOSTILE))
def test_a_calendar_that_never_ends_costs_its_own_process_only(what: str) -> None:
    """Holds sec_F6."""
    with pytest.raises(Trouble) as refused:
        read(HOSTILE[what])
    assert refused.value.problem is Problem.TOO_MUCH


@pytest.mark.parametrize(
    "content",
    [b"", b"<html>", b"\0" * 100, b"BEGIN:VCALENDAR", b"\xff\xfe\xfa", b"BEGIN:VEVENT\nEND:VEVENT"],
)
def test_what_is_no_calendar_is_not_taken_for_an_empty_one(content: bytes) -> None:
    with pytest.raises(Trouble) as refused:
        read(content)
    assert refused.value.problem in {Problem.NOT_A_CALENDAR, Problem.TOO_MUCH}


def test_entities_of_a_servers_answer_do_not_grow() -> None:
    lines = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    bomb = f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY l0 "lol">{lines}]><x>&l9;</x>'
    with pytest.raises(Trouble):
        read_safely(bomb.encode(), claimed(SourceKind.CALDAV), now=NOW)


def test_what_is_ours_is_left_out() -> None:
    spans, _left_out = read_safely(
        calendar(ONE).encode(), claimed(own=frozenset({"one"})), now=NOW + timedelta(hours=1)
    )
    assert spans == []
