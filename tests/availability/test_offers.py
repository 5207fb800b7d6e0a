"""What is offered: rooms, segments, buffers, notice, horizon, order, and the reasons for a no."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from booking.availability.rules import (
    Asking,
    BookingPolicy,
    Candidate,
    Reason,
    Segment,
    SegmentKind,
    ServicePlan,
    Taken,
    TimeNotOffered,
    day_counts,
    epoch_minute,
    first_available,
    free_starts,
    nearest,
    offer_at,
    offers,
)
from booking.core.intervals import contains, normalise
from booking.occupancy.rules import Claim

LONDON = ZoneInfo("Europe/London")
MONDAY = datetime(2027, 7, 5, tzinfo=UTC)  # summer: 09:00 in London is 08:00 UTC
NOW = MONDAY - timedelta(days=3)
NINE = epoch_minute(MONDAY) + 8 * 60
DAY = (NINE, NINE + 8 * 60)
WINDOW = (epoch_minute(MONDAY), epoch_minute(MONDAY) + 1440)

HANDS, REST = SegmentKind.HANDS_ON, SegmentKind.RESTING
PLAIN = ServicePlan((Segment(HANDS, 60),))
STAGGERED = ServicePlan((Segment(HANDS, 20), Segment(REST, 25), Segment(HANDS, 10)))
POLICY = BookingPolicy(minimum_notice=120, horizon_days=60, grid_minutes=15)
MEI = Candidate(1, 101, 7, LONDON, PLAIN, POLICY, ((31, 301), (32, 302)))
TOM = replace(MEI, practitioner_id=2, practitioner_resource=102)
OPEN = {(1, 7): [DAY], (2, 7): [DAY]}


def offered(candidates=(MEI,), window=WINDOW, *, open_time=None, busy=None, now=NOW, **more):
    return list(
        offers(
            5,
            candidates,
            window,
            open_time=open_time or OPEN,
            busy=taken(busy),
            asking=Asking(now=now, **more),
        )
    )


def taken(busy):
    return {resource: Taken.of_spans(spans) for resource, spans in (busy or {}).items()}


def clock(found) -> list[str]:
    return [f"{offer.starts_at.astimezone(LONDON):%H:%M}" for offer in found]


def test_an_open_day_is_offered_on_the_grid_until_the_last_visit_that_fits():
    times = clock(offered())
    assert times[0] == "09:00"
    assert times[-1] == "16:00"
    assert len(times) == 29


def test_an_offer_says_everything_a_booking_needs():
    offer = offered()[0]
    assert (offer.service_id, offer.practitioner_id, offer.location_id, offer.room_id) == (
        5,
        1,
        7,
        31,
    )
    assert offer.starts_at == MONDAY + timedelta(hours=8)
    assert offer.ends_at == MONDAY + timedelta(hours=9)
    assert offer.offset_label is None
    assert offer.claims == (
        Claim(301, offer.starts_at, offer.ends_at),
        Claim(101, offer.starts_at, offer.ends_at),
    )


def test_a_resting_part_frees_the_practitioner_but_not_the_room():
    mei = replace(MEI, plan=STAGGERED)
    busy = {101: [(NINE + 20, NINE + 45)], 301: [(NINE + 20, NINE + 45)]}
    first = offered([mei], busy=busy)[0]
    assert first.start == NINE
    assert first.room_id == 32
    assert not clock(offered([replace(mei, rooms=((31, 301),))], busy=busy))[0].startswith("09:00")


def test_two_staggered_visits_fit_into_each_other_and_their_claims_do_not_meet():
    mei = replace(MEI, plan=STAGGERED)
    first = offered([mei])[0]
    busy: dict[int, list[tuple[int, int]]] = {}
    for claim in first.claims:
        span = (epoch_minute(claim.starts_at), epoch_minute(claim.ends_at))
        busy[claim.resource_id] = normalise([*busy.get(claim.resource_id, []), span])
    second = offered([replace(mei, policy=replace(POLICY, grid_minutes=5))], busy=busy)[0]
    assert second.start == NINE + 20
    assert second.room_id == 32


def test_buffers_belong_to_the_practitioner_and_the_room():
    plan = ServicePlan((Segment(REST, 30), Segment(HANDS, 30)), before=5, after=10)
    offer = offered([replace(MEI, plan=plan)])[0]
    start = offer.starts_at
    assert offer.claims == (
        Claim(301, start - timedelta(minutes=5), start + timedelta(minutes=70)),
        Claim(101, start - timedelta(minutes=5), start),
        Claim(101, start + timedelta(minutes=30), start + timedelta(minutes=70)),
    )


def test_a_buffer_may_reach_past_the_published_hours_but_not_into_another_visit():
    plan = replace(PLAIN, after=10)
    assert clock(offered([replace(MEI, plan=plan)]))[-1] == "16:00"
    busy = {101: [(NINE + 60, NINE + 120)]}
    assert "09:00" not in clock(offered([replace(MEI, plan=plan)], busy=busy))


def test_a_visit_may_end_exactly_where_another_begins():
    busy = {101: [(NINE + 60, NINE + 120)]}
    assert clock(offered(busy=busy))[:2] == ["09:00", "11:00"]


def test_the_first_free_room_in_order_is_given():
    busy = {301: [(NINE, NINE + 60)]}
    found = offered(busy=busy)
    assert [offer.room_id for offer in found[:5]] == [32, 32, 32, 32, 31]


def test_nothing_is_offered_when_no_room_is_free_or_none_is_set_up():
    busy = {301: [DAY], 302: [DAY]}
    assert offered(busy=busy) == []
    assert offered([replace(MEI, rooms=())]) == []


def test_the_patient_has_to_be_free_too_when_she_is_known():
    busy = {900: [(NINE, NINE + 60)]}
    assert clock(offered(busy=busy, person_id=900))[0] == "10:00"


def test_practitioners_at_the_same_start_come_in_their_order():
    assert [offer.practitioner_id for offer in offered([TOM, MEI])[:4]] == [2, 1, 2, 1]


def test_a_practitioner_is_offered_once_at_a_start_even_with_hours_at_two_places():
    elsewhere = replace(MEI, location_id=8, rooms=((41, 401),))
    found = offered([MEI, elsewhere], open_time={**OPEN, (1, 8): [DAY]})
    assert len(found) == 29
    assert {offer.location_id for offer in found} == {7}


def test_notice_is_counted_in_whole_minutes_from_now():
    now = MONDAY + timedelta(hours=8, seconds=1)
    assert clock(offered(now=now))[0] == "11:15"
    assert clock(offered(now=MONDAY + timedelta(hours=8)))[0] == "11:00"


def test_the_horizon_ends_with_a_local_day():
    mei = replace(MEI, policy=replace(POLICY, horizon_days=3))
    assert offered([mei], now=MONDAY - timedelta(days=3)) != []
    assert offered([mei], now=MONDAY - timedelta(days=3, hours=1, minutes=1)) == []
    assert offered([mei], now=MONDAY - timedelta(days=3, hours=1)) != []


def test_asking_for_one_time_gives_the_very_offer_that_is_listed():
    listed = offered([MEI, TOM])
    for offer in listed[::7]:
        again = offer_at(
            5, [MEI, TOM], offer.starts_at, open_time=OPEN, busy={}, asking=Asking(now=NOW)
        )
        assert again.start == offer.start
        assert again in listed


@pytest.mark.parametrize(
    ("hours", "reason", "status"),
    [
        (-24 * 7, Reason.PAST, 422),
        (-24 * 3 + 1, Reason.TOO_SOON, 422),
        (24 * 70, Reason.TOO_FAR, 422),
        (7, Reason.OUTSIDE_HOURS, 422),
        (15.25, Reason.OUTSIDE_HOURS, 422),
        (8 + 1 / 60, Reason.NOT_A_START, 422),
        (8 + 1 / 3600, Reason.NOT_A_START, 422),
        (10, Reason.TAKEN, 409),
    ],
)
def test_a_time_that_cannot_be_had_says_why(hours, reason, status):
    busy = {101: [(NINE, NINE + 180)]}
    with pytest.raises(TimeNotOffered) as refused:
        offer_at(
            5,
            [MEI],
            MONDAY + timedelta(hours=hours),
            open_time=OPEN,
            busy=taken(busy),
            asking=Asking(now=NOW),
        )
    assert (refused.value.reason, refused.value.status) == (reason, status)
    assert refused.value.message


def test_a_service_nobody_gives_is_refused_as_such():
    with pytest.raises(TimeNotOffered) as refused:
        offer_at(
            5, [], MONDAY + timedelta(hours=8), open_time=OPEN, busy={}, asking=Asking(now=NOW)
        )
    assert refused.value.reason is Reason.NOT_GIVEN


def test_of_several_practitioners_the_reason_nearest_to_an_offer_is_given():
    busy = {101: [DAY]}
    with pytest.raises(TimeNotOffered) as refused:
        offer_at(
            5,
            [TOM, MEI],
            MONDAY + timedelta(hours=8),
            open_time={(1, 7): [DAY]},
            busy=taken(busy),
            asking=Asking(now=NOW),
        )
    assert refused.value.reason is Reason.TAKEN


def test_the_first_available_is_the_first_of_the_list():
    busy = {101: [(NINE, NINE + 100)], 102: [(NINE, NINE + 130)]}
    found = first_available(
        5, [TOM, MEI], WINDOW, open_time=OPEN, busy=taken(busy), asking=Asking(now=NOW)
    )
    assert found == offered([TOM, MEI], busy=busy)[0]
    assert (
        first_available(5, [MEI], (0, 1), open_time=OPEN, busy={}, asking=Asking(now=NOW)) is None
    )


def test_the_nearest_times_lie_on_both_sides_and_come_in_order():
    busy = {101: [(NINE + 120, NINE + 180)]}
    found = nearest(offered(busy=busy), MONDAY + timedelta(hours=10), 3)
    assert clock(found) == ["09:45", "10:00", "12:00"]


@given(st.integers(0, 1440), st.integers(1, 6), st.lists(st.integers(0, 47), max_size=4))
def test_the_nearest_are_the_nearest_by_any_other_reckoning(minute, count, taken):
    busy = {101: normalise((NINE + 10 * n, NINE + 10 * n + 10) for n in taken)}
    around = MONDAY + timedelta(minutes=minute)
    listed = offered([MEI, TOM], busy=busy)
    starts = sorted({offer.starts_at for offer in listed})
    wanted = sorted(sorted(starts, key=lambda at: (abs(at - around), at))[:count])
    assert [offer.starts_at for offer in nearest(iter(listed), around, count)] == wanted


def test_a_day_counts_its_different_times():
    week = (WINDOW[0], WINDOW[0] + 7 * 1440)
    tuesday = (DAY[0] + 1440, DAY[0] + 1440 + 60)
    opened = {(1, 7): [DAY, tuesday], (2, 7): [DAY]}
    asked = {"open_time": opened, "busy": {}, "asking": Asking(now=NOW)}
    found = free_starts(5, [MEI, TOM], week, **asked)
    assert day_counts(found) == {date(2027, 7, 5): 29, date(2027, 7, 6): 1}


def test_a_week_boundary_neither_loses_nor_repeats_a_start():
    always = {(1, 7): [(NINE, NINE + 30 * 1440)]}
    found = offered(window=(NINE, NINE + 30 * 1440), open_time=always, busy={101: []})
    gaps = {later.start - earlier.start for earlier, later in pairwise(found)}
    assert gaps == {15}
    assert len(found) == 30 * 96 - 3


SPAN = st.tuples(st.integers(-60, 600), st.integers(5, 90)).map(lambda s: (s[0], s[0] + s[1]))
SPANS = st.lists(SPAN, max_size=5).map(
    lambda spans: normalise((NINE + start, NINE + end) for start, end in spans)
)


@given(
    opened=SPANS,
    hers=SPANS,
    room_one=SPANS,
    room_two=SPANS,
    parts=st.lists(st.tuples(st.booleans(), st.integers(1, 40)), min_size=1, max_size=4),
    before=st.integers(0, 15),
    after=st.integers(0, 15),
    grid=st.sampled_from([5, 10, 15, 20, 30]),
)
def test_offers_are_exactly_what_a_minute_by_minute_look_allows(
    opened, hers, room_one, room_two, parts, before, after, grid
):
    segments = tuple(Segment(HANDS if hands else REST, length) for hands, length in parts)
    plan = ServicePlan(segments, before=before, after=after)
    mei = replace(MEI, plan=plan, policy=replace(POLICY, grid_minutes=grid))
    busy = {101: hers, 301: room_one, 302: room_two}

    def free(resource, span):
        return not any(start < span[1] and span[0] < end for start, end in busy[resource])

    expected = []
    for start in range(NINE - 120, NINE + 720):
        end = start + plan.length
        if start % grid or not contains(opened, (start, end)):
            continue
        at, needed = start, [(start - before, start), (end, end + after)]
        for part in segments:
            if part.kind is HANDS:
                needed.append((at, at + part.minutes))
            at += part.minutes
        if not all(free(101, span) for span in needed if span[0] < span[1]):
            continue
        rooms = [r for r, resource in mei.rooms if free(resource, (start - before, end + after))]
        if rooms:
            expected.append((start, rooms[0]))
    found = offered([mei], open_time={(1, 7): opened}, busy=busy)
    assert [(offer.start, offer.room_id) for offer in found] == expected
