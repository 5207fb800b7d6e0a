"""Licences and insurances: entered and checked by the owner, shown, warned of, and held to."""

from datetime import UTC, date, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from booking.availability import queries as availability
from booking.availability.rules import AskedBy
from booking.clinic import jobs
from booking.clinic.models import Credential, CredentialKind, Practitioner, Service
from booking.core.db import session, transaction
from booking.mail.models import Mail
from tests.browser import Browser, Page
from tests.conftest import Cast
from tests.factories import MONDAY, MONDAY_10AM, NOW, Clinic

TODAY = date(2027, 7, 2)
DAY = timedelta(days=1)


def enter(cast: Cast, clinic: Clinic, app: Flask, **typed: str) -> Page:
    told = {
        "practitioner": profile_of(app, clinic.mei).rpartition("/")[2],
        "kind": "licence",
        "body": "Register of the Field",
        "number": "4711",
        "register_url": "https://register.example/4711",
        "expires_on": "2028-01-31",
        **typed,
    }
    return cast["owner"].get("/credentials").submit(told, button="Enter it")


def profile_of(app: Flask, practitioner: int) -> str:
    with app.app_context():
        return f"/practitioners/{session().get_one(Practitioner, practitioner).public_id}"


def valid_through(app: Flask, practitioner: int, day: date, kind: str = "licence") -> None:
    with app.app_context(), transaction():
        session().add(
            Credential(
                practitioner_id=practitioner, kind=CredentialKind(kind), body="B", expires_on=day
            )
        )


def offered(app: Flask, clinic: Clinic, *, now: datetime = NOW, by: AskedBy = AskedBy.PATIENT):
    """The practitioners (ids) with whom the Monday's first visits can be booked."""
    with app.app_context():
        found = availability.offers(
            session().get_one(Service, clinic.first_visit),
            start=MONDAY_10AM - timedelta(hours=2),
            end=MONDAY_10AM + timedelta(hours=10),
            now=now,
            asked_by=by,
        )
        return {each.practitioner_id for each in found}


def test_the_owner_enters_one_and_patients_see_it_once_it_is_checked(
    app: Flask, cast: Cast, clinic: Clinic, browser: Browser
) -> None:
    page = enter(cast, clinic, app)
    assert "Not checked yet" in page.text
    where = profile_of(app, clinic.mei)
    assert "Register of the Field" not in browser.get(where).text
    page = page.submit(button="I have checked it Mei Tan, Register of the Field")
    assert "Checked by Olive Hart on Friday 2 July 2027" in page.text
    shown = browser.get(where)
    for words in ("Mei Tan", "Register of the Field", "4711", "Monday 31 January 2028"):
        assert words in shown.text, words
    assert "Checked by the clinic on Friday 2 July 2027" in shown.text
    assert 'href="https://register.example/4711"' in shown.text


def test_a_change_has_to_be_checked_again_and_what_is_removed_is_gone(
    app: Flask, cast: Cast, clinic: Clinic
) -> None:
    page = enter(cast, clinic, app).submit(
        button="I have checked it Mei Tan, Register of the Field"
    )
    change = cast["owner"].get(page.link("Change Mei Tan, Register of the Field"))
    page = change.submit({"number": "4712"}, button="Save")
    assert "4712" in page.text
    assert "Not checked yet" in page.text
    page = page.submit(button="Remove Mei Tan, Register of the Field")
    assert "4712" not in page.text


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"body": " "}, "Enter the body or insurer"),
        ({"expires_on": ""}, "Enter the last day it is valid"),
        ({"expires_on": "soon"}, "Write the day like"),
        ({"register_url": "http://register.example/1"}, "beginning with https://"),
        ({"register_url": "javascript:alert(1)"}, "beginning with https://"),
        ({"register_url": "https://me:secret@register.example"}, "beginning with https://"),
        ({"number": "a\u202eb"}, "invisible characters"),
    ],
)
def test_what_cannot_be_is_refused_and_what_was_typed_stays(
    app: Flask, cast: Cast, clinic: Clinic, typed: dict[str, str], words: str
) -> None:
    page = enter(cast, clinic, app, **typed)
    assert page.status == 422
    assert words in page.text
    assert 'value="4711"' in page.text or "number" in typed
    with app.app_context():
        assert session().scalars(select(Credential)).all() == []


