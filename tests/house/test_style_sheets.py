"""The style sheets mirror by themselves, and dress every class that a page of theirs names."""

import re
from pathlib import Path

import pytest

HERE = Path(__file__).parents[2]
SHEETS = sorted((HERE / "static" / "css").glob("*.css"))
TEMPLATES = sorted((HERE / "templates").rglob("*.html"))

# What stays where it is when the reading direction turns: a side that is named, a shorthand whose
# second value (the right) is not its fourth (the left), a place counted from the left.
SIDES = re.compile(r"(?<![\w-])(?:[\w-]+-)?(?:left|right)(?:-[\w-]+)?(?![\w-])")
FOUR = re.compile(r"(?<![\w-])(?:margin|padding|inset|scroll-(?:margin|padding)):([^;}]+)")
MOVED = re.compile(r"translate(?:X|3d)?\(\s*-?[\d.]*[1-9]")

# Named for what they are, not for how they look.
BARE = {"lbl", "legs", "more", "r"}
FRAMES = {
    "components/staff.html": ("base.css", "staff.css", "grid.css"),
    "components/patient.html": ("base.css", "patient.css"),
}


def without_brackets(value: str) -> str:
    """A value with its functions' arguments left out, so that blanks part its values."""
    while (shorter := re.sub(r"\([^()]*\)", "", value)) != value:
        value = shorter
    return value


def physical(css: str) -> list[str]:
    """What of a style sheet would not mirror, in its own words."""
    css = re.sub(r"/\*.*?\*/", "", css, flags=re.DOTALL)
    found = [match[0] for match in SIDES.finditer(css)]
    found += [match[0] for match in MOVED.finditer(css)]
    for match in FOUR.finditer(css):
        values = without_brackets(match[1]).split()
        if len(values) == 4 and values[1] != values[3]:
            found.append(match[0])
    return found


@pytest.mark.parametrize("sheet", SHEETS, ids=lambda sheet: sheet.name)
def test_style_sheets_name_no_left_and_no_right(sheet: Path) -> None:
    assert physical(sheet.read_text()) == []


@pytest.mark.parametrize(
    "bad",
    [
        "a{margin-left:1px}",
        "a{text-align:right}",
        "a{left:0}",
        "a{border-top-left-radius:1px}",
        "a{margin:1px 6px 1px 4px}",
        "a{padding:0 max(1px,calc((1px + 2px)/2)) 0 0}",
        "a{transform:translateX(4px)}",
    ],
)
def test_a_side_that_is_named_would_be_found(bad: str) -> None:
    assert len(physical(bad)) == 1


def classes(text: str) -> set[str]:
    """The classes that a template names outright."""
    text = re.sub(r"\{[%{#].*?[%}#]\}", " ", text, flags=re.DOTALL)
    return {each for named in re.findall(r'class="([^"]*)"', text) for each in named.split()}


@pytest.mark.parametrize("frame", FRAMES)
def test_every_class_of_a_page_is_dressed_by_the_sheets_it_loads(frame: str) -> None:
    sheets = [(HERE / "static" / "css" / name).read_text() for name in FRAMES[frame]]
    dressed = set(re.findall(r"\.([a-zA-Z][\w-]*)", "".join(sheets))) | BARE
    pages = [page for page in TEMPLATES if f'extends "{frame}"' in page.read_text()]
    naked = {page.name: left for page in pages if (left := classes(page.read_text()) - dressed)}
    assert naked == {}
    assert len(pages) > 20
