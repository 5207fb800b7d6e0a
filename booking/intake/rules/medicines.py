"""Recognising medicines in what a patient typed.

A prompt for a person to look, never an interaction check. The text is kept exactly as typed;
what was recognised in it stands beside it, with how. Nothing is guessed: a name one letter off
is "not recognised", which is itself shown. Source of the list: medicines.json, which says of
itself that a pharmacist has yet to check it.
"""

import json
import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any

WITHOUT_CLASS = "NONE"
SHIPPED = Path(__file__).parents[1] / "medicines.json"
WORDS_AND_NUMBERS = re.compile(r"[^\W\d_]+|\d+")

# Letters that decomposing does not take apart, as they stand on labels.
PLAIN = str.maketrans({"ø": "o", "ł": "l", "ı": "i", "æ": "ae", "œ": "oe"})


class How(StrEnum):
    """By which of its names a medicine was recognised."""

    LABEL = "label"
    BRAND = "brand"
    ALIAS = "alias"
    NONE = "none"


@dataclass(frozen=True)
class Entry:
    """One medicine of the list.

    `classes` are what clinical.md 3.2 puts it in; `note_only` those of them that raise nothing;
    `also` maps a class to the forms (as `med_form` codes) for which it does *not* apply.
    """

    label: str
    classes: frozenset[str]
    brands: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    note_only: frozenset[str] = frozenset()
    also: Mapping[str, frozenset[str]] = field(default_factory=dict)
    verified: bool = False

    def names(self) -> Iterator[tuple[How, str]]:
        """Every name with its kind, the label first."""
        yield How.LABEL, self.label
        yield from ((How.BRAND, name) for name in self.brands)
        yield from ((How.ALIAS, name) for name in self.aliases)

    def classes_as(self, form: str) -> frozenset[str]:
        """Its classes when taken as `form`; an unknown form ("") takes no class away."""
        extra = {name for name, forms in self.also.items() if form not in forms}
        return (self.classes | extra) - {WITHOUT_CLASS}


@dataclass(frozen=True)
class Hit:
    """One medicine recognised in a text: the entry, by which name, and its classes there."""

    label: str
    how: How
    name: str
    classes: frozenset[str]
    note_only: frozenset[str]

    @property
    def raising(self) -> frozenset[str]:
        """The classes that may raise a flag."""
        return self.classes - self.note_only


@dataclass(frozen=True)
class Reading:
    """A text exactly as typed, with what the list of this `version` recognised in it."""

    text: str
    hits: tuple[Hit, ...]
    version: str

    @property
    def how(self) -> How:
        """How the first medicine in it was recognised, or NONE."""
        return self.hits[0].how if self.hits else How.NONE

    @property
    def classes(self) -> frozenset[str]:
        """Every class of every medicine in it, those for a note only included."""
        return frozenset().union(*(hit.classes for hit in self.hits))

    @property
    def raising(self) -> frozenset[str]:
        """Every class in it that may raise a flag."""
        return frozenset().union(*(hit.raising for hit in self.hits))


@dataclass(frozen=True)
class Catalogue:
    """A version of the medicine list, indexed for reading."""

    version: str
    entries: tuple[Entry, ...]
    verified: bool = False
    index: Mapping[str, tuple[Entry, How, str]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        index: dict[str, tuple[Entry, How, str]] = {}
        for entry in self.entries:
            for how, name in entry.names():
                if (taken := index.setdefault(_key(name), (entry, how, name)))[0] is not entry:
                    raise ValueError(f"{name} names both {taken[0].label} and {entry.label}")
        object.__setattr__(self, "index", index)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Catalogue":
        """Build from the shape of medicines.json. Raises ValueError if a name is used twice."""
        return cls(
            version=data["version"],
            verified=data["verified"],
            entries=tuple(_entry(row) for row in data["entries"]),
        )

    def names(self) -> list[str]:
        """Labels and brands for the suggestions while typing, in alphabetical order."""
        shown = {name for entry in self.entries for how, name in entry.names() if how != How.ALIAS}
        return sorted(shown, key=str.casefold)

    def read(self, text: str, *, form: str = "") -> Reading:
        """Recognise every medicine named in `text`, whatever case, accents, spaces or dose.

        `form` is the `med_form` code, "" when not known.
        """
        return Reading(text=text, hits=tuple(self._hits(text, form)), version=self.version)

    def _hits(self, text: str, form: str) -> Iterator[Hit]:
        words = _words(text)
        start = 0
        while start < len(words):
            length, found = self._longest(words[start:])
            if found is not None:
                entry, how, name = found
                yield Hit(entry.label, how, name, entry.classes_as(form), entry.note_only)
            start += length

    def _longest(self, words: list[str]) -> tuple[int, tuple[Entry, How, str] | None]:
        """The longest name `words` begin with, and how many words it takes (at least one)."""
        # No name on the list has more than six words however it is spaced.
        for length in range(min(len(words), 6), 0, -1):
            if (found := self.index.get("".join(words[:length]))) is not None:
                return length, found
        return 1, None


def _entry(row: Mapping[str, Any]) -> Entry:
    return Entry(
        label=row["label"],
        classes=frozenset(row["classes"]),
        brands=tuple(row["brands"]),
        aliases=tuple(row["aliases"]),
        note_only=frozenset(row.get("note_only", ())),
        also={extra["class"]: frozenset(extra["unless_form"]) for extra in row.get("also", ())},
        verified=row["verified"],
    )


def _words(text: str) -> list[str]:
    """Lower-case words and numbers without accents; "Aspirin75mg" is three of them."""
    apart = unicodedata.normalize("NFKD", text.casefold())
    bare = "".join(letter for letter in apart if not unicodedata.combining(letter))
    return WORDS_AND_NUMBERS.findall(bare.translate(PLAIN))


def _key(name: str) -> str:
    return "".join(_words(name))


@cache
def shipped() -> Catalogue:
    """The list that comes with this release."""
    return Catalogue.from_json(json.loads(SHIPPED.read_text(encoding="utf-8")))
