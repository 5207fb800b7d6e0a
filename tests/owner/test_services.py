"""Services, places and people after the set-up: changed by the owner, felt by those who book."""

from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select

from booking.clinic.models import Practitioner, Service, ServicePractitioner, ServiceSegment
from booking.core.db import session, transaction
from tests.browser import Page
from tests.conftest import Cast
from tests.factories import Clinic, make_appointment, make_location


def public_id(app: Flask, service: int) -> UUID:
    with app.app_context():
        return session().get_one(Service, service).public_id


def hers(app: Flask, clinic: Clinic) -> UUID:
    with app.app_context():
        return session().get_one(Practitioner, clinic.ines).public_id


def change(app: Flask, cast: Cast, clinic: Clinic, **typed: str | list[str]) -> Page:
    where = f"/services/{public_id(app, clinic.first_visit)}"
    return cast["owner"].get(where).submit(typed, button="Save")


def test_names_price_parts_and_rules_are_changed_at_once(
    app: Flask, cast: Cast, clinic: Clinic
) -> None:
    page = change(
        app,
        cast,
        clinic,
        outward_name="Appointment, 70 minutes",
        price="80.50",
        part_1="30",
        part_2="40",
        kind_2="resting",
        minimum_notice_minutes="240",
        daily_cap="4",
        practitioners=[str(clinic.mei)],
    )
    assert page.url == "/services"
    told = cast["stranger"].get("/prices").text
    assert "Appointment, 70 minutes" in told
    assert "£80.50" in told
    with app.app_context():
        row = session().get_one(Service, clinic.first_visit)
        assert [(part.kind.value, part.minutes) for part in row.segments] == [
            ("hands-on", 30),
            ("resting", 40),
        ]
        assert (row.minimum_notice_minutes, row.daily_cap, row.weekly_cap) == (240, 4, None)
        givers = select(ServicePractitioner.practitioner_id).where(
            ServicePractitioner.service_id == row.id
        )
        assert session().scalars(givers).all() == [clinic.mei]


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"outward_name": "First visit"}, "without “first visit”"),
        ({"description": "For your pregnancy"}, "without “pregnancy”"),
        ({"price": "free"}, "Write an amount"),
        ({"grid_minutes": "7"}, "whole number that is possible"),
        ({"part_1": ""}, "Say how long the visit is"),
        ({"part_1": "481"}, "Write minutes from 1 to 480"),
        ({"weekly_cap": "0"}, "leave it empty for no limit"),
    ],
)
def test_what_cannot_be_is_refused_by_name(
    app: Flask, cast: Cast, clinic: Clinic, typed: dict[str, str], words: str
) -> None:
    page = change(app, cast, clinic, **typed)
    assert page.status == 422
    assert words in page.text
    with app.app_context():
        row = session().get_one(Service, clinic.first_visit)
        assert row.outward_name == "Appointment, 60 minutes"
        assert session().scalars(select(ServiceSegment.minutes)).all() == [60, 45]


def test_one_practitioner_has_terms_of_her_own(app: Flask, cast: Cast, clinic: Clinic) -> None:
    where = f"/services/{public_id(app, clinic.first_visit)}"
    page = cast["owner"].get(where).click("With Inês")
    page = page.submit({"price": "95", "part_1": "90", "new_patients": "no"}, button="Save")
    assert page.url == where
    assert ">differs<" in page.text
    times = f"/book/{public_id(app, clinic.first_visit)}/times?day=2027-07-05"
    assert "Inês" not in cast["stranger"].get(times).text, "she takes nobody new"
    page = page.click("With Inês")
    assert dict(page.form("price").fields)["price"] == "95"
    page = page.submit({"new_patients": ""}, button="Save")
    shown = cast["stranger"].get(f"{times}&practitioner={hers(app, clinic)}").text
    assert "90 minutes, £95" in shown
    page = page.click("With Inês").submit({"price": "", "part_1": ""}, button="Save")
    assert ">differs<" not in page.text


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"price": "dear"}, "Write an amount, like 62 or 62.50, or leave it empty."),
        ({"part_1": "0"}, "Write minutes from 1 to 480"),
        ({"grid_minutes": "7"}, "whole number that is possible here, or leave it empty"),
        ({"daily_cap": "0"}, "whole number that is possible here, or leave it empty"),
        ({"mode": "fax"}, "Not a valid choice"),
        (
            {"daily_cap": "2", "unlimited": ["daily_cap"]},
            "a number above or tick it here, not both",
        ),
    ],
)
def test_own_terms_that_cannot_be_are_refused_and_stay_typed(
    app: Flask, cast: Cast, clinic: Clinic, typed: dict[str, str], words: str
) -> None:
    where = f"/services/{public_id(app, clinic.first_visit)}"
    page = cast["owner"].get(where).click("With Inês").submit({"horizon_days": "30"} | typed)
    assert page.status == 422
    assert words in page.text
    assert 'value="30"' in page.text
    assert ">differs<" not in cast["owner"].get(where).text


