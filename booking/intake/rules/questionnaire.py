"""The questionnaire as typed data, read from its FHIR R4 `Questionnaire` JSON.

Its first level is sections, its second pages, its third the questions of one topic. What FHIR
has no field for is an extension `urn:stillpoint:…`; `docs/questionnaire.md` lists them.
"""

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Any

from booking.intake.rules.answers import STATE_SYSTEM, Answer, Answers, State
from booking.intake.rules.conditions import ALWAYS, Condition, holds, parse_when

EXTENSION = "urn:stillpoint:"
MAX_VALUE = "http://hl7.org/fhir/StructureDefinition/maxValue"
EXCLUSIVE = "http://hl7.org/fhir/StructureDefinition/questionnaire-optionExclusive"


class Kind(StrEnum):
    """The FHIR item types in use."""

    GROUP = "group"
    DISPLAY = "display"
    CHOICE = "choice"
    LINE = "string"
    TEXT = "text"
    DATE = "date"
    NUMBER = "integer"


@dataclass(frozen=True)
class Option:
    """One choice. `exclusive` ones ("None of these") cannot stand beside others."""

    code: str
    text: str
    exclusive: bool = False
    state: State | None = None


@dataclass(frozen=True)
class Item:
    """A section, page, question or fixed text.

    `critical` questions raise a flag when left unknown; `practitioner_only` ones are kept from
    reception. `in_person` and `not_sure` offer those two answers where there are no options.
    `each_visit` pages are put again before every later visit, `later` ones only then; the
    answers of `fades` ones are not carried over to it. A `count_of` item is no question: it
    holds how many rows of a group have that answer. `front_desk` is the level from which the desk
    sees a question of the clinic's own. See docs/questionnaire.md for the others.
    """

    link_id: str
    kind: Kind
    text: str
    prefix: str = ""
    required: bool = False
    repeats: bool = False
    max_length: int = 0
    options: tuple[Option, ...] = ()
    items: tuple["Item", ...] = ()
    when: Condition = ALWAYS
    critical: bool = False
    practitioner_only: bool = False
    in_person: bool = False
    not_sure: bool = False
    approximate: bool = False
    tick: bool = False
    fixed: bool = False
    drop_down: bool = False
    more: bool = False
    label: str = ""
    why: str = ""
    hint: str = ""
    intro: str = ""
    max_value: int = 999
    autocomplete: str = ""
    for_class: frozenset[str] = frozenset()
    each_visit: bool = False
    later: bool = False
    fades: bool = False
    off: bool = False
    when_watched: bool = False
    any_day: bool = False
    shows: str = ""
    recheck: str = ""
    counts_weeks: bool = False
    quiet_intro: str = ""
    front_desk: str = ""
    count_of: tuple[str, str] | None = None

    @property
    def is_question(self) -> bool:
        """Whether it can have an answer: a repeated group can, other groups and texts cannot."""
        if self.count_of is not None:
            return False
        return self.repeats or self.kind not in (Kind.GROUP, Kind.DISPLAY)

    def option(self, code: str) -> Option | None:
        """The option with this code, if the question has it."""
        return next((option for option in self.options if option.code == code), None)


@dataclass(frozen=True)
class Questionnaire:
    """One version of the questions. `items` are the sections, fixed texts among them.

    `again` is the form before a later visit: `sections` then has those asked only then, too.
    """

    url: str
    version: str
    items: tuple[Item, ...]
    again: bool = False

    @property
    def canonical(self) -> str:
        """Address and version, as a response quotes them."""
        return f"{self.url}|{self.version}"

    @property
    def sections(self) -> tuple[Item, ...]:
        """The sections with questions, in order."""
        return tuple(
            item for item in self.items if not item.fixed and (self.again or not item.later)
        )

    def before_later_visit(self) -> "Questionnaire":
        """The form before a visit that is not the first: what goes stale is put again."""
        return replace(self, again=True)

    def without(self, off: Collection[str]) -> "Questionnaire":
        """The questions without these items, nor what is nested in them, nor emptied pages."""
        kept = tuple(left for item in self.items if (left := _without(item, off)) is not None)
        return replace(self, items=kept)

    def find(self, link_id: str) -> Item:
        """The item of that id, at any depth. Raises KeyError if there is none."""
        for item in walk(self.items):
            if item.link_id == link_id:
                return item
        raise KeyError(link_id)

    def fixed_text(self, link_id: str, /, **numbers: str) -> str:
        """A fixed text with the clinic's own numbers put in. Raises KeyError for a missing one."""
        return self.find(link_id).text.format(**numbers)


def walk(items: Sequence[Item]) -> Iterator[Item]:
    """Every item, parents before children."""
    for item in items:
        yield item
        yield from walk(item.items)


