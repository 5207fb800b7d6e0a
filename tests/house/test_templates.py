"""What our words may say, wherever they stand, and that all of them can be translated."""

import ast
import json
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from booking import shell

ROOT = Path(__file__).parents[2] / "templates"
PAGES = sorted(ROOT.rglob("*.html"))
EVERYTHING = sorted(file for file in ROOT.rglob("*") if file.is_file())
CODE = sorted((ROOT.parent / "booking").rglob("*.py"))
TEXTS = sorted((ROOT.parent / "booking").rglob("*.json"))

NEVER = re.compile(
    r"\binvalid\b|\bfailed\b|\bforbidden\b|congratulat|due date|countdown|hurry"
    r"|only \d+ left|testimonial|\bmum-to-be\b|spontaneous abortion|\bclick here\b",
    re.IGNORECASE,
)
OUTWARD = re.compile(
    r"pregnan|fertil|\bivf\b|embryo|miscarr|\bloss\b|\bbaby|bereave|\bintake\b|first visit"
    r"|consultation|acupuncture|urgent",
    re.IGNORECASE,
)


GENDER = re.compile(
    r"\b(she|hers?|herself|he|him|his|himself|mrs|ms|miss|mr|wom[ae]n|mum|mother|husband|wife"
    r"|ladies|lady)\b",
    re.IGNORECASE,
)
OUTSIDE = ("outward_name", "outward_title", "description", "address", "directions")
MARKS = {"_", "N_", "n_", "gettext", "ngettext", "lazy_gettext", "lazy_ngettext"}


def name(file: Path) -> str:
    return str(file.relative_to(ROOT if ROOT in file.parents else ROOT.parent))


def said(text: str) -> list[str]:
    """The sentences of a template: what stands in gettext calls and between tags."""
    text = re.sub(r"{#.*?#}", "", text, flags=re.DOTALL)
    quoted = re.findall(r"""\b(?:_|ngettext)\(\s*("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')""", text)
    return [sentence[1:-1] for sentence in quoted]


def marked(source: str) -> Iterator[str]:
    """The sentences of a module: text given to gettext or marked for it."""
    for call in ast.walk(ast.parse(source)):
        if isinstance(call, ast.Call) and getattr(call.func, "id", "") in MARKS:
            for text in call.args:
                if isinstance(text, ast.Constant) and isinstance(text.value, str):
                    yield text.value


def kept(value: object) -> Iterator[str]:
    """The texts of a JSON file, however deep; operators are none."""
    if isinstance(value, str) and value != "!=":
        yield value
    elif isinstance(value, dict | list):
        for each in value.values() if isinstance(value, dict) else value:
            yield from kept(each)


def sentences(file: Path) -> list[str]:
    text = file.read_text()
    if file.suffix == ".py":
        return list(marked(text))
    return list(kept(json.loads(text))) if file.suffix == ".json" else said(text)


@pytest.mark.parametrize("file", [*EVERYTHING, *CODE, *TEXTS], ids=name)
def test_words_stay_calm_and_leave_gender_out(file: Path) -> None:
    for sentence in sentences(file):
        assert not NEVER.search(sentence), sentence
        assert not GENDER.search(sentence), sentence
        assert "!" not in sentence, sentence


def test_sentences_are_found_wherever_they_stand() -> None:
    """The lint above reads what it should; one known sentence of each kind."""
    booking = ROOT.parent / "booking"
    assert "Nothing was booked." in sentences(ROOT / "appointments" / "patient" / "younger.html")
    assert any("Please sign in first." in each for each in sentences(booking / "core/errors.py"))
    assert "Pregnant now" in sentences(booking / "intake" / "flags.json")


def test_messages_do_not_tell_what_for() -> None:
    for file in (f for f in EVERYTHING if "email" in f.parts):
        text = re.sub(r"{#.*?#}", "", file.read_text(), flags=re.DOTALL)
        assert not OUTWARD.search(text), name(file)


def test_what_modules_say_in_messages_does_not_tell_what_for() -> None:
    for file in (f for f in CODE if f.name == "emails.py" or "mail" in f.parts):
        for sentence in marked(file.read_text()):
            assert not OUTWARD.search(sentence), sentence


def test_addresses_do_not_tell_what_for(app: Flask) -> None:
    """They stay in histories, and are read over a shoulder. Holds sec_G6."""
    rules = [rule.rule for rule in app.url_map.iter_rules()]
    assert "/questions/<uuid:visit>" in rules
    assert [rule for rule in rules if OUTWARD.search(rule)] == []


def test_file_and_cookie_names_do_not_tell_what_for() -> None:
    """Names of saved files, of what pages load, and of what a browser keeps."""
    given = re.compile(r"""filename=\\?["']?([^"'\\;)]+)|_COOKIE_NAME": "?([^",]+)""")
    named = [found[0] or found[1] for file in CODE for found in given.findall(file.read_text())]
    assert "invite.ics" in named
    served = [str(f.relative_to(ROOT.parent)) for f in (ROOT.parent / "static").rglob("*.*")]
    assert [each for each in [*named, *served] if OUTWARD.search(each)] == []


@pytest.mark.parametrize("file", ["booking/demo/clinic.toml", "docs/clinic.example.toml"])
def test_what_a_shipped_clinic_shows_outside_does_not_tell_what_for(file: str) -> None:
    plan = tomllib.loads((ROOT.parent / file).read_text())
    clinic, rows = plan["clinic"], [*plan["services"], *plan["locations"], *plan["practitioners"]]
    shown = [clinic["outward_name"], clinic["sender_name"], clinic["sender_address"]]
    shown += [row[key] for row in rows for key in OUTSIDE if key in row]
    assert len(shown) > 6
    assert [text for text in shown if OUTWARD.search(text) or "treatment" in text.lower()] == []


@pytest.mark.parametrize("file", PAGES, ids=name)
def test_titles_do_not_tell_what_for(file: Path) -> None:
    """Holds sec_G6."""
    for title in re.findall(r"{% block title %}(.*?){% endblock %}", file.read_text(), re.DOTALL):
        assert not OUTWARD.search(title), title


@pytest.mark.parametrize("file", PAGES, ids=name)
def test_everything_people_read_can_be_translated(file: Path) -> None:
    """Words between tags, or in attributes that are read out, that no gettext call carries."""
    text = re.sub(r"{#.*?#}", "", file.read_text(), flags=re.DOTALL)
    text = re.sub(r"<(style|svg|title)\b.*?</\1>", "", text, flags=re.DOTALL)
    classes = r"{% block (wide|main_class|body_attributes) %}.*?{% endblock %}"
    text = re.sub(classes, "", text, flags=re.DOTALL)
    text = re.sub(r"{%.*?%}|{{.*?}}", " ", text, flags=re.DOTALL)
    spoken = re.findall(r'\b(?:aria-label|alt|title|placeholder)="([^"]*)"', text)
    between = re.sub(r"<[^>]*>", "\n", text)
    loose = [w.strip() for w in [*spoken, *between.splitlines()] if re.search(r"[A-Za-z]{2}", w)]
    assert loose == []


def test_no_page_says_its_own_in_a_word_of_the_frame(app: Flask) -> None:
    """What a page is drawn with would replace what the frame around it means by that word."""
    with app.test_request_context("/"):
        frame = set(shell.frame())
    drawn = [
        (name(file), given.arg)
        for file in CODE
        for call in ast.walk(ast.parse(file.read_text()))
        if isinstance(call, ast.Call) and getattr(call.func, "id", "") == "render_template"
        for given in call.keywords
    ]
    assert len(drawn) > 100
    assert [each for each in drawn if each[1] in frame] == []
