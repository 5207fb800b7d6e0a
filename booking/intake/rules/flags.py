"""What an answer asks a person to look at: rules are data, evaluated here.

A flag is a prompt with the answer, the rule and its source beside it. It never decides, scores
or refuses. Unknown (not sure, rather talk, left out) is never "no". What the conditions look at
beside the answers: `facts`. Severity and wording: the clinical content, section 2.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from booking.intake.rules.answers import Answer, Answers
from booking.intake.rules.conditions import holds
from booking.intake.rules.facts import (
    EARLY_CARE,
    Circumstances,
    counts,
    counts_in_early_care,
    derive,
    readings,
    unknown_critical,
)
from booking.intake.rules.medicines import Catalogue, Reading
from booking.intake.rules.questionnaire import Item, walk
from booking.intake.rules.ruleset import Rule, RuleSet, Wanted, shipped

NOT_RECOGNISED = "UNKNOWN"
EMERGENCY, TODAY = "P-999", "P-TODAY"


class Severity(StrEnum):
    """How much a flag asks for."""

    URGENT = "urgent"
    BEFORE = "before"
    NOTE = "note"

    @property
    def rank(self) -> int:
        """0 for the most pressing."""
        return list(Severity).index(self)


@dataclass(frozen=True)
class Quote:
    """The answer that raised a flag; `answer` is None for a question left out."""

    question: str
    answer: Answer | None


@dataclass(frozen=True)
class Raised:
    """A rule that fired. `patient` is the id of the fixed text the patient sees, "" for none."""

    rule_id: str
    version: str
    severity: Severity
    reception: str
    patient: str
    quotes: tuple[Quote, ...]
    at_once: bool


def raise_flags(
    answers: Answers,
    at: Circumstances,
    *,
    medicines: Catalogue,
    ruleset: RuleSet | None = None,
) -> list[Raised]:
    """Every rule that fires, most severe first, in the order of the rules within a severity.

    `answers` are those of a sent form without questions that no longer apply.
    """
    rules = ruleset or shipped()
    facts = derive(answers, at, medicines=medicines, ruleset=rules)
    evidence = _Evidence(answers, facts, at, list(readings(answers, medicines)), rules)
    raised = [_raised(rule, evidence) for rule in rules.rules if holds(rule.when, facts)]
    return sorted(raised, key=lambda flag: flag.severity.rank)


def raise_at_once(
    answers: Answers,
    at: Circumstances,
    *,
    medicines: Catalogue,
    ruleset: RuleSet | None = None,
) -> list[Raised]:
    """The urgent rules, which fire as soon as their page is saved, whether sent or not."""
    raised = raise_flags(answers, at, medicines=medicines, ruleset=ruleset)
    return [flag for flag in raised if flag.at_once]


def highest(raised: Sequence[Raised]) -> Severity | None:
    """The most pressing severity among them: where rules overlap, the higher one is kept."""
    return min((flag.severity for flag in raised), key=lambda each: each.rank, default=None)


def for_patient(raised: Sequence[Raised]) -> list[str]:
    """Ids of the urgent texts to show, one each; an emergency text leaves "today" texts out."""
    urgent = dict.fromkeys(flag.patient for flag in raised if flag.severity is Severity.URGENT)
    texts = [text for text in urgent if text]
    if any(text.startswith(EMERGENCY) for text in texts):
        return [text for text in texts if not text.startswith(TODAY)]
    return texts


def shown_with(items: Sequence[Item], given: Answers) -> list[str]:
    """Ids of the fixed texts that stand beside any answer to some of these questions."""
    shown = (item.shows for item in walk(items) if item.shows and item.link_id in given)
    return list(dict.fromkeys(shown))


@dataclass(frozen=True)
class _Evidence:
    """What the rules of one run look at."""

    answers: Answers
    facts: Answers
    at: Circumstances
    readings: list[tuple[Answers, Reading]]
    ruleset: RuleSet


def _raised(rule: Rule, evidence: _Evidence) -> Raised:
    facts = evidence.facts
    severity = next(case.value for case in rule.severity if holds(case.when, facts))
    patient = next((case.value for case in rule.patient if holds(case.when, facts)), "")
    quotes = [
        quote
        for wanted in rule.quotes
        if holds(wanted.when, facts)
        for quote in _quoted(wanted, evidence)
    ]
    return Raised(
        rule_id=rule.id,
        version=rule.version,
        severity=Severity(severity),
        reception=rule.reception,
        patient=patient,
        quotes=tuple(quotes),
        at_once=rule.at_once,
    )


def _quoted(wanted: Wanted, evidence: _Evidence) -> Iterator[Quote]:
    if wanted.medicines or wanted.labels:
        yield from _quoted_medicines(wanted, evidence)
    elif wanted.critical:
        for question in unknown_critical(evidence.answers, ruleset=evidence.ruleset):
            yield Quote(question, evidence.answers.get(question))
    elif (answer := evidence.answers.get(wanted.question)) is not None:
        if (part := _part(answer, wanted)) is not None:
            yield Quote(wanted.question, part)
    elif wanted.or_left_out:
        yield Quote(wanted.question, None)


def _part(answer: Answer, wanted: Wanted) -> Answer | None:
    """What is quoted of an answer: all of it, some of its options, or some of its rows."""
    if wanted.rows_with:
        code = wanted.rows_with
        rows = tuple(row for row in answer.rows if any(code in each.codes for each in row.values()))
        return Answer(rows=rows) if rows else None
    if not wanted.codes:
        return answer
    codes = tuple(code for code in answer.codes if code in wanted.codes)
    return replace(answer, codes=codes) if codes else None


def _quoted_medicines(wanted: Wanted, evidence: _Evidence) -> Iterator[Quote]:
    for row, reading in evidence.readings:
        if _is_quoted(row, reading, wanted, evidence.at):
            yield Quote("med_list", Answer(rows=(row,)))


def _is_quoted(row: Answers, reading: Reading, wanted: Wanted, at: Circumstances) -> bool:
    if not reading.hits:
        return NOT_RECOGNISED in wanted.medicines
    if EARLY_CARE in wanted.medicines:
        return any(counts_in_early_care(row, hit, today=at.today) for hit in reading.hits)
    named = any(hit.label in wanted.labels for hit in reading.hits)
    classes = reading.raising & wanted.medicines
    return named or any(counts(row, name, today=at.today) for name in classes)
