"""What follows from the answers before any rule is asked: a few derived terms.

The conditions of the rules are those of the questionnaire's branching, over the answers and:

* `PREG_POSS`      may be pregnant: yes, could be, talk or left out, or treatment after transfer
* `HAS:<class>`    a medicine of that class is taken, or may be (see `counts`)
* `MED:<label>`    that medicine is taken, or may be
* `EPL_LATELY`     one used in early-pregnancy care was last taken lately, or nobody knows when
* `SJW_AND_OTHER`  St John's wort is listed with another medicine
* `MED_UNKNOWN`    a medicine typed was not recognised
* `ASK`            a safety question that was put is unknown
* `AGE`            `under_16` and `under_18` on the day of the visit
* `OLD`            the answers are out of date on the day of the visit
* `EVER:<rule>`    that rule has fired on a form of hers before

Source: the clinical content, section 2.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from booking.intake.rules.answers import Answer, Answers, PartialDate, State, is_unknown
from booking.intake.rules.conditions import holds
from booking.intake.rules.medicines import Catalogue, Hit, Reading
from booking.intake.rules.recheck import is_stopped
from booking.intake.rules.ruleset import RuleSet, shipped

# How long after stopping a medicine still counts, in days: the clinical content, section 2.
RECENT_DAYS = 14
LONG_RECENT_DAYS = 92
LONG_RECENT = frozenset({"IMMUNO", "TERATO", "EPL-CARE"})
EARLY_CARE = "EPL-CARE"
LONG_IN_EARLY_CARE = "methotrexate"
SJW = "SJW"
# How old answers may be on the day of a visit, in days: rule N-OLD.
FRESH_DAYS = 28
FRESH_DAYS_PREGNANT = 7
POSSIBLY_PREGNANT = frozenset({"yes", "could", State.TALK, State.NOT_SURE})
AFTER_TRANSFER = frozenset({"after_transfer", "waiting_test"})
YES = Answer(codes=("yes",))


@dataclass(frozen=True, kw_only=True)
class Circumstances:
    """What the answers are held against; days are in the clinic's zone.

    `visit_on` is the day of the visit, `answered_on` that on which the answers were sent: None
    where nothing has been. `outstanding` is a later visit whose short form has not been sent.
    `ever` are the ids of rules that have fired on any form of hers.
    """

    today: date
    visit_on: date
    answered_on: date | None = None
    outstanding: bool = False
    ever: frozenset[str] = frozenset()


def derive(
    answers: Answers, at: Circumstances, *, medicines: Catalogue, ruleset: RuleSet
) -> dict[str, Answer]:
    """The answers with the derived terms added, each answered "yes" where it holds."""
    facts = dict(answers)
    found = list(readings(answers, medicines))
    terms = [*_taken(found, at.today), *(f"EVER:{rule}" for rule in sorted(at.ever))]
    holding = {
        "MED_UNKNOWN": any(not reading.hits for _, reading in found),
        "ASK": bool(unknown_critical(answers, ruleset=ruleset)),
        "PREG_POSS": _possibly_pregnant(answers),
        "OLD": _out_of_date(answers, at),
    }
    terms += [term for term, is_so in holding.items() if is_so]
    facts |= dict.fromkeys(terms, YES)
    if ages := _young(answers, at.visit_on):
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
    days = LONG_RECENT_DAYS if medicine_class in LONG_RECENT else RECENT_DAYS
    return not is_stopped(row) or _within(row.get("med_stopped"), days, today)


def counts_in_early_care(row: Answers, hit: Hit, *, today: date) -> bool:
    """Whether one used in early-pregnancy care was last taken lately; an unknown date counts."""
    if EARLY_CARE not in hit.raising:
        return False
    days = LONG_RECENT_DAYS if hit.label.startswith(LONG_IN_EARLY_CARE) else RECENT_DAYS
    last = row.get("med_last") or (row.get("med_stopped") if is_stopped(row) else None)
    return _within(last, days, today)


def readings(answers: Answers, medicines: Catalogue) -> Iterator[tuple[Answers, Reading]]:
    """Each medicine listed, with what was recognised in its name."""
    listed = answers.get("med_list")
    for row in listed.rows if listed is not None else ():
        name, form = row.get("med_name"), row.get("med_form")
        if name is not None and name.text:
            code = "".join(form.codes) if form is not None else ""
            yield row, medicines.read(name.text, form=code)


def _within(when: Answer | None, days: int, today: date) -> bool:
    """Whether a day lies at most so many days back; one that is not known may."""
    return when is None or when.date is None or (today - when.date.last).days <= days


def _taken(found: list[tuple[Answers, Reading]], today: date) -> list[str]:
    """The terms about medicines that are taken, or may be."""
    terms: set[str] = set()
    for row, reading in found:
        for hit in reading.hits:
            mattering = {name for name in hit.raising if counts(row, name, today=today)}
            terms |= {f"HAS:{name}" for name in mattering}
            if mattering or counts(row, "", today=today):
                terms.add(f"MED:{hit.label}")
            if counts_in_early_care(row, hit, today=today):
                terms.add("EPL_LATELY")
    if f"HAS:{SJW}" in terms and _another_than_sjw(found, today):
        terms.add("SJW_AND_OTHER")
    return sorted(terms)


def _another_than_sjw(found: list[tuple[Answers, Reading]], today: date) -> bool:
    return any(
        counts(row, "", today=today)
        and (not reading.hits or any(SJW not in hit.classes for hit in reading.hits))
        for row, reading in found
    )


def _possibly_pregnant(answers: Answers) -> bool:
    stage = answers.get("art_stage")
    if stage is not None and stage.tokens & AFTER_TRANSFER:
        return True
    status = answers.get("preg_status")
    return status is None or bool(status.tokens & POSSIBLY_PREGNANT)


def _out_of_date(answers: Answers, at: Circumstances) -> bool:
    if at.outstanding:
        return True
    if at.answered_on is None:
        return False
    status = answers.get("preg_status")
    pregnant = status is not None and "yes" in status.tokens
    days = FRESH_DAYS_PREGNANT if pregnant else FRESH_DAYS
    return (at.visit_on - at.answered_on).days > days


def _young(answers: Answers, visit_on: date) -> tuple[str, ...]:
    born = answers.get("dob")
    if born is None or born.date is None:
        return ()
    age = age_on(born.date, visit_on)
    return tuple(f"under_{limit}" for limit in (16, 18) if age < limit)
