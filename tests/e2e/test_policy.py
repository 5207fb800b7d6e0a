"""Every page of every role in a real browser: the policy is kept, nothing is from elsewhere."""

from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Error, Page

from booking.access.gate import PUBLIC, public
from booking.access.policy import Permission
from tests.factories import Clinic
from tests.house.everybody import Everybody

pytestmark = [
    pytest.mark.browser,
    # A browser that goes on before an icon has come leaves the tests' server with the file open.
    pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning"),
]

# The staff's pages and the patients' differ in their frame: one reader of each is enough.
READERS = (("owner", "mei", "reception"), ("patient", "visit-link"), ("half",), ("locked",))


class Crawler:
    """One page for each person, and what their consoles and requests gave away."""

    def __init__(self, chromium: Browser, site: str, everybody: Everybody) -> None:
        self.chromium, self.site, self.everybody = chromium, site, everybody
        self.contexts: list[BrowserContext] = []
        self.pages: dict[str, Page] = {}
        self.found: list[str] = []

    def open(self, who: str, path: str) -> None:
        page = self.pages.get(who) or self._arrive(who)
        try:
            page.goto(f"{self.site}{path}", wait_until="load")
        except Error as why:
            if "Download is starting" not in why.message and "ERR_ABORTED" not in why.message:
                raise

    def _arrive(self, who: str) -> Page:
        context = self.chromium.new_context(viewport={"width": 390, "height": 844})
        self.contexts.append(context)
        app = self.everybody.app
        with self.everybody.browsers[who].client.session_transaction() as cookie:
            held = dict(cookie)
        signer = app.session_interface.get_signing_serializer(app)  # type: ignore[attr-defined]
        name = app.config["SESSION_COOKIE_NAME"]
        context.add_cookies([{"name": name, "value": signer.dumps(held), "url": self.site}])
        page = self.pages[who] = context.new_page()
        page.on("console", lambda m: self._note(page, m.text) if "Policy" in m.text else None)
        page.on("pageerror", lambda error: self._note(page, str(error)))
        page.on("request", lambda asked: self._ours(page, asked.url))
        return page

    def _ours(self, page: Page, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme != "data" and parts.netloc != urlsplit(self.site).netloc:
            self._note(page, f"asks {url}")

    def _note(self, page: Page, what: str) -> None:
        self.found.append(f"{page.url}: {what}")


@pytest.fixture
def crawler(
    chromium: Browser, app: Flask, clinic: Clinic, request: pytest.FixtureRequest
) -> Iterator[Crawler]:
    @app.get("/inline")
    @public
    def inline() -> str:
        return "<!doctype html><title>x</title><p style='color:red'>x</p><script>let a = 1</script>"

    everybody = Everybody(app, clinic)
    made = Crawler(chromium, request.getfixturevalue("site"), everybody)
    yield made
    for context in made.contexts:
        context.close()


def test_a_breach_would_be_seen(crawler: Crawler) -> None:
    """Holds sec_E5."""
    crawler.open("stranger", "/inline")
    assert len(crawler.found) == 2


def test_no_page_of_any_role_breaks_the_policy(crawler: Crawler) -> None:
    """Holds sec_E5."""
    everybody, opened = crawler.everybody, 0
    for rule in everybody.app.url_map.iter_rules():
        if "GET" not in (rule.methods or set()) or rule.endpoint in {"static", "inline"}:
            continue
        mark = getattr(everybody.app.view_functions[rule.endpoint], "access", None)
        readers = _readers(everybody, mark)
        assert readers, rule.rule
        for who in readers:
            crawler.open(who, everybody.address(rule))
            opened += 1
    assert crawler.found == []
    assert opened > 100


def _readers(everybody: Everybody, mark: object) -> list[str]:
    if mark == PUBLIC:
        return ["stranger"]
    assert isinstance(mark, Permission)
    found = ([who for who in group if everybody.may(who, mark)] for group in READERS)
    return [each[0] for each in found if each]