def test_one_practitioner_has_no_limit_where_the_service_has_one(
    app: Flask, cast: Cast, clinic: Clinic
) -> None:
    service = public_id(app, clinic.first_visit)
    change(app, cast, clinic, daily_cap="1")
    with app.app_context(), transaction():
        who = make_appointment(clinic).practitioner.public_id  # her one of this day
    day = {"service": str(service), "practitioner": str(who), "from": "2027-07-05", "days": "1"}

    def free() -> bool:
        return bool(app.test_client().get("/api/offers", query_string=day).json["offers"])

    assert not free()
    page = cast["owner"].get(f"/services/{service}").click("With Mei")
    page = page.submit({"unlimited": ["daily_cap"]}, button="Save")
    assert ">differs<" in page.text
    assert free()
    fields = page.click("With Mei").form("price").fields
    assert ("unlimited", "daily_cap") in fields
    assert ("daily_cap", "") in fields
    page.click("With Mei").submit({"unlimited": []}, button="Save")
    assert not free()


def test_who_does_not_give_it_has_no_terms(app: Flask, cast: Cast, clinic: Clinic) -> None:
    change(app, cast, clinic, practitioners=[str(clinic.mei)])
    where = f"/services/{public_id(app, clinic.first_visit)}/with/{hers(app, clinic)}"
    assert cast["owner"].get(where).status == 404


def test_a_retired_service_is_offered_no_more_and_its_visits_stay(
    app: Flask, cast: Cast, clinic: Clinic
) -> None:
    with app.app_context(), transaction():
        visit = make_appointment(clinic).public_id
    where = f"/book/{public_id(app, clinic.first_visit)}/times"
    page = cast["owner"].get("/services").submit(button="Offer no more First visit")
    assert "Kept back" in page.text
    assert cast["stranger"].get(where).status == 404
    assert cast["reception"].get(f"/visits/{visit}").status == 200
    page.submit(button="Offer it First visit")
    assert cast["stranger"].get(where).status == 200


def test_a_service_nobody_gives_cannot_be_offered(app: Flask, cast: Cast, clinic: Clinic) -> None:
    owner = cast["owner"]
    change(app, cast, clinic, practitioners=[])
    page = owner.get("/services").submit(button="Offer no more First visit")
    assert "Nobody gives it yet, or nowhere" in page.text
    token = dict(page.form("Offer no more Follow-up").fields)["csrf_token"]
    refused = owner.post(
        f"/services/{public_id(app, clinic.first_visit)}/offer", {"csrf_token": token}
    )
    assert refused.status == 409
    assert "Choose who gives it" in refused.text


def test_a_location_and_its_rooms(app: Flask, cast: Cast, clinic: Clinic) -> None:
    owner = cast["owner"]
    page = owner.get("/places").click("Change Canal Street rooms")
    assert page.submit({"zone": "America/New_York"}).status == 422  # visits can be booked
    assert page.submit({"zone": "Nowhere"}).status == 422
    page.submit({"directions": "The blue door."})
    page = owner.get(page.url).submit({"room": "Room 3"}, having="room")
    assert "Room 3" in page.text
    assert page.text.count("No service uses it") == 1
    assert page.submit({"room": "Room 3"}, having="room").status == 422
    page = owner.get(page.url).submit(button="Use no more Room 1")
    assert page.text.count("No service uses it") == 2


def test_somebody_who_treats_comes_and_leaves(app: Flask, cast: Cast, clinic: Clinic) -> None:
    owner = cast["owner"]
    page = owner.get("/treating").submit({"name": "Sam Green"}, having="about")
    assert "Sam Green" in page.text
    assert "Sam Green" in cast["stranger"].get("/").text
    assert "Sam Green" in owner.get("/people").text  # to be invited as
    page = page.submit(button="Has left Sam Green")
    assert "Sam Green" not in cast["stranger"].get("/").text
    assert "Cannot be booked" in page.text
    page.submit(button="Is back Sam Green")
    assert "Sam Green" in cast["stranger"].get("/").text


def test_a_first_week_can_be_written_once_for_each_location(
    app: Flask, cast: Cast, clinic: Clinic
) -> None:
    owner = cast["owner"]
    page = owner.get("/treating").click("Hours Mei Tan")
    assert "9:00am – 5:00pm" in page.text
    assert "monday_from" not in page.text
    with app.app_context(), transaction():
        make_location(name="Mill", rooms=1)
    page = owner.get(page.url)
    assert page.submit({"monday_from": "10:00", "monday_to": "12:00"}).status == 422  # elsewhere
    page = owner.get(page.url).submit({"saturday_from": "10:00", "saturday_to": "12:00"})
    assert "Mill Street rooms" in page.text
    assert "10:00am – 12:00pm" in page.text


@pytest.mark.parametrize("path", ["/services", "/settings", "/proof", "/reports", "/set-up"])
def test_only_the_owner(cast: Cast, clinic: Clinic, path: str) -> None:
    assert cast["owner"].get(path).status == 200
    for who in ("mei", "reception"):
        assert cast[who].get(path).status == 403
    assert cast["stranger"].get(path).url.startswith("/sign-in")
