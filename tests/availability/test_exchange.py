"""Hours as a file for other programs: what leaves, and that it comes back as it was."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from icalendar import Calendar

from booking.availability.forms import availability_bytes
from booking.availability.forms.importing import read_availability
from booking.availability.rules import WeeklyHours
from booking.availability.rules.days import Change, Different, day_minutes
from booking.availability.rules.exchange import Availability, Place, Written

NOW = datetime(2027, 7, 2, 11, tzinfo=UTC)
TODAY = date(2027, 7, 2)
CANAL = Place(1, ("Canal Street", "Canal Street rooms"), ZoneInfo("Europe/London"))
# No yearly rule of its own: its clocks change on days that move.
NUUK = Place(2, ("Østre; vej, 3 \\ ⛰", "Nuuk"), ZoneInfo("America/Nuuk"))
DAY = timedelta(days=1)

days = st.integers(0, 120).map(lambda n: TODAY + timedelta(days=n))


@st.composite
def stretches(draw: Callable) -> tuple[time, time]:
    a = draw(st.integers(0, 1430))
    b = draw(st.integers(a + 1, 1438))
    return time(a // 60, a % 60), time(b // 60, b % 60)


@st.composite
def weekly(draw: Callable) -> WeeklyHours:
    starts, ends = draw(stretches())
    first = draw(days)
    return WeeklyHours(
        weekday=draw(st.integers(0, 6)),
        starts=starts,
        ends=ends,
        valid_from=first,
        valid_until=draw(st.none() | days.map(lambda day: max(day, first))),
        every_n_weeks=draw(st.integers(1, 8)),
        anchor=draw(days),
    )


@st.composite
def different(draw: Callable) -> Different:
    change = draw(st.sampled_from(Change))
    if change is Change.REMOVES and draw(st.booleans()):
        return Different(draw(days), change)
    return Different(draw(days), change, *draw(stretches()))


@st.composite
def told(draw: Callable) -> Availability:
    places = {
        place: Written(
            draw(st.lists(weekly(), max_size=5)), draw(st.lists(different(), max_size=4))
        )
        for place in (CANAL, NUUK)
    }
    minutes = st.lists(st.integers(1, 60_000), min_size=2, max_size=2, unique=True)
    away = [
        tuple(NOW + timedelta(minutes=each) for each in sorted(draw(minutes)))
        for _ in range(draw(st.integers(0, 2)))
    ]
    return Availability(places, tuple(away))


@settings(
    max_examples=60,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(told=told())
def test_hours_come_back_as_they_left(app_words, told: Availability) -> None:
    sent = availability_bytes(told, uid="x", stamp=NOW)
    found = read_availability(sent.decode(), [CANAL, NUUK], CANAL, now=NOW)
    assert found.passed_over == ()
    assert found.availability.away == told.away
    for place, before in told.places.items():
        after = found.availability.places[place]
        for nth in range(250):
            day = TODAY + nth * DAY
            assert day_minutes(day, after.weekly, after.different) == day_minutes(
                day, before.weekly, before.different
            ), (place.names, day)


@settings(max_examples=20)
@given(told=told())
def test_every_line_is_one_that_readers_take(told: Availability) -> None:
    sent = availability_bytes(told, uid="x", stamp=NOW)
    lines = sent.split(b"\r\n")
    assert lines[-1] == b""
    assert all(len(line) <= 75 and b"\n" not in line for line in lines)
    assert sent == availability_bytes(told, uid="x", stamp=NOW)
    uids = [line for line in lines if line.startswith(b"UID:")]
    assert len(uids) == len(set(uids))


@pytest.fixture
def app_words(app):
    """Words in the reader's language, for what could not be understood."""
    with app.test_request_context():
        yield


def test_what_a_reader_finds_in_it() -> None:
    row = WeeklyHours(
        weekday=0,
        starts=time(9),
        ends=time(17),
        valid_from=date(2027, 7, 1),
        valid_until=date(2027, 10, 31),
        every_n_weeks=2,
        anchor=date(2027, 7, 5),
    )
    away = (datetime(2027, 8, 1, 9, tzinfo=UTC), datetime(2027, 8, 2, 9, tzinfo=UTC))
    gone = Different(date(2027, 7, 19), Change.REMOVES, time(9), time(12))
    told = Availability({CANAL: Written([row], [gone])}, (away,))
    calendar = Calendar.from_ical(availability_bytes(told, uid="x", stamp=NOW))
    zone, base, day, leave = calendar.subcomponents
    assert zone["TZID"] == "Europe/London"
    assert [part["PRIORITY"] for part in (base, day, leave)] == [9, 5, 1]
    (part,) = base.subcomponents
    assert part.name == "AVAILABLE"
    assert part["LOCATION"] == "Canal Street"
    assert part["DTSTART"].dt == datetime(2027, 7, 5, 9, tzinfo=ZoneInfo("Europe/London"))
    assert part["RRULE"]["INTERVAL"] == [2]
    assert part["RRULE"]["UNTIL"] == [datetime(2027, 10, 25, 8, tzinfo=UTC)]
    assert day["DTEND"].dt.time() == time(12)
    assert (leave["DTSTART"].dt, leave["DTEND"].dt) == away


@pytest.mark.parametrize("place", [CANAL, NUUK])
def test_the_zone_in_the_file_is_right_for_years(place: Place) -> None:
    row = WeeklyHours(weekday=0, starts=time(9), ends=time(10), valid_from=TODAY)
    told = Availability({place: Written([row], [])}, ())
    calendar = Calendar.from_ical(availability_bytes(told, uid="x", stamp=NOW))
    (zone, *_rest) = calendar.subcomponents
    onsets = sorted(
        (part["DTSTART"].dt - part["TZOFFSETFROM"].td, part["TZOFFSETTO"].td)
        for part in zone.subcomponents
    )
    for nth in range(0, 9 * 365, 3):
        moment = datetime(2027, 1, 1, 12, tzinfo=UTC) + nth * DAY
        passed = [offset for at, offset in onsets if at.replace(tzinfo=UTC) <= moment]
        assert passed[-1] == moment.astimezone(place.zone).utcoffset(), moment
