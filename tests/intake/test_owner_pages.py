"""The owner sees which questions are asked, loads her own, and records who approved them."""

import json
from importlib.resources import files

import pytest
from flask import Flask

from booking.clinic import queries as clinic_queries
from booking.clinic.models import ReceptionView
from booking.core.db import session, transaction
from booking.intake.models import QuestionnaireVersion
from booking.intake.queries import questionnaires
from booking.intake.rules.answers import Answer
from booking.intake.rules.questionnaire import shipped, walk
from tests.browser import Browser, Page
from tests.conftest import Cast
from tests.factories import Clinic
from tests.intake.filled import make_sent

SHIPPED = files("booking.intake").joinpath("questionnaire.json").read_text("utf-8")
OWN = {
    "linkId": "own_page",
    "text": "Our own",
    "type": "group",
    "item": [
        {"linkId": "own_tea", "text": "Tea or water?", "type": "string", "maxLength": 80},
    ],
}


def changed(**changes: object) -> dict:
    data = json.loads(SHIPPED)
    data["version"] = "clinic-1"
    return data | changes


def with_own() -> dict:
    data = changed()
    data["item"][-1]["item"].insert(0, OWN)
    return data


def load(owner: Browser, data: object) -> Page:
    text = data if isinstance(data, str) else json.dumps(data)
    return owner.get("/questions-asked").submit({"content": text}, button="Check and load")


def test_what_is_asked_is_not_approved_until_somebody_named_has(cast: Cast) -> None:
    page = cast["owner"].get("/questions-asked")
    assert "Not yet approved" in page.text
    given = {"lead": "Dr Ada Ng", "qualification": "BAcC 1234", "approved_on": "2026-06-01"}
    page = page.submit(given, button="Record the approval")
    assert "Approved" in page.text
    assert "By Dr Ada Ng (BAcC 1234)" in page.text


def test_a_question_of_her_own_is_asked_once_the_version_is_used(app: Flask, cast: Cast) -> None:
    page = load(cast["owner"], with_own())
    assert "Version clinic-1" in page.text
    with app.app_context():
        assert questionnaires.current().version != "clinic-1"
    assert "Tea or water?" in page.click("Read it clinic-1").text
    page.submit(button="Use version clinic-1")
    with app.app_context():
        assert questionnaires.current().find("own_tea").text == "Tea or water?"
    cast["owner"].get("/questions-asked").submit(button="Use the shipped one")
    with app.app_context():
        assert questionnaires.current().version != "clinic-1"


def test_a_per_cent_sign_is_a_sign_and_nothing_else(cast: Cast, amara: Browser, visit) -> None:
    data = with_own()
    data["item"][-1]["text"] = "Anything else, 100% sure"
    asked = [OWN["item"][0], {**OWN["item"][0], "linkId": "own_milk"}]
    data["item"][-1]["item"][0] = {**OWN, "text": "50 % of our own", "item": asked}
    page = load(cast["owner"], data)
    assert "Anything else, 100% sure" in page.click("Read it clinic-1").text
    page.submit(button="Use version clinic-1")
    assert "Anything else, 100% sure" in amara.get(f"{visit[1]}/list").text
    page = amara.get(f"{visit[1]}/list").click("Anything else, 100% sure")
    assert "50 % of our own" in page.text


def broken(**item: object) -> dict:
    data = changed()
    data["item"][-1]["item"].insert(0, {**OWN, "item": [{**OWN["item"][0], **item}]})
    return data


@pytest.mark.parametrize(
    ("data", "says"),
    [
        ("not json", "This is not JSON."),
        ({"resourceType": "Patient"}, "This is not a FHIR Questionnaire."),
        (changed(version="2"), "There is a version 2 already."),
        (broken(type="attachment"), "attachment (own_tea) cannot be asked here"),
        (broken(linkId="dob"), "The id dob is there twice."),
        (
            broken(enableWhen=[{"question": "dob", "operator": "~", "answerBoolean": True}]),
            "own_tea compares in a way there is not.",
        ),
        (
            broken(enableWhen=[{"question": "nix", "operator": "exists", "answerBoolean": True}]),
            "own_tea depends on a question that is not there.",
        ),
        (
            broken(enableWhen=[{"question": "else", "operator": "exists", "answerBoolean": True}]),
            "own_tea depends on a question asked later.",
        ),
        (
            broken(
                enableWhen=[{"question": "dob", "operator": "exists", "answerBoolean": True}] * 2
            ),
            "own_tea has conditions, but not whether all or any counts.",
        ),
        (changed(item=json.loads(SHIPPED)["item"][:2]), "u_now is missing"),
    ],
)
def test_what_cannot_be_asked_is_named_and_nothing_is_loaded(
    app: Flask, cast: Cast, data: object, says: str
) -> None:
    page = load(cast["owner"], data)
    assert page.status == 422
    assert says in page.text
    with app.app_context():
        assert session().query(QuestionnaireVersion).count() == 0