@pytest.mark.both
def test_the_database_refuses_what_must_not_be(app: Flask, clinic: Clinic) -> None:
    for values in (
        {"kind": CredentialKind.LICENCE},
        {"kind": CredentialKind.OTHER, "register_url": "http://x.example"},
        {"kind": CredentialKind.OTHER, "checked_at": NOW},
    ):
        with app.app_context(), pytest.raises(IntegrityError), transaction():
            session().add(Credential(practitioner_id=clinic.mei, body="B", **values))
            session().flush()


@pytest.mark.both
def test_nobody_can_be_booked_after_its_last_day_online_or_at_the_desk(
    app: Flask, clinic: Clinic
) -> None:
    everybody = {clinic.mei, clinic.ines}
    assert offered(app, clinic) == everybody
    valid_through(app, clinic.mei, TODAY)
    valid_through(app, clinic.mei, TODAY + 300 * DAY, "insurance")
    last_minute = datetime(2027, 7, 2, 22, 59, tzinfo=UTC)  # 23:59 in London
    for by in (AskedBy.PATIENT, AskedBy.STAFF):
        assert offered(app, clinic, now=last_minute, by=by) == everybody
        after = last_minute + timedelta(minutes=1)
        assert offered(app, clinic, now=after, by=by) == {clinic.ines}
    valid_through(app, clinic.mei, TODAY + 400 * DAY)  # the next one
    assert offered(app, clinic, now=last_minute + DAY) == everybody


def test_an_insurance_closes_as_a_licence_does_and_training_does_not(
    app: Flask, clinic: Clinic
) -> None:
    valid_through(app, clinic.mei, TODAY - DAY, "other")
    assert offered(app, clinic) == {clinic.mei, clinic.ines}
    valid_through(app, clinic.mei, TODAY - DAY, "insurance")
    assert offered(app, clinic) == {clinic.ines}


def test_staff_are_told_why(app: Flask, cast: Cast, clinic: Clinic) -> None:
    valid_through(app, clinic.mei, TODAY - DAY)
    asked = {"day": MONDAY.isoformat(), "clock": "10:00"}
    page = cast["reception"].get("/why").submit(asked, button="Say why")
    assert "A licence or insurance of Mei Tan has run out" in page.text


def test_owner_and_practitioner_are_told_once_at_each_stage(app: Flask, clinic: Clinic) -> None:
    valid_through(app, clinic.mei, TODAY + 60 * DAY)

    def told(days: int) -> list[dict[str, object]]:
        with app.app_context():
            jobs.warn(now=NOW + days * DAY, base_url="http://localhost")
            jobs.warn(now=NOW + days * DAY + timedelta(hours=1), base_url="http://localhost")
            return [row.snapshot for row in session().scalars(select(Mail).order_by(Mail.id))]

    to_both = {"olive@canalstreet.example", "mei@canalstreet.example"}
    assert {each["to_address"] for each in told(0)} == to_both
    assert [len(told(days)) for days in (29, 30, 52, 53, 60, 61)] == [2, 4, 4, 6, 6, 8]
    assert [each["over"] for each in told(61)[-3:]] == [False, True, True]


def test_nothing_is_said_without_need(app: Flask, clinic: Clinic) -> None:
    valid_through(app, clinic.mei, TODAY + 61 * DAY)
    with app.app_context():
        assert jobs.warn(now=NOW, base_url="http://localhost") is False


def test_the_owners_page_says_what_runs_out(app: Flask, cast: Cast, clinic: Clinic) -> None:
    valid_through(app, clinic.mei, TODAY + 10 * DAY)
    valid_through(app, clinic.ines, TODAY - DAY)
    page = cast["owner"].get("/credentials")
    assert "Runs out after Monday 12 July 2027" in page.text
    assert "Ran out on Thursday 1 July 2027" in page.text


def test_the_first_page_and_the_times_lead_to_profiles(
    app: Flask, clinic: Clinic, browser: Browser
) -> None:
    where = profile_of(app, clinic.mei)
    assert browser.get("/").link("Mei Tan") == where
    with app.app_context():
        service = session().get_one(Service, clinic.first_visit).public_id
    times = browser.get(f"/book/{service}/times?practitioner={where.rpartition('/')[2]}")
    assert times.link("Mei Tan") == where


def test_nobody_who_has_left_has_a_profile(app: Flask, clinic: Clinic, browser: Browser) -> None:
    where = profile_of(app, clinic.mei)
    with app.app_context(), transaction():
        session().get_one(Practitioner, clinic.mei).active = False
    assert browser.get(where).status == 404
