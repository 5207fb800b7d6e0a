"""Each rule fires on its exact condition, never on "no", and unknown is never "no"."""

import json
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from booking.intake.rules import facts, flags, medicines, questionnaire
from booking.intake.rules.answers import NOT_SURE, TALK, Answer, PartialDate
from booking.intake.rules.facts import Circumstances
from booking.intake.rules.flags import Severity
from booking.intake.rules.ruleset import SHIPPED, shipped

TODAY = date(2026, 7, 1)
RULES = shipped()
WANTED = [
    "U-BLEED", "U-CLOT", "U-INF", "U-OHSS", "U-LATE", "U-PBLD", "U-ECT", "U-NOW", "U-SAFE",
    "B-PREG", "B-PREG2", "B-PBLC", "B-ECT", "B-LOSS", "B-MTX", "B-COAG", "B-BLD", "B-BLD2",
    "B-DEV", "B-VALVE", "B-FIT", "B-IMM", "B-CANC", "B-LYM", "B-SKIN", "B-DM", "B-LUNG",
    "B-METAL", "B-HERB", "B-SJW", "B-TER", "B-BP", "B-TOLD", "B-REACT", "B-AGE", "B-LANG",
    "B-ASK", "N-FAINT", "N-PLT", "N-ART", "N-PROG", "N-MOXA", "N-ALL", "N-RPL", "N-MOOD",
    "N-COMF", "N-MEDX", "N-OLD",
]  # fmt: skip


def said(*codes: str) -> Answer:
    return Answer(codes=codes)


def medicine(name: str, **more: Answer) -> dict[str, Answer]:
    return {"med_name": Answer(text=name), **more}


def listed(*rows: Mapping[str, Answer]) -> dict[str, Answer]:
    return {"med_any": said("list"), "med_list": Answer(rows=tuple(rows))}


# Everything asked, everything answered with the answer that raises nothing.
QUIET = {
    "u_now": said("none"),
    "name_known": Answer(text="Amara"),
    "dob": Answer(date=PartialDate(1990, 3, 27)),
    "filled_by": said("me"),
    "allergy_any": said("no_known"),
    "preg_status": said("no"),
    "med_any": said("nothing"),
    **{
        question: said("no")
        for question in [
            "blood_thin",
            "bleed_dis",
            "implant_elec",
            "heart_valve",
            "fits",
            "faint_hist",
            "immune",
            "diabetes",
            "lymph",
            "skin",
            "lung",
            "liver_kid",
            "bp",
            "implants",
            "told_not",
            "med_recent",
        ]
    },
}


def on(today: date = TODAY, **more: Any) -> Circumstances:
    return Circumstances(**{"today": today, "visit_on": today, **more})


def raised(
    changes: Mapping[str, Answer | None], at: Circumstances | None = None
) -> dict[str, flags.Raised]:
    answers = {key: value for key, value in {**QUIET, **changes}.items() if value is not None}
    found = flags.raise_flags(answers, at or on(), medicines=medicines.shipped())
    return {flag.rule_id: flag for flag in found}


def severities(changes: Mapping[str, Answer | None]) -> dict[str, str]:
    return {rule_id: flag.severity for rule_id, flag in raised(changes).items()}


def test_the_rules_are_the_ones_these_sections_can_raise() -> None:
    assert [rule.id for rule in RULES.rules] == WANTED


def test_no_to_everything_raises_nothing() -> None:
    assert raised({}) == {}


PREGNANT = {"preg_status": said("yes"), "preg_scan": said("womb"), "preg_bleed": said("no")}
COULD_BE = {"preg_status": said("could"), "preg_bleed": said("no")}

LOSS = {"reason": said("after_loss")}


def rows(**row: Answer) -> Answer:
    return Answer(rows=(row,))


def history(*what: str) -> dict[str, Answer]:
    told = tuple({"hist_what": said(each)} for each in what)
    losses = what.count("loss")
    counted = {"loss_count": Answer(number=losses)} if losses else {}
    return {"hist_share": said("yes"), "hist_items": Answer(rows=told), **counted}


ECTOPIC = history("ectopic")

