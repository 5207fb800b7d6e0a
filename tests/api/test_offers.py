"""Free times as JSON, for anybody: what the pages offer, and what cannot be asked."""

import json
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from sqlalchemy import event

from booking.api.rules import starts_as_json
from booking.availability import queries
from booking.availability.rules.grid import axis_for
from booking.clinic.models import (
    BookingMode,
    Location,
    Practitioner,
    Service,
    ServicePractitioner,
)
from booking.core.db import db, session, transaction
from tests.factories import (
    MONDAY_10AM,
    NOW,
    Clinic,
    make_appointment,
    make_location,
    make_practitioner,
    make_week,
)

DAY = timedelta(days=1)


def ids(app: Flask, clinic: Clinic) -> dict[str, str]:
    with app.app_context():
        return {
            "service": str(session().get_one(Service, clinic.first_visit).public_id),
            "mei": str(session().get_one(Practitioner, clinic.mei).public_id),
            "ines": str(session().get_one(Practitioner, clinic.ines).public_id),
            "location": str(session().get_one(Location, clinic.location).public_id),
        }


def ask(app: Flask, **query: object):
    return app.test_client().get("/api/offers", query_string=query)


@pytest.mark.both
def test_a_month_is_what_the_pages_offer_by_practitioner(app: Flask, clinic: Clinic) -> None:
    with app.app_context(), transaction():
        make_appointment(clinic)
    known = ids(app, clinic)
    answer = ask(app, service=known["service"], days=31, **{"from": "2027-07-05"})
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.json["service"] == known["service"]
    groups = {group["practitioner"]: group for group in answer.json["offers"]}
    assert list(groups) == [known["mei"], known["ines"]]
    mei = groups[known["mei"]]
    assert (mei["location"], mei["zone"]) == (known["location"], "Europe/London")
    assert (mei["way"], mei["minutes"], mei["price_minor"]) == ("in-person", 60, 7500)
    assert mei["starts"][:3] == [
        "2027-07-05T09:00:00+01:00",
        "2027-07-05T11:00:00+01:00",
        "2027-07-05T11:15:00+01:00",
    ]
    with app.app_context():
        found = queries.offers(
            session().get_one(Service, clinic.first_visit),
            start=datetime(2027, 7, 4, 23, tzinfo=UTC),
            end=datetime(2027, 8, 4, 23, tzinfo=UTC),
            now=NOW,
        )
    for number, name in ((clinic.mei, "mei"), (clinic.ines, "ines")):
        told = [datetime.fromisoformat(text) for text in groups[known[name]]["starts"]]
        assert told == [offer.starts_at for offer in found if offer.practitioner_id == number]


def test_the_soonest_times_of_anyone_or_of_one(app: Flask, clinic: Clinic) -> None:
    known = ids(app, clinic)
    soonest = ask(app, service=known["service"], limit=2).json["offers"]
    assert [group["starts"] for group in soonest] == [
        ["2027-07-02T14:15:00+01:00", "2027-07-02T14:30:00+01:00"]
    ] * 2
    hers = ask(app, service=known["service"], practitioner=known["ines"], limit=1).json["offers"]
    assert [(group["practitioner"], len(group["starts"])) for group in hers] == [(known["ines"], 1)]


def test_the_soonest_times_of_some_of_the_practitioners_and_places(
    app: Flask, clinic: Clinic
) -> None:
    with app.app_context(), transaction():
        there = make_location(name="Reef", rooms=0)
        tom = make_practitioner("Tom Bell", position=3)
        session().add(ServicePractitioner(service_id=clinic.first_visit, practitioner_id=tom.id))
        make_week(tom, there)
        session().get_one(Service, clinic.first_visit).way = "video"
        some = {"Tom": str(tom.public_id), "Reef": str(there.public_id)}
    known = ids(app, clinic)

    def asked(practitioners: list[str], locations: list[str]) -> set[tuple[str, str]]:
        query = [("service", known["service"]), ("limit", "1")]
        query += [("practitioner", each) for each in practitioners]
        query += [("location", each) for each in locations]
        found = app.test_client().get(f"/api/offers?{urlencode(query)}").json["offers"]
        return {(group["practitioner"], group["location"]) for group in found}

    mei, ines, here = known["mei"], known["ines"], known["location"]
    assert asked([ines, some["Tom"]], []) == {(ines, here), (some["Tom"], some["Reef"])}
    assert asked([mei, ines], []) == {(mei, here), (ines, here)}
    assert asked([mei, some["Tom"]], [some["Reef"]]) == {(some["Tom"], some["Reef"])}
    assert asked([mei, some["Tom"]], [some["Reef"], here]) == {
        (mei, here),
        (some["Tom"], some["Reef"]),
    }
    assert len(asked([], [])) == 3


