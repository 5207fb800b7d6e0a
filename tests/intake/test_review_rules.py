"""Where a form stands, whether the visit may start, and what reception is told."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from booking.intake.rules.answers import TALK, Answer
from booking.intake.rules.flags import Severity
from booking.intake.rules.review import (
    Card,
    CardKind,
    Choice,
    FormState,
    Standing,
    Tab,
    Verdict,
    cards,
    state_of,
    tab_of,
    verdict,
)

URGENT, BEFORE, NOTE = Severity.URGENT, Severity.BEFORE, Severity.NOTE


def flag(
    severity: Severity,
    choice: Choice | None = None,
    rung: bool = False,
    reception: str = "R-REV",
) -> Standing:
    return Standing("X", severity, reception, choice, rung)


STANDING = st.builds(
    Standing,
    st.just("X"),
    st.sampled_from(list(Severity)),
    st.sampled_from(["R-CALL", "R-CALL-GENTLE", "R-REV", "R-NONE"]),
    st.none() | st.sampled_from(list(Choice)),
    st.booleans(),
)


@pytest.mark.parametrize(
    ("flags", "facts", "state"),
    [
        ([], {"sent": False}, FormState.DRAFT),
        ([], {}, FormState.SUBMITTED),
        ([], {"questions_open": 1}, FormState.NEEDS_INFORMATION),
        ([], {"questions_open": 1, "reception_done": True}, FormState.NEEDS_INFORMATION),
        ([], {"reception_done": True}, FormState.READY),
        ([flag(NOTE)], {"reception_done": True}, FormState.READY),
        ([flag(BEFORE)], {"reception_done": True}, FormState.WITH_PRACTITIONER),
        ([flag(BEFORE)], {}, FormState.SUBMITTED),
        ([flag(BEFORE, Choice.ADAPT)], {}, FormState.SUBMITTED),
        ([flag(BEFORE, Choice.ADAPT)], {"reception_done": True}, FormState.READY),
        ([flag(URGENT, Choice.REFER)], {"reception_done": True}, FormState.SUBMITTED),
        ([flag(URGENT, Choice.REFER, rung=True)], {"reception_done": True}, FormState.READY),
    ],
)
def test_a_form_is_ready_when_nobody_has_anything_left_to_do(
    flags: list[Standing], facts: dict, state: FormState
) -> None:
    given_facts = {"sent": True, "questions_open": 0, "reception_done": False, **facts}
    assert state_of(flags, **given_facts) is state


@pytest.mark.parametrize(
    ("flags", "sent", "expected"),
    [
        ([], False, Verdict.WAITING),
        ([], True, Verdict.CLEAR),
        ([flag(NOTE)], True, Verdict.CLEAR),
        ([flag(BEFORE)], True, Verdict.WAITING),
        ([flag(BEFORE, Choice.GO_AHEAD), flag(URGENT)], True, Verdict.WAITING),
        ([flag(BEFORE, Choice.GO_AHEAD), flag(BEFORE, Choice.ADAPT)], True, Verdict.CLEAR),
        ([flag(BEFORE, Choice.GO_AHEAD), flag(BEFORE, Choice.DELAY)], True, Verdict.STOPPED),
        ([flag(BEFORE, Choice.REFER)], True, Verdict.STOPPED),
        ([flag(BEFORE, Choice.GO_AHEAD)], False, Verdict.CLEAR),
    ],
)
def test_a_visit_may_start_only_when_each_flag_that_asks_has_a_decision(
    flags: list[Standing], sent: bool, expected: Verdict
) -> None:
    assert verdict(flags, sent=sent) is expected


@given(st.lists(STANDING, max_size=6), st.booleans())
def test_an_open_decision_always_holds_the_visit_back(flags: list[Standing], sent: bool) -> None:
    if any(each.needs_decision for each in flags):
        assert verdict(flags, sent=sent) is Verdict.WAITING


@given(st.lists(STANDING, max_size=6))
def test_reception_is_told_what_to_do_and_never_which_rule_or_how_many(
    flags: list[Standing],
) -> None:
    found = cards(flags, {}, {})
    assert len({card.kind for card in found}) == len(found)
    assert {card.text for card in found} <= {"R-CALL", "R-CALL-GENTLE", "R-REV", "R-NONE"}


def test_every_state_has_its_list() -> None:
    assert {state: tab_of(state) for state in FormState} == {
        FormState.DRAFT: Tab.WITH_PATIENT,
        FormState.SUBMITTED: Tab.TO_REVIEW,
        FormState.NEEDS_INFORMATION: Tab.WITH_PATIENT,
        FormState.WITH_PRACTITIONER: Tab.TO_REVIEW,
        FormState.READY: Tab.READY,
    }


def test_the_cards_of_an_urgent_form_start_with_the_call_in_its_gentlest_form() -> None:
    flags = [
        flag(URGENT, reception="R-CALL"),
        flag(URGENT, reception="R-CALL-GENTLE"),
        flag(BEFORE),
    ]
    assert cards(flags, {}, {}) == [
        Card(CardKind.RING, "R-CALL-GENTLE"),
        Card(CardKind.PRACTITIONER, "R-REV"),
    ]
    rung = [flag(URGENT, Choice.REFER, rung=True, reception="R-CALL")]
    assert [card.kind for card in cards(rung, {}, {})] == [CardKind.RANG, CardKind.DECIDED]


def test_needs_at_the_desk_have_cards_of_their_own() -> None:
    seen = {
        "access": Answer(codes=("step_free", "quiet")),
        "language": Answer(codes=("yes",)),
        "contact_note": Answer(text="Please text first"),
    }
    kinds = [card.kind for card in cards([], seen, {})]
    assert kinds == [CardKind.CONTACT, CardKind.ACCESS, CardKind.LANGUAGE]
    none = {"access": Answer(codes=("none",)), "language": Answer(codes=("no",))}
    assert cards([], none, {}) == []
    assert [card.kind for card in cards([], {"language": TALK}, {})] == [CardKind.LANGUAGE]
    assert [card.kind for card in cards([flag(BEFORE, reception="R-YOUNG")], {}, {})] == [
        CardKind.PRACTITIONER,
        CardKind.YOUNG,
    ]
