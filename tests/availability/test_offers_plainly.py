"""The fast offers are exactly the plain ones, and every "no" names a reason."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from booking.availability.rules import (
    AskedBy,
    Asking,
    BookingMode,
    BookingPolicy,
    Candidate,
    GapRule,
    Segment,
    SegmentKind,
    ServicePlan,
    Taken,
    Way,
    epoch_minute,
    offers,
)
from booking.availability.rules.explaining import Closing, Why, explain
from booking.core.intervals import normalise
from booking.occupancy.rules import Stretch
from tests.availability.plain import plain_starts

SERVICE = 5
# Around a change of the clocks (London), without one but with odd minutes (Kathmandu), and with a
# change of half an hour (Lord Howe).
PLACES = [
    ("Europe/London", datetime(2027, 10, 31, tzinfo=UTC)),
    ("Asia/Kathmandu", datetime(2027, 7, 5, tzinfo=UTC)),
    ("Australia/Lord_Howe", datetime(2027, 4, 3, 12, tzinfo=UTC)),
]


@st.composite
def situations(draw):
    """One practitioner's day or two, with whatever may be on it."""
    name, begins = draw(st.sampled_from(PLACES))
    midnight = epoch_minute(begins)
    moment = st.integers(-300, 2 * 1440 + 300).map(lambda minute: midnight + minute)
    spans = st.lists(st.tuples(moment, st.integers(5, 500)), max_size=4).map(
        lambda found: normalise((start, start + length) for start, length in found)
    )
    parts = draw(st.lists(st.tuples(st.booleans(), st.integers(5, 40)), min_size=1, max_size=3))
    plan = ServicePlan(
        tuple(
            Segment(SegmentKind.HANDS_ON if hands else SegmentKind.RESTING, minutes)
            for hands, minutes in parts
        ),
        before=draw(st.sampled_from([0, 5])),
        after=draw(st.sampled_from([0, 10])),
    )
    policy = BookingPolicy(
        minimum_notice=draw(st.sampled_from([0, 120])),
        horizon_days=draw(st.sampled_from([1, 30, 30])),
        grid_minutes=draw(st.sampled_from([10, 15, 45, 60])),
        mode=draw(st.sampled_from([*[BookingMode.ONLINE] * 5, BookingMode.PHONE])),
        new_patients=draw(st.sampled_from([*[True] * 5, False])),
        daily_cap=draw(st.sampled_from([*[None] * 4, 1, 2])),
        weekly_cap=draw(st.sampled_from([*[None] * 4, 1, 3])),
        gap=draw(st.sampled_from(GapRule)),
    )
    who = Candidate(
        1,
        101,
        7,
        ZoneInfo(name),
        plan,
        policy,
        ((31, 301), (32, 302)),
        way=draw(st.sampled_from([Way.IN_PERSON, Way.IN_PERSON, Way.VIDEO])),
    )
    visits = draw(st.lists(st.tuples(moment, st.integers(10, 60)), max_size=3))
    hers = [
        Stretch(
            start,
            start + length,
            appointment_id=number,
            service_id=draw(st.sampled_from([SERVICE, 6])),
            location_id=draw(st.sampled_from([7, 8])),
            begins=start,
        )
        for number, (start, length) in enumerate(visits, 1)
    ]
    busy = {
        101: Taken(hers),
        301: Taken.of_spans(draw(spans)),
        302: Taken.of_spans(draw(spans)),
    }
    asking = Asking(
        now=begins + timedelta(minutes=draw(st.integers(-600, 600))),
        asked_by=draw(st.sampled_from(AskedBy)),
        known_to=draw(st.sampled_from([frozenset(), frozenset({1})])),
    )
    window = (midnight, midnight + 1440)
    opened = normalise([*draw(spans), (midnight + 60, midnight + 600)])
    return who, window, {"open_time": {(1, 7): opened}, "busy": busy, "asking": asking}


@settings(max_examples=150)
@given(situations())
def test_offers_are_exactly_the_plain_ones(situation):
    who, window, known = situation
    found = {each.start: each.room_id for each in offers(SERVICE, [who], window, **known)}
    assert found == plain_starts(SERVICE, who, window, **known)


@settings(max_examples=60)
@given(st.sampled_from(GapRule), st.sampled_from([10, 15, 20]), st.data())
def test_a_day_with_visits_is_filled_as_the_plain_rule_has_it(gap, grid, data):
    begins = datetime(2027, 7, 5, tzinfo=UTC)
    nine = epoch_minute(begins) + 8 * 60
    lengths = st.integers(10, 60)
    plan = ServicePlan((Segment(SegmentKind.HANDS_ON, data.draw(lengths)),), 5, 10)
    policy = BookingPolicy(0, 30, grid, gap=gap)
    who = Candidate(1, 101, 7, ZoneInfo("Europe/London"), plan, policy, ((31, 301),))
    visits = data.draw(st.lists(st.tuples(st.integers(0, 540), lengths), min_size=1, max_size=3))
    hers = [
        Stretch(nine + at, nine + at + length, None, number, None, SERVICE, 7, nine + at)
        for number, (at, length) in enumerate(visits)
    ]
    known = {
        "open_time": {(1, 7): normalise([(nine, nine + 200), (nine + 230, nine + 600)])},
        "busy": {101: Taken(hers), 301: Taken(())},
        "asking": Asking(now=begins - timedelta(days=3)),
    }
    window = (nine, nine + 600)
    found = {each.start: each.room_id for each in offers(SERVICE, [who], window, **known)}
    assert found == plain_starts(SERVICE, who, window, **known)


@settings(max_examples=150)
@given(situations(), st.lists(st.integers(0, 1439), min_size=20, max_size=20))
def test_a_time_is_offered_exactly_when_nothing_explains_why_not(situation, minutes):
    who, window, known = situation
    offered = {each.start for each in offers(SERVICE, [who], window, **known)}
    closing = Closing(hours=known["open_time"][1, 7])
    for start in {window[0] + minute for minute in minutes} | offered:
        said = explain(SERVICE, who, start, closing=closing, **known)
        assert (said.why is Why.OFFERED) == (start in offered), said
        assert said.sentence % {"who": "Mei", "place": "Canal Street", **said.values}


def test_both_see_the_caps_and_gaps_they_are_to_compare():
    """Else the comparison above could pass on empty days."""
    nine = epoch_minute(datetime(2027, 7, 5, 8, tzinfo=UTC))
    plan = ServicePlan((Segment(SegmentKind.HANDS_ON, 60),))
    who = Candidate(
        1,
        101,
        7,
        ZoneInfo("Europe/London"),
        plan,
        BookingPolicy(0, 30, 15, gap=GapRule.ADJACENT),
        ((31, 301),),
    )
    visit = Stretch(
        nine + 120,
        nine + 180,
        appointment_id=1,
        service_id=SERVICE,
        location_id=7,
        begins=nine + 120,
    )
    known = {
        "open_time": {(1, 7): [(nine, nine + 480)]},
        "busy": {101: Taken([visit]), 301: Taken([])},
        "asking": Asking(now=datetime(2027, 7, 1, tzinfo=UTC)),
    }
    window = (nine - 60, nine + 600)
    beside = [nine, nine + 60, nine + 180, nine + 420]
    assert list(plain_starts(SERVICE, who, window, **known)) == beside
    full = replace(who, policy=replace(who.policy, daily_cap=1))
    assert plain_starts(SERVICE, full, window, **known) == {}
