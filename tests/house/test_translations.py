"""That every language has every text, says the same with it, and is as discreet as the first."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from booking.cli.words import catalog_of, messages_for
from booking.core.languages import NAMES, SOURCE

OTHERS = [locale for locale in NAMES if locale != SOURCE]
PARTS = (
    re.compile(r"%\(\w+\)[sd]|%%"),
    re.compile(r"\{\w+\}"),
    re.compile(r"</?\w+[^>]*>|&\w+;"),
)
OUTWARD = {
    "es": re.compile(
        r"embaraz|f[eé]rtil|\bFIV\b|embri[oó]n|[óo]vulo|esperma|\breglas?\b|aborto|p[eé]rdida"
        r"|beb[eé]|semanas?\b|ecograf|duelo|felicid|acupunt|\baguja|primera visita|seguimiento"
        r"|consulta|motivo|urgen|medicament|medicina|alergi|tratamiento|!|¡",
        re.IGNORECASE,
    )
}


def entries(locale: str) -> Iterator[Any]:
    return (each for each in catalog_of(locale) if each.id)


def pairs(locale: str) -> Iterator[tuple[str, str]]:
    """Every text with its translation; of one with a number, the last form with each."""
    for entry in entries(locale):
        if isinstance(entry.id, tuple):
            yield from ((entry.id[1], form) for form in entry.string)
        else:
            yield entry.id, entry.string


@pytest.mark.parametrize("locale", OTHERS)
def test_a_catalog_holds_the_texts_of_today_and_no_others(locale: str) -> None:
    ids = {entry.id for entry in entries(locale)}
    assert ids == set(messages_for(locale))


@pytest.mark.parametrize("locale", OTHERS)
def test_nothing_is_left_unsaid(locale: str) -> None:
    assert [text for text, said in pairs(locale) if not said.strip()] == []
    assert [entry.id for entry in entries(locale) if entry.fuzzy] == []
    forms = catalog_of(locale).num_plurals
    assert all(len(e.string) == forms for e in entries(locale) if isinstance(e.id, tuple))


@pytest.mark.parametrize("locale", OTHERS)
@pytest.mark.parametrize("part", PARTS, ids=["values", "settings", "marks"])
def test_values_and_marks_are_the_same(locale: str, part: re.Pattern[str]) -> None:
    differ = [
        (text, said)
        for text, said in pairs(locale)
        # a form for one thing may leave the number out
        if set(part.findall(said)) - {"%(num)s", "%(num)d"}
        != set(part.findall(text)) - {"%(num)s", "%(num)d"}
    ]
    assert differ == []


@pytest.mark.parametrize("locale", OTHERS)
def test_nothing_is_added_at_the_ends(locale: str) -> None:
    ends = re.compile(r"^\s*|\s*$")
    assert [t for t, said in pairs(locale) if ends.findall(t) != ends.findall(said)] == []


@pytest.mark.parametrize("locale", sorted(OUTWARD))
def test_no_message_says_why_anybody_comes(locale: str) -> None:
    found = [
        (entry.id, word.group())
        for entry in entries(locale)
        if any(place.startswith("templates/email/") for place, _line in entry.locations)
        for text in ([entry.string] if isinstance(entry.string, str) else entry.string)
        if (word := OUTWARD[locale].search(text)) is not None
    ]
    assert found == []


def test_american_english_differs_where_it_is_listed() -> None:
    british = re.compile(
        r"\b(colour|organis|recognis|fortnight|postcode|surname|A&E)", re.IGNORECASE
    )
    said = [form for _text, form in pairs("en_US")]
    assert [text for text in said if british.search(text)] == []