FIRING = [
    *[({"u_now": said(sign)}, {"U-BLEED": "urgent"}) for sign in ("heavy_bleed", "bad_pain")],
    *[({"u_now": said(sign)}, {"U-BLEED": "urgent"}) for sign in ("shoulder_tip", "faint")],
    ({"u_now": said("chest_breath")}, {"U-CLOT": "urgent"}),
    ({"u_now": said("one_leg")}, {"U-CLOT": "urgent"}),
    ({"u_now": said("fever")}, {"U-INF": "urgent"}),
    ({"u_now": said("ohss")}, {"U-OHSS": "urgent"}),
    ({"u_now": said("late_preg")}, {"U-LATE": "urgent"}),
    ({**PREGNANT, "preg_bleed": said("unchecked")}, {"U-PBLD": "urgent", "B-PREG": "before"}),
    ({**COULD_BE, "preg_bleed": said("unchecked")}, {"U-PBLD": "urgent", "B-PREG2": "before"}),
    ({**PREGNANT, "preg_scan": said("elsewhere")}, {"U-ECT": "urgent", "B-PREG": "before"}),
    (PREGNANT, {"B-PREG": "before"}),
    ({**PREGNANT, "preg_bleed": said("checked")}, {"B-PREG": "before", "B-PBLC": "before"}),
    ({**COULD_BE, "preg_bleed": said("checked")}, {"B-PREG2": "before", "B-PBLC": "before"}),
    (COULD_BE, {"B-PREG2": "before"}),
    ({"preg_status": TALK}, {"B-PREG2": "before", "B-ASK": "before"}),
    ({"preg_status": None}, {"B-PREG2": "before", "B-ASK": "before"}),
    *[
        (
            {"reason": said("art"), "art_stage": said(stage)},
            {"B-PREG2": "before", "N-ART": "note"},
        )
        for stage in ("after_transfer", "waiting_test")
    ],
    ({"blood_thin": said("yes")}, {"B-COAG": "before"}),
    (listed(medicine("Clexane 40mg")), {"B-COAG": "before"}),
    ({"bleed_dis": said("yes")}, {"B-BLD": "before"}),
    ({"implant_elec": said("yes")}, {"B-DEV": "before"}),
    ({"heart_valve": said("yes")}, {"B-VALVE": "before"}),
    ({"fits": said("yes")}, {"B-FIT": "before"}),
    ({"fits": said("yes"), "fits_last": said("last_year")}, {"B-FIT": "before"}),
    ({"fits": said("yes"), "fits_last": NOT_SURE}, {"B-FIT": "before"}),
    ({"fits": said("yes"), "fits_last": said("longer_ago")}, {"B-FIT": "note"}),
    ({"med_any": said("bring")}, {"B-ASK": "before"}),
    (listed(medicine("Keppra")), {"B-ASK": "before"}),
    ({**listed(medicine("Keppra")), "fits": said("yes")}, {"B-FIT": "before"}),
    ({"faint_hist": said("yes")}, {"N-FAINT": "note"}),
    ({"needle_fear": said("very")}, {"N-FAINT": "note"}),
    (listed(medicine("labetalol")), {"N-FAINT": "note"}),
    ({"allergy_any": said("yes"), "allergy_list": said("latex")}, {"N-ALL": "note"}),
    (
        {"allergy_any": said("yes"), "allergy_list": said("metal")},
        {"N-ALL": "note", "B-METAL": "before"},
    ),
    (
        {
            "allergy_any": said("yes"),
            "allergy_list": said("metal", "latex"),
            "allergy_react_metal": said("rash"),
            "allergy_react_latex": said("swelling", "breathing"),
        },
        {"N-ALL": "before", "B-METAL": "before"},
    ),
    (listed(medicine("zorbafex")), {"N-MEDX": "note"}),
    ({**LOSS, "loss_recent": said("now")}, {"U-NOW": "urgent"}),
    ({"feel_safe": said("yes")}, {"U-SAFE": "urgent"}),
    *[
        ({**PREGNANT, "preg_scan": scan, **ECTOPIC}, {"B-PREG": "before", "B-ECT": "before"})
        for scan in (said("not_yet"),)
    ],
    *[
        (
            {**PREGNANT, "preg_scan": scan, "reason": said("art")},
            {"B-PREG": "before", "B-ECT": "before", "B-ASK": "before"},
        )
        for scan in (NOT_SURE, TALK, None)
    ],
    ({**LOSS, "loss_recent": said("yes")}, {"B-LOSS": "before"}),
    ({**LOSS, "loss_recent": TALK}, {"B-LOSS": "before"}),
    (listed(medicine("misoprostol")), {"B-MTX": "before"}),
    (
        listed(medicine("methotrexate injection")),
        {"B-MTX": "before", "B-IMM": "before"},
    ),
    (listed(medicine("aspirin"), medicine("ibuprofen")), {"B-BLD2": "before"}),
    (listed(medicine("aspirin"), medicine("ginkgo")), {"B-BLD2": "before"}),
    (listed(medicine("naproxen"), medicine("ginkgo")), {"B-BLD2": "before"}),
    (
        listed(medicine("heparin"), medicine("turmeric")),
        {"B-COAG": "before", "B-BLD2": "before", "N-PLT": "note"},
    ),
    ({"immune": said("yes")}, {"B-IMM": "before"}),
    ({"immune": said("yes"), "immune_why": said("medicine")}, {"B-IMM": "before"}),
    (
        {"immune": said("yes"), "immune_why": said("cancer_now")},
        {"B-IMM": "before", "B-CANC": "before"},
    ),
    ({"immune": said("yes"), "immune_why": said("cancer_past")}, {"B-CANC": "before"}),
    (
        {"immune": said("yes"), "immune_why": said("cancer_past", "other")},
        {"B-IMM": "before", "B-CANC": "before"},
    ),
    (listed(medicine("azathioprine")), {"B-IMM": "before"}),
    (listed(medicine("chemotherapy")), {"B-IMM": "before", "B-CANC": "before"}),
    ({"lymph": said("yes")}, {"B-LYM": "before"}),
    ({"skin": said("yes")}, {"B-SKIN": "before"}),
    ({"diabetes": said("yes")}, {"B-DM": "before"}),
    ({"diabetes": said("yes"), "dm_detail": said("numb")}, {"B-DM": "before"}),
    (listed(medicine("Lantus")), {"B-DM": "before"}),
    ({"lung": said("yes")}, {"B-LUNG": "before", "N-MOXA": "note"}),
    *[
        ({**listed(medicine("raspberry leaf")), "reason": said(why)}, {"B-HERB": "before"})
        for why in ("ttc", "art")
    ],
    (
        {**listed(medicine("raspberry leaf")), **COULD_BE},
        {"B-HERB": "before", "B-PREG2": "before"},
    ),
    (listed(medicine("St John's wort"), medicine("sertraline")), {"B-SJW": "before"}),
    (
        listed(medicine("hypericum"), medicine("zorbafex")),
        {"B-SJW": "before", "N-MEDX": "note"},
    ),
    ({**listed(medicine("Roaccutane")), "reason": said("ttc")}, {"B-TER": "before"}),
    (
        {**listed(medicine("Roaccutane")), **PREGNANT},
        {"B-TER": "before", "B-PREG": "before"},
    ),
    ({"bp": said("high"), **COULD_BE}, {"B-BP": "before", "B-PREG2": "before"}),
    ({"told_not": said("yes")}, {"B-TOLD": "before"}),
    ({"acu_before": said("bad")}, {"B-REACT": "before"}),
    ({"language": said("yes")}, {"B-LANG": "before"}),
    ({"filled_by": said("helper")}, {"B-LANG": "before"}),
    ({"filled_by": said("parent")}, {"B-LANG": "before"}),
    *[(listed(medicine(name)), {"N-PLT": "note"}) for name in ("Plavix", "Nurofen", "danshen")],
    (listed(medicine("Nurofen"), medicine("naproxen")), {"N-PLT": "note"}),
    (listed(medicine("Clomid")), {"N-ART": "note"}),
    ({"reason": said("art"), "art_stage": said("planning")}, {"N-ART": "note"}),
    (listed(medicine("Cyclogest")), {"N-PROG": "note"}),
    (
        {"allergy_any": said("yes"), "allergy_list": said("plants")},
        {"N-MOXA": "note", "N-ALL": "note"},
    ),
    ({"no_thanks": said("moxa")}, {"N-MOXA": "note", "N-COMF": "note"}),
    (history("loss", "loss", "loss"), {"N-RPL": "note"}),
    ({**history("loss", "loss"), "loss_tests": said("no")}, {"N-RPL": "note"}),
    ({**history("loss", "loss"), "loss_tests": NOT_SURE}, {"N-RPL": "note"}),
    ({"feel_talk": said("visit")}, {"N-MOOD": "note"}),
    ({"feel_talk": said("support")}, {"N-MOOD": "note"}),
    *[({"undress": said(who)}, {"N-COMF": "note"}) for who in ("friend", "chaperone", "decide")],
    ({"no_thanks": said("tummy", "feet")}, {"N-COMF": "note"}),
    ({**LOSS, "wait_away": said("yes")}, {"N-COMF": "note"}),
    ({**LOSS, "words": said("my_baby")}, {"N-COMF": "note"}),
    ({**LOSS, "hard_dates": rows(hard_date=Answer(date=PartialDate(2027)))}, {"N-COMF": "note"}),
]


