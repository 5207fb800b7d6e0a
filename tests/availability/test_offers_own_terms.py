"""Each practitioner's own terms, caps and gaps, from the rows that say so; on both databases."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask

from booking.appointments import actions
from booking.appointments.models import Appointment, Hold
from booking.availability import queries
from booking.availability.rules import AskedBy, Reason, TimeNotOffered
from booking.clinic.models import (
    BookingMode,
    GapRule,
    OwnSegment,
    SegmentKind,
    Service,
    ServicePractitioner,
    Way,
)
from booking.core.db import session, transaction
from booking.occupancy import actions as occupancy
from tests.factories import MONDAY_10AM, NOW, Clinic, make_appointment, make_patient

pytestmark = pytest.mark.both
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
MONDAY_START = datetime(2027, 7, 4, 23, 0, tzinfo=UTC)


@pytest.fixture
def inside(app: Flask, clinic: Clinic) -> Iterator[Flask]:
    with app.app_context():
        yield app


def change(clinic: Clinic, *, hers: bool = False, **values: object) -> None:
    """Change the first visit's rules, or only what Mei has in their place."""
    with transaction():
        row: object = session().get_one(Service, clinic.first_visit)
        if hers:
            row = session().get_one(ServicePractitioner, (clinic.first_visit, clinic.mei))
        for name, value in values.items():
            setattr(row, name, value)


def monday(clinic: Clinic, *, start=MONDAY_START, days=1, **more):
    service = session().get_one(Service, clinic.first_visit)
    end = start + days * DAY
    return queries.offers(service, start=start, end=end, now=NOW, **more)


def times(offers, practitioner: int) -> list[str]:
    hers = (offer for offer in offers if offer.practitioner_id == practitioner)
    return [f"{offer.starts_at.astimezone(offer.zone):%H:%M}" for offer in hers]


def at_ten(clinic: Clinic, **more):
    return queries.offer_at(
        session().get_one(Service, clinic.first_visit),
        practitioner_id=clinic.mei,
        location_id=clinic.location,
        starts_at=MONDAY_10AM,
        now=NOW,
        **more,
    )


def refused(clinic: Clinic, **more) -> Reason:
    with pytest.raises(TimeNotOffered) as why:
        at_ten(clinic, **more)
    return why.value.reason


def test_own_parts_and_rules_go_before_the_services(inside, clinic):
    change(clinic, hers=True, grid_minutes=60, minimum_notice_minutes=3 * 1440, price_minor=9000)
    with transaction():
        own = session().get_one(ServicePractitioner, (clinic.first_visit, clinic.mei))
        own.segments = [
            OwnSegment(position=0, kind=SegmentKind.HANDS_ON, minutes=30),
            OwnSegment(position=1, kind=SegmentKind.RESTING, minutes=60),
        ]
    offers = monday(clinic)
    assert times(offers, clinic.mei) == ["12:00", "13:00", "14:00", "15:00"]
    assert len(times(offers, clinic.ines)) == 29
    lengths = {offer.practitioner_id: offer.candidate.plan.length for offer in offers}
    prices = {offer.practitioner_id: offer.candidate.price_minor for offer in offers}
    assert lengths == {clinic.mei: 90, clinic.ines: 60}
    assert prices == {clinic.mei: 9000, clinic.ines: 7500}


def test_an_own_horizon_may_reach_further_than_the_services(inside, clinic):
    change(clinic, horizon_days=10)
    change(clinic, hers=True, horizon_days=200)
    later = MONDAY_10AM + 105 * DAY
    assert {offer.practitioner_id for offer in monday(clinic, start=later)} == {clinic.mei}
    here = {"practitioner_id": clinic.mei, "location_id": clinic.location, "now": NOW}
    service = session().get_one(Service, clinic.first_visit)
    assert queries.offer_at(service, starts_at=later, **here).starts_at == later
    assert queries.first_offer(service, now=NOW) is not None


def test_what_is_booked_by_phone_is_offered_to_the_staff_alone(inside, clinic):
    change(clinic, hers=True, mode=BookingMode.PHONE)
    assert {offer.practitioner_id for offer in monday(clinic)} == {clinic.ines}
    assert refused(clinic) is Reason.PHONE_ONLY
    assert at_ten(clinic, asked_by=AskedBy.STAFF).starts_at == MONDAY_10AM


