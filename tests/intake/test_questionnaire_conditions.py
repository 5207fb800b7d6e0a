"""Conditions: seven operators, all and any, nothing equals a missing answer."""

from datetime import date

import pytest

from booking.intake.rules.answers import NOT_SURE, TALK, Answer, PartialDate
from booking.intake.rules.conditions import All, AnyOf, Check, Operator, holds, parse, parse_when

ANSWERS = {
    "signs": Answer(codes=("faint", "fever")),
    "thinner": NOT_SURE,
    "status": TALK,
    "no": Answer(codes=("no",)),
    "weeks": Answer(number=7),
    "words": Answer(text="yes"),
    "day": Answer(date=PartialDate(2026, 7, 6)),
    "month": Answer(date=PartialDate(2026, 7)),
}
MID_JULY = date(2026, 7, 15)


@pytest.mark.parametrize(
    ("question", "operator", "value", "expected"),
    [
        ("signs", "exists", True, True),
        ("signs", "exists", False, False),
        ("blank", "exists", True, False),
        ("blank", "exists", False, True),
        ("thinner", "exists", True, True),
        ("signs", "=", "faint", True),
        ("signs", "=", "fever", True),
        ("signs", "=", "none", False),
        ("blank", "=", "no", False),
        ("thinner", "=", "no", False),
        ("thinner", "=", "not-sure", True),
        ("status", "=", "talk", True),
        ("status", "=", "not-sure", False),
        ("words", "=", "yes", True),
        ("signs", "!=", "faint", False),
        ("signs", "!=", "none", True),
        ("blank", "!=", "no", True),
        ("thinner", "!=", "no", True),
        ("weeks", "=", 7, True),
        ("weeks", "!=", 7, False),
        ("weeks", ">", 7, False),
        ("weeks", ">=", 7, True),
        ("weeks", "<", 8, True),
        ("weeks", "<=", 6, False),
        ("blank", "<", 8, False),
        ("signs", "<", 8, False),
        ("weeks", "<", "8", False),
        ("day", "=", date(2026, 7, 6), True),
        ("day", "<", MID_JULY, True),
        ("day", ">", MID_JULY, False),
        ("month", "<", MID_JULY, True),
        ("month", ">", MID_JULY, True),
        ("month", ">", date(2026, 8, 1), False),
        ("weeks", ">", MID_JULY, False),
    ],
)
def test_each_operator_says_what_it_means(question, operator, value, expected):
    assert holds(Check(question, Operator(operator), value), ANSWERS) is expected


def test_all_needs_every_part_and_any_needs_one():
    true = Check("no", Operator.EQUALS, "no")
    false = Check("no", Operator.EQUALS, "yes")
    assert holds(All((true, AnyOf((false, true)))), ANSWERS)
    assert not holds(All((true, false)), ANSWERS)
    assert holds(All(()), ANSWERS)
    assert not holds(AnyOf(()), ANSWERS)


def test_conditions_are_read_from_data():
    tree = parse(
        {
            "all": [
                {"question": "no", "operator": "=", "answerCoding": {"code": "no"}},
                {
                    "any": [
                        {"question": "weeks", "operator": ">", "answerInteger": 12},
                        {"question": "day", "operator": "=", "answerDate": "2026-07-06"},
                    ]
                },
            ]
        }
    )
    assert holds(tree, ANSWERS)


@pytest.mark.parametrize(
    ("entries", "behaviour"),
    [
        ([{"question": "a", "operator": "~", "answerInteger": 1}], None),
        ([{"question": "a", "operator": "="}], None),
        ([{"question": "a", "operator": "exists", "answerBoolean": True}] * 2, None),
    ],
)
def test_a_condition_we_cannot_judge_is_refused(entries, behaviour):
    with pytest.raises(ValueError, match=r"."):
        parse_when(entries, behaviour)
