"""Finding a patient, her record, and how she is reached, at the desk."""

from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select

from booking.accounts.actions import start_person_session
from booking.accounts.models import SignInSession
from booking.appointments.actions import new_visit_link
from booking.appointments.models import VisitLink
from booking.audit.models import AuditRow
from booking.core import clock
from booking.core.db import session, transaction
from booking.intake.actions.wishes import hand_over
from booking.intake.jobs import look_up_births
from booking.intake.rules.answers import Answer, PartialDate
from booking.patients.models import Patient
from booking.patients.rules import birth_dates
from tests.browser import Page
from tests.conftest import Cast
from tests.factories import MINUTES, MONDAY_10AM, NOW, Clinic, make_appointment, make_patient
from tests.intake.filled import make_form, make_sent


@pytest.fixture
def patients(app: Flask, clinic: Clinic) -> dict[str, str]:
    with app.app_context(), transaction():
        found = {
            "amara": make_patient().public_id,
            "soren": make_patient("Søren Łuczak", "soren@example.org", "+4791234567").public_id,
            "zoe": make_patient("Zoë Mac Donald", "zoe@example.org", "+447700900999").public_id,
            "twin": make_patient("Amara Osei", "other@example.org").public_id,
        }
        return {name: str(value) for name, value in found.items()}


def find(cast: Cast, typed: str) -> Page:
    return cast["reception"].get("/patients").submit({"who": typed}, button="Find")


@pytest.mark.both
@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("zoe macdonald", "Zoë Mac Donald"),
        ("MAC  donald", "Zoë Mac Donald"),
        ("soren luczak", "Søren Łuczak"),
        ("912 34 567", "Søren Łuczak"),
        ("soren@", "Søren Łuczak"),
        ("07700 900 999", "Zoë Mac Donald"),
    ],
)
def test_somebody_is_found_however_it_is_typed(
    cast: Cast, patients: dict[str, str], typed: str, name: str
) -> None:
    page = find(cast, typed)
    assert "1 patient found" in page.text
    assert name in page.text
    assert page.url == "/patients"  # nothing of what was typed is in an address


def test_nobody_is_found_kindly(cast: Cast, patients: dict[str, str]) -> None:
    for typed in ("", "   ", "%", "nobody at all", "x" * 5000):
        assert "0 patients found" in find(cast, typed).text


def test_a_birth_date_finds_whom_the_form_gave_it(
    app: Flask, cast: Cast, patients: dict[str, str], clinic: Clinic
) -> None:
    with app.app_context(), transaction():
        zoe = session().scalars(select(Patient).filter_by(public_id=UUID(patients["zoe"]))).one()
        form = make_form(make_appointment(clinic, patient_id=zoe.id))
        born = {"dob": Answer(date=PartialDate(1990, 5, 3))}
        hand_over(form, born, now=clock.now())
        assert b"1990" not in (zoe.born_key or b"")
    for typed in ("3.5.1990", "3 May 1990", "1990-05-03", "03/05/1990", "May 3, 1990"):
        page = find(cast, typed)
        assert "1 patient found" in page.text, typed
        assert "Zoë Mac Donald" in page.text
    assert "0 patients found" in find(cast, "4.5.1990").text


@pytest.mark.both
def test_a_birth_date_told_before_it_was_searched_by_is_looked_up_once(
    app: Flask, cast: Cast, clinic: Clinic
) -> None:
    with app.app_context(), transaction():
        form = make_sent(clinic, {"dob": Answer(date=PartialDate(2015, 5, 3))})
        name, earlier = form.appointment.patient.name, form.appointment.patient
        earlier.born_key = earlier.of_age_in = None
        starts = MONDAY_10AM + 120 * MINUTES
        other = make_sent(
            clinic,
            {"dob": Answer(date=PartialDate(1990, 5))},
            patient_id=make_patient("Only A Month", "month@example.org").id,
            starts_at=starts,
            ends_at=starts + 60 * MINUTES,
        )
        other.appointment.patient.born_key = None
    assert "0 patients found" in find(cast, "3.5.2015").text
    with app.app_context():
        assert look_up_births(now=NOW, base_url="") == 1
        assert set(session().scalars(select(Patient.of_age_in))) == {2033, None}
        assert look_up_births(now=NOW, base_url="") == 0
    page = find(cast, "3.5.2015")
    assert "1 patient found" in page.text
    assert name in page.text


