"""The questionnaire holds the clinical content word for word, and says nothing that must not be."""

import json
import re
from importlib.resources import files
from pathlib import Path

import pytest

from booking.intake.rules.questionnaire import shipped, walk

HERE = Path(__file__).parent
TEMPLATES = HERE.parent.parent / "templates"
# 1.0, in order.
START = [
    "Get help now - do not wait for us.",
    (
        "We do not read this form straight away. Call {emergency_number} or go to "
        "{emergency_department} if you have:"
    ),
    "bleeding that soaks a pad in an hour or less",
    "very bad tummy pain",
    "pain at the tip of your shoulder",
    "you faint, or feel you will",
    "chest pain or trouble breathing",
    (
        "Call {urgent_line} or {early_pregnancy_unit} today for any other bleeding or pain in "
        "pregnancy, or a high temperature after a pregnancy has ended. {crisis_text}"
    ),
    (
        "This form takes about 15 minutes. You can stop and come back. You can skip anything "
        'marked "optional". You can always choose "I\'d rather talk about this in person".'
    ),
]
# What the pages may say of acupuncture, and nothing more.
CLAIMS = [
    "It has not been shown to prevent miscarriage or to raise the chance of a baby through IVF.",
    "This does not replace care from your doctor or midwife.",
]
CLAIMS_NEVER = [
    "fertility support", "improves blood flow", "blood flow to the uterus", "balances hormones",
    "regulates", "prepares the womb", "may reduce", "success rate", "prevents miscarriage",
    "reduce your risk", "weak womb", "blocked energy", "certified fertility", "next time,",
    "at least you", "blighted ovum", "failed pregnancy", "habitual abort", "incompetent cervix",
    "products of conception", "spontaneous abortion", "foetus", "non-compliant",
]  # fmt: skip


def golden() -> dict[str, tuple[str, list[str]]]:
    found: dict[str, tuple[str, list[str]]] = {}
    for line in (HERE / "golden_questions.txt").read_text().splitlines():
        if line.startswith("- "):
            next(reversed(found.values()))[1].append(line.removeprefix("- "))
        elif line and not line.startswith("#"):
            name, _, text = line.partition(": ")
            found[name] = (text, [])
    return found


GOLDEN = golden()


def test_every_question_of_the_clinical_content_is_held() -> None:
    """What it describes in a word only, and the words to leave out, are the only others."""
    asked = {item.link_id for item in walk(shipped().items) if item.is_question}
    first = {
        item.link_id
        for section in shipped().sections
        for page in section.items
        for item in page.items
        if item.is_question
    }
    assert set(GOLDEN) - {"eat"} <= asked
    others = first - set(GOLDEN) - {"words_avoid"}
    assert {name for name in others if not name.startswith("allergy_react_")} == set()


@pytest.mark.parametrize("name", GOLDEN)
def test_a_question_and_its_options_stand_word_for_word(name: str) -> None:
    text, options = GOLDEN[name]
    item = shipped().find(name)
    assert item.text == text
    if not item.tick:
        assert [option.text for option in item.options] == options


def test_the_first_page_stands_word_for_word() -> None:
    told = [item.text for item in walk([shipped().find("start")]) if item.link_id != "start_signs"]
    assert told == START


def test_the_information_page_says_what_may_be_said() -> None:
    text = (TEMPLATES / "intake" / "patient" / "_information.html").read_text()
    for claim in CLAIMS:
        assert claim in text


def test_no_page_mail_or_question_claims_what_must_not_be_claimed() -> None:
    data = files("booking.intake")
    texts = {name: data.joinpath(name).read_text() for name in ("questionnaire.json", "flags.json")}
    texts |= {str(file): file.read_text() for file in TEMPLATES.rglob("*") if file.is_file()}
    for name, text in texts.items():
        plain = re.sub(r"\s+", " ", text).casefold()
        for claim in CLAIMS_NEVER:
            assert claim not in plain, f"{name}: {claim}"


def test_nobody_is_told_a_definition_by_weeks() -> None:
    words = [json.dumps([item.text, item.why, item.hint]) for item in walk(shipped().items)]
    for text in words:
        assert not re.search(r"(before|under|after) \d+ (completed )?weeks", text)
