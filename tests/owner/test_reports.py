"""Reports: right figures, no names, small counts hidden, at the same cost whatever is booked."""

import csv
import io
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from flask import Flask

from booking.appointments.models import Status
from booking.audit import actions as audit
from booking.audit.rules.visits import AppointmentMoved
from booking.cli.bench.alone import counted
from booking.clinic.models import Practitioner
from booking.core.db import session, transaction
from booking.owner.rules.reports import Counted, flow, occupancy, shown
from tests.conftest import Cast
from tests.factories import MONDAY_10AM, NOW, Clinic, make_appointment, make_patient

HOUR = timedelta(hours=1)
WEEK = "?from=2027-07-05&to=2027-07-09"


def file(cast: Cast, table: str, query: str = WEEK) -> list[list[str]]:
    page = cast["owner"].get(f"/reports/figures/{table}{query}")
    assert page.status == 200, page.text
    assert page.headers["Content-Disposition"] == f'attachment; filename="figures-{table}.csv"'
    return list(csv.reader(io.StringIO(page.text.lstrip("\ufeff"))))


def fill(app: Flask, clinic: Clinic, days: int = 1, each: int = 6) -> None:
    """Visits of an hour from 09:00 on, `each` a day with Mei, of another person every time."""
    with app.app_context(), transaction():
        for day in range(days):
            for nth in range(each):
                who = make_patient(f"Person {day} {nth}", f"p{day}.{nth}@example.org").id
                starts = MONDAY_10AM + day * 24 * HOUR + (nth - 1) * HOUR
                make_appointment(
                    clinic,
                    patient_id=who,
                    starts_at=starts,
                    ends_at=starts + HOUR,
                    status=Status.DONE,
                )


@pytest.mark.both
def test_occupancy_is_what_was_taken_of_open_time(app: Flask, cast: Cast, clinic: Clinic) -> None:
    fill(app, clinic)
    # Five days of eight hours with each; Mei has six hours of visits.
    assert file(cast, "practitioners")[1:] == [
        ["Mei Tan", "40.0", "6.0", "15"],
        ["Inês Roca", "40.0", "0.0", "0"],
    ]
    head, mei, _ines = file(cast, "hours")
    assert head[1:] == [f"{hour:02}:00" for hour in range(9, 17)]
    assert mei[1:] == ["20"] * 6 + ["0"] * 2
    page = cast["owner"].get(f"/reports{WEEK}")
    assert page.text.count('role="img"') == 3
    assert '<desc id="chart-who-desc">' in page.text


def test_what_became_of_visits(app: Flask, cast: Cast, clinic: Clinic) -> None:
    fill(app, clinic, days=2)
    with app.app_context(), transaction():
        gone = make_appointment(
            clinic,
            starts_at=MONDAY_10AM + 50 * HOUR,
            ends_at=MONDAY_10AM + 51 * HOUR,
            status=Status.CANCELLED,
        )
        for _time in range(6):
            moved = AppointmentMoved(appointment_id=gone.id, sequence=1)
            audit.record(moved, by=None, at=MONDAY_10AM)
    told = dict(file(cast, "visits")[1:])
    assert told == {
        "Visits booked for these days": "12",
        "Took place": "12",
        "Did not come": "0",
        "Cancelled": "under 5",
        "Moved on these days": "6",
    }
    page = cast["owner"].get(f"/reports{WEEK}").text
    assert "Person" not in page
    assert "Amara" not in page


def test_days_are_those_of_the_location(app: Flask, cast: Cast, clinic: Clinic) -> None:
    """A visit at half past midnight on Tuesday in London is on Monday in UTC."""
    late = datetime(2027, 7, 5, 23, 30, tzinfo=UTC)
    with app.app_context(), transaction():
        for nth in range(5):
            who = make_patient(f"Person {nth}", f"p{nth}@example.org").id
            starts = late + nth * timedelta(minutes=10)
            make_appointment(
                clinic, patient_id=who, starts_at=starts, ends_at=starts + timedelta(minutes=10)
            )
    assert (
        dict(file(cast, "visits", "?from=2027-07-05&to=2027-07-05"))["Visits booked for these days"]
        == "0"
    )
    assert (
        dict(file(cast, "visits", "?from=2027-07-06&to=2027-07-06"))["Visits booked for these days"]
        == "5"
    )


