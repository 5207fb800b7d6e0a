"""What a patient said, and how it is kept as a FHIR R4 QuestionnaireResponse.

Four things are told apart everywhere: no answer at all (the key is absent), "not sure",
"I'd rather talk about this in person", and a real answer, of which "no" is one.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any, Protocol, Self, TypeAlias

OPTION_SYSTEM = "urn:stillpoint:answer"
STATE_SYSTEM = "urn:stillpoint:answer-state"
Json: TypeAlias = dict[str, Any]

# Marks one row of a repeated group, so that an answer set is read back without knowing which
# version of the questionnaire it was made with.
ROW: Json = {"url": "urn:stillpoint:row", "valueBoolean": True}


class State(StrEnum):
    """How a question was met. An unanswered question has no `Answer` at all."""

    ANSWERED = "answered"
    NOT_SURE = "not-sure"
    TALK = "talk"


@dataclass(frozen=True, order=True)
class PartialDate:
    """A date of which only the year, or the year and month, may be known.

    Raises ValueError for a date no calendar has, and for a day without a month.
    """

    year: int
    month: int | None = None
    day: int | None = None

    def __post_init__(self) -> None:
        if self.month is None and self.day is not None:
            raise ValueError("a day needs its month")
        date(self.year, self.month or 1, self.day or 1)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read FHIR's `YYYY`, `YYYY-MM` or `YYYY-MM-DD`."""
        return cls(*(int(part) for part in text.split("-")))

    def __str__(self) -> str:
        text = f"{self.year:04}"
        if self.month is not None:
            text += f"-{self.month:02}"
        if self.day is not None:
            text += f"-{self.day:02}"
        return text

    @property
    def first(self) -> date:
        """The earliest day it can mean."""
        return date(self.year, self.month or 1, self.day or 1)

    @property
    def last(self) -> date:
        """The latest day it can mean."""
        if self.day is not None:
            return self.first
        month = self.month or 12
        if (self.year, month) == (9999, 12):
            return date.max
        following = date(self.year + month // 12, month % 12 + 1, 1)
        return following - timedelta(days=1)


@dataclass(frozen=True)
class Answer:
    """One answer. `codes` are option codes of the questionnaire, `rows` a repeated group.

    ANSWERED carries at least one value; NOT_SURE and TALK carry none. Raises ValueError
    otherwise, so that a blank can never pass for an answer.
    """

    state: State = State.ANSWERED
    codes: tuple[str, ...] = ()
    text: str = ""
    number: int | None = None
    date: PartialDate | None = None
    rows: tuple[Mapping[str, "Answer"], ...] = ()

    def __post_init__(self) -> None:
        has_value = bool(self.codes or self.text or self.rows) or not (
            self.number is None and self.date is None
        )
        if has_value != (self.state is State.ANSWERED):
            raise ValueError(f"an answer in state {self.state} has the wrong content")
        if not all(self.rows):
            raise ValueError("a row without any answer is no row")
        if any(code in set(State) for code in self.codes):
            raise ValueError("a state is not an option code")

    @property
    def tokens(self) -> frozenset[str]:
        """What conditions compare with: the option codes, or the state if it is not ANSWERED."""
        return frozenset(self.codes) if self.state is State.ANSWERED else frozenset({self.state})


Answers: TypeAlias = Mapping[str, Answer]

NOT_SURE = Answer(State.NOT_SURE)
TALK = Answer(State.TALK)


def is_unknown(answers: Answers, link_id: str) -> bool:
    """UNK(q) of the flag rules: not sure, rather talk, or skipped. Never true for "no"."""
    found = answers.get(link_id)
    return found is None or found.state is not State.ANSWERED


class Layout(Protocol):
    """The part of a questionnaire item that decides where its answer is nested."""

    @property
    def link_id(self) -> str: ...
    @property
    def items(self) -> Sequence["Layout"]: ...


def to_response(
    answers: Answers,
    *,
    questionnaire: str,
    status: str,
    authored: datetime,
    layout: Sequence[Layout] = (),
) -> Json:
    """Write a FHIR R4 QuestionnaireResponse.

    `questionnaire` is the canonical address with its version (`url|version`), `status` one of
    in-progress, completed, amended; `authored` is aware UTC. `layout` gives the nesting;
    answers it does not know are kept at the top level, so that nothing said is ever dropped.
    """
    left = dict(answers)
    items = _nested(left, layout)
    for link_id in list(left):
        items += _written(link_id, left.pop(link_id), [])
    return {
        "resourceType": "QuestionnaireResponse",
        "questionnaire": questionnaire,
        "status": status,
        "authored": authored.isoformat(timespec="seconds"),
        **({"item": items} if items else {}),
    }


def from_response(response: Mapping[str, Any]) -> dict[str, Answer]:
    """Read the answers of a QuestionnaireResponse written here, however it is nested."""
    return _read(response.get("item", ()))


def _nested(left: dict[str, Answer], layout: Sequence[Layout]) -> list[Json]:
    """Take answers out of `left` in the order and nesting of `layout`."""
    written: list[Json] = []
    for place in layout:
        own = left.pop(place.link_id, None)
        if own is not None and own.rows:
            written += _written(place.link_id, own, [])
            continue
        children = _nested(left, place.items)
        if own is not None:
            written += _written(place.link_id, own, children)
        elif children:
            written.append({"linkId": place.link_id, "item": children})
    return written


def _written(link_id: str, answer: Answer, children: list[Json]) -> list[Json]:
    if answer.rows:
        own = _values(answer)
        head = [{"linkId": link_id, "answer": own}] if own else []
        return head + [
            {"extension": [ROW], "linkId": link_id, "item": _row(row)} for row in answer.rows
        ]
    values = _values(answer)
    if children:
        values[0] = {**values[0], "item": children}
    return [{"linkId": link_id, "answer": values}]


def _row(row: Answers) -> list[Json]:
    return [item for key, answer in row.items() for item in _written(key, answer, [])]


def _values(answer: Answer) -> list[Json]:
    if answer.state is not State.ANSWERED:
        return [{"valueCoding": {"system": STATE_SYSTEM, "code": str(answer.state)}}]
    values: list[Json] = [
        {"valueCoding": {"system": OPTION_SYSTEM, "code": code}} for code in answer.codes
    ]
    if answer.text:
        values.append({"valueString": answer.text})
    if answer.number is not None:
        values.append({"valueInteger": answer.number})
    if answer.date is not None:
        values.append({"valueDate": str(answer.date)})
    return values


def _read(items: Sequence[Json]) -> dict[str, Answer]:
    found: dict[str, Answer] = {}
    values: dict[str, list[Json]] = {}
    rows: dict[str, list[Answers]] = {}
    for item in items:
        link_id, inner = item["linkId"], _read(item.get("item", ()))
        if ROW in item.get("extension", ()):
            rows.setdefault(link_id, []).append(inner)
        else:
            found |= inner
        for value in item.get("answer", ()):
            values.setdefault(link_id, []).append(value)
            found |= _read(value.get("item", ()))
    for link_id in [*values, *(key for key in rows if key not in values)]:
        found[link_id] = _answer(values.get(link_id, []), rows.get(link_id, []))
    return found


def _answer(values: Sequence[Json], rows: Sequence[Answers]) -> Answer:
    codings = [value["valueCoding"] for value in values if "valueCoding" in value]
    states = [State(coding["code"]) for coding in codings if coding["system"] == STATE_SYSTEM]
    if states:
        return Answer(states[0])
    dates = _picked(values, "valueDate")
    return Answer(
        codes=tuple(coding["code"] for coding in codings),
        text=next(_picked(values, "valueString"), ""),
        number=next(_picked(values, "valueInteger"), None),
        date=next((PartialDate.parse(text) for text in dates), None),
        rows=tuple(rows),
    )


def _picked(values: Sequence[Json], kind: str) -> Iterator[Any]:
    return (value[kind] for value in values if kind in value)
