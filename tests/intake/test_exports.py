"""A form to take along: valid FHIR, two pages of paper, and a line in the audit for each."""

import json
import re
from datetime import timedelta

import pytest
from fhir.resources.R4B.bundle import Bundle
from flask import Flask
from sqlalchemy import select

from booking.audit.models import AuditRow
from booking.core import clock
from booking.core.db import session, transaction
from booking.intake.rules.answers import NOT_SURE, TALK, Answer, PartialDate
from tests.conftest import Cast
from tests.factories import Clinic
from tests.intake.filled import listed, make_sent, said

ROW = {
    "med_name": Answer(text="Clexane 40 mg"),
    "med_often": said("daily"),
    "med_still": said("no"),
    "med_stopped": Answer(date=PartialDate(2026, 5)),
}
TOLD = {
    **listed("Iron"),
    "med_list": Answer(rows=(ROW, {"med_name": Answer(text="Iron"), "med_still": NOT_SURE})),
    "allergy_any": said("yes"),
    "allergy_list": said("latex", "other"),
    "allergy_other": Answer(text="Żółć"),
    "allergy_react_latex": said("rash", "breathing"),
    "fits": TALK,
    "lung": NOT_SURE,
}


@pytest.fixture
def sent(app: Flask, clinic: Clinic) -> str:
    with app.app_context(), transaction():
        return str(make_sent(clinic, TOLD).appointment.public_id)


def copy(cast: Cast, visit: str, kind: str, who: str = "mei") -> bytes:
    answer = cast[who].client.get(f"/forms/{visit}/copy?as={kind}")
    assert answer.status_code == 200
    assert re.fullmatch(
        r'attachment; filename="form[a-z.]*"', answer.headers["Content-Disposition"]
    )
    return answer.data


def test_the_bundle_is_fhir_and_says_what_she_said(cast: Cast, sent: str) -> None:
    """Holds sec_H6."""
    data = json.loads(copy(cast, sent, "fhir"))
    Bundle.model_validate(data)
    by_type: dict[str, list] = {}
    for entry in data["entry"]:
        by_type.setdefault(entry["resource"]["resourceType"], []).append(entry["resource"])
    assert [each["status"] for each in by_type["MedicationStatement"]] == ["stopped", "unknown"]
    first = by_type["MedicationStatement"][0]
    assert first["medicationCodeableConcept"] == {"text": "Clexane 40 mg"}
    assert first["effectivePeriod"] == {"end": "2026-05"}
    names = [each["code"]["text"] for each in by_type["AllergyIntolerance"]]
    assert names == ["Latex", "Żółć"]
    reaction = by_type["AllergyIntolerance"][0]["reaction"][0]["manifestation"][0]["text"]
    assert reaction == "Rash, Trouble breathing"


def test_no_known_allergies_has_a_code_of_its_own(app: Flask, clinic: Clinic, cast: Cast) -> None:
    with app.app_context(), transaction():
        visit = str(make_sent(clinic, {}).appointment.public_id)
    data = json.loads(copy(cast, visit, "fhir"))
    Bundle.model_validate(data)
    (allergy,) = [
        entry["resource"]
        for entry in data["entry"]
        if entry["resource"]["resourceType"] == "AllergyIntolerance"
    ]
    assert allergy["code"]["coding"][0]["code"] == "no-known-allergies"


def test_not_sure_rather_talk_no_and_left_out_stay_four_things(cast: Cast, sent: str) -> None:
    data = json.loads(copy(cast, sent, "json"))
    codes = {
        item["linkId"]: item["answer"][0]["valueCoding"]["code"]
        for item in every(data["item"])
        if "answer" in item and "valueCoding" in item["answer"][0]
    }
    assert (codes["fits"], codes["lung"], codes["skin"]) == ("talk", "not-sure", "no")
    assert "bp" not in codes


def every(items: list) -> list:
    return [each for item in items for each in (item, *every(item.get("item", [])))]


def test_on_paper_a_typical_form_takes_at_most_two_pages(cast: Cast, sent: str) -> None:
    data = copy(cast, sent, "pdf")
    assert data.startswith(b"%PDF")
    assert 1 <= len(re.findall(rb"/Type /Page\b", data)) <= 2


def test_the_blank_form_is_for_the_desk(cast: Cast, sent: str) -> None:
    answer = cast["reception"].client.get(f"/forms/{sent}/blank")
    assert answer.data.startswith(b"%PDF")
    assert cast["mei"].client.get(f"/forms/{sent}/blank").status_code == 403


def test_each_copy_is_in_the_audit(app: Flask, cast: Cast, sent: str) -> None:
    for kind in ("fhir", "json", "pdf"):
        copy(cast, sent, kind)
    with app.app_context():
        rows = session().scalars(select(AuditRow).where(AuditRow.tag == "intake:copied")).all()
        assert [row.details["kind"] for row in rows] == ["fhir", "json", "pdf"]


@pytest.mark.parametrize(("who", "status"), [("ines", 404), ("reception", 403), ("owner", 403)])
def test_nobody_else_takes_a_copy(cast: Cast, sent: str, who: str, status: int) -> None:
    assert cast[who].client.get(f"/forms/{sent}/copy").status_code == status


def test_a_form_of_another_kind_is_not_found(cast: Cast, sent: str) -> None:
    assert cast["mei"].client.get(f"/forms/{sent}/copy?as=xml").status_code == 404


@pytest.mark.parametrize("kind", ["pdf", "fhir", "json"])
def test_a_sign_in_of_a_while_ago_is_not_enough(
    app: Flask, cast: Cast, sent: str, kind: str
) -> None:
    """Holds sec_A11."""
    mei = cast["mei"]
    clock.travel(clock.now() + timedelta(minutes=11))
    answer = mei.client.get(f"/forms/{sent}/copy?as={kind}")
    assert answer.status_code == 303
    assert answer.headers["Location"].startswith("/sign-in/again?next=/forms/")
    assert answer.headers["Location"].endswith(f"copy?as%3D{kind}")
    with app.app_context():
        tags = session().scalars(select(AuditRow.tag)).all()
    assert "intake:copied" not in tags
