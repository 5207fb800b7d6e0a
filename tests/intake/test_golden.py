"""The questionnaire holds the clinical content word for word, and says nothing that must not be."""

import json
import re
from importlib.resources import files
from pathlib import Path

import pytest

from booking.core.discreet import telling
from booking.intake.rules.questionnaire import shipped, walk
from booking.intake.rules.ruleset import shipped as rules

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
    "products of conception", "spontaneous abortion", "foetus", "non-compliant", "mum-to-be",
    "not disclosed", "missed appointment fee", "testimonial",
    "phq-", "edinburgh postnatal",
]  # fmt: skip
# What nobody but her may read in a subject, a sender, a file name, an invite or an address.
OUTWARD_NEVER = [
    "pregnant", "pregnancy", "fertility", "IVF", "embryo", "egg", "sperm", "period", "miscarriage",
    "loss", "baby", "bump", "due date", "12 weeks", "scan", "bereavement", "congratulations",
    "sorry for your loss", "acupuncture", "medicines", "allergies", "urgent", "intake",
    "first visit", "consultation", "fertility clinic",
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


def golden_rules() -> dict[str, list[str]]:
    """By the id of a rule, or of a fixed text, its lines as they are written."""
    found: dict[str, list[str]] = {}
    for line in (HERE / "golden_flags.txt").read_text().splitlines():
        if line.startswith(("- ", "? ", "= ")):
            next(reversed(found.values())).append(line)
        elif line and not line.startswith("#"):
            name, _, told = line.partition(":")
            found[name] = [told.strip()]
    return found


FLAGS = golden_rules()
FIXED = ("R-", "P-")


def test_every_question_there_is_is_held() -> None:
    asked = {item.link_id for item in walk(shipped().items) if item.is_question}
    assert set(GOLDEN) - {"eat"} == asked


def test_every_rule_and_every_fixed_text_is_held() -> None:
    given = [item.link_id for item in walk(shipped().find("texts").items)]
    texts = {*rules().texts, *(name for name in given if name.startswith("P-"))}
    assert {name for name in FLAGS if name.startswith(FIXED)} == texts
    assert [name for name in FLAGS if not name.startswith(FIXED)] == [r.id for r in rules().rules]
    assert len(rules().rules) == 48


@pytest.mark.parametrize("name", [name for name in FLAGS if not name.startswith(FIXED)])
def test_a_rule_says_to_each_reader_what_is_written(name: str) -> None:
    """How severe it is, what reception, she and the practitioner are told, and from where."""
    rule = rules().rule(name)
    assert rule is not None
    told = [
        " or ".join(dict.fromkeys(case.value for case in rule.severity)),
        rule.reception,
        " or ".join(dict.fromkeys(case.value for case in rule.patient)) or "-",
        " ".join(source.replace(" ", "_") for source in rule.sources) or "-",
    ]
    parts = [f"{'-' if part.verified else '?'} {part.text}" for part in rule.practitioner]
    assert [" | ".join(told), f"= {rule.title}", *parts] == FLAGS[name]


@pytest.mark.parametrize("name", [name for name in FLAGS if name.startswith(FIXED)])
def test_a_fixed_text_stands_word_for_word(name: str) -> None:
    text = rules().texts.get(name)
    if text is None:
        told = [f"- then: {shipped().find(name).text}"]
    else:
        each = {"title": text.title, "say": text.say, "then": text.then}
        told = [f"- {part}: {words}" for part, words in each.items() if words]
    assert ["", *told] == FLAGS[name]


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


@pytest.mark.parametrize("words", OUTWARD_NEVER)
def test_what_must_not_stand_outside_is_known(words: str) -> None:
    """Owners are refused these words for the outside; what is mailed is held to the same list."""
    assert telling(f"Canal Street, {words}, 9:15am")
