"""What an invite says, as readers that share no code understand it."""

import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from booking.mail.invite import calendar_bytes, zone_rule
from booking.mail.rules import Invite, Mailbox, UnmailableAddress, clean, header
from tests.mail.calendar_readers import READERS, Understood
from tests.mail.samples import CLINIC, SUMMER, WRITTEN, ZOE, an_invite

GOLDEN = Path(__file__).parent / "golden"
HOUR = timedelta(hours=1)


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[arg-type]


# Instants in UTC: the last hour before and the first after each change of offset, the hour
# that comes twice, and zones with odd, old, new or no rules.
WHEN_AND_WHERE = {
    "London before summer time": ("Europe/London", utc(2026, 3, 29, 0)),
    "London after summer time began": ("Europe/London", utc(2026, 3, 29, 1)),
    "London in July": ("Europe/London", utc(2026, 7, 6, 9)),
    "London, first of the two half past ones": ("Europe/London", utc(2026, 10, 25, 0, 30)),
    "London, second of the two half past ones": ("Europe/London", utc(2026, 10, 25, 1, 30)),
    "London after summer time ended": ("Europe/London", utc(2026, 10, 25, 2)),
    "New York before": ("America/New_York", utc(2026, 3, 8, 6)),
    "New York after": ("America/New_York", utc(2026, 3, 8, 7)),
    "New York, first half past one": ("America/New_York", utc(2026, 11, 1, 5, 30)),
    "New York, second half past one": ("America/New_York", utc(2026, 11, 1, 6, 30)),
    "New York in winter": ("America/New_York", utc(2026, 12, 7, 15)),
    "Berlin before": ("Europe/Berlin", utc(2026, 3, 29, 0)),
    "Berlin after": ("Europe/Berlin", utc(2026, 3, 29, 1)),
    "Berlin on 1 July": ("Europe/Berlin", utc(2026, 7, 1, 7)),
    "Berlin, first half past two": ("Europe/Berlin", utc(2026, 10, 25, 0, 30)),
    "Berlin, second half past two": ("Europe/Berlin", utc(2026, 10, 25, 1, 30)),
    "Dublin in winter": ("Europe/Dublin", utc(2026, 12, 7, 10)),
    "Dublin in summer": ("Europe/Dublin", utc(2026, 7, 6, 10)),
    "Bangkok": ("Asia/Bangkok", utc(2026, 7, 6, 3)),
    "Kathmandu": ("Asia/Kathmandu", utc(2026, 7, 6, 3, 15)),
    "Casablanca in Ramadan": ("Africa/Casablanca", utc(2026, 3, 2, 10)),
    "Casablanca after Ramadan": ("Africa/Casablanca", utc(2026, 4, 6, 9)),
    "Vancouver before 1 November 2026": ("America/Vancouver", utc(2026, 10, 30, 17)),
    "Vancouver after 1 November 2026": ("America/Vancouver", utc(2026, 12, 7, 17)),
    "Vancouver the winter after": ("America/Vancouver", utc(2028, 1, 10, 17)),
    "Santiago": ("America/Santiago", utc(2026, 9, 7, 13)),
    "Lord Howe, half an hour of summer time": ("Australia/Lord_Howe", utc(2026, 10, 4, 0)),
    "Sydney across the year's end": ("Australia/Sydney", utc(2026, 12, 31, 22)),
    "Auckland": ("Pacific/Auckland", utc(2026, 1, 5, 21)),
    "UTC": ("UTC", utc(2026, 7, 6, 9)),
}


@pytest.mark.parametrize("reader", READERS)
def test_every_reader_places_start_and_end_at_the_booked_instant(reader: str) -> None:
    invites = [an_invite(start, zone=zone) for zone, start in WHEN_AND_WHERE.values()]
    answers = READERS[reader]([calendar_bytes(invite) for invite in invites])
    read = {
        name: (answer["start"], answer["end"])
        for name, answer in zip(WHEN_AND_WHERE, answers, strict=True)
    }
    assert read == {
        name: (start.timestamp(), (start + HOUR).timestamp())
        for name, (_, start) in WHEN_AND_WHERE.items()
    }


