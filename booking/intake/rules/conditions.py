"""One evaluator of conditions, for branching (`enableWhen`) and for flag rules alike.

A condition is data: a test of one question, or `all` / `any` of other conditions. A question
may be met by something the caller derived and put among the answers under a name of its own. One
asked inside a repeated group is met by the answers of all its rows together.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any, TypeAlias

from booking.intake.rules.answers import Answer, Answers, PartialDate

Value: TypeAlias = bool | int | str | date


class Operator(StrEnum):
    """The seven operators of FHIR R4 `enableWhen`."""

    EXISTS = "exists"
    EQUALS = "="
    DIFFERS = "!="
    ABOVE = ">"
    BELOW = "<"
    AT_LEAST = ">="
    AT_MOST = "<="


@dataclass(frozen=True)
class Check:
    """One question compared with one value. Codes and states compare as their text."""

    question: str
    operator: Operator
    value: Value


@dataclass(frozen=True)
class All:
    """Holds when every part does; without parts it always holds."""

    parts: tuple["Condition", ...]


@dataclass(frozen=True)
class AnyOf:
    """Holds when at least one part does; without parts it never holds."""

    parts: tuple["Condition", ...]


Condition: TypeAlias = Check | All | AnyOf
ALWAYS = All(())


def holds(condition: Condition, answers: Answers) -> bool:
    """Whether the condition is true of these answers."""
    if isinstance(condition, All):
        return all(holds(part, answers) for part in condition.parts)
    if isinstance(condition, AnyOf):
        return any(holds(part, answers) for part in condition.parts)
    return _passes(condition, _answer_to(condition.question, answers))


def _answer_to(question: str, answers: Answers) -> Answer | None:
    """The answer to a question; to one inside a repeated group, the options of all its rows."""
    if question in answers:
        return answers[question]
    within = [row[question] for group in answers.values() for row in group.rows if question in row]
    codes = tuple(dict.fromkeys(code for each in within for code in each.codes))
    return Answer(codes=codes) if codes else next(iter(within), None)


def questions(condition: Condition) -> frozenset[str]:
    """Every question the condition looks at."""
    if isinstance(condition, Check):
        return frozenset({condition.question})
    return frozenset().union(*(questions(part) for part in condition.parts))


def parse(data: Mapping[str, Any]) -> Condition:
    """Read `{"all": […]}`, `{"any": […]}` or one FHIR `enableWhen` entry.

    Raises ValueError for an operator there is not and for an entry without its answer.
    """
    for name, kind in (("all", All), ("any", AnyOf)):
        if name in data:
            return kind(tuple(parse(part) for part in data[name]))
    return Check(data["question"], Operator(data["operator"]), _value(data))


def parse_when(entries: Sequence[Mapping[str, Any]], behaviour: str | None) -> Condition:
    """Read an item's `enableWhen` with its `enableBehavior` (needed from two entries on)."""
    if not entries:
        return ALWAYS
    if len(entries) > 1 and behaviour is None:
        raise ValueError("two conditions need enableBehavior")
    kind = AnyOf if behaviour == "any" else All
    return kind(tuple(parse(entry) for entry in entries))


def _value(data: Mapping[str, Any]) -> Value:
    if "answerCoding" in data:
        return str(data["answerCoding"]["code"])
    if "answerDate" in data:
        return date.fromisoformat(data["answerDate"])
    for kind in ("answerBoolean", "answerInteger", "answerString"):
        if kind in data:
            plain: Value = data[kind]
            return plain
    raise ValueError(f"a condition on {data['question']} has no answer to compare with")


def _passes(check: Check, answer: Answer | None) -> bool:
    if check.operator is Operator.EXISTS:
        return (answer is not None) is check.value
    if check.operator is Operator.DIFFERS:
        return not _equal(answer, check.value)
    if check.operator is Operator.EQUALS:
        return _equal(answer, check.value)
    return answer is not None and _ordered(check.operator, answer, check.value)


def _equal(answer: Answer | None, value: Value) -> bool:
    """Whether any of the answer's values is this one; so nothing equals a missing answer."""
    if answer is None:
        return False
    if isinstance(value, str):
        return value in answer.tokens or (value == answer.text != "")
    if isinstance(value, date):
        return answer.date == PartialDate(value.year, value.month, value.day)
    return answer.number == value


def _ordered(operator: Operator, answer: Answer, value: Value) -> bool:
    """Compare sizes. A date known in part passes when any day it can mean would."""
    compare = _ORDER[operator]
    if isinstance(value, date):
        return answer.date is not None and (
            compare(answer.date.first, value) or compare(answer.date.last, value)
        )
    if isinstance(value, str) or answer.number is None:
        return False
    return compare(answer.number, value)


_ORDER: Mapping[Operator, Callable[[Any, Any], bool]] = {
    Operator.ABOVE: lambda given, value: given > value,
    Operator.BELOW: lambda given, value: given < value,
    Operator.AT_LEAST: lambda given, value: given >= value,
    Operator.AT_MOST: lambda given, value: given <= value,
}
