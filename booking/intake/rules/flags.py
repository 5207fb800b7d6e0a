"""What an answer asks a person to look at: rules are data, evaluated here.

A flag is a prompt with the answer, the rule and its source beside it. It never decides, scores
or refuses. Unknown (not sure, rather talk, left out) is never "no". The conditions are those
of the questionnaire's branching, over the answers and a few derived terms:

* `PREG_POSS`    may be pregnant: yes, could be, talk or left out, or treatment after transfer
* `HAS:<class>`  a medicine of that class is taken, or may be (see `counts`)
* `ASK`          a safety question that was put is unknown
* `MED_UNKNOWN`  a medicine typed was not recognised
* `AGE`          `under_16` and `under_18` on the day of the visit

Severity and wording: the clinical content, section 2.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from booking.intake.rules.answers import Answer, Answers, PartialDate, State, is_unknown
from booking.intake.rules.conditions import holds
from booking.intake.rules.medicines import Catalogue, Reading
from booking.intake.rules.ruleset import Rule, RuleSet, Wanted, shipped

# How long after stopping a medicine still counts, in days: the clinical content, section 2.
RECENT_DAYS = 14
LONG_RECENT_DAYS = 92
LONG_RECENT = frozenset({"IMMUNO", "TERATO", "EPL-CARE"})
POSSIBLY_PREGNANT = frozenset({"yes", "could", State.TALK, State.NOT_SURE})
AFTER_TRANSFER = frozenset({"after_transfer", "waiting_test"})
NOT_RECOGNISED = "UNKNOWN"
YES = Answer(codes=("yes",))


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
    *,
    medicines: Catalogue,
    today: date,
    visit_on: date | None = None,
    ruleset: RuleSet | None = None,
) -> list[Raised]:
    """Every rule that fires, most severe first, in the order of the rules within a severity.

    `answers` are those of a sent form without questions that no longer apply; `today` and
    `visit_on` are days in the clinic's zone, `visit_on` being that of the next visit.
    """
    rules = ruleset or shipped()
    facts = derive(
        answers, medicines=medicines, today=today, visit_on=visit_on or today, ruleset=rules
    )
    raised = [
        _raised(rule, answers, facts, medicines=medicines, today=today, ruleset=rules)
        for rule in rules.rules
        if holds(rule.when, facts)
    ]
    return sorted(raised, key=lambda flag: flag.severity.rank)


def raise_at_once(
    answers: Answers, *, medicines: Catalogue, today: date, ruleset: RuleSet | None = None
) -> list[Raised]:
    """The urgent rules, which fire as soon as their page is saved, whether sent or not."""
    raised = raise_flags(answers, medicines=medicines, today=today, ruleset=ruleset)
    return [flag for flag in raised if flag.at_once]


def highest(raised: Sequence[Raised]) -> Severity | None:
    """The most pressing severity among them: where rules overlap, the higher one is kept."""
    return min((flag.severity for flag in raised), key=lambda each: each.rank, default=None)


def for_patient(raised: Sequence[Raised]) -> list[str]:
    """Ids of the urgent texts to show, one each; an emergency text leaves "today" texts out."""
    texts = dict.fromkeys(flag.patient for flag in raised if flag.severity is Severity.URGENT)
    texts.pop("", None)
    emergency = [text for text in texts if text.startswith("P-999")]
    return emergency or list(texts)


def derive(
    answers: Answers,
    *,
    medicines: Catalogue,
    today: date,
    visit_on: date,
    ruleset: RuleSet,
) -> dict[str, Answer]:
    """The answers with the derived terms added, each answered "yes" where it holds."""
    facts = dict(answers)
    readings = list(_readings(answers, medicines))
    terms = [f"HAS:{name}" for name in sorted(_classes_taken(readings, today))]
    if any(not reading.hits for _, reading in readings):
        terms.append("MED_UNKNOWN")
    if unknown_critical(answers, ruleset=ruleset):
        terms.append("ASK")
    if _possibly_pregnant(answers):
        terms.append("PREG_POSS")
    facts |= dict.fromkeys(terms, YES)
    if ages := _young(answers, visit_on):
        facts["AGE"] = Answer(codes=ages)
    return facts


def unknown_critical(answers: Answers, *, ruleset: RuleSet | None = None) -> list[str]:
    """Safety-critical questions that were put to her and are not sure, talk or left out."""
    return [
        entry.question
        for entry in (ruleset or shipped()).critical
        if is_unknown(answers, entry.question) and holds(entry.when, answers)
    ]


def age_on(born: PartialDate, day: date) -> int:
    """Whole years on `day`; with only a year or month known, the youngest she can be."""
    birth = born.last
    return day.year - birth.year - ((day.month, day.day) < (birth.month, birth.day))


def counts(row: Answers, medicine_class: str, *, today: date) -> bool:
    """Whether a medicine still matters: taken, not known to be stopped, or stopped lately.

    14 days, or 3 months for classes whose effect lasts (HAS of the clinical content, section 2).
    """
    still = row.get("med_still")
    if still is None or "no" not in still.tokens:
        return True
    stopped = row.get("med_stopped")
    if stopped is None or stopped.date is None:
        return True
    days = LONG_RECENT_DAYS if medicine_class in LONG_RECENT else RECENT_DAYS
    return (today - stopped.date.last).days <= days


def _possibly_pregnant(answers: Answers) -> bool:
    stage = answers.get("art_stage")
    if stage is not None and stage.tokens & AFTER_TRANSFER:
        return True
    status = answers.get("preg_status")
    return status is None or bool(status.tokens & POSSIBLY_PREGNANT)


def _young(answers: Answers, visit_on: date) -> tuple[str, ...]:
    born = answers.get("dob")
    if born is None or born.date is None:
        return ()
    age = age_on(born.date, visit_on)
    return tuple(f"under_{limit}" for limit in (16, 18) if age < limit)


def _readings(answers: Answers, medicines: Catalogue) -> Iterator[tuple[Answers, Reading]]:
    """Each medicine listed, with what was recognised in its name."""
    listed = answers.get("med_list")
    for row in listed.rows if listed is not None else ():
        name, form = row.get("med_name"), row.get("med_form")
        if name is not None and name.text:
            code = "".join(form.codes) if form is not None else ""
            yield row, medicines.read(name.text, form=code)


def _classes_taken(readings: list[tuple[Answers, Reading]], today: date) -> set[str]:
    return {
        name
        for row, reading in readings
        for name in reading.raising
        if counts(row, name, today=today)
    }


def _raised(
    rule: Rule,
    answers: Answers,
    facts: Answers,
    *,
    medicines: Catalogue,
    today: date,
    ruleset: RuleSet,
) -> Raised:
    severity = next(case.value for case in rule.severity if holds(case.when, facts))
    patient = next((case.value for case in rule.patient if holds(case.when, facts)), "")
    readings = list(_readings(answers, medicines))
    quotes = [
        quote
        for wanted in rule.quotes
        if holds(wanted.when, facts)
        for quote in _quoted(wanted, answers, readings, today=today, ruleset=ruleset)
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


def _quoted(
    wanted: Wanted,
    answers: Answers,
    readings: list[tuple[Answers, Reading]],
    *,
    today: date,
    ruleset: RuleSet,
) -> Iterator[Quote]:
    if wanted.medicines:
        yield from _quoted_medicines(wanted.medicines, readings, today=today)
    elif wanted.critical:
        for question in unknown_critical(answers, ruleset=ruleset):
            yield Quote(question, answers.get(question))
    elif (answer := answers.get(wanted.question)) is not None:
        if not wanted.codes:
            yield Quote(wanted.question, answer)
        elif codes := tuple(code for code in answer.codes if code in wanted.codes):
            yield Quote(wanted.question, replace(answer, codes=codes))
    elif wanted.or_left_out:
        yield Quote(wanted.question, None)


def _quoted_medicines(
    classes: frozenset[str], readings: list[tuple[Answers, Reading]], *, today: date
) -> Iterator[Quote]:
    for row, reading in readings:
        unknown = not reading.hits and NOT_RECOGNISED in classes
        if unknown or any(counts(row, name, today=today) for name in reading.raising & classes):
            yield Quote("med_list", Answer(rows=(row,)))
