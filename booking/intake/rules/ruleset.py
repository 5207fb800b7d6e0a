"""The flag rules as typed data, read from flags.json.

A part marked unverified there is general knowledge: it stays marked and is shown as such.
"""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from booking.intake.rules.conditions import ALWAYS, Condition, parse

SHIPPED = Path(__file__).parents[1] / "flags.json"


@dataclass(frozen=True)
class Part:
    """One piece of the practitioner's text; unverified ones are general knowledge.

    With a `technique` it matters only where the clinic offers that.
    """

    text: str
    verified: bool
    technique: str = ""


@dataclass(frozen=True)
class Wording:
    """A fixed text: a title, what to say word for word, and what to do then."""

    then: str
    title: str = ""
    say: str = ""


@dataclass(frozen=True)
class Source:
    """Where a rule comes from, and how its source was seen."""

    code: str
    title: str
    seen: str


@dataclass(frozen=True)
class Case:
    """A value that stands where its condition holds."""

    value: str
    when: Condition = ALWAYS


@dataclass(frozen=True)
class Wanted:
    """What to quote: an answer (or only some of its codes), medicines, or what is unknown.

    `or_left_out` says so when the question has no answer at all. Of a repeated group only the
    rows with the option `rows_with` are quoted; of medicines those of the classes `medicines`
    or recognised as one of `labels`.
    """

    question: str = ""
    or_left_out: bool = False
    codes: frozenset[str] = frozenset()
    rows_with: str = ""
    medicines: frozenset[str] = frozenset()
    labels: frozenset[str] = frozenset()
    critical: bool = False
    when: Condition = ALWAYS


@dataclass(frozen=True)
class Critical:
    """A safety-critical question, and when it is put."""

    question: str
    when: Condition = ALWAYS


@dataclass(frozen=True)
class Rule:
    """One rule. Of `severity` and `patient`, the first case that holds counts."""

    id: str
    version: str
    at_once: bool
    when: Condition
    in_words: str
    severity: tuple[Case, ...]
    title: str
    quotes: tuple[Wanted, ...]
    reception: str
    patient: tuple[Case, ...]
    practitioner: tuple[Part, ...]
    sources: tuple[str, ...]
    technique: str = ""  # a note that matters only where the clinic offers this

    def matters(self, techniques: Collection[str]) -> bool:
        """Tell whether a clinic that offers these has to be shown what the rule raises."""
        return not self.technique or self.technique in techniques


@dataclass(frozen=True)
class RuleSet:
    """A version of all rules with their texts, sources and the safety-critical questions."""

    version: str
    rules: tuple[Rule, ...]
    texts: Mapping[str, Wording]
    sources: Mapping[str, Source]
    critical: tuple[Critical, ...]

    def rule(self, rule_id: str) -> Rule | None:
        """The rule of that id, None if this version no longer has it."""
        return next((rule for rule in self.rules if rule.id == rule_id), None)


def ruleset_from(data: Mapping[str, Any]) -> RuleSet:
    """Build from the shape of flags.json. Raises KeyError for a missing field."""
    texts = {code: Wording(**text) for code, text in data["texts"].items()}
    sources = {code: Source(code=code, **about) for code, about in data["sources"].items()}
    return RuleSet(
        version=data["version"],
        rules=tuple(_rule(row) for row in data["rules"]),
        texts=texts,
        sources=sources,
        critical=tuple(Critical(row["question"], _when(row)) for row in data["critical"]),
    )


def _rule(row: Mapping[str, Any]) -> Rule:
    return Rule(
        id=row["id"],
        version=row["version"],
        at_once=row["at_once"],
        when=parse(row["when"]),
        in_words=row["in_words"],
        severity=tuple(Case(case["is"], _when(case)) for case in row["severity"]),
        title=row["title"],
        quotes=tuple(_wanted(quote) for quote in row["quotes"]),
        reception=row["reception"],
        patient=tuple(Case(case["text"], _when(case)) for case in row["patient"]),
        practitioner=tuple(Part(**part) for part in row["practitioner"]),
        sources=tuple(row["sources"]),
        technique=row.get("technique", ""),
    )


def _wanted(quote: Mapping[str, Any]) -> Wanted:
    return Wanted(
        question=quote.get("question", ""),
        or_left_out=quote.get("or_left_out", False),
        codes=frozenset(quote.get("codes", ())),
        rows_with=quote.get("rows_with", ""),
        medicines=frozenset(quote.get("medicines", ())),
        labels=frozenset(quote.get("labels", ())),
        critical=quote.get("critical", False),
        when=_when(quote),
    )


def _when(data: Mapping[str, Any]) -> Condition:
    return parse(data["when"]) if "when" in data else ALWAYS


@cache
def shipped() -> RuleSet:
    """The rules that come with this release."""
    return ruleset_from(json.loads(SHIPPED.read_text(encoding="utf-8")))