ZONES = (
    *("Europe/London", "Europe/Dublin", "Europe/Chisinau", "Africa/Cairo"),
    *("Africa/Casablanca", "Asia/Beirut", "Asia/Jerusalem", "Asia/Gaza"),
    *("America/St_Johns", "America/Havana", "America/Nuuk", "America/Santiago"),
    *("America/Asuncion", "America/Edmonton", "America/Winnipeg", "Asia/Almaty"),
    *("Australia/Lord_Howe", "Pacific/Chatham", "Pacific/Norfolk", "Antarctica/Troll"),
)


@pytest.mark.parametrize("reader", READERS)
def test_every_half_hour_around_two_years_of_changes_is_read_right(
    reader: str, request: pytest.FixtureRequest
) -> None:
    """In zones with all kinds of rules; in the long form, in every zone there is."""
    zones = sorted(available_timezones()) if request.config.getoption("--long") else ZONES
    cases = [(zone, moment) for zone in zones for moment in _around_changes(ZoneInfo(zone))]
    assert len(cases) > 200
    texts = [calendar_bytes(an_invite(moment, zone=zone)) for zone, moment in cases]
    answers = READERS[reader](texts)
    wrong = [
        (*case, answer["start"])
        for case, answer in zip(cases, answers, strict=True)
        if (answer["start"], answer["end"]) != (case[1].timestamp(), (case[1] + HOUR).timestamp())
    ]
    assert wrong == []


def _around_changes(zone: ZoneInfo) -> list[datetime]:
    day, found = utc(2026, 1, 1), [utc(2026, 1, 15, 12)]
    while day.year < 2028:
        following = day + HOUR
        if day.astimezone(zone).utcoffset() != following.astimezone(zone).utcoffset():
            found += [day + step * HOUR / 2 for step in range(-4, 7)]
        day = following
    return found


@pytest.mark.parametrize(
    "case",
    [
        "London, first of the two half past ones",
        "London, second of the two half past ones",
        "Casablanca in Ramadan",
        "Vancouver before 1 November 2026",
        "Vancouver after 1 November 2026",
        "Santiago",
        "UTC",
    ],
)
def test_where_no_yearly_rule_can_say_it_times_are_utc(case: str) -> None:
    zone, start = WHEN_AND_WHERE[case]
    text = calendar_bytes(an_invite(start, zone=zone))
    assert f"DTSTART:{start:%Y%m%dT%H%M%SZ}".encode() in text
    assert b"VTIMEZONE" not in text
    assert b"TZID" not in text


def test_a_zone_is_one_standard_and_at_most_one_daylight_with_yearly_rules() -> None:
    text = calendar_bytes(an_invite()).decode()
    assert text.count("BEGIN:STANDARD") == text.count("BEGIN:DAYLIGHT") == 1
    assert "RDATE" not in text
    # Begins in the old offset: 01:00 GMT becomes summer time, 02:00 BST becomes winter time.
    assert "DTSTART:19700329T010000\r\nRRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3\r\n" in text
    assert "DTSTART:19701025T020000\r\nRRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10\r\n" in text


def test_only_the_zones_without_a_yearly_form_fall_back_to_utc() -> None:
    fall_back = {
        zone
        for zone in (["Europe/Paris", "Asia/Tokyo", "America/Nuuk", "Africa/Cairo", "Asia/Kolkata"])
        if zone_rule(zone, 2026) is None
    }
    assert fall_back == {"America/Nuuk", "Africa/Cairo"}


def test_zone_rules_come_from_the_pinned_distribution_not_from_the_system(tmp_path: Path) -> None:
    """A system zone file that says otherwise changes nothing."""
    (tmp_path / "Europe").mkdir()
    bangkok = Path(str(__import__("tzdata").__file__)).parent / "zoneinfo" / "Asia" / "Bangkok"
    (tmp_path / "Europe" / "London").write_bytes(bangkok.read_bytes())
    ask = "{}from zoneinfo import ZoneInfo; print(ZoneInfo('Europe/London').utcoffset("
    ask += "__import__('datetime').datetime(2026, 7, 6)))"
    env = {**os.environ, "PYTHONTZPATH": str(tmp_path)}

    def offset(first: str) -> str:
        command = [sys.executable, "-c", ask.format(first)]
        return subprocess.run(command, env=env, capture_output=True, text=True, check=True).stdout

    assert offset("") == "7:00:00\n"
    assert offset("import booking; ") == "1:00:00\n"


