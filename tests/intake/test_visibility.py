"""What reception may see of a form at each level."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import booking.intake
from booking.intake.rules import medicines
from booking.intake.rules.answers import NOT_SURE, TALK, Answer
from booking.intake.rules.questionnaire import Item, Kind, shipped
from booking.intake.rules.visibility import SHOWN_AT_STANDARD, Level, for_reception, shown

LIST = medicines.shipped()
QUESTIONNAIRE = json.loads(
    (Path(booking.intake.__file__).parent / "questionnaire.json").read_text(encoding="utf-8")
)


def every_item(items: list) -> list:
    return [each for item in items for each in (item, *every_item(item.get("item", [])))]


def questions_of(section: str) -> set[str]:
    found = next(item for item in QUESTIONNAIRE["item"] if item["linkId"] == section)
    kinds = {"group", "display"}
    return {item["linkId"] for item in every_item([found]) if item["type"] not in kinds}


def listed(*rows: dict[str, Answer]) -> dict[str, Answer]:
    return {"med_list": Answer(rows=rows)}


def seen(answers: dict[str, Answer], level: Level = Level.STANDARD) -> dict[str, Answer]:
    return for_reception(answers, shipped(), level=level, medicines=LIST)


def medicine_names(answers: dict[str, Answer]) -> list[str]:
    rows = answers["med_list"].rows if "med_list" in answers else ()
    return [row["med_name"].text for row in rows]


@pytest.mark.parametrize("section", ["urgent", "why", "pregnancy", "trying", "history", "feeling"])
def test_the_practitioner_only_sections_are_closed_below_full(section: str) -> None:
    for question in questions_of(section):
        item = shipped().find(question)
        assert not shown(Level.STANDARD, item)
        assert not shown(Level.TASKS, item)
        assert shown(Level.FULL, item)


def test_standard_opens_every_question_of_the_other_sections_but_the_private_ones() -> None:
    inside_a_medicine = {name for name in questions_of("medicines") if name.startswith("med_")}
    sections = ("about", "health", "medicines", "allergies", "comfort", "ending")
    wanted = set().union(*(questions_of(section) for section in sections)) - inside_a_medicine
    assert wanted - {"wait_away", "bbv"} == SHOWN_AT_STANDARD - {
        "med_list",
        "med_any",
        "med_recent",
    }


def own(**changes: Any) -> Item:
    return replace(Item(link_id="a_new_question", kind=Kind.TEXT, text="Anything?"), **changes)


def test_a_question_of_the_clinics_own_is_closed_unless_it_gives_a_level() -> None:
    for level in (Level.STANDARD, Level.TASKS):
        assert not shown(level, own())
    assert shown(Level.FULL, own())
    assert shown(Level.STANDARD, own(front_desk="standard"))
    assert not shown(Level.TASKS, own(front_desk="standard"))
    assert shown(Level.TASKS, own(front_desk="tasks"))
    assert not shown(Level.STANDARD, own(front_desk="standard", practitioner_only=True))


def test_a_level_opens_none_of_the_shipped_questions() -> None:
    for question in ("hope", "hist_items", "words"):
        item = replace(shipped().find(question), front_desk="tasks")
        assert not shown(Level.STANDARD, item)


def test_tasks_opens_contact_and_access_needs_only() -> None:
    answers = {
        "access": Answer(codes=("step_free",)),
        "contact_ok": Answer(codes=("text",)),
        "dob": TALK,
        "blood_thin": Answer(codes=("yes",)),
        "else": Answer(text="words"),
    }
    assert set(seen(answers, Level.TASKS)) == {"access", "contact_ok"}


@pytest.mark.parametrize(
    "name",
    ["misoprostol", "Mifegyne", "methotrexate", "Clomid", "gonal-f 150", "Cyclogest", "estradiol"],
)
def test_medicines_that_would_give_a_hidden_section_away_are_left_out(name: str) -> None:
    rows = listed({"med_name": Answer(text="aspirin")}, {"med_name": Answer(text=name)})
    assert medicine_names(seen(rows)) == ["aspirin"]
    assert medicine_names(seen(rows, Level.FULL)) == ["aspirin", name]


def test_a_medicine_nobody_recognised_could_be_any_and_is_kept_too() -> None:
    assert "med_list" not in seen(listed({"med_name": Answer(text="mysoprostol")}))


def test_one_hidden_medicine_on_a_line_hides_the_line() -> None:
    assert "med_list" not in seen(listed({"med_name": Answer(text="aspirin and Clomid")}))


def test_of_a_medicine_reception_sees_its_name_and_how_it_is_taken_but_never_why() -> None:
    row = {
        "med_name": Answer(text="Nurofen for the cramps after my transfer"),
        "med_dose": Answer(text="200 mg"),
        "med_why": Answer(text="a private reason"),
        "med_by": Answer(codes=("fertility_clinic",)),
        "med_last": NOT_SURE,
        "med_often": Answer(codes=("daily",)),
    }
    (shown_row,) = seen(listed(row))["med_list"].rows
    assert shown_row == {
        "med_name": Answer(text="Nurofen"),
        "med_dose": Answer(text="200 mg"),
        "med_often": Answer(codes=("daily",)),
    }


def test_a_medicine_by_tablet_is_shown_where_the_same_by_injection_is_not() -> None:
    name = {"med_name": Answer(text="methotrexate")}
    assert medicine_names(seen(listed({**name, "med_form": Answer(codes=("tablet",))})))
    assert not medicine_names(seen(listed({**name, "med_form": Answer(codes=("injection",))})))
    assert not medicine_names(seen(listed({**name, "med_form": NOT_SURE})))


def test_an_allergy_to_a_hidden_medicine_is_left_out_and_others_stay() -> None:
    assert "allergy_medicine" not in seen({"allergy_medicine": Answer(text="Utrogestan")})
    assert "allergy_medicine" in seen({"allergy_medicine": Answer(text="penicillin")})


def test_unknown_answers_stay_unknown_at_every_level() -> None:
    assert seen({"blood_thin": TALK, "fits": NOT_SURE}) == {"blood_thin": TALK, "fits": NOT_SURE}
