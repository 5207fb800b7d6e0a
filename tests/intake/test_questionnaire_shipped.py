"""The shipped questionnaire: valid FHIR, and sound in what FHIR's own checks let pass."""

import json
from importlib.resources import files

import pytest
from fhir.resources.R4B.questionnaire import Questionnaire as FhirQuestionnaire

from booking.intake.rules import conditions
from booking.intake.rules.questionnaire import Kind, shipped, walk

RAW = json.loads(files("booking.intake").joinpath("questionnaire.json").read_text("utf-8"))
ITEMS = list(walk(shipped().items))
QUESTIONS = [item for item in walk(shipped().before_later_visit().sections) if item.is_question]
LONELY = {"none", "nothing", "no_preference"}
YES_NO_FOUR = ["yes", "no", "not-sure", "talk"]
SAFETY_CRITICAL = {
    "u_now", "blood_thin", "bleed_dis", "implant_elec", "heart_valve", "fits", "immune", "lymph",
    "told_not", "med_any", "allergy_any", "preg_status", "preg_scan", "preg_bleed",
}  # fmt: skip
NEEDED = SAFETY_CRITICAL - {"preg_scan"} | {
    "reason", "med_change", "health_change", "name_known", "dob", "filled_by", "contact_ok",
    "faint_hist", "diabetes", "skin", "lung",
    "read_info", "privacy_seen", "correct",
}  # fmt: skip


def raw_items(items=RAW["item"]):
    for item in items:
        yield item
        yield from raw_items(item.get("item", []))


def test_it_is_a_fhir_questionnaire():
    FhirQuestionnaire.model_validate(RAW)


def test_every_operator_and_item_type_is_one_fhir_knows():
    for item in raw_items():
        assert Kind(item["type"])
        for entry in item.get("enableWhen", []):
            assert conditions.Operator(entry["operator"])


def test_no_two_items_share_an_id():
    ids = [item["linkId"] for item in raw_items()]
    assert len(ids) == len(set(ids))


def test_conditions_look_only_at_questions_asked_before():
    before: set[str] = set()
    for item in ITEMS:
        assert conditions.questions(item.when) <= before, item.link_id
        if item.is_question or item.count_of is not None:
            before.add(item.link_id)


def test_conditions_compare_with_an_option_the_question_has():
    options = {item["linkId"]: codes(item) for item in raw_items()}
    for item in raw_items():
        for entry in item.get("enableWhen", []):
            if coding := entry.get("answerCoding"):
                assert (coding["system"], coding["code"]) in options[entry["question"]]


def codes(item):
    found = [option["valueCoding"] for option in item.get("answerOption", [])]
    return {(coding["system"], coding["code"]) for coding in found}


def test_two_conditions_say_whether_all_or_any_counts():
    for item in raw_items():
        if len(item.get("enableWhen", [])) > 1:
            assert item.get("enableBehavior") in {"all", "any"}, item["linkId"]


def test_sections_hold_pages_and_pages_hold_questions():
    for section in shipped().sections:
        assert section.kind is Kind.GROUP
        for page in section.items:
            if page.count_of is not None:
                continue  # it holds a number that is worked out, and is never shown
            assert page.kind is Kind.GROUP
            assert not page.repeats
            assert page.items


def test_every_question_has_words_and_every_choice_its_options():
    for item in QUESTIONS:
        assert item.text.strip()
        if item.kind is Kind.CHOICE:
            assert item.options
            assert len({option.code for option in item.options}) == len(item.options)
        if item.kind in (Kind.LINE, Kind.TEXT):
            assert 0 < item.max_length <= 500


def test_no_text_holds_an_exclamation_mark():
    for item in ITEMS:
        for text in (item.text, item.why, item.hint, item.intro):
            assert "!" not in text


def test_safety_questions_are_marked_and_can_be_left_for_the_visit():
    marked = {item.link_id: item for item in QUESTIONS if item.critical}
    assert set(marked) == SAFETY_CRITICAL
    for item in marked.values():
        assert item.option("talk") is not None, item.link_id


def test_exactly_the_needed_questions_are_required():
    required = {item.link_id for item in shipped_questions() if item.required}
    assert required == NEEDED | {"med_name"}


def shipped_questions():
    return QUESTIONS


@pytest.mark.parametrize(
    "link_id",
    ["blood_thin", "bleed_dis", "implant_elec", "heart_valve", "fits", "faint_hist", "immune",
     "diabetes", "lymph", "skin", "lung", "liver_kid", "implants", "told_not", "med_recent",
     "preg_told", "art_rules"],
)  # fmt: skip
def test_yes_no_not_sure_and_talk_are_four_options(link_id):
    item = shipped().find(link_id)
    assert [option.code for option in item.options] == YES_NO_FOUR


def test_none_of_these_and_talking_cannot_stand_beside_other_ticks():
    for item in QUESTIONS:
        if item.kind is Kind.CHOICE and item.repeats:
            for option in item.options:
                lonely = option.code in LONELY or option.state is not None
                assert option.exclusive is lonely, (item.link_id, option.code)


def test_the_help_text_names_the_numbers_of_the_clinic():
    numbers = {
        "emergency_number": "999",
        "emergency_department": "A&E",
        "urgent_line": "111",
        "early_pregnancy_unit": "the early pregnancy unit",
        "crisis_text": "Samaritans 116 123.",
    }
    for group in ("start", "texts"):
        for item in walk(shipped().find(group).items):
            assert "{" not in shipped().fixed_text(item.link_id, **numbers)
    assert "Call 999 or go to A&E" in shipped().fixed_text("P-999", **numbers)


def test_nothing_infectious_is_asked_by_default():
    assert [item.link_id for item in ITEMS if item.off] == ["health_infections", "bbv"]


def test_what_nobody_watches_is_marked_so():
    watched = [item.link_id for item in ITEMS if item.when_watched]
    assert watched == ["feel_safe_page", "feel_safe"]


def test_the_sections_are_those_of_the_clinical_content_in_its_order():
    prefixes = [item.prefix for item in shipped().items if item.prefix]
    assert prefixes == [f"1.{number}" for number in [*range(12), 13, 12]]