def questions(item: Item) -> Iterator[Item]:
    """The questions of a page or section; those inside a repeated group are left to its rows."""
    for child in item.items:
        if child.is_question:
            yield child
        if not (child.repeats and child.kind is Kind.GROUP):
            yield from questions(child)


def _without(item: Item, off: Collection[str]) -> Item | None:
    if item.link_id in off:
        return None
    kept = tuple(left for child in item.items if (left := _without(child, off)) is not None)
    if item.items and not kept and not item.is_question:
        return None
    return replace(item, items=kept)


def live(
    items: Sequence[Item], answers: Answers, *, before: Answers | None = None
) -> dict[str, Answer]:
    """Only the answers that count: those of questions shown, given the answers before them.

    A question that is not shown disables what is nested in it and what depends on it. Answers
    to questions this version does not have are left out too. `before` are counting answers
    to questions that precede `items`; they are part of the result.
    """
    counted: dict[str, Answer] = dict(before or {})
    _count(items, answers, counted)
    return counted


def _count(items: Sequence[Item], answers: Answers, counted: dict[str, Answer]) -> None:
    for item in items:
        if not holds(item.when, counted):
            continue
        given = _counting(item, answers.get(item.link_id))
        if given is not None and item.is_question:
            counted[item.link_id] = given
        if item.count_of is not None:
            _count_rows(item, item.count_of, counted)
        if not (item.repeats and item.kind is Kind.GROUP):
            _count(item.items, answers, counted)


def _count_rows(item: Item, count_of: tuple[str, str], counted: dict[str, Answer]) -> None:
    question, code = count_of
    rows = [row for group in counted.values() for row in group.rows]
    found = sum(code in row[question].codes for row in rows if question in row)
    counted.pop(item.link_id, None)
    if found:
        counted[item.link_id] = Answer(number=found)


def _counting(item: Item, given: Answer | None) -> Answer | None:
    """The answer, a repeated group's rows each with only the answers that count inside it."""
    if given is None or not given.rows:
        return given
    rows = tuple(row for row in (live(item.items, row) for row in given.rows) if row)
    return Answer(rows=rows) if rows else None


@cache
def shipped() -> Questionnaire:
    """The questionnaire this version of the product ships."""
    return load(files("booking.intake").joinpath("questionnaire.json").read_text("utf-8"))


def load(text: str) -> Questionnaire:
    """Read the JSON. Raises KeyError or ValueError where it breaks the shape we rely on."""
    data = json.loads(text)
    items = tuple(_item(entry) for entry in data["item"])
    return Questionnaire(data["url"], data["version"], items)


def _item(data: Mapping[str, Any]) -> Item:
    own = _extensions(data)
    return Item(
        link_id=data["linkId"],
        kind=Kind(data["type"]),
        text=data["text"],
        prefix=data.get("prefix", ""),
        required=data.get("required", False),
        repeats=data.get("repeats", False),
        max_length=data.get("maxLength", 0),
        options=tuple(_option(entry) for entry in data.get("answerOption", ())),
        items=tuple(_item(entry) for entry in data.get("item", ())),
        when=parse_when(data.get("enableWhen", ()), data.get("enableBehavior")),
        critical="safety-critical" in own,
        practitioner_only="practitioner-only" in own,
        in_person="in-person" in own,
        not_sure="not-sure" in own,
        approximate="approximate" in own,
        tick="tick" in own,
        fixed="fixed" in own,
        drop_down="drop-down" in own,
        more="more" in own,
        label=own.get("label", ""),
        why=own.get("why", ""),
        hint=own.get("hint", ""),
        intro=own.get("intro", ""),
        max_value=own.get(MAX_VALUE, 999),
        autocomplete=own.get("autocomplete", ""),
        for_class=frozenset(own.get("for-class", "").split()),
        each_visit="each-visit" in own,
        later="later" in own,
        fades="fades" in own,
        off="off" in own,
        when_watched="when-watched" in own,
        any_day="any-day" in own,
        shows=own.get("shows", ""),
        recheck=own.get("recheck", ""),
        counts_weeks="counts-weeks" in own,
        quiet_intro=own.get("quiet-intro", ""),
        front_desk=own.get("front-desk", ""),
        count_of=_count_of(own.get("count-of", "")),
    )


def _count_of(text: str) -> tuple[str, str] | None:
    question, equals, code = text.partition("=")
    return (question, code) if equals else None


def _option(data: Mapping[str, Any]) -> Option:
    coding = data["valueCoding"]
    return Option(
        code=coding["code"],
        text=coding["display"],
        exclusive=any(entry["url"] == EXCLUSIVE for entry in data.get("extension", ())),
        state=State(coding["code"]) if coding["system"] == STATE_SYSTEM else None,
    )


def _extensions(data: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for entry in data.get("extension", ()):
        name = entry["url"].removeprefix(EXTENSION)
        found[name] = next(value for key, value in entry.items() if key != "url")
    return found
