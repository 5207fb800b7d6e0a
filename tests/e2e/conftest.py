"""A real browser in front of a really served site."""

import os
import shutil
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, sync_playwright
from werkzeug.serving import WSGIRequestHandler, make_server

from booking.accounts import actions as accounts
from booking.core import assets, clock
from booking.core.db import transaction
from tests.factories import Clinic
from tests.helpers.left_out import left_out

STATIC = Path(__file__).parents[2] / "static"


class Quiet(WSGIRequestHandler):
    """Does not write a line for each request."""

    def log(self, *_words: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    path = os.environ.get("CHROMIUM_PATH") or shutil.which("chromium")
    if not path:
        left_out("no Chromium; set CHROMIUM_PATH or install one")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def site(app: Flask, clinic: Clinic) -> Iterator[str]:
    """The address of the site, served by several threads, with the tests' clinic in it."""
    assets.prepare(STATIC)
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=Quiet)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


Screen = Callable[..., Page]


@pytest.fixture
def screen(chromium: Browser, site: str, app: Flask, clinic: Clinic) -> Iterator[Screen]:
    """Open a page: `screen("/path", who="reception", width=390, color_scheme="dark")`.

    `who` is one of the staff, signed in, or nobody. What the browser's console complains about,
    a breach of the content policy among it, fails the test at its end.
    """
    contexts, complaints = [], []

    def open_page(path: str, *, who: str = "", width: int = 390, **options: Any) -> Page:
        height = 844 if width < 600 else 900
        context = chromium.new_context(
            base_url=site, viewport={"width": width, "height": height}, **options
        )
        contexts.append(context)
        if who:
            context.add_cookies([{**_cookie(app, clinic, who), "url": site}])  # type: ignore[list-item]
        page = context.new_page()
        page.on("console", lambda m: complaints.append(m.text) if "Policy" in m.text else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(path)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert complaints == []


def _cookie(app: Flask, clinic: Clinic, who: str) -> dict[str, str]:
    user, now = getattr(clinic, f"{who}_user"), clock.now()
    with app.app_context(), transaction():
        token = accounts.start_staff_session(user, second_factor=now, now=now)
    signer = app.session_interface.get_signing_serializer(app)  # type: ignore[attr-defined]
    return {
        "name": app.config["SESSION_COOKIE_NAME"],
        "value": signer.dumps({"_user_id": token, "_fresh": True}),
    }
