"""The demo as people start it: one command, a real port, real mail."""

import contextlib
import http.cookiejar
import os
import re
import signal
import sqlite3
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
COMMAND = [sys.executable, "-m", "flask", "--app", "wsgi", "demo", "--port", "0"]
NOW = "2027-07-05T10:25Z"  # a summer Monday, 11:25 in London


class Demo:
    """A running demo and what it printed."""

    def __init__(self, data: Path, *options: str) -> None:
        self.data = data
        self.process = subprocess.Popen(
            [*COMMAND, "--data", str(data), "--now", NOW, *options],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env={k: v for k, v in os.environ.items() if not k.startswith(("BOOKING_", "FLASK_"))},
        )
        self.printed = ""
        for line in self.process.stdout or ():
            self.printed += line
            if "Ctrl-C stops" in line:
                break

    def address(self, words: str) -> str:
        found = re.search(rf"{words}.*?(http://\S+)", self.printed)
        assert found, self.printed
        return found[1]

    def stop(self, how: int = signal.SIGINT) -> int:
        self.process.send_signal(how)
        return self.ended()

    def ended(self) -> int:
        rest, _ = self.process.communicate(timeout=30)
        self.printed += rest
        return self.process.returncode


class Visitor:
    """A browser over a real connection."""

    def __init__(self) -> None:
        jar = http.cookiejar.CookieJar(http.cookiejar.DefaultCookiePolicy())
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))

    def get(self, url: str) -> str:
        return self._text(url)

    def press(self, url: str, **typed: str) -> str:
        """Open a page and send its form."""
        token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', self._text(url))
        assert token
        return self._text(url, urllib.parse.urlencode({"csrf_token": token[1], **typed}).encode())

    def _text(self, url: str, data: bytes | None = None) -> str:
        try:
            with self.opener.open(url, data, timeout=20) as answer:
                return str(answer.read().decode())
        except urllib.error.HTTPError as problem:
            with problem:
                return f"{problem.code} {problem.read().decode()}"


def mails(demo: Demo, to: str) -> list[Any]:
    """Every kept message to somebody, once there is one (the worker needs a moment)."""
    for _try in range(200):
        kept = [
            message_from_bytes(file.read_bytes(), policy=policy.default)
            for file in sorted((demo.data / "mail").glob("*.eml"))
        ]
        if found := [mail for mail in kept if to in str(mail["To"])]:
            return found
        time.sleep(0.1)
    raise AssertionError(f"no mail to {to}")


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    running = Demo(tmp_path_factory.mktemp("demo") / "data")
    yield running
    assert running.stop() == 0, running.printed
    assert "The demo has stopped." in running.printed


def test_it_says_where_it_is_and_what_time_it_is_there(demo: Demo) -> None:
    assert re.search(r"Monday 05 July 2027, 11:(2[5-9]|3\d)", demo.printed)
    assert "Canal Street" in Visitor().get(demo.address("As a patient"))


@pytest.mark.parametrize(
    "who",
    [
        "Owner, Olive Hart",
        "Reception, Dana Whitlock",
        "Practitioner, Mei Tan",
        "Practitioner, Inês Roca",
        "Practitioner, Tom Bell",
    ],
)
def test_each_printed_link_signs_its_person_in_once(demo: Demo, who: str) -> None:
    link, visitor = demo.address(who), Visitor()
    assert who.split(", ")[1] in visitor.get(link)
    assert "Sign out" in visitor.press(link)
    assert Visitor().get(link).startswith("410")


def test_sent_mail_is_kept_as_sent_and_shown(demo: Demo) -> None:
    base = demo.address("The demo is at")
    Visitor().press(f"{base}/my/sign-in", name="Ada Brook", email="ada.brook@example.org")
    (mail, *_) = mails(demo, "ada.brook@example.org")
    visitor = Visitor()
    listing = visitor.get(demo.address("Mail it has sent"))
    assert mail["Subject"] in listing
    number = re.search(rf'/demo/mailbox/(\d+)">{re.escape(mail["Subject"])}', listing)
    assert number
    shown = visitor.get(f"{base}/demo/mailbox/{number[1]}")
    link = re.search(rf"{re.escape(base)}/\S+", mail.get_body(("plain",)).get_content())
    assert link
    assert f'<a href="{link[0]}">' in shown