@pytest.mark.parametrize(("changes", "expected"), FIRING)
def test_a_rule_fires_on_its_condition_and_no_other_does(
    changes: Mapping[str, Answer | None], expected: dict[str, str]
) -> None:
    assert severities(changes) == expected


def test_every_rule_has_a_case_above() -> None:
    by_day = {"B-AGE", "N-OLD"}  # below: they need the day of the visit
    assert {rule for _, expected in FIRING for rule in expected} | by_day == set(WANTED)


@pytest.mark.parametrize(
    "changes",
    [
        {"preg_status": said("na")},
        {"faint_hist": NOT_SURE},
        {"needle_fear": said("bit")},
        {"undress": said("no_one"), "no_thanks": said("nothing")},
        {"feel_talk": said("not_now"), "feel_safe": said("no")},
        {"feel_safe": TALK},
        {
            **LOSS,
            "wait_away": said("no"),
            "words": said("no_preference"),
            "loss_recent": said("no"),
        },
        {"reason": said("preg", "partner", "other")},
        {"acu_before": said("fine"), "language": said("no")},
        {"diabetes": said("yes"), "dm_detail": said("none")},
        {"bp": said("high")},
        {**history("birth", "ectopic", "molar", "ended")},
        {**history("loss", "loss"), "loss_tests": said("yes")},
        {**history("loss", "loss"), "loss_tests": said("rather_not")},
        listed(medicine("St John's wort")),
        listed(medicine("raspberry leaf"), medicine("Roaccutane")),
        listed(medicine("folic acid"), medicine("sertraline"), medicine("metformin")),
        listed(
            medicine("warfarin", med_still=said("no"), med_stopped=Answer(date=PartialDate(2025)))
        ),
    ],
)
def test_what_is_no_reason_raises_nothing(changes: Mapping[str, Answer | None]) -> None:
    assert raised(changes) == {}