GOLDEN_CASES = {
    "london-summer": an_invite(),
    "london-cancelled": an_invite(
        method="CANCEL", sequence=2, stamp=WRITTEN + HOUR, last_modified=WRITTEN + HOUR
    ),
    "bangkok-thai": an_invite(
        SUMMER,
        zone="Asia/Bangkok",
        location="ชั้น 3, ถนนสุขุมวิท",
        attendee=Mailbox("สมหญิง ใจดี", ZOE.address),
    ),
    "kathmandu-fixed-offset": an_invite(zone="Asia/Kathmandu"),
    "vancouver-utc": an_invite(utc(2026, 12, 7, 17), zone="America/Vancouver"),
    "berlin-ambiguous-hour": an_invite(utc(2026, 10, 25, 1, 30), zone="Europe/Berlin"),
    "hostile-name": an_invite(
        attendee=Mailbox('Eve"\r\nATTENDEE:mailto:x@y.example\x00;CN=^n \u202egnp', ZOE.address)
    ),
}


@pytest.mark.parametrize("name", GOLDEN_CASES)
def test_an_invite_is_byte_for_byte_the_reviewed_one(name: str) -> None:
    """After a wanted change: delete tests/mail/golden/*.ics, run once, and read the diff."""
    made = calendar_bytes(GOLDEN_CASES[name])
    path = GOLDEN / f"{name}.ics"
    if not path.exists():
        path.write_bytes(made)
        pytest.fail(f"{path.name} was missing and has been written: review it, commit it")
    assert made == path.read_bytes()


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize(("method", "status"), [("REQUEST", "CONFIRMED"), ("CANCEL", "CANCELLED")])
def test_the_same_person_place_and_version_are_read_by_all(
    reader: str, method: str, status: str
) -> None:
    [read] = READERS[reader]([calendar_bytes(an_invite(method=method, sequence=3))])
    assert read == {
        "method": method,
        "events": 1,
        "uid": "0d7f2c1e-6a51-4f0b-9c8e-1f2a3b4c5d6e@canal.example",
        "sequence": 3,
        "status": status,
        "summary": "Appointment",
        "location": "12 Canal Street, Leeds LS1 4AB",
        "description": "To change or cancel: https://canal.example/v/aB3x",
        "start": SUMMER.timestamp(),
        "end": (SUMMER + HOUR).timestamp(),
        "stamp": WRITTEN.timestamp(),
        "organizer": ["Canal Street", "mailto:desk@canal.example"],
        "attendee": ["Zoë Ito", "mailto:zoe@mail.example"],
    }


def test_an_invite_carries_what_calendars_need_and_nothing_that_breaks_them() -> None:
    lines = _unfolded(calendar_bytes(an_invite()))
    assert lines[:5] == [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Stillpoint//Appointments//EN",
        "CALSCALE:GREGORIAN",
        "METHOD:REQUEST",
    ]
    event = lines[lines.index("BEGIN:VEVENT") :]
    for line in (
        "CLASS:PRIVATE",
        "TRANSP:OPAQUE",
        "CREATED:20260601T083000Z",
        "LAST-MODIFIED:20260601T083000Z",
        "X-MICROSOFT-DISALLOW-COUNTER:TRUE",
    ):
        assert line in event
    [attendee] = [line for line in event if line.startswith("ATTENDEE")]
    for parameter in ("CUTYPE=INDIVIDUAL", "ROLE=REQ-PARTICIPANT", "PARTSTAT=NEEDS-ACTION"):
        assert f";{parameter}" in attendee
    assert ";RSVP=TRUE" in attendee
    assert not [line for line in lines if line.startswith(("BEGIN:VALARM", "RRULE:FREQ=W"))]
    assert sum(line.startswith("UID") for line in lines) == 1


def _unfolded(text: bytes) -> list[str]:
    return text.decode().replace("\r\n ", "").split("\r\n")