def test_coming_visits_are_mailed_and_forms_stand_in_every_state(demo: Demo) -> None:
    with contextlib.closing(sqlite3.connect(demo.data / "stillpoint.db")) as database:
        told = dict(database.execute("SELECT state, count(*) FROM intake_form GROUP BY state"))
        coming = database.execute(
            "SELECT count(*) FROM appointment WHERE starts_at > '2027-07-05 10:25'"
        ).fetchone()[0]
        urgent = database.execute("SELECT count(*) FROM flag WHERE severity = 'urgent'").fetchone()
    assert set(told) == {"draft", "submitted", "needs-information", "with-practitioner", "ready"}
    assert urgent[0] >= 1
    assert coming > 100
    for _try in range(300):
        if len(list((demo.data / "mail").glob("*.eml"))) >= coming:
            return
        time.sleep(0.1)
    raise AssertionError("not every coming visit was mailed")


@pytest.mark.parametrize(
    ("wanted", "number"),
    [
        ("SELECT count(*) FROM conversation_line WHERE settled_at IS NULL", 2),
        ("SELECT count(*) FROM conversation_line WHERE by_user_id IS NOT NULL", 1),
        ("SELECT count(*) FROM waiting_entry", 3),
        ("SELECT count(*) FROM appointment WHERE status = 'requested'", 1),
        ("SELECT count(*) FROM patient WHERE email = ''", 2),
        # Nobody is born on the day of everybody else, or all records would look alike.
        ("SELECT count(born_key) - count(DISTINCT born_key) FROM patient", 0),
    ],
)
def test_the_desk_finds_something_to_do(demo: Demo, wanted: str, number: int) -> None:
    with contextlib.closing(sqlite3.connect(demo.data / "stillpoint.db")) as database:
        assert database.execute(wanted).fetchone()[0] == number


def test_a_message_that_is_not_there_is_not_found(demo: Demo) -> None:
    base = demo.address("The demo is at")
    for number in (0, 99999):
        assert Visitor().get(f"{base}/demo/mailbox/{number}").startswith("404")


def test_keys_are_for_their_owner_only(demo: Demo) -> None:
    for name in ("keys.json", "secret_key"):
        assert (demo.data / name).stat().st_mode & 0o077 == 0


def test_a_second_demo_on_the_same_files_is_refused(demo: Demo) -> None:
    second = Demo(demo.data)
    assert second.ended() == 1
    assert "A demo already runs" in second.printed


def test_started_again_it_goes_on_with_what_is_there_until_reset(tmp_path: Path) -> None:
    first = Demo(tmp_path / "data")
    key = (tmp_path / "data" / "secret_key").read_text()
    assert first.stop(signal.SIGTERM) == 0
    again = Demo(tmp_path / "data")
    assert "Making a clinic" not in again.printed
    assert (tmp_path / "data" / "secret_key").read_text() == key
    assert again.stop() == 0
    anew = Demo(tmp_path / "data", "--reset")
    assert "Making a clinic" in anew.printed
    assert (tmp_path / "data" / "secret_key").read_text() != key
    assert anew.stop() == 0


def test_files_that_no_demo_made_are_left_alone_even_with_reset(tmp_path: Path) -> None:
    (tmp_path / "stillpoint.db").write_text("a clinic's own")
    refused = Demo(tmp_path, "--reset")
    assert refused.ended() == 1
    assert "holds other files" in refused.printed
    assert (tmp_path / "stillpoint.db").read_text() == "a clinic's own"


def test_a_clock_without_its_offset_is_refused(tmp_path: Path) -> None:
    refused = Demo(tmp_path / "data", "--now", "2027-07-05T10:25")
    assert refused.ended() == 2
    assert "add the offset" in refused.printed
