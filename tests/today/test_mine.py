"""A practitioner's day and her patients."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask

from booking.appointments.models import Clearance, Status
from booking.core.db import transaction
from tests.conftest import Cast
from tests.factories import MINUTES, MONDAY_10AM, Clinic, make_appointment, make_patient


@pytest.fixture
def day(app: Flask, clinic: Clinic, at: Callable[..., None]) -> dict[str, str]:
    """Monday, 9:30. Amara comes at 10, her form is fine; Beth at 11:30, hers is not sent."""
    at(MONDAY_10AM - 30 * MINUTES)
    with app.app_context(), transaction():
        amara = make_appointment(clinic, clearance=Clearance.CLEAR)
        beth = make_appointment(
            clinic,
            patient_id=make_patient("Beth Nolan", "beth@example.org").id,
            starts_at=MONDAY_10AM + 90 * MINUTES,
            ends_at=MONDAY_10AM + 150 * MINUTES,
        )
        old = MONDAY_10AM - timedelta(days=7)
        make_appointment(
            clinic,
            patient_id=make_patient("Chloe Martin", "chloe@example.org").id,
            starts_at=old,
            ends_at=old + 60 * MINUTES,
            status=Status.DONE,
        )
        make_appointment(
            clinic,
            patient_id=make_patient("Dina Farouk", "dina@example.org").id,
            practitioner_id=clinic.ines,
            room_id=clinic.rooms[1],
        )
        return {"amara": str(amara.public_id), "beth": str(beth.public_id)}


def test_the_next_visit_its_gap_and_its_steps(cast: Cast, day: dict[str, str]) -> None:
    page = cast["mei"].get("/my-day")
    assert "30 minutes until then" in page.text
    assert f"/forms/{day['amara']}/read" in page.link("Read the form")
    going = page.submit(button="Start the visit")
    assert going.url.startswith("/my-day")
    assert "In the room" in going.text
    assert "until 11:00am" in going.text
    assert "30 minutes in between" in going.text  # between Amara's end and Beth's beginning
    assert "Start the visit" not in going.text
    done = going.submit(button="The visit is done")
    assert "Beth Nolan" in done.text
    assert "Form not sent" in done.text


def test_a_start_is_taken_back(cast: Cast, day: dict[str, str]) -> None:
    going = cast["mei"].get("/my-day").submit(button="Start the visit")
    assert "Start the visit" in going.submit(button="Not started after all").text


def test_who_is_here_comes_first_and_what_stands_in_the_way_is_said(
    cast: Cast, day: dict[str, str], at: Callable[..., None]
) -> None:
    cast["reception"].get("/today").submit(button="Check in, Beth Nolan")
    page = cast["mei"].get("/my-day")
    following = page.text.split('id="following"')[1].split("</section>")[0]
    assert "Beth Nolan" in following
    assert "arrived" in following
    assert "Start the visit" not in following


def test_only_her_own_day_and_all_that_is_hers(cast: Cast, day: dict[str, str]) -> None:
    page = cast["mei"].get("/my-day")
    assert "Dina Farouk" not in page.text
    for words, leads in (
        ("Your hours", "/hours"),
        ("Time off", "/time-off"),
        ("Calendar addresses", "/calendar"),
        ("Why is a time not offered?", "/why"),
        ("My patients", "/my-patients"),
    ):
        assert leads in page.link(words)
        assert page.click(words).status == 200


def test_her_patients_and_nobody_elses(cast: Cast, day: dict[str, str]) -> None:
    page = cast["mei"].get("/my-patients")
    order = [page.text.index(name) for name in ("Amara Osei", "Beth Nolan", "Chloe Martin")]
    assert order == sorted(order)  # who comes next stands first
    assert "Dina Farouk" not in page.text
    found = page.submit({"who": "chloe"}, button="Find")
    assert found.url == "/my-patients"
    assert "Chloe Martin" in found.text
    assert "Amara Osei" not in found.text
    assert "Nobody fits." in page.submit({"who": "dina"}, button="Find").text
    assert found.browser.get(found.link("28 June 2027")).status == 200


@pytest.mark.parametrize("who", ["reception", "owner", "stranger"])
@pytest.mark.parametrize("page", ["/my-day", "/my-patients"])
def test_they_are_practitioners_pages(cast: Cast, who: str, page: str) -> None:
    answer = cast[who].get(page)
    assert answer.status == 403 or answer.url.startswith("/sign-in")


def test_after_signing_in_everybody_is_where_her_work_is(cast: Cast, day: dict[str, str]) -> None:
    assert cast["mei"].get("/staff").url == "/my-day"
    assert cast["reception"].get("/staff").url == "/today"
    assert cast["owner"].get("/staff").url == "/people"