def test_a_question_can_be_left_out_but_none_about_safety(app: Flask, cast: Cast) -> None:
    owner = cast["owner"]
    page = owner.get("/questions-asked")
    assert "Do you take a blood thinner?" not in page.text
    page.submit(button="Leave out Has anyone said your blood pressure is high or low?")
    with app.app_context(), pytest.raises(KeyError):
        questionnaires.current().find("bp")
    owner.get("/questions-asked").submit(
        button="Ask Has anyone said your blood pressure is high or low?"
    )
    with app.app_context():
        assert questionnaires.current().find("bp")


def own_versions(app: Flask) -> list[tuple[str, str, str]]:
    """Each own version with how it puts one question, and why it says it asks that."""
    with app.app_context():
        found = [questionnaires.whole(row.version) for row in reversed(questionnaires.loaded())]
        return [(each.version, each.find("bp").text, each.find("bp").why) for each in found]


@pytest.mark.both
def test_other_words_are_a_version_that_is_asked_once_it_is_used(app: Flask, cast: Cast) -> None:
    owner = cast["owner"]
    page = owner.get("/questions-asked").click("Read it 2").click("Change the words: Your health")
    assert "Do you take a blood thinner? This may be a tablet or an injection." in page.text
    page = page.submit({"text-bp": "Is your blood pressure high or low?", "why-bp": ""})
    assert "Is your blood pressure high or low?" in page.text
    assert own_versions(app) == [("2.1", "Is your blood pressure high or low?", "")]
    with app.app_context():
        assert questionnaires.current().version == "2"
        old, new = shipped(), questionnaires.whole("2.1")
        same = [(i.link_id, i.options, i.required, i.critical, i.when) for i in walk(old.items)]
        assert same == [
            (i.link_id, i.options, i.required, i.critical, i.when) for i in walk(new.items)
        ]
    # Nobody was asked it: more words go into the same version. Once used, into one more.
    page = page.click("Change the words: Your health")
    page = page.submit({"text-bp": "High or low blood pressure?", "why-bp": "To plan."})
    assert own_versions(app) == [("2.1", "High or low blood pressure?", "To plan.")]
    owner.get("/questions-asked").submit(button="Use version 2.1")
    assert "Not yet approved" in owner.get("/questions-asked").text
    page = owner.get(page.url).click("Change the words: Your health")
    page.submit({"text-bp": "Blood pressure?"})
    assert own_versions(app) == [
        ("2.1", "High or low blood pressure?", "To plan."),
        ("2.2", "Blood pressure?", "To plan."),
    ]


def test_a_question_without_words_is_sent_back_and_nothing_is_kept(app: Flask, cast: Cast) -> None:
    page = cast["owner"].get("/questions-asked/shipped/words/health")
    page = page.submit({"text-bp": " ", "why-lung": "A reason of ours"})
    assert page.status == 422
    assert "A question needs words." in page.text
    assert "A reason of ours" in page.text
    assert own_versions(app) == []


@pytest.mark.parametrize("section", ["start", "texts", "nothing"])
def test_what_is_said_about_urgent_help_stays(cast: Cast, section: str) -> None:
    assert cast["owner"].get(f"/questions-asked/shipped/words/{section}").status == 404


def test_only_the_owner_decides_what_is_asked(cast: Cast) -> None:
    for who in ("mei", "reception"):
        assert cast[who].get("/questions-asked").status == 403


def with_level(level: str) -> dict:
    data = with_own()
    data["item"][-1]["item"][0] = OWN | {
        "item": [
            OWN["item"][0]
            | {"extension": [{"url": "urn:stillpoint:front-desk", "valueCode": level}]},
            {"linkId": "own_closed", "text": "And why?", "type": "string", "maxLength": 80},
        ]
    }
    return data


def test_the_desk_sees_her_own_question_only_at_the_level_it_gives(
    app: Flask, clinic: Clinic, cast: Cast
) -> None:
    load(cast["owner"], with_level("standard")).submit(button="Use version clinic-1")
    told = {"own_tea": Answer(text="Green tea"), "own_closed": Answer(text="Because")}
    with app.app_context(), transaction():
        visit = make_sent(clinic, told, asked=questionnaires.current()).appointment.public_id
    at_the_desk = cast["reception"].get(f"/forms/{visit}").text
    assert "Green tea" in at_the_desk
    assert "Because" not in at_the_desk
    assert "And why?" not in at_the_desk
    to_her = cast["mei"].get(f"/forms/{visit}/read").text
    assert "Green tea" in to_her
    assert "Because" in to_her
    with app.app_context(), transaction():
        clinic_queries.organisation().reception_view = ReceptionView.TASKS
    assert "Green tea" not in cast["reception"].get(f"/forms/{visit}").text


@pytest.mark.parametrize("level", ["full", "everybody"])
def test_a_level_there_is_not_is_refused(cast: Cast, level: str) -> None:
    page = load(cast["owner"], with_level(level))
    assert page.status == 422
    assert "own_tea gives a level for the front desk there is not." in page.text
