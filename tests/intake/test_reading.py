"""Who may read whose forms: by a visit not long ago or to come, or by a right; and when it ends."""

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select

from booking.appointments.models import Appointment
from booking.audit.models import AuditRow
from booking.clinic import queries as clinic_queries
from booking.clinic.models import Practitioner
from booking.core.db import session, transaction
from booking.intake.models import HandOver, ReadingRight
from booking.intake.rules.answers import Answer
from tests.conftest import Cast
from tests.factories import MONDAY_10AM, Clinic
from tests.intake.filled import make_sent
from tests.intake.test_choices import send

DAYS = timedelta(days=1)


@pytest.fixture
def form(app: Flask, clinic: Clinic) -> str:
    with app.app_context(), transaction():
        found = make_sent(clinic, {"else": Answer(text="canary-else")})
        return str(found.appointment.public_id)


def reads(cast: Cast, who: str, form: str) -> int:
    page = cast[who].get(f"/forms/{form}/read")
    assert ("canary-else" in page.text) == (page.status == 200)
    return page.status


def test_reading_ends_ninety_days_after_the_last_visit(
    app: Flask, cast: Cast, form: str, at: Callable[..., None]
) -> None:
    at(MONDAY_10AM + 90 * DAYS)
    assert reads(Cast(app, cast.clinic), "mei", form) == 200
    at(MONDAY_10AM + 91 * DAYS)
    later = Cast(app, cast.clinic)
    assert reads(later, "mei", form) == 404
    with app.app_context(), transaction():
        clinic_queries.organisation().reading_days = 120
    assert reads(later, "mei", form) == 200


def test_reading_goes_with_the_visit_to_whoever_takes_it_over(
    app: Flask, cast: Cast, clinic: Clinic, form: str
) -> None:
    assert (reads(cast, "mei", form), reads(cast, "ines", form)) == (200, 404)
    with app.app_context(), transaction():
        visit = session().scalars(select(Appointment).filter_by(public_id=UUID(form))).one()
        visit.practitioner_id = clinic.ines
    assert (reads(cast, "mei", form), reads(cast, "ines", form)) == (404, 200)


def test_she_lets_a_named_colleague_read_and_takes_it_back(
    app: Flask, cast: Cast, visit, amara
) -> None:
    send(amara, visit[1])
    form = visit[1].rsplit("/", 1)[1]
    page = amara.get(f"{visit[1]}/choices")
    assert "Mei Tan" in page.text.split("Who may read")[1]
    assert cast["ines"].get(f"/forms/{form}/read").status == 404
    assert page.submit(button="Let this person read them").status == 422
    with app.app_context():
        ines = str(session().get_one(Practitioner, cast.clinic.ines).public_id)
    page = page.submit({"practitioner": ines}, button="Let this person read them")
    assert "You allowed this." in page.text
    assert cast["ines"].get(f"/forms/{form}/read").status == 200
    mine = cast["ines"].get("/forms/to-read?list=shared")
    assert "Amara Osei" in mine.text
    page.submit(button="Take this back: Inês Roca")
    assert cast["ines"].get(f"/forms/{form}/read").status == 404
    with app.app_context():
        rows = session().scalars(select(AuditRow).where(AuditRow.tag == "reading:changed")).all()
        assert [row.details["what"] for row in rows] == ["given", "ended"]


def test_nobody_gives_what_is_not_hers(app: Flask, cast: Cast, visit, arrive, amara) -> None:
    send(amara, visit[1])
    with app.app_context():
        ines = session().get_one(Practitioner, cast.clinic.ines).public_id
    elsewhere = arrive()
    token = dict(elsewhere.get(f"{visit[1]}/mine").forms[0].fields)["csrf_token"]
    sent = {"csrf_token": token, "practitioner": str(ines)}
    assert elsewhere.post(f"{visit[1]}/choices/readers", sent).status == 409
    assert cast["stranger"].post(f"{visit[1]}/choices/readers", sent).status in {400, 401, 404}
    with app.app_context():
        assert session().scalars(select(ReadingRight)).all() == []


def test_the_owner_hands_a_leavers_patients_over_in_one_step(
    app: Flask, cast: Cast, clinic: Clinic, form: str, at: Callable[..., None]
) -> None:
    at(MONDAY_10AM + 10 * DAYS)
    now = Cast(app, clinic)
    with app.app_context():
        ids = {
            name: str(session().get_one(Practitioner, key).public_id)
            for name, key in (("mei", clinic.mei), ("ines", clinic.ines))
        }
    page = now["owner"].get("/hand-over")
    assert "reads the forms of 1 patient" in page.text
    same = {"leaver": ids["mei"], "heir": ids["mei"]}
    assert page.submit(same, button="Hand over").status == 422
    assert page.submit({}, button="Hand over").status == 422
    none = {"leaver": ids["ines"], "heir": ids["mei"]}
    assert page.submit(none, button="Hand over").status == 409
    over = {"leaver": ids["mei"], "heir": ids["ines"]}
    assert "1 patient handed over." in page.submit(over, button="Hand over").text
    assert (reads(now, "mei", form), reads(now, "ines", form)) == (404, 200)
    with app.app_context():
        assert session().scalars(select(HandOver)).one().patients == 1
        tags = session().scalars(select(AuditRow.tag).where(AuditRow.tag.like("reading:%"))).all()
        assert tags == ["reading:changed", "reading:handed-over"]
    at(MONDAY_10AM + 101 * DAYS)
    assert reads(Cast(app, clinic), "ines", form) == 404


@pytest.mark.parametrize("who", ["mei", "reception"])
def test_only_the_owner_hands_over(cast: Cast, who: str) -> None:
    assert cast[who].get("/hand-over").status == 403


def test_what_is_to_come_stays_readable_until_it_is_moved(
    app: Flask, cast: Cast, clinic: Clinic, form: str
) -> None:
    with app.app_context():
        mei = str(session().get_one(Practitioner, clinic.mei).public_id)
        ines = str(session().get_one(Practitioner, clinic.ines).public_id)
    page = cast["owner"].get("/hand-over")
    page.submit({"leaver": mei, "heir": ines}, button="Hand over")
    assert (reads(cast, "mei", form), reads(cast, "ines", form)) == (200, 200)
