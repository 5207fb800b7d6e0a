"""Offers out of real rows: hours, drafts, time off, visits, holds, rooms; in four queries."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, time, timedelta

import pytest
from flask import Flask
from sqlalchemy import event

from booking.appointments.models import Appointment, Hold
from booking.availability import queries
from booking.availability.models import TimeOff, WeeklyHours
from booking.availability.rules import Reason, TimeNotOffered
from booking.clinic.models import Location, Practitioner, Service
from booking.core.db import db, session, transaction
from booking.occupancy import actions as occupancy
from booking.occupancy.rules import Claim, of_person
from tests import factories
from tests.factories import MONDAY, MONDAY_10AM, NOW, Clinic

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
MONDAY_START = datetime(2027, 7, 4, 23, 0, tzinfo=UTC)
DAY = timedelta(days=1)

pytestmark = pytest.mark.both


@pytest.fixture
def inside(app: Flask, clinic: Clinic) -> Iterator[Flask]:
    """For queries called directly: an application context around the test."""
    with app.app_context():
        yield app


@contextmanager
def counted() -> Iterator[list[str]]:
    seen: list[str] = []

    def note(_connection, _cursor, statement, *_rest):
        if not statement.startswith(("PRAGMA", "BEGIN", "SET TRANSACTION")):
            seen.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    yield seen
    event.remove(db.engine, "before_cursor_execute", note)


def first_visit(clinic: Clinic) -> Service:
    return session().get_one(Service, clinic.first_visit)


def monday(clinic: Clinic, **more):
    return queries.offers(
        first_visit(clinic), start=MONDAY_START, end=MONDAY_START + DAY, now=NOW, **more
    )


def times(offers) -> list[str]:
    return [f"{offer.starts_at.astimezone(offer.zone):%H:%M}" for offer in offers]


def test_a_published_day_is_offered_for_everyone_who_gives_the_service(inside, clinic):
    offers = monday(clinic)
    assert [offer.practitioner_id for offer in offers[:4]] == [
        clinic.mei,
        clinic.ines,
        clinic.mei,
        clinic.ines,
    ]
    hers = monday(clinic, practitioner_ids=[clinic.ines])
    assert times(hers)[0] == "09:00"
    assert times(hers)[-1] == "16:00"
    assert {offer.practitioner_id for offer in hers} == {clinic.ines}


def test_a_visit_takes_its_time_from_the_practitioner_and_its_room(inside, clinic):
    with transaction():
        factories.make_appointment(clinic)
    assert "10:15" not in times(monday(clinic, practitioner_ids=[clinic.mei]))
    at_ten = [o for o in monday(clinic) if o.starts_at == MONDAY_10AM]
    assert [(o.practitioner_id, o.room_id) for o in at_ten] == [(clinic.ines, clinic.rooms[1])]


def test_a_visit_being_moved_does_not_stand_in_its_own_way(inside, clinic):
    with transaction():
        visit = factories.make_appointment(clinic).id
    hers = monday(clinic, practitioner_ids=[clinic.mei], but_appointment_id=visit)
    assert "10:15" in times(hers)


def test_a_patient_is_not_offered_what_overlaps_her_other_visit(inside, clinic):
    with transaction():
        patient = factories.make_patient()
        factories.make_appointment(clinic, patient_id=patient.id)
        person = patient.resource_id
    assert times(monday(clinic, practitioner_ids=[clinic.ines], person_id=person))[:2] == [
        "09:00",
        "11:00",
    ]


def test_a_hold_takes_time_until_it_ends_and_not_from_its_own_holder(inside, clinic):
    with transaction():
        offer = monday(clinic, practitioner_ids=[clinic.mei])[0]
        hold = Hold(
            service_id=clinic.first_visit,
            practitioner_id=clinic.mei,
            location_id=clinic.location,
            room_id=offer.room_id,
            starts_at=offer.starts_at,
            ends_at=offer.ends_at,
            expires_at=NOW + HOUR,
            created_at=NOW,
        )
        session().add(hold)
        session().flush()
        occupancy.hold(offer.claims, hold_id=hold.id, until=NOW + HOUR, now=NOW)
        hold_id = hold.id
    mei = {"practitioner_ids": [clinic.mei]}
    assert times(monday(clinic, **mei))[0] == "10:00"
    assert times(monday(clinic, **mei, but_hold_id=hold_id))[0] == "09:00"
    later = queries.offers(
        first_visit(clinic),
        start=MONDAY_START,
        end=MONDAY_START + DAY,
        now=NOW + HOUR,
        **mei,
    )
    assert times(later)[0] == "09:00"


def test_time_off_closes_exactly_its_time(inside, clinic):
    with transaction():
        session().add(
            TimeOff(
                practitioner_id=clinic.mei,
                starts_at=datetime(2027, 7, 5, 11, 0, tzinfo=UTC),
                ends_at=datetime(2027, 7, 5, 16, 0, tzinfo=UTC),
            )
        )
    assert times(monday(clinic, practitioner_ids=[clinic.mei])) == [
        "09:00",
        "09:15",
        "09:30",
        "09:45",
        "10:00",
        "10:15",
        "10:30",
        "10:45",
        "11:00",
    ]
    assert len(monday(clinic, practitioner_ids=[clinic.ines])) == 29


def test_drafts_are_offered_to_nobody_but_the_preview(inside, clinic):
    with transaction():
        mei = session().get_one(Practitioner, clinic.mei)
        session().query(WeeklyHours).where(WeeklyHours.practitioner_id == mei.id).delete()
        factories.make_week(mei, session().get_one(Location, clinic.location), published=False)
    assert monday(clinic, practitioner_ids=[clinic.mei]) == []
    preview = queries.schedule(
        clinic.first_visit,
        start=MONDAY_START,
        end=MONDAY_START + DAY,
        now=NOW,
        practitioner_ids=[clinic.mei],
        version=queries.Version.DRAFT,
    )
    assert len(list(preview.offers())) == 29


def test_hours_hold_from_their_first_to_their_last_date(inside, clinic):
    with transaction():
        for row in session().query(WeeklyHours).where(WeeklyHours.practitioner_id == clinic.mei):
            row.valid_from, row.valid_until = date(2027, 7, 6), date(2027, 7, 7)
    counts = queries.day_counts(
        first_visit(clinic),
        [MONDAY + timedelta(days=n) for n in range(4)],
        now=NOW,
        practitioner_ids=[clinic.mei],
    )
    assert list(counts.values()) == [0, 29, 29, 0]


def test_every_second_week_counts_from_the_week_of_the_first_date(inside, clinic):
    with transaction():
        for row in session().query(WeeklyHours).where(WeeklyHours.practitioner_id == clinic.mei):
            row.every_n_weeks, row.valid_from = 2, date(2027, 6, 30)
    mondays = [MONDAY + timedelta(days=7 * n) for n in range(3)]
    counts = queries.day_counts(
        first_visit(clinic), mondays, now=NOW, practitioner_ids=[clinic.mei]
    )
    assert list(counts.values()) == [0, 29, 0]


def test_an_inactive_service_or_practitioner_is_not_offered(inside, clinic):
    with transaction():
        session().get_one(Practitioner, clinic.mei).active = False
    assert {offer.practitioner_id for offer in monday(clinic)} == {clinic.ines}
    with transaction():
        session().get_one(Service, clinic.first_visit).active = False
    assert monday(clinic) == []


def test_a_second_location_in_another_zone_is_offered_by_its_own_clock(inside, clinic):
    with transaction():
        there = factories.make_location(zone="Australia/Lord_Howe", name="Reef")
        someone = factories.make_practitioner("Ada Reef", position=9)
        service = factories.make_service(
            "Visit", 60, practitioners=[someone], rooms=list(there.rooms)
        )
        factories.make_week(someone, there)
        service_id, location_id = service.id, there.id
    offers = queries.offers(
        session().get_one(Service, service_id),
        start=MONDAY_START - DAY,
        end=MONDAY_START + DAY,
        now=NOW,
        location_ids=[location_id],
    )
    assert offers[0].starts_at == datetime(2027, 7, 4, 22, 30, tzinfo=UTC)
    assert times(offers)[0] == "09:00"


def test_one_time_is_answered_by_the_same_list(inside, clinic):
    with transaction():
        factories.make_appointment(clinic)
    here = {"practitioner_id": clinic.mei, "location_id": clinic.location, "now": NOW}
    service = first_visit(clinic)
    found = queries.offer_at(service, starts_at=MONDAY_10AM + HOUR, **here)
    assert found in monday(clinic)
    refused = {
        MONDAY_10AM: Reason.TAKEN,
        MONDAY_10AM + 30 * MINUTE: Reason.TAKEN,
        MONDAY_10AM + 7 * HOUR: Reason.OUTSIDE_HOURS,
        MONDAY_10AM + HOUR + MINUTE: Reason.NOT_A_START,
        NOW - HOUR: Reason.PAST,
        NOW + HOUR: Reason.TOO_SOON,
        NOW + 200 * DAY: Reason.TOO_FAR,
        datetime.min.replace(tzinfo=UTC): Reason.PAST,
        datetime.max.replace(tzinfo=UTC): Reason.TOO_FAR,
        datetime(9999, 12, 31, 23, 0, tzinfo=UTC): Reason.TOO_FAR,
    }
    for starts_at, reason in refused.items():
        with pytest.raises(TimeNotOffered) as why:
            queries.offer_at(service, starts_at=starts_at, **here)
        assert why.value.reason is reason, starts_at


def test_a_practitioner_who_does_not_give_the_service_has_no_times(inside, clinic):
    with transaction():
        other = factories.make_practitioner("Tom Bell", position=3)
        factories.make_week(other, session().get_one(Location, clinic.location))
        other_id = other.id
    with pytest.raises(TimeNotOffered) as why:
        queries.offer_at(
            first_visit(clinic),
            practitioner_id=other_id,
            location_id=clinic.location,
            starts_at=MONDAY_10AM,
            now=NOW,
        )
    assert why.value.reason is Reason.NOT_GIVEN


def test_the_soonest_time_is_found_beyond_weeks_that_are_full(inside, clinic):
    service = first_visit(clinic)
    # Friday noon, two hours' notice: this afternoon
    assert times([queries.first_offer(service, now=NOW)]) == ["14:00"]
    with transaction():
        for practitioner in (clinic.mei, clinic.ines):
            away = TimeOff(practitioner_id=practitioner, starts_at=NOW, ends_at=NOW + 30 * DAY)
            session().add(away)
    service = first_visit(clinic)
    found = queries.first_offer(service, now=NOW)
    assert found.starts_at == datetime(2027, 8, 2, 8, 0, tzinfo=UTC)
    assert queries.first_offer(service, now=NOW, practitioner_ids=[]) is None


def test_the_nearest_times_lie_around_the_one_that_was_lost(inside, clinic):
    with transaction():
        factories.make_appointment(clinic)
    service, mei = first_visit(clinic), {"practitioner_ids": [clinic.mei], "now": NOW}
    assert times(queries.nearest(service, around=MONDAY_10AM, **mei)) == ["09:00", "11:00", "11:15"]
    far = queries.nearest(service, around=datetime.max.replace(tzinfo=UTC), **mei)
    assert [offer.local_date for offer in far] == [date(2027, 9, 30)] * 3
    past = queries.nearest(service, around=datetime.min.replace(tzinfo=UTC), **mei)
    assert times(past) == ["14:00", "14:15", "14:30"]


def test_the_claims_of_an_offer_can_be_taken_and_then_it_is_gone(inside, clinic):
    with transaction():
        offer = monday(clinic)[0]
        visit = factories.make_appointment(clinic)
        occupancy.release(visit.id)
        patient = session().get_one(Appointment, visit.id).patient.resource_id
        occupancy.claim(of_person(patient, offer.claims), appointment_id=visit.id, now=NOW)
    assert offer.claims[0] == Claim(clinic.room_resources[0], offer.starts_at, offer.ends_at)
    assert offer not in monday(clinic)


@pytest.mark.parametrize("people", [1, 12])
@pytest.mark.parametrize("days", [1, 60])
def test_four_queries_answer_whatever_the_number_of_people_and_days(inside, clinic, people, days):
    with transaction():
        location = session().get_one(Location, clinic.location)
        crowd = [factories.make_practitioner(f"Dr {n}", position=n) for n in range(people)]
        service = factories.make_service(
            "Busy", 30, practitioners=crowd, rooms=list(location.rooms)
        )
        for someone in crowd:
            factories.make_week(someone, location)
        service_id = service.id
    service = session().get_one(Service, service_id)
    with counted() as seen:
        found = queries.offers(service, start=NOW, end=NOW + days * DAY, now=NOW)
    assert len({offer.practitioner_id for offer in found}) == people
    assert len(seen) == 4


def test_hours_end_at_the_clocks_own_end_of_day(inside, clinic):
    with transaction():
        for row in session().query(WeeklyHours).where(WeeklyHours.practitioner_id == clinic.mei):
            row.starts, row.ends = time(22, 0), time(23, 30)
    assert times(monday(clinic, practitioner_ids=[clinic.mei])) == ["22:00", "22:15", "22:30"]