ODD_TEXTS = [
    "👩🏽‍❤️‍👩🏻 " * 30,
    "ก็ไม่รู้จะทำอย่างไรดี" * 12,
    "漢字かな交じり文" * 20,
    "é" * 80,
    'semi;colon, comma \\ back\\nslash \\; \\, : "quotes" ^n ^\' %0d%0a',
    "BEGIN:VEVENT\nEND:VCALENDAR",
    "tab\there",
    "=?utf-8?q?x=0d=0aBcc=3a_e=40e.org?=",
    "a\r\nDTSTART:19700101T000000Z",
    "العربية שלום",
    " leading and trailing ",
    "x" * 999,
]


@pytest.mark.parametrize("reader", READERS)
def test_odd_text_comes_back_as_it_was_meant(reader: str) -> None:
    """Holds sec_F10."""
    invites = [
        an_invite(description=text, location=text, attendee=Mailbox(text, ZOE.address))
        for text in ODD_TEXTS
    ]
    answers = READERS[reader]([calendar_bytes(invite) for invite in invites])
    for text, answer in zip(ODD_TEXTS, answers, strict=True):
        assert answer["description"] == clean(text, limit=1_000).strip()
        assert answer["location"] == header(text)
        assert answer["attendee"][0] == _as_name(text)
        assert (answer["events"], answer["start"]) == (1, SUMMER.timestamp())


def _as_name(text: str) -> str:
    said = text.replace('"', "'").replace("^", "").replace("\\", "/")
    return header(said, limit=100)


def _full_of(text: str) -> Invite:
    person = Mailbox(text, ZOE.address)
    return an_invite(summary=text, location=text, description=text, attendee=person)


ANY_TEXT = st.text(st.characters(codec=None), max_size=300)


@settings(max_examples=200)
@given(text=ANY_TEXT)
def test_any_text_survives_and_no_line_is_too_long(text: str) -> None:
    made = calendar_bytes(_full_of(text))
    lines = made.split(b"\r\n")
    assert max(map(len, lines)) <= 75
    assert lines[-1] == b""
    assert b"" not in lines[:-1]
    assert b"\n" not in b"".join(lines)
    made.decode()  # folded between characters: each line, and the whole, is UTF-8
    for line in lines:
        line.decode()
    [read] = READERS["icalendar"]([made])
    assert _said(read) == _meant(text)


def _said(read: Understood) -> tuple[str, ...]:
    return read["summary"], read["location"], read["description"], read["attendee"][0]


def _meant(text: str) -> tuple[str, ...]:
    name = _as_name(text) or ZOE.address
    line = header(text)
    return line or "Appointment", line, clean(text, limit=1_000).strip(), name


@pytest.mark.parametrize("reader", ["ical.js", "libical"])
@settings(max_examples=10)
@given(texts=st.lists(ANY_TEXT, min_size=40, max_size=60))
def test_any_text_survives_in_other_readers(reader: str, texts: list[str]) -> None:
    invites = [
        an_invite(
            summary=text, location=text, description=text, attendee=Mailbox(text, ZOE.address)
        )
        for text in texts
    ]
    answers = READERS[reader]([calendar_bytes(invite) for invite in invites])
    assert [_said(answer) for answer in answers] == [_meant(text) for text in texts]


def test_the_same_snapshot_gives_the_same_bytes() -> None:
    assert calendar_bytes(an_invite()) == calendar_bytes(an_invite())


@pytest.mark.parametrize(
    "change",
    [
        {"stamp": SUMMER.replace(tzinfo=None)},
        {"starts_at": SUMMER.astimezone(ZoneInfo("Europe/Berlin"))},
        {"ends_at": SUMMER},
        {"uid": "a/b"},
        {"uid": "käse@x"},
    ],
    ids=str,
)
def test_a_snapshot_that_cannot_be_right_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="an invite"):
        an_invite(**change)


def test_a_domain_is_sent_in_its_ascii_form_and_a_foreign_local_part_is_refused() -> None:
    made = calendar_bytes(an_invite(organizer=Mailbox("Desk", "desk@bücher.example")))
    assert b"mailto:desk@xn--bcher-kva.example" in made
    with pytest.raises(UnmailableAddress):
        calendar_bytes(an_invite(attendee=Mailbox("Jörg", "jörg@mail.example")))


def test_the_organizer_is_the_clinic_and_the_only_attendee_is_the_patient() -> None:
    text = calendar_bytes(an_invite()).decode()
    assert text.count("ATTENDEE") == 1
    assert text.count("mailto:") == 2
    assert CLINIC.address in text
