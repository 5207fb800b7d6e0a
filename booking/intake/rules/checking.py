"""Whether a questionnaire somebody loads can be asked here, and if not, why.

FHIR's own models accept much that cannot work: a type or operator there is not, one id twice, a
condition on a question that is not there or comes later, two conditions that do not say whether
all or any counts. Nothing is half loaded: with one problem it is refused as a whole.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from booking.core.errors import N_
from booking.intake.rules.conditions import Operator
from booking.intake.rules.conditions import questions as depends_on
from booking.intake.rules.progress import SENDING_PAGE
from booking.intake.rules.questionnaire import Kind, Questionnaire, load, shipped, walk
from booking.intake.rules.ruleset import RuleSet
from booking.intake.rules.ruleset import shipped as rules
from booking.intake.rules.visibility import Level

# What the pages and the desk rely on: the fixed texts, the first question, the last page.
FIXED = ("start", "texts")
NEEDED = ("urgent_now", "u_now", SENDING_PAGE, "read_info", "privacy_seen", "correct")

FRONT_DESK = frozenset({"", Level.TASKS.value, Level.STANDARD.value})


@dataclass(frozen=True)
class Problem:
    """What is wrong, as an untranslated sentence with `%(where)s` for the place."""

    text: str
    where: str = ""


@dataclass(frozen=True)
class Report:
    """What a check found. `silent` are rules that can no longer fire; they refuse nothing."""

    questionnaire: Questionnaire | None
    problems: tuple[Problem, ...]
    silent: tuple[str, ...] = ()


def check(text: str, *, taken: Sequence[str]) -> Report:
    """Check a FHIR R4 `Questionnaire` in JSON; `taken` are the versions there are already."""
    try:
        data = json.loads(text)
    except ValueError:
        return Report(None, (Problem(N_("This is not JSON."), ""),))
    if not isinstance(data, dict) or data.get("resourceType") != "Questionnaire":
        return Report(None, (Problem(N_("This is not a FHIR Questionnaire."), ""),))
    problems = [*_frame(data, taken), *_items(data)]
    if problems:
        return Report(None, tuple(problems))
    try:
        found = load(text)
    except (KeyError, ValueError, TypeError, AttributeError) as wrong:
        return Report(None, (Problem(N_("It cannot be read near %(where)s."), str(wrong)),))
    problems = [*_shape(found), *_levels(found), *_order(found)]
    return Report(None if problems else found, tuple(problems), _silent(found, rules()))


def _frame(data: Mapping[str, Any], taken: Sequence[str]) -> Iterator[Problem]:
    for name in ("url", "version"):
        if not isinstance(data.get(name), str) or not data[name]:
            yield Problem(N_("It has no %(where)s."), name)
    if data.get("version") in {*taken, shipped().version}:
        yield Problem(N_("There is a version %(where)s already."), str(data["version"]))
    if not isinstance(data.get("item"), list):
        yield Problem(N_("It has no questions."), "")


def _items(data: Mapping[str, Any]) -> Iterator[Problem]:
    seen: set[str] = set()
    ids = {str(item.get("linkId")) for item in _every(data.get("item"))}
    for item in _every(data.get("item")):
        name = str(item.get("linkId", "?"))
        if name in seen:
            yield Problem(N_("The id %(where)s is there twice."), name)
        seen.add(name)
        if item.get("type") not in {*Kind}:
            where = f"{item.get('type')} ({name})"
            yield Problem(N_("The kind of question %(where)s cannot be asked here."), where)
        yield from _conditions(item, name, ids)


def _conditions(item: Mapping[str, Any], name: str, ids: set[str]) -> Iterator[Problem]:
    entries = item.get("enableWhen", [])
    if len(entries) > 1 and item.get("enableBehavior") not in {"all", "any"}:
        yield Problem(N_("%(where)s has conditions, but not whether all or any counts."), name)
    for entry in entries:
        if entry.get("operator") not in {*Operator}:
            yield Problem(N_("%(where)s compares in a way there is not."), name)
        if entry.get("question") not in ids:
            yield Problem(N_("%(where)s depends on a question that is not there."), name)


def _every(items: Any) -> Iterator[Mapping[str, Any]]:
    for item in items if isinstance(items, list) else ():
        if isinstance(item, dict):
            yield item
            yield from _every(item.get("item"))


def _shape(found: Questionnaire) -> Iterator[Problem]:
    ids = {item.link_id for item in walk(found.items)}
    fixed = {item.link_id for item in walk(shipped().items) if item.link_id in FIXED}
    fixed |= {item.link_id for each in FIXED for item in walk([shipped().find(each)])}
    for name in sorted((fixed | set(NEEDED)) - ids):
        yield Problem(N_("%(where)s is missing, which the pages rely on."), name)
    for section in found.before_later_visit().sections:
        for page in section.items:
            if page.kind is not Kind.GROUP and page.count_of is None:
                yield Problem(N_("%(where)s has to stand on a page, in a section."), page.link_id)
    for item in walk(found.before_later_visit().sections):
        if item.kind is Kind.CHOICE and not item.options:
            yield Problem(N_("%(where)s has nothing to choose from."), item.link_id)
        if item.kind in (Kind.LINE, Kind.TEXT) and not item.max_length:
            yield Problem(N_("%(where)s does not say how long an answer may be."), item.link_id)


def _levels(found: Questionnaire) -> Iterator[Problem]:
    for item in walk(found.items):
        if item.front_desk not in FRONT_DESK:
            yield Problem(
                N_("%(where)s gives a level for the front desk there is not."), item.link_id
            )


def _order(found: Questionnaire) -> Iterator[Problem]:
    before: set[str] = set()
    for item in walk(found.items):
        if depends_on(item.when) - before:
            yield Problem(N_("%(where)s depends on a question asked later."), item.link_id)
        if item.is_question or item.count_of is not None:
            before.add(item.link_id)


def _silent(found: Questionnaire, ruleset: RuleSet) -> tuple[str, ...]:
    """Rules that look only at questions this version does not ask."""
    ids = {item.link_id for item in walk(found.items)}
    known = {item.link_id for item in walk(shipped().items)}
    return tuple(
        rule.id
        for rule in ruleset.rules
        if (looked := depends_on(rule.when) & known) and not looked & ids
    )