CRITICAL = [
    "u_now",
    "blood_thin",
    "bleed_dis",
    "implant_elec",
    "heart_valve",
    "fits",
    "immune",
    "lymph",
    "told_not",
    "med_any",
    "allergy_any",
    "preg_status",
]


@pytest.mark.parametrize("unknown", [NOT_SURE, TALK, None], ids=["not sure", "talk", "left out"])
@pytest.mark.parametrize("question", CRITICAL)
def test_an_unknown_safety_answer_is_asked_about_and_is_not_a_no(
    question: str, unknown: Answer | None
) -> None:
    found = raised({question: unknown})
    assert found["B-ASK"].severity is Severity.BEFORE
    assert [(quote.question, quote.answer) for quote in found["B-ASK"].quotes] == [
        (question, unknown)
    ]


@pytest.mark.parametrize("unknown", [NOT_SURE, TALK, None])
def test_questions_about_a_pregnancy_are_critical_only_where_they_are_put(
    unknown: Answer | None,
) -> None:
    assert "B-ASK" not in raised({"preg_scan": unknown, "preg_bleed": unknown})
    assert "B-ASK" in raised({**PREGNANT, "preg_scan": unknown})
    assert "B-ASK" in raised({**PREGNANT, "preg_bleed": unknown})
    assert "B-ASK" in raised({**COULD_BE, "preg_bleed": unknown})
    assert "B-ASK" not in raised({**COULD_BE, "preg_scan": unknown})


