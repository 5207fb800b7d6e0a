"""Make the pictures of docs/pages.md from a demo, and measure what those pages weigh and take.

From the top of the repository, with CHROMIUM_PATH where Chromium is not on the path:

    .venv/bin/python -m tests.e2e.pictures

It starts a demo of its own on a day in summer, writes docs/pages/*.webp, and prints the table.
"""

import gzip
import io
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Iterator
from email import message_from_bytes, policy
from pathlib import Path
from typing import NamedTuple

from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page, Response, sync_playwright

from tests.demo.test_demo import Demo

HERE = Path(__file__).parents[2] / "docs" / "pages"
NETWORKS = {"150 ms, 1.6 Mbit/s": (150, 1_600), "300 ms, 700 kbit/s": (300, 700)}
SLOWER = 4  # the processor
TRIES = 3  # the quickest counts: whatever else the machine does only adds
MOST_STEPS = 4  # from a message to the first question
PAINTED = """() => new Promise(done => new PerformanceObserver(seen =>
  done(seen.getEntries().at(-1).startTime)
).observe({type: 'largest-contentful-paint', buffered: true}))"""
SHIFTED = """() => new Promise(done => {
  let sum = 0;
  new PerformanceObserver(seen => seen.getEntries().forEach(e => sum += e.value))
    .observe({type: 'layout-shift', buffered: true});
  setTimeout(() => done(sum), 300);
})"""


class Shown(NamedTuple):
    """One page: its file's name, who opens it (a role the demo prints, or ""), where, how wide."""

    name: str
    who: str
    path: str
    width: int


PAGES = (
    Shown("landing", "", "/", 1440),
    Shown("times", "", "", 390),
    Shown("question", "patient", "", 390),
    Shown("today", "Reception, Dana Whitlock", "/today", 1440),
    Shown("day", "Reception, Dana Whitlock", "/day", 1440),
    Shown("form", "Practitioner, Mei Tan", "", 1440),
    Shown("my-day", "Practitioner, Mei Tan", "/my-day", 390),
    Shown("proof", "Owner, Olive Hart", "/proof", 1440),
)


def main() -> None:
    """Make every picture, then say what was measured."""
    path = os.environ.get("CHROMIUM_PATH") or shutil.which("chromium")
    HERE.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        demo = Demo(Path(folder) / "data")
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        try:
            visitors: dict[str, BrowserContext] = {}
            lines = [_one(visitors, browser, demo, shown) for shown in PAGES]
        finally:
            browser.close()
            demo.stop()
    sys.stdout.write("\n".join(lines) + "\n")


def _one(visitors: dict[str, BrowserContext], browser: Browser, demo: Demo, shown: Shown) -> str:
    staff = shown.who not in {"", "patient"}
    if shown.who not in visitors:
        visitors[shown.who] = browser.new_context(base_url=demo.address("The demo is at"))
        if staff:
            _sign_in(visitors[shown.who].new_page(), demo.address(shown.who))
    context = visitors[shown.who]
    page = _anew(context, shown.width)
    address = shown.path or (_form(page) if staff else _found(page, demo, shown))
    page.goto(address, wait_until="load")
    _keep(page, shown.name)
    kilobytes, requests = _weight(_anew(context, shown.width), address)
    times = [
        min(_time(_anew(context, shown.width), address, *line) for _again in range(TRIES))
        for line in NETWORKS.values()
    ]
    painted = " | ".join(f"{seconds:.1f} s" for seconds, _shift in times)
    shift = max(moved for _seconds, moved in times)
    return f"| {shown.name} | {kilobytes:.0f} kB | {requests} | {painted} | {shift:.3f} |"


def _sign_in(page: Page, link: str) -> None:
    page.goto(link)
    page.locator("main button").first.click()
    page.wait_for_load_state()


def _anew(context: BrowserContext, width: int) -> Page:
    """A page that has kept nothing of an earlier visit."""
    page = context.new_page()
    page.set_viewport_size({"width": width, "height": 844 if width < 600 else 900})
    tools = context.new_cdp_session(page)
    tools.send("Network.setCacheDisabled", {"cacheDisabled": True})
    return page


def _found(page: Page, demo: Demo, shown: Shown) -> str:
    """Where a patient comes to, as patients come there: from the first page, or from a message."""
    if shown.path:
        return shown.path
    if not shown.who:
        page.goto("/book")
        page.locator("a.pick-row").first.click()
        return page.url
    return next(question for link in _links(demo) if (question := _question(page, link)))


def _links(demo: Demo) -> Iterator[str]:
    """The ways to questions in messages, the newest first."""
    for file in sorted((demo.data / "mail").glob("*.eml"), reverse=True):
        mail = message_from_bytes(file.read_bytes(), policy=policy.default)
        body = mail.get_body(("plain",))
        yield from re.findall(r"http\S+/form\b", body.get_content() if body else "")


def _question(page: Page, link: str) -> str:
    """The address of the first question with options behind a link; "" where there is none."""
    page.goto(link)
    for _step in range(MOST_STEPS):
        if page.locator("main fieldset").count():
            return page.url
        page.locator("main .tasks a, main .btn").first.click()
        page.wait_for_load_state()
    return ""


def _form(page: Page) -> str:
    page.goto("/forms/to-read")
    page.locator(".queue li a", has_text="before treatment").first.click()
    return page.url


def _keep(page: Page, name: str) -> None:
    picture = Image.open(io.BytesIO(page.screenshot()))
    picture.convert("RGB").save(HERE / f"{name}.webp", quality=86, method=6)


def _weight(page: Page, address: str) -> tuple[float, int]:
    """Kilobytes as sent, compressed, and the requests of a first visit: nothing is kept yet."""
    weight: dict[str, int] = {}

    def weigh(answer: Response) -> None:
        body = answer.body()
        packed = answer.url.endswith(".woff2")
        weight[answer.url] = len(body) if packed else len(gzip.compress(body))

    page.on("response", weigh)
    page.goto(address, wait_until="load")
    page.close()
    return sum(weight.values()) / 1000, len(weight)


def _time(page: Page, address: str, delay: int, speed: int) -> tuple[float, float]:
    """Seconds until the largest thing is painted, and how much moved meanwhile."""
    tools = page.context.new_cdp_session(page)
    tools.send("Network.enable")
    bytes_a_second = speed * 1000 / 8
    line = {"downloadThroughput": bytes_a_second, "uploadThroughput": bytes_a_second}
    tools.send("Network.emulateNetworkConditions", {"offline": False, "latency": delay, **line})
    tools.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    page.goto(address, wait_until="load")
    painted, shifted = page.evaluate(PAINTED) / 1000, page.evaluate(SHIFTED)
    page.close()  # a page that is slowed keeps a core busy for as long as it is open
    return painted, shifted


if __name__ == "__main__":
    main()
