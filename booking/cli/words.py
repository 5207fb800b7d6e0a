"""Keeping the catalogs of words in step with the code: what a translator is given.

Each language has one file, `booking/translations/<locale>.po`, in the order of the alphabet so that
a change of one text changes one place. A new text comes in empty; one no longer used goes.
"""

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, BinaryIO

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_file
from babel.messages.pofile import read_po, write_po

from booking.core.languages import NAMES, SOURCE
from booking.core.translating import WORDS

ROOT = Path(__file__).parents[2]
KEYWORDS: dict[str, Any] = {
    **dict.fromkeys(("_", "_l", "N_", "gettext", "lazy_gettext")),
    **dict.fromkeys(("n_", "ngettext", "lazy_ngettext"), (1, 2)),
}
FOLDERS = (
    ("booking", "*.py", "python"),
    ("templates", "*", "jinja2"),
)
DATA = ("questionnaire.json", "flags.json")
TOLD = frozenset({"text", "title", "display", "valueString", "say", "then", "in_words"})
"""Keys of the data whose values are shown to people."""
CODES = tuple(
    f"urn:stillpoint:{key}" for key in ("autocomplete", "for-class", "count-of", "shows", "recheck")
)
"""Extensions whose values are for the program."""
NOT_TOLD = frozenset({"sources"})  # titles of papers stay as they are

VARIANTS = {
    "en_US": re.compile(
        r"colour|favour|behaviour|\bcentre|cheque|enquir|fortnight|diary|licen[cs]e|practis|programme"
        r"|organis|recognis|apologis|analys|summaris|cancell|travell|labell|whilst|grey|\bmum\b|\bGPs?\b"
        r"|\bA&E\b|\bmobile|surname|postcode|\brings?\b|\brang\b|\brung\b|telephone|tummy|paracetamol"
        r"|aesth|haem|gynae|oestr|midwi|chemist|surgery|queue|tick(ed|s|ing)?\b|maths|leaflet",
        re.IGNORECASE,
    )
}
"""A way to write a language that differs here and there holds only the texts that may differ."""

Message = str | tuple[str, str]


def messages() -> dict[Message, list[str]]:
    """Return every text that is shown to people, with the files it stands in.

    One with a plural is its two forms.
    """
    found: dict[Message, list[str]] = {}
    for message, file in (*_in_code(), *_in_data()):
        places = found.setdefault(message, [])
        if file not in places:
            places.append(file)
    return found


def messages_for(locale: str) -> dict[Message, list[str]]:
    """Return the texts a language's file holds, as `messages`."""
    may_differ = VARIANTS.get(locale)
    return {
        message: files
        for message, files in messages().items()
        if may_differ is None or may_differ.search(" ".join(_forms(message)))
    }


def _forms(message: Message) -> tuple[str, ...]:
    return (message,) if isinstance(message, str) else message


def _in_code() -> Iterator[tuple[Message, str]]:
    for folder, pattern, method in FOLDERS:
        for file in sorted((ROOT / folder).rglob(pattern)):
            if file.is_file():
                for _line, found, _comments, _context in extract_from_file(
                    method, file, keywords=KEYWORDS, options={"trimmed": "true"}
                ):
                    message = found if isinstance(found, str) else (found[0], found[1])
                    yield message, str(file.relative_to(ROOT))


def _in_data() -> Iterator[tuple[Message, str]]:
    for name in DATA:
        file = ROOT / "booking" / "intake" / name
        for text in _told(json.loads(file.read_text("utf-8"))):
            yield text, str(file.relative_to(ROOT))


def _told(value: Any) -> Iterator[str]:
    if isinstance(value, list):
        for each in value:
            yield from _told(each)
    if isinstance(value, dict) and value.get("url") not in CODES:
        for key, each in value.items():
            if isinstance(each, str) and key in TOLD:
                yield each
            elif key not in NOT_TOLD:
                yield from _told(each)


def catalog_of(locale: str) -> Catalog:
    """Return the catalog of a language as its file stands; an empty one where there is none."""
    file = WORDS / f"{locale}.po"
    if not file.exists():
        return Catalog(locale=locale)
    with file.open("rb") as kept:
        return read_po(kept, locale=locale)


def bring_up_to_date(say: Callable[[str], None]) -> None:
    """Write every catalog anew with the texts of today and say how many each still lacks."""
    for locale in NAMES:
        if locale == SOURCE:
            continue
        known = catalog_of(locale)
        fresh = Catalog(locale=locale, fuzzy=False)
        for message, files in messages_for(locale).items():
            before = known.get(_forms(message)[0])
            places = [(file, 0) for file in files]
            fresh.add(message, before.string if before is not None else None, places)
        with (WORDS / f"{locale}.po").open("wb") as file:
            _write(file, fresh)
        missing = sum(1 for each in fresh if each.id and not all(_said(each)))
        say(f"{NAMES[locale]}: {len(fresh)} texts, {missing} still to write")


def _said(message: Any) -> tuple[str, ...]:
    """What a catalog's entry says in its language, a form for each number."""
    return message.string if isinstance(message.string, tuple) else (message.string,)


def _write(file: BinaryIO, catalog: Catalog) -> None:
    write_po(file, catalog, width=100, sort_output=True, omit_header=True, include_lineno=False)