def test_who_takes_no_new_patients_is_offered_to_those_she_knows(inside, clinic):
    change(clinic, hers=True, new_patients=False)
    assert {offer.practitioner_id for offer in monday(clinic)} == {clinic.ines}
    assert refused(clinic, known_to=[clinic.ines]) is Reason.NOT_NEW
    assert at_ten(clinic, known_to=[clinic.mei]).practitioner_id == clinic.mei


def test_a_visit_by_video_takes_no_room(inside, clinic):
    change(clinic, way=Way.VIDEO)
    with transaction():
        visit = make_appointment(clinic, practitioner_id=clinic.ines)
        visit.room_id = clinic.rooms[0]
    offer = at_ten(clinic)
    assert offer.room is None
    assert offer.room_id is None
    assert {claim.resource_id for claim in offer.claims} == {clinic.mei_resource}
    with transaction():
        kept = actions.hold(offer, now=NOW)
        assert kept.room_id is None


def fill(clinic: Clinic, *hours: float, **more: object) -> list[int]:
    """Visits with Mei so many hours after Monday 10:00, an hour each."""
    made = []
    with transaction():
        for number, hour in enumerate(hours):
            start = MONDAY_10AM + hour * HOUR
            patient = make_patient(f"Person {number} {hour}", f"p{number}{hour}@example.org")
            visit = make_appointment(
                clinic, patient_id=patient.id, starts_at=start, ends_at=start + HOUR, **more
            )
            made.append(visit.id)
    return made


def test_a_full_day_is_full_by_the_clinics_calendar_and_only_that_day(inside, clinic):
    change(clinic, daily_cap=2)
    fill(clinic, 1)
    assert "10:00" in times(monday(clinic), clinic.mei)
    [_, last] = [*fill(clinic, 3), *fill(clinic, 24 + 3)]
    assert times(monday(clinic), clinic.mei) == []
    assert "10:00" in times(monday(clinic), clinic.ines)
    assert "10:00" in times(monday(clinic, start=MONDAY_START + DAY), clinic.mei)
    assert refused(clinic) is Reason.DAY_FULL
    assert last


def test_other_visits_and_the_one_being_moved_do_not_count(inside, clinic):
    change(clinic, daily_cap=1)
    fill(clinic, 1, service_id=clinic.follow_up)
    assert "10:00" in times(monday(clinic), clinic.mei)
    [visit] = fill(clinic, 3)
    assert refused(clinic) is Reason.DAY_FULL
    assert at_ten(clinic, but_appointment_id=visit).starts_at == MONDAY_10AM


def test_a_full_week_runs_from_monday_to_sunday(inside, clinic):
    change(clinic, hers=True, weekly_cap=2)
    fill(clinic, 24, 4 * 24)
    assert refused(clinic) is Reason.WEEK_FULL
    week = monday(clinic, days=7)
    assert times(week, clinic.mei) == []
    assert "10:00" in times(monday(clinic, start=MONDAY_START + 7 * DAY), clinic.mei)


def test_visits_already_over_count_for_their_week(inside, clinic):
    change(clinic, weekly_cap=1)
    fill(clinic, 0)
    service = session().get_one(Service, clinic.first_visit)
    friday = MONDAY_10AM + 4 * DAY
    found = queries.offers(service, start=friday, end=friday + DAY, now=friday - 6 * HOUR)
    assert {offer.practitioner_id for offer in found} == {clinic.ines}


def test_a_time_that_is_kept_counts_until_it_goes_back(inside, clinic):
    change(clinic, daily_cap=1)
    offer = at_ten(clinic)
    with transaction():
        kept = actions.hold(offer, now=NOW).id
    assert times(monday(clinic), clinic.mei) == []
    assert times(monday(clinic, but_hold_id=kept), clinic.mei)[0] == "09:00"
    with transaction():
        actions.release_hold(session().get_one(Hold, kept))
    assert times(monday(clinic), clinic.mei)[0] == "09:00"


def test_a_cap_reached_meanwhile_refuses_what_was_offered_before(inside, clinic):
    change(clinic, daily_cap=1)
    offer = at_ten(clinic)
    fill(clinic, 3)
    with pytest.raises(TimeNotOffered) as why, transaction():
        actions.hold(offer, now=NOW)
    assert (why.value.reason, why.value.status) == (Reason.DAY_FULL, 409)
    assert session().query(Hold).count() == 0
    change(clinic, daily_cap=2)
    with transaction():
        assert actions.hold(at_ten(clinic), now=NOW).id