def test_the_critical_questions_are_those_the_questionnaire_marks() -> None:
    questionnaire = json.loads((SHIPPED.parent / "questionnaire.json").read_text(encoding="utf-8"))
    marked = {item["linkId"] for item in every_item(questionnaire["item"]) if is_critical(item)}
    assert {entry.question for entry in RULES.critical} == marked


def every_item(items: list) -> list:
    return [each for item in items for each in (item, *every_item(item.get("item", [])))]


def is_critical(item: dict) -> bool:
    marks = item.get("extension", [])
    return any(mark["url"].endswith("safety-critical") for mark in marks)


def test_every_question_option_and_text_named_by_a_rule_exists() -> None:
    questionnaire = json.loads((SHIPPED.parent / "questionnaire.json").read_text(encoding="utf-8"))
    items = {item["linkId"]: item for item in every_item(questionnaire["item"])}
    for question, code in named_in(json.loads(SHIPPED.read_text(encoding="utf-8"))["rules"]):
        if question.isupper() or ":" in question:
            continue
        options = items[question].get("answerOption", [])
        codes = {option["valueCoding"]["code"] for option in options}
        assert code is None or code in codes, (question, code)
    for rule in RULES.rules:
        assert {case.value for case in rule.patient} <= set(items), rule.id


def named_in(data: object) -> list[tuple[str, str | None]]:
    if isinstance(data, list):
        return [each for part in data for each in named_in(part)]
    if not isinstance(data, dict):
        return []
    own = []
    if "question" in data:
        own = [(data["question"], code) for code in data.get("codes", [data.get("answerString")])]
    return own + [each for part in data.values() for each in named_in(part)]


def test_every_rule_has_its_texts_its_sources_and_says_what_is_not_verified() -> None:
    for rule in RULES.rules:
        assert rule.version
        assert rule.title
        assert rule.in_words
        assert rule.practitioner
        assert rule.reception == "R-NONE" or rule.reception in RULES.texts
        assert set(rule.sources) <= set(RULES.sources)
    unverified = {rule.id for rule in RULES.rules if not all(p.verified for p in rule.practitioner)}
    assert unverified == {"U-LATE", "B-COAG", "B-VALVE", "B-BP", "B-TER", "B-TOLD"}


def test_reception_is_told_to_ring_for_the_urgent_and_never_why() -> None:
    conditions = ("bleed", "pregnan", "clot", "womb", "medicine", "ectopic", "fertil", "pain")
    for rule in RULES.rules:
        urgent = rule.severity[-1].value == "urgent"
        assert rule.reception.startswith("R-CALL") == urgent == rule.at_once
    for text in RULES.texts.values():
        whole = f"{text.title} {text.say} {text.then}".lower()
        assert not [word for word in conditions if word in whole]


def test_the_quote_is_the_answer_that_raised_it_and_nothing_beside_it() -> None:
    found = raised(
        {
            "u_now": said("one_leg", "bad_pain"),
            **listed(medicine("Clexane 40mg"), medicine("folic acid"), medicine("zorbafex")),
        }
    )
    assert found["U-BLEED"].quotes[0].answer == said("bad_pain")
    assert found["U-CLOT"].quotes[0].answer == said("one_leg")
    names = {
        rule_id: [
            row["med_name"].text for quote in found[rule_id].quotes for row in quote.answer.rows
        ]
        for rule_id in ("B-COAG", "N-MEDX")
    }
    assert names == {"B-COAG": ["Clexane 40mg"], "N-MEDX": ["zorbafex"]}


def test_where_rules_overlap_the_higher_severity_is_kept() -> None:
    found = list(raised({"u_now": said("faint"), "faint_hist": said("yes"), "fits": TALK}).values())
    assert [flag.severity for flag in found] == ["urgent", "before", "note"]
    assert flags.highest(found) is Severity.URGENT
    assert flags.highest(found[1:]) is Severity.BEFORE
    assert flags.highest([]) is None