@pytest.mark.parametrize("query", ["?from=x&to=2027-07-05", "?from=2027-07-05&to=2027-07-01"])
def test_days_that_cannot_be_are_told_and_stay(cast: Cast, clinic: Clinic, query: str) -> None:
    page = cast["owner"].get(f"/reports{query}")
    assert page.status == 422
    assert "There is a problem" in page.text
    assert cast["owner"].get(f"/reports/figures/visits{query}").status == 404


def test_no_file_of_a_table_there_is_not(cast: Cast, clinic: Clinic) -> None:
    assert cast["owner"].get("/reports/figures/names").status == 404


@pytest.mark.parametrize(
    ("counts", "whole", "hidden"),
    [
        ({"a": 0, "b": 7}, False, set()),
        ({"a": 4, "b": 7}, False, {"a"}),
        ({"a": 4, "b": 7, "c": 9}, True, {"a", "b"}),  # else 4 could be reckoned back
        ({"a": 1, "b": 2, "c": 9}, True, {"a", "b"}),
        ({"a": 3, "b": 0}, True, {"a"}),
    ],
)
def test_counts_that_could_point_at_somebody_are_hidden(
    counts: dict[str, int], whole: bool, hidden: set[str]
) -> None:
    found = shown(counts, whole=whole)
    assert {key for key, value in found.items() if value is None} == hidden


def test_hours_are_by_the_wall_clock_on_the_day_it_changes() -> None:
    """On 31 October 2027 in London the hour from 1 to 2 comes twice."""
    begins = int(datetime(2027, 10, 30, 23, 0, tzinfo=UTC).timestamp() // 60)  # midnight there
    found = occupancy(
        [(begins, begins + 240)], [(begins + 60, begins + 120)], ZoneInfo("Europe/London")
    )
    assert {hour: use.open for hour, use in found.hours.items()} == {0: 60, 1: 120, 2: 60}
    assert found.hours[1].percent == 50


def test_lead_time_and_those_who_came_again() -> None:
    day = date(2027, 7, 5)
    one = Counted(day=day, booked_on=day, status="done", first=True, came_again=True)
    two = Counted(
        day=day, booked_on=day - timedelta(days=20), status="no-show", first=True, came_again=False
    )
    found = flow([one, two], moved=0)
    assert found.lead == (1, 0, 0, 0, 1)
    assert (found.first, found.first_again, found.missed) == (1, 1, 1)


def test_reports_cost_the_same_whatever_is_booked(app: Flask, cast: Cast, clinic: Clinic) -> None:
    owner = cast["owner"]

    def cost() -> int:
        with app.app_context(), counted(app) as statements:
            assert owner.get(f"/reports{WEEK}").status == 200
        return len(statements)

    fill(app, clinic, days=1, each=1)
    few = cost()
    with app.app_context(), transaction():
        for day in range(1, 5):
            who = make_patient(f"Other {day}", f"o{day}@example.org").id
            starts = NOW + day * 24 * HOUR
            make_appointment(clinic, patient_id=who, starts_at=starts, ends_at=starts + HOUR)
    assert cost() == few
    assert few <= 20


def test_no_name_in_a_file_becomes_a_formula(app: Flask, cast: Cast, clinic: Clinic) -> None:
    """Holds sec_F7."""
    fill(app, clinic)
    with app.app_context(), transaction():
        session().get_one(Practitioner, clinic.mei).name = " =1+1"
        session().get_one(Practitioner, clinic.ines).name = "＋1"
    assert [row[0] for row in file(cast, "practitioners")[1:]] == ["' =1+1", "'＋1"]
