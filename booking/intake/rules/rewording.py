"""Other words for the questions of a section: the same questions as a version of its own. Pure.

Only what is asked and why we ask are changed. The answers to choose from stay: the rules go by
them. So do the fixed texts about urgent help.
"""

import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from booking.intake.rules.questionnaire import Item, Questionnaire, walk

WHY = "urn:stillpoint:why"


@dataclass(frozen=True)
class Words:
    """What a question asks, and why we ask it; "" where nothing is said of that."""

    text: str
    why: str = ""


def can_be_reworded(found: Questionnaire, section: str) -> list[Item]:
    """The questions of a section, in order; none of a section there is not, or of fixed texts."""
    sections = found.before_later_visit().sections
    return [item for each in sections if each.link_id == section for item in _asked(each)]


def _asked(section: Item) -> Iterator[Item]:
    return (item for item in walk([section]) if item.is_question and item.text)


def reworded(content: str, words: Mapping[str, Words], *, version: str) -> str:
    """The questionnaire in `content` (JSON) with these words by question, as that version."""
    data = json.loads(content)
    data["version"] = version
    for item in _every(data["item"]):
        if (told := words.get(str(item.get("linkId")))) is not None:
            item["text"] = told.text
            item["extension"] = _with_why(item.get("extension", []), told.why)
    return json.dumps(data, ensure_ascii=False, indent=1)


def _with_why(extensions: list[dict[str, Any]], why: str) -> list[dict[str, Any]]:
    others = [each for each in extensions if each.get("url") != WHY]
    return [*others, {"url": WHY, "valueString": why}] if why else others


def _every(items: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for item in items:
        yield item
        yield from _every(item.get("item", []))


def next_version(version: str, taken: Collection[str]) -> str:
    """A name for a version made of another: "2" becomes "2.1", "2.1" becomes "2.2"."""
    stem, dot, last = version.rpartition(".")
    base = stem if dot and last.isdecimal() else version
    number = 1
    while f"{base}.{number}" in taken:
        number += 1
    return f"{base}.{number}"
