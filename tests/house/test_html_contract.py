"""The page contract: that it notices, and that the shell of every kind of page keeps it.

Every page any other test opens is held to it too (tests/browser.py).
"""

import pytest

from booking.access.gate import PUBLIC
from tests.browser import Browser
from tests.conftest import Cast
from tests.factories import Clinic
from tests.helpers.html_contract import problems

GOOD = """<!doctype html><html lang="en-GB" dir="ltr"><head><title>Error: About you – Canal</title>
</head><body><main><div class="errors"><h2>There is a problem</h2><a href="#name">Enter it</a></div>
<h1>About you</h1><form method="post" novalidate><input type="hidden" name="csrf_token">
<label for="name">Name</label><p id="name-error">Enter it</p>
<input id="name" aria-invalid="true" aria-describedby="name-error">
<fieldset><legend>Way</legend><label><input type="radio" name="way">Call</label></fieldset>
<button>Save</button></form></main></body></html>"""

MISTAKES = {
    "leads nowhere": ('href="#name"', 'href="#nome"'),
    "which is not there": ('describedby="name-error"', 'describedby="gone"'),
    "nothing says why": (' aria-describedby="name-error"', ""),
    "has no label": ('for="name"', 'for="name-error"'),
    "has no legend": ("<legend>Way</legend>", ""),
    "not in a fieldset": ("fieldset>", "div>"),
    "2 h1 instead of one": ("</h1>", "</h1><h1>Again</h1>"),
    "without the one above": ("</h1>", "</h1><h3>Deep</h3>"),
    "does not start with Error:": ("Error: ", ""),
    "the title tells": ("About you –", "Acupuncture –"),
    "no title of its own": ("Error: About you –", "–"),
    "novalidate is missing": (" novalidate", ""),
    "has no page token": ("csrf_token", "other"),
    "style attribute": ("<main>", '<main style="color:red">'),
    "inline script": ("<main>", "<main><script>1</script>"),
    "inline handler": ("<button>", '<button onclick="x()">'),
    "used twice": ("<main>", '<main id="name">'),
    "has no words": (">Save<", "><"),
    "language": (' lang="en-GB"', ""),
    "loads from elsewhere": ("</head>", '<link href="//cdn.example/x.css"></head>'),
}


def test_a_page_that_keeps_the_contract_has_no_problems() -> None:
    assert problems(GOOD, path="/book/details") == []


@pytest.mark.parametrize("said", sorted(MISTAKES))
def test_the_contract_notices(said: str) -> None:
    right, wrong = MISTAKES[said]
    assert right in GOOD
    found = problems(GOOD.replace(right, wrong), path="/book/details")
    assert any(said in problem for problem in found), found


def test_a_telling_address_is_noticed() -> None:
    assert problems(GOOD, path="/intake/1") == ["the address tells: intake"]


@pytest.mark.parametrize("who", ["stranger", "mei", "reception", "owner"])
def test_pages_that_need_nothing_else_keep_the_contract(
    cast: Cast, clinic: Clinic, who: str
) -> None:
    """Opens every page without parameters as everyone. The browser itself checks each answer."""
    browser: Browser = cast[who]
    app = browser.app
    titles: dict[str, str] = {}
    for rule in app.url_map.iter_rules():
        if rule.arguments or "GET" not in (rule.methods or set()) or rule.endpoint == "static":
            continue
        page = browser.get(rule.rule)
        assert page.status < 500, rule.rule
        if page.status == 200 and page.url == rule.rule and page.title:
            titles.setdefault(page.title, rule.rule)
            assert titles[page.title] == rule.rule, f"two pages are called {page.title}"
    if who == "stranger":
        assert any(getattr(view, "access", "") == PUBLIC for view in app.view_functions.values())
        assert titles


def test_error_pages_keep_the_contract(cast: Cast) -> None:
    for who in ("stranger", "reception"):
        page = cast[who].get("/no-such-page")
        assert page.status == 404
        assert "020 7946 0102" in page.text
    assert cast["stranger"].post("/privacy", {}).status in {400, 405}