def test_what_a_typed_birth_date_can_mean() -> None:
    told = {text: sorted(map(str, birth_dates(text))) for text in ("3/5/1990", "31.12.1990")}
    assert told == {"3/5/1990": ["1990-03-05", "1990-05-03"], "31.12.1990": ["1990-12-31"]}
    for odd in ("", "1990", "1.2", "32.13.1990", "a b c", "0.0.0000", "1.2.3.4", "x" * 999):
        assert birth_dates(odd) == frozenset(), odd


def test_searching_and_opening_are_on_record_without_what_was_typed(
    app: Flask, cast: Cast, patients: dict[str, str]
) -> None:
    find(cast, "zoe").click("Zoë Mac Donald")
    with app.app_context():
        rows = session().scalars(select(AuditRow).order_by(AuditRow.id)).all()
        told = [(row.tag, row.details) for row in rows]
    assert ("patients:searched", {"found": 1}) in told
    assert "patient:opened" in [tag for tag, _ in told]
    assert "zoe" not in str(told).casefold()


def test_a_record_shows_visits_and_messages_and_its_like(
    app: Flask, cast: Cast, patients: dict[str, str], clinic: Clinic
) -> None:
    page = cast["reception"].get(f"/patients/{patients['amara']}")
    assert "No visits on this record." in page.text
    assert "same name, phone number" in page.text
    beside = page.click("Amara Osei")
    assert "They have the same name, phone number." in beside.text
    listed = cast["reception"].get("/patients/alike")
    assert "same name, phone number" in " ".join(listed.text.split())


def test_details_are_changed_and_mistakes_are_explained(
    app: Flask, cast: Cast, patients: dict[str, str]
) -> None:
    address = f"/patients/{patients['zoe']}/details"
    page = cast["reception"].get(address)
    bad = page.submit({"phone": "12", "name": "", "channels": []}, button="Save")
    assert bad.status == 422
    assert bad.title.startswith("Error:")
    done = page.submit(
        {"name": "Zoë Donald", "note": "Only after six", "channels": ["text"]}, button="Save"
    )
    assert "Changed." in done.text
    assert "Only after six" in done.text
    assert "Call or text" in done.text
    assert "1 patient found" in find(cast, "zoe donald").text


def test_another_address_ends_what_the_old_one_opened(
    app: Flask, cast: Cast, patients: dict[str, str], clinic: Clinic
) -> None:
    with app.app_context(), transaction():
        zoe = session().scalars(select(Patient).filter_by(public_id=UUID(patients["zoe"]))).one()
        visit = make_appointment(clinic, patient_id=zoe.id)
        new_visit_link(visit.id, now=clock.now())
        start_person_session(zoe.resource_id, now=clock.now())
    page = cast["reception"].get(f"/patients/{patients['zoe']}/details")
    page.submit({"email": "new@example.org"}, button="Save")
    with app.app_context():
        before = select(VisitLink).order_by(VisitLink.id).limit(1)
        assert session().scalars(before).one().revoked_at is not None
        ended = select(SignInSession).where(SignInSession.person_id.is_not(None))
        assert session().scalars(ended).one().ended_at is not None


def test_names_are_hidden_where_that_was_chosen(cast: Cast, patients: dict[str, str]) -> None:
    browser = cast["reception"]
    browser.get("/patients").submit(button="Hide names")
    page = find(cast, "zoe")
    assert "Z. M. D." in page.text
    assert "Zoë Mac Donald" not in page.text
    assert "zoe@example.org" not in page.text
    browser.get("/patients").submit(button="No initials either")
    assert "Z. M. D." not in find(cast, "zoe").text
    browser.get("/patients").submit(button="Show names")
    assert "Zoë Mac Donald" in find(cast, "zoe").text
