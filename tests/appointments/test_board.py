"""The day by practitioner, as reception, owner and practitioners open it."""

from datetime import timedelta
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import select

from booking.appointments.models import Appointment, Clearance, Status
from booking.audit.models import AuditRow
from booking.availability.models import OutsideBusy, TimeOff
from booking.core.db import session, transaction
from booking.occupancy import actions as occupancy
from booking.occupancy.models import Occupancy
from booking.occupancy.rules import Claim
from tests.conftest import Cast
from tests.factories import (
    MINUTES,
    MONDAY,
    MONDAY_10AM,
    NOW,
    Clinic,
    make_appointment,
    make_patient,
    make_staggered,
)

DAY = f"/day?date={MONDAY}"


@pytest.fixture
def visits(app: Flask, clinic: Clinic) -> dict[str, str]:
    """Amara with Mei at 10, Beth with Inês at 11 on Monday; their visits' public ids by name."""
    with app.app_context(), transaction():
        amara = make_appointment(clinic)
        beth = make_appointment(
            clinic,
            practitioner_id=clinic.ines,
            room_id=clinic.rooms[1],
            patient_id=make_patient("Beth Nolan", "beth@example.org").id,
            starts_at=MONDAY_10AM + 60 * MINUTES,
            ends_at=MONDAY_10AM + 105 * MINUTES,
        )
        return {"amara": str(amara.public_id), "beth": str(beth.public_id)}


def test_reception_sees_everybody_by_practitioner(cast: Cast, visits: dict[str, str]) -> None:
    page = cast["reception"].get(DAY)
    assert page.status == 200
    assert "Monday 5 July" in page.text
    for words in ("Mei Tan", "Inês Roca", "10:00am", "Amara Osei", "11:00am", "Beth Nolan"):
        assert words in page.text
    assert "Room 1, 9am to 5pm" in page.text


def test_the_owner_sees_everybody_and_presses_nothing(cast: Cast, visits: dict[str, str]) -> None:
    page = cast["owner"].get(DAY)
    assert "Amara Osei" in page.text
    assert "Beth Nolan" in page.text
    assert "Check in" not in page.text


def test_a_practitioner_sees_her_own_column_and_the_week_after(
    cast: Cast, visits: dict[str, str], app: Flask, clinic: Clinic
) -> None:
    with app.app_context(), transaction():
        make_appointment(
            clinic,
            patient_id=make_patient("Chloe Martin", "chloe@example.org").id,
            starts_at=MONDAY_10AM + timedelta(days=2),
            ends_at=MONDAY_10AM + timedelta(days=2, hours=1),
        )
    page = cast["mei"].get(DAY)
    assert "Amara Osei" in page.text
    assert "Chloe Martin" in page.text.split("The next seven days")[1]
    assert "Beth Nolan" not in page.text
    assert "Inês Roca" not in page.text


def test_strangers_are_sent_to_sign_in(cast: Cast, visits: dict[str, str]) -> None:
    for address in (DAY, f"/visits/{visits['amara']}"):
        assert cast["stranger"].get(address).url.startswith("/sign-in")


def test_without_a_date_it_is_today_by_the_clinics_calendar(cast: Cast) -> None:
    assert "Friday 2 July" in cast["reception"].get("/day").text


def test_days_lead_to_their_neighbours_and_any_day_can_be_asked_for(
    cast: Cast, visits: dict[str, str]
) -> None:
    page = cast["reception"].get("/day")
    monday = page.submit({"date": MONDAY.isoformat()}, having="date")
    assert "Monday 5 July" in monday.text
    tuesday = monday.browser.get(f"/day?date={MONDAY + timedelta(days=1)}")
    assert "Tuesday 6 July" in tuesday.text
    assert "Amara Osei" not in tuesday.text
    assert "Tuesday 4 July 2028" in page.browser.get("/day?date=2028-07-04").text


@pytest.mark.parametrize("odd", ["yesterday", "2027-02-30", "0001-01-01", "9999-12-31", "'"])
def test_a_day_that_cannot_be_is_said_so(cast: Cast, odd: str) -> None:
    page = cast["reception"].get("/day", {"date": odd})
    assert page.status == 422
    assert "day" in page.text


def test_absence_is_named_and_free_time_is_shown(
    cast: Cast, visits: dict[str, str], app: Flask, clinic: Clinic
) -> None:
    with app.app_context(), transaction():
        session().add(
            TimeOff(
                practitioner_id=clinic.mei,
                starts_at=MONDAY_10AM + timedelta(hours=3),
                ends_at=MONDAY_10AM + timedelta(hours=3, minutes=45),
                note="Lunch",
            )
        )
    page = cast["mei"].get(DAY)
    assert '<li class="appt out r48 s9">Lunch</li>' in page.text
    assert "9:00am free" in page.text
    assert "11:00am free" in page.text
    assert "1:45pm free" in page.text
    assert "10:00am free" not in page.text


def test_blocks_stand_where_their_time_is(cast: Cast, visits: dict[str, str]) -> None:
    page = cast["reception"].get(DAY)
    assert f'<li class="appt r12 s12" id="visit-{visits["amara"]}">' in page.text
    assert f'<li class="appt r24 s9" id="visit-{visits["beth"]}">' in page.text