def test_a_day_with_visits_is_filled_beside_them(inside, clinic):
    change(clinic, gap=GapRule.ADJACENT)
    assert len(times(monday(clinic), clinic.mei)) == 29
    fill(clinic, 1)
    assert times(monday(clinic), clinic.mei) == ["09:00", "10:00", "12:00", "16:00"]
    assert len(times(monday(clinic), clinic.ines)) == 29


def test_a_day_with_visits_is_filled_by_its_parts(inside, clinic):
    change(clinic, gap=GapRule.PART_OF_DAY)
    fill(clinic, 5)
    assert {text < "12:00" for text in times(monday(clinic), clinic.mei)} == {False}
    fill(clinic, 2, 3, 4, 6)
    assert times(monday(clinic), clinic.mei)[0] == "09:00", "the afternoon has no start left"


def test_a_gap_closed_meanwhile_refuses_what_was_offered_before(inside, clinic):
    change(clinic, gap=GapRule.ADJACENT)
    offer = at_ten(clinic)
    fill(clinic, 4)
    with pytest.raises(TimeNotOffered) as why, transaction():
        actions.hold(offer, now=NOW)
    assert why.value.reason is Reason.GAP


def test_whatever_is_offered_beside_a_visit_can_be_kept(inside, clinic):
    """Beside by the grid it is offered on, not by the desk's finer one."""
    change(clinic, gap=GapRule.ADJACENT, grid_minutes=30)
    with transaction():
        make_appointment(clinic, ends_at=MONDAY_10AM + timedelta(minutes=45))
    hers = monday(clinic, practitioner_ids=[clinic.mei])
    assert times(hers, clinic.mei) == ["09:00", "11:00", "16:00"]
    for offer in hers:
        with transaction():
            actions.release_hold(actions.hold(offer, now=NOW))


def test_anyones_time_is_hers_who_has_had_least_to_do(inside, clinic):
    def whose(hour: float) -> int:
        start = MONDAY_10AM + hour * HOUR
        known = queries.schedule(clinic.first_visit, start=start, end=start + HOUR, now=NOW)
        return next(known.fair_offers()).practitioner_id

    assert whose(5) == clinic.mei, "of equals, the clinic's order"
    fill(clinic, -20 * 24, practitioner_id=clinic.ines, room_id=clinic.rooms[1])
    fill(clinic, -1)
    assert whose(5) == clinic.ines, "fewer visits that day"
    fill(clinic, 1, practitioner_id=clinic.ines, room_id=clinic.rooms[1])
    assert whose(5) == clinic.mei, "as many, and longer without one"
    assert whose(24) == clinic.mei, "another day begins anew, and she was idle longer"


def test_what_was_read_before_is_read_again_once_it_changes(inside, clinic):
    """In one process, from one page to the next: nothing that is remembered outlives a change."""
    assert "10:00" in times(monday(clinic), clinic.mei)
    [visit] = fill(clinic, 0)
    assert "10:00" not in times(monday(clinic), clinic.mei)
    with transaction():
        occupancy.release(visit)
    assert "10:00" in times(monday(clinic), clinic.mei)
    offer = at_ten(clinic)
    with transaction():
        kept = actions.hold(offer, now=NOW).id
    assert "10:00" not in times(monday(clinic), clinic.mei)
    with transaction():
        actions.extend_hold(session().get_one(Hold, kept), now=NOW + 5 * HOUR / 60)
    later = {"start": MONDAY_START, "end": MONDAY_START + DAY, "now": NOW + 14 * HOUR / 60}
    service = session().get_one(Service, clinic.first_visit)
    assert "10:00" not in times(queries.offers(service, **later), clinic.mei)
    later["now"] = NOW + HOUR
    assert "10:00" in times(queries.offers(service, **later), clinic.mei)


def test_what_was_not_committed_is_not_remembered(inside, clinic):
    with pytest.raises(RuntimeError), transaction():
        make_appointment(clinic)
        assert "10:00" not in times(monday(clinic), clinic.mei)
        raise RuntimeError
    assert session().query(Appointment).count() == 0
    assert "10:00" in times(monday(clinic), clinic.mei)