@pytest.mark.parametrize(
    ("signs", "texts"),
    [
        (("bad_pain",), ["P-999"]),
        (("one_leg",), ["P-TODAY"]),
        (("one_leg", "chest_breath"), ["P-999"]),
        (("fever",), ["P-TODAY"]),
        (("fever", "faint"), ["P-999"]),
        (("ohss",), ["P-TODAY-CLINIC"]),
        (("ohss", "one_leg"), ["P-TODAY", "P-TODAY-CLINIC"]),
        (("late_preg", "one_leg"), ["P-999"]),
        (("none",), []),
    ],
)
def test_the_patient_sees_the_text_that_asks_most_of_her(
    signs: tuple[str, ...], texts: list[str]
) -> None:
    assert flags.for_patient(list(raised({"u_now": said(*signs)}).values())) == texts


def test_only_urgent_rules_fire_before_the_form_is_sent() -> None:
    page = {"u_now": said("fever"), "blood_thin": said("yes")}
    found = flags.raise_at_once(page, on(), medicines=medicines.shipped())
    assert [flag.rule_id for flag in found] == ["U-INF"]


@pytest.mark.parametrize(
    ("born", "visit", "ages"),
    [
        ((2008, 7, 2), date(2026, 7, 1), {"under_18"}),
        ((2008, 7, 1), date(2026, 7, 1), set()),
        ((2010, 7, 2), date(2026, 7, 1), {"under_16", "under_18"}),
        ((2010, 7, 1), date(2026, 7, 1), {"under_18"}),
        ((2008, 2, 29), date(2026, 2, 28), {"under_18"}),
        ((2008,), date(2026, 7, 1), {"under_18"}),
    ],
)
def test_age_is_that_on_the_day_of_the_visit(
    born: tuple[int, ...], visit: date, ages: set[str]
) -> None:
    answers = {**QUIET, "dob": Answer(date=PartialDate(*born))}
    at = on(date(2026, 1, 1), visit_on=visit)
    found = flags.raise_flags(answers, at, medicines=medicines.shipped())
    assert bool(ages) == any(flag.rule_id == "B-AGE" for flag in found)
    derived = facts.derive(
        answers, on(visit_on=visit), medicines=medicines.shipped(), ruleset=RULES
    )
    assert (set(derived["AGE"].codes) if "AGE" in derived else set()) == ages


def stopped(on: PartialDate | None) -> dict[str, Answer]:
    since = {} if on is None else {"med_stopped": Answer(date=on)}
    return {"med_still": said("no"), **since}


def day(days_ago: int) -> PartialDate:
    on = TODAY - timedelta(days=days_ago)
    return PartialDate(on.year, on.month, on.day)


@pytest.mark.parametrize(
    ("row", "counted"),
    [
        ({}, True),
        ({"med_still": said("yes")}, True),
        ({"med_still": NOT_SURE}, True),
        (stopped(None), True),
        (stopped(day(14)), True),
        (stopped(day(15)), False),
        (stopped(PartialDate(2026, 6)), True),
        (stopped(PartialDate(2026)), True),
        (stopped(PartialDate(2026, 5)), False),
    ],
)
def test_a_medicine_counts_until_it_is_known_to_be_stopped_for_two_weeks(
    row: dict[str, Answer], counted: bool
) -> None:
    assert ("B-COAG" in raised(listed(medicine("heparin", **row)))) is counted


@pytest.mark.parametrize("medicine_class", ["IMMUNO", "TERATO", "EPL-CARE"])
def test_a_medicine_with_a_long_effect_counts_for_three_months(medicine_class: str) -> None:
    assert facts.counts(stopped(day(92)), medicine_class, today=TODAY)
    assert not facts.counts(stopped(day(93)), medicine_class, today=TODAY)


YES_NO = ["blood_thin", "bleed_dis", "implant_elec", "heart_valve", "fits", "faint_hist"]
SIGNS = ["heavy_bleed", "one_leg", "fever", "ohss", "late_preg", "chest_breath", "bad_pain"]
CHANGES = st.fixed_dictionaries(
    {},
    optional={
        "u_now": st.sampled_from(SIGNS).map(said),
        "preg_status": st.sampled_from(["yes", "could", "no", "na"]).map(said) | st.just(TALK),
        "preg_bleed": st.sampled_from(["no", "checked", "unchecked"]).map(said) | st.just(TALK),
        **{
            name: st.sampled_from([said("yes"), said("no"), NOT_SURE, TALK, None])
            for name in YES_NO
        },
    },
)


