"""What the words of our templates may say, and that all of them can be translated."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2] / "templates"
PAGES = sorted(ROOT.rglob("*.html"))
EVERYTHING = sorted(file for file in ROOT.rglob("*") if file.is_file())

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


def name(file: Path) -> str:
    return str(file.relative_to(ROOT))


def said(text: str) -> list[str]:
    """The sentences of a template: what stands in gettext calls and between tags."""
    text = re.sub(r"{#.*?#}", "", text, flags=re.DOTALL)
    quoted = re.findall(r"""\b(?:_|ngettext)\(\s*("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')""", text)
    return [sentence[1:-1] for sentence in quoted]


@pytest.mark.parametrize("file", EVERYTHING, ids=name)
def test_words_stay_calm(file: Path) -> None:
    for sentence in said(file.read_text()):
        assert not NEVER.search(sentence), sentence
        assert "!" not in sentence, sentence


def test_messages_do_not_tell_what_for() -> None:
    for file in (f for f in EVERYTHING if "email" in f.parts):
        text = re.sub(r"{#.*?#}", "", file.read_text(), flags=re.DOTALL)
        assert not OUTWARD.search(text), name(file)


@pytest.mark.parametrize("file", PAGES, ids=name)
def test_titles_do_not_tell_what_for(file: Path) -> None:
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