def test_visits_that_share_a_time_stand_side_by_side(
    cast: Cast, app: Flask, clinic: Clinic
) -> None:
    """While one patient rests the practitioner sees another; only the room is another."""
    with app.app_context(), transaction():
        first = make_appointment(clinic)
        second = Appointment(
            uid="second@canalstreet.example",
            patient_id=make_patient("Beth Nolan", "beth@example.org").id,
            practitioner_id=clinic.mei,
            location_id=clinic.location,
            room_id=clinic.rooms[1],
            service_id=clinic.follow_up,
            starts_at=MONDAY_10AM + 20 * MINUTES,
            ends_at=MONDAY_10AM + 65 * MINUTES,
            created_at=first.created_at,
            changed_at=first.created_at,
        )
        session().add(second)
    page = cast["mei"].get(DAY)
    assert "appt r12 s12 lane-1" in page.text
    assert "appt r16 s9 lane-2" in page.text


def test_the_kind_of_visit_is_named_outwardly(cast: Cast, visits: dict[str, str]) -> None:
    for address in (DAY, f"{DAY}&view=list", f"/visits/{visits['amara']}"):
        page = cast["reception"].get(address)
        assert "Appointment, 60 minutes" in page.text
        assert "First visit" not in page.text


def test_the_list_holds_every_visit_in_order_of_time(cast: Cast, visits: dict[str, str]) -> None:
    text = cast["reception"].get(f"{DAY}&view=list").text
    assert text.index("Amara Osei") < text.index("Beth Nolan")
    assert "No visits on this day" in cast["reception"].get("/day?view=list").text


def test_cancelled_visits_leave_the_board(cast: Cast, visits: dict[str, str], app: Flask) -> None:
    with app.app_context(), transaction():
        session().scalars(select(Appointment)).first().status = Status.CANCELLED  # type: ignore[union-attr]
    assert "Amara Osei" not in cast["reception"].get(DAY).text


def test_what_the_desk_must_know_of_the_form_stands_beside_the_name(
    cast: Cast, visits: dict[str, str], app: Flask
) -> None:
    assert "Form not sent" in cast["reception"].get(DAY).text
    with app.app_context(), transaction():
        for visit in session().scalars(select(Appointment)):
            visit.clearance = Clearance.NOT_NEEDED
    assert "Form not sent" not in cast["reception"].get(DAY).text


def test_each_look_at_a_day_and_a_visit_is_recorded(
    cast: Cast, visits: dict[str, str], app: Flask, clinic: Clinic
) -> None:
    cast["reception"].get(DAY)
    cast["mei"].get(f"/visits/{visits['amara']}")
    with app.app_context():
        rows = session().scalars(select(AuditRow).order_by(AuditRow.id)).all()
        seen = [(row.tag, row.actor) for row in rows if row.tag.endswith(":opened")]
        days = [row.details for row in rows if row.tag == "day:opened"]
    assert seen == [
        ("day:opened", f"user:{clinic.reception_user}"),
        ("visit:opened", f"user:{clinic.mei_user}"),
    ]
    assert days == [{"day": "2027-07-05", "visits": 2}]


def test_a_day_takes_few_queries_whatever_is_on(
    cast: Cast, visits: dict[str, str], app: Flask, clinic: Clinic
) -> None:
    from sqlalchemy import event

    from booking.core.db import db

    asked: list[str] = []
    cast["reception"].get(DAY)
    with app.app_context():
        event.listen(db.engine, "before_cursor_execute", lambda *a: asked.append(a[2]))
    cast["reception"].get(DAY)
    few = len(asked)
    assert few <= 36
    with app.app_context(), transaction():
        for nth in range(4):
            make_appointment(
                clinic,
                patient_id=make_patient(f"Name {nth}", f"name{nth}@example.org").id,
                starts_at=MONDAY_10AM + (60 + 60 * nth) * MINUTES,
                ends_at=MONDAY_10AM + (105 + 60 * nth) * MINUTES,
            )
    asked.clear()
    cast["reception"].get(DAY)
    assert len(asked) <= few + 1  # what has changed is read anew, in one


def test_a_gap_while_somebody_rests_is_drawn_as_free_and_leads_to_its_time(
    cast: Cast, app: Flask, clinic: Clinic
) -> None:
    with app.app_context(), transaction():
        service = make_staggered(clinic).id
        row = make_appointment(clinic, service_id=service, ends_at=MONDAY_10AM + 55 * MINUTES)
        rest = select(Occupancy).where(Occupancy.resource_id == clinic.mei_resource)
        session().delete(session().scalars(rest).one())
        session().flush()
        hers = [
            Claim(
                clinic.mei_resource,
                MONDAY_10AM + first * MINUTES,
                MONDAY_10AM + last * MINUTES,
            )
            for first, last in ((0, 20), (45, 55))
        ]
        occupancy.claim(hers, appointment_id=row.id, now=NOW)
    page = cast["reception"].get(DAY)
    gap = page.click("10:20am free")
    found = gap.submit({"who": "amara"}, button="Find")
    assert found.status == 200
    with app.app_context(), transaction():
        session().add(
            TimeOff(
                practitioner_id=clinic.mei,
                starts_at=MONDAY_10AM + 20 * MINUTES,
                ends_at=MONDAY_10AM + 40 * MINUTES,
            )
        )
    assert "10:20am free" not in cast["reception"].get(DAY).text


def test_time_a_calendar_kept_elsewhere_closes_is_not_free(
    cast: Cast, app: Flask, clinic: Clinic
) -> None:
    assert cast["reception"].get(DAY).text.count("9:00am free") == 2
    with app.app_context(), transaction():
        session().add(
            OutsideBusy(
                source=uuid4(),
                practitioner_id=clinic.mei,
                starts_at=MONDAY_10AM - 60 * MINUTES,
                ends_at=MONDAY_10AM,
            )
        )
    text = cast["reception"].get(DAY).text
    assert text.count("9:00am free") == 1
    assert "10:00am free" in text