def test_days_are_those_of_each_places_calendar(app: Flask, clinic: Clinic) -> None:
    with app.app_context(), transaction():
        there = make_location(zone="Pacific/Auckland", name="Reef", rooms=0)
        make_week(session().get_one(Practitioner, clinic.mei), there)
        session().get_one(Service, clinic.first_visit).way = "video"
    known = ids(app, clinic)
    asked = {"from": "2027-07-06", "days": 1, "service": known["service"]}
    starts = {group["zone"]: group["starts"] for group in ask(app, **asked).json["offers"]}
    assert starts["Pacific/Auckland"][0] == "2027-07-06T09:00:00+12:00"
    assert starts["Europe/London"][0] == "2027-07-06T09:00:00+01:00"
    assert {text[:10] for each in starts.values() for text in each} == {"2027-07-06"}
    asked["location"] = known["location"]
    assert {group["zone"] for group in ask(app, **asked).json["offers"]} == {"Europe/London"}


@pytest.mark.parametrize(
    ("asked", "wrong"),
    [
        ({"service": ""}, {"service"}),
        ({"service": "first"}, {"service"}),
        ({"practitioner": "mei", "location": "x", "days": "0", "limit": "many"}, None),
        ({"from": "5 July"}, {"from"}),
        ({"from": "9999-12-31"}, {"from"}),
        ({"days": "401"}, {"days"}),
        ({"days": "²"}, {"days"}),
        ({"until": "2027-07-05"}, {"until"}),
        ({"service": str(uuid4())}, {"service"}),
        ({"service": [str(uuid4()), str(uuid4())]}, {"service"}),
        ({"practitioner": [str(uuid4()), str(uuid4())]}, {"practitioner"}),
        ({"practitioner": str(uuid4())}, {"practitioner"}),
        ({"location": str(uuid4())}, {"location"}),
    ],
)
def test_what_cannot_be_asked_is_named(
    app: Flask, clinic: Clinic, asked: dict[str, str], wrong: set[str] | None
) -> None:
    answer = ask(app, **{"service": ids(app, clinic)["service"], **asked})
    assert answer.status_code == 422
    assert answer.headers["Cache-Control"] == "no-store"
    assert set(answer.json["errors"]) == (wrong or set(asked))
    assert all(answer.json["errors"].values())


def test_what_is_not_booked_online_is_not_told(app: Flask, clinic: Clinic) -> None:
    known = ids(app, clinic)
    with app.app_context(), transaction():
        session().get_one(Service, clinic.first_visit).mode = BookingMode.PHONE
    assert ask(app, service=known["service"]).json["offers"] == []
    with app.app_context(), transaction():
        session().get_one(Service, clinic.first_visit).active = False
    assert ask(app, service=known["service"]).status_code == 422


@pytest.mark.parametrize("days", [1, 90])
def test_four_queries_answer_the_first_time_and_one_while_nothing_changes(
    app: Flask, clinic: Clinic, days: int
) -> None:
    known, seen = ids(app, clinic), []

    def note(_connection, _cursor, statement, *_rest):
        if not statement.startswith(("PRAGMA", "BEGIN")):
            seen.append(statement)

    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    for expected in (4, 1):
        seen.clear()
        assert ask(app, service=known["service"], days=days).status_code == 200
        assert len(seen) == expected, seen
    event.remove(engine, "before_cursor_execute", note)


@pytest.mark.parametrize("zone", ["Europe/London", "Asia/Kathmandu", "Australia/Lord_Howe"])
def test_instants_are_written_as_python_writes_them(zone: str) -> None:
    here = ZoneInfo(zone)
    october = (datetime(2027, 10, 1, tzinfo=UTC) - datetime(1970, 1, 1, tzinfo=UTC)).days
    axis = axis_for(here, 15, (october, october + 45))
    told = json.loads(starts_as_json(here, axis, axis.all))
    begin = datetime.fromtimestamp(axis.first * 60, UTC)
    step = timedelta(minutes=axis.step)
    expected = [(begin + n * step).astimezone(here).isoformat() for n in range(axis.size)]
    assert told == expected


def test_the_time_of_a_visit_is_not_told_to_be_taken_by_anybody(app: Flask, clinic: Clinic) -> None:
    with app.app_context(), transaction():
        make_appointment(clinic)
    text = ask(app, service=ids(app, clinic)["service"]).text
    assert "Amara" not in text
    assert MONDAY_10AM.isoformat() not in text