@given(CHANGES)
def test_more_said_never_takes_an_urgent_flag_away(changes: dict[str, Answer | None]) -> None:
    alone = {key: value for key, value in changes.items() if value is not None}
    early = flags.raise_at_once(alone, on(), medicines=medicines.shipped())
    late = raised(changes)
    assert {flag.rule_id for flag in early} <= set(late)
    assert all(flag.severity is Severity.URGENT for flag in early)


@given(CHANGES)
def test_an_unknown_is_never_treated_as_a_no(changes: dict[str, Answer | None]) -> None:
    answers = {key: value for key, value in {**QUIET, **changes}.items() if value is not None}
    unknown = [key for key in YES_NO[:5] if changes.get(key, "said") in (NOT_SURE, TALK, None)]
    found = raised(changes)
    assert not unknown or "B-ASK" in found
    assert set(unknown) <= set(facts.unknown_critical(answers))
    assert list(found) == sorted(found, key=lambda each: found[each].severity.rank)


def epl(days_ago: int | None, name: str, part: str = "med_last") -> dict[str, Answer]:
    when = {} if days_ago is None else {part: Answer(date=day(days_ago))}
    still = {"med_still": said("no")} if part == "med_stopped" else {}
    return medicine(name, **when, **still)


@pytest.mark.parametrize(
    ("row", "fires"),
    [
        (epl(14, "mifepristone"), True),
        (epl(15, "mifepristone"), False),
        (epl(14, "misoprostol", "med_stopped"), True),
        (epl(15, "misoprostol", "med_stopped"), False),
        (epl(None, "misoprostol"), True),
        (epl(92, "methotrexate injection"), True),
        (epl(93, "methotrexate injection"), False),
        (epl(None, "methotrexate injection"), True),
        ({**medicine("methotrexate"), "med_form": said("tablet")}, False),
    ],
)
def test_early_care_medicines_count_from_when_they_were_last_taken(
    row: dict[str, Answer], fires: bool
) -> None:
    assert ("B-MTX" in raised(listed(row))) is fires


@pytest.mark.parametrize(
    ("changes", "days", "severity"),
    [
        ({}, 28, None),
        ({}, 29, "note"),
        (PREGNANT, 7, None),
        (PREGNANT, 8, "before"),
        (COULD_BE, 8, None),
    ],
)
def test_answers_go_stale_after_four_weeks_and_in_pregnancy_after_one(
    changes: Mapping[str, Answer | None], days: int, severity: str | None
) -> None:
    found = raised(changes, on(answered_on=TODAY - timedelta(days=days)))
    assert (found["N-OLD"].severity if "N-OLD" in found else None) == severity


def test_a_later_visit_whose_short_form_is_not_done_is_out_of_date() -> None:
    assert raised({}, on(outstanding=True))["N-OLD"].severity is Severity.NOTE
    ever = on(outstanding=True, ever=frozenset({"B-COAG"}))
    assert raised({}, ever)["N-OLD"].severity is Severity.BEFORE


def test_a_rule_about_early_care_is_never_told_at_the_desk() -> None:
    rule = RULES.rule("B-MTX")
    assert rule is not None
    assert rule.reception == "R-REV"


def test_the_crisis_text_stands_beside_an_emergency() -> None:
    found = raised({"u_now": said("faint", "one_leg"), "feel_safe": said("yes")})
    assert flags.for_patient(list(found.values())) == ["P-999", "P-CRISIS"]


@pytest.mark.parametrize("answer", [said("no"), said("yes"), TALK])
def test_any_answer_about_keeping_safe_shows_the_crisis_text(answer: Answer) -> None:
    items = questionnaire.shipped().items
    assert flags.shown_with(items, {"feel_safe": answer}) == ["P-CRISIS"]
    assert flags.shown_with(items, {"feel_talk": said("visit")}) == []
