"""Every kind of message: three templates, calm and neutral words in all of them."""

import re
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event

from booking.app import MAIL_KINDS
from booking.core.db import db
from tests.factories import MONDAY_10AM, NOW
from tests.mail.posts import (
    LINKS,
    SENDER,
    WrittenTransport,
    a_draft,
    a_snapshot,
    an_invite_told,
    deliver_all,
    queue,
)

TEMPLATES = Path(__file__).parents[2] / "templates" / "email"
PARTS = ("subject.txt", "body.txt", "body.html")

# Never in anything that leaves: what she comes for, what happened, what was answered.
FORBIDDEN = re.compile(
    r"pregnan|fertil|\bivf\b|embryo|\beggs?\b|sperm|\bperiods?\b|miscarr|\bloss\b|\bbab(y|ies)\b"
    r"|\bbump\b|due date|\bweeks?\b|\bscan\b|bereave|congratulat|sorry for|acupunct|\bneedle"
    r"|\bintake\b|first visit|follow-up|consultation|\breason\b|\burgent|\bflag|medicine|allerg"
    r"|\bclinic\b.*\bfor\b|treatment|\binvalid\b|\bfailed\b|forbidden|!(?!doctype|--)",
    re.IGNORECASE,
)
TIMES = {
    "0": {
        "starts_at": NOW.isoformat(),
        "zone": "Europe/London",
        "practitioner_name": "Mei Tan",
        "place_name": "Canal Street",
        "link": LINKS["visit"],
    }
}
MORE: dict[str, dict[str, Any]] = {
    "accounts/new_password": {"link": LINKS["visit"], "minutes": 30},
    "accounts/password_changed": {},
    "accounts/patient_browser": {"browser": "Firefox, Android"},
    "accounts/sign_in_link": {"link": LINKS["visit"], "minutes": 30},
    "accounts/staff_invite": {"link": LINKS["visit"], "to_name": "Dana", "minutes": 10080},
    "accounts/new_address": {"link": LINKS["visit"], "minutes": 60},
    "accounts/address_changed": {"link": LINKS["visit"], "minutes": 10080},
    "accounts/way_in_changed": {"what": "passkey-added"},
    "rights/new_address": {"link": LINKS["visit"], "minutes": 60},
    "rights/address_changed": {"link": LINKS["visit"], "minutes": 10080},
    "rights/many_openings": {"who": "Dana Reyes", "count": 61},
    "rights/emergency": {"who": "Olive Hart", "link": LINKS["visit"]},
    "clinic/runs_out": {
        "who": "Mei Tan",
        "proof": "licence",
        "last_day_at": NOW.isoformat(),
        "over": False,
    },
    "conversations/waiting": {"link": LINKS["visit"]},
    "intake/question": {"link": LINKS["form"]},
    "intake/staff_urgent": {"link": LINKS["form"]},
    "intake/to_read": {"link": LINKS["form"]},
    "appointments/another_time": {"links": {"another_time": LINKS["visit"]}},
    "calendars/visit": {"who": "A. O.", "links": {"visit": LINKS["visit"]}},
    "calendars/visit_off": {"who": "A. O.", "invite": an_invite_told(method="CANCEL", sequence=1)},
    "reminders/check": {},
    "reminders/reminder": {},
    "appointments/requested": {"until": {"ends_at": NOW.isoformat(), "zone": "Europe/London"}},
    "appointments/declined": {"times": TIMES, "links": {**LINKS, "again": LINKS["visit"]}},
    "appointments/expired": {"times": TIMES, "links": {**LINKS, "again": LINKS["visit"]}},
    "appointments/withdrawn": {
        "to_name": "",
        "invite": an_invite_told(method="CANCEL", sequence=1, location="", description=""),
    },
    "waiting/joined": {"links": {"list": LINKS["visit"]}},
    "waiting/offer": {
        "links": {"list": LINKS["visit"]},
        "answer_by": {"ends_at": MONDAY_10AM.isoformat(), "zone": "Europe/London"},
    },
    "appointments/cancelled": {"invite": an_invite_told(method="CANCEL", sequence=1)},
}


def words_in(source: str) -> str:
    """A template's text without its expressions' code, styles and addresses of templates."""
    said = re.sub(
        r"<style>.*?</style>|{%\s*(extends|from|set|if|endif|block).*?%}", "", source, flags=re.S
    )
    return re.sub(r"<!doctype html>", "", said)


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("kind", MAIL_KINDS)
def test_every_kind_has_its_three_templates(kind: str, part: str) -> None:
    assert (TEMPLATES / kind / part).is_file()


def test_every_folder_of_templates_is_a_known_kind() -> None:
    found = {str(path.parent.relative_to(TEMPLATES)) for path in TEMPLATES.glob("*/*/*")}
    assert found == set(MAIL_KINDS)


@pytest.mark.parametrize("path", sorted(TEMPLATES.rglob("*.*")), ids=lambda p: str(p)[-40:])
def test_no_template_says_what_must_not_be_said(path: Path) -> None:
    assert FORBIDDEN.findall(words_in(path.read_text())) == []


def test_the_search_for_forbidden_words_finds_them() -> None:
    for word in ("pregnancy", "IVF", "Intake", "urgent", "your baby", "Well done!", "weeks"):
        assert FORBIDDEN.search(word), word


def rendered(app: Flask, kind: str, **changes: Any) -> EmailMessage:
    transport = WrittenTransport()
    snapshot = a_snapshot(**{"invite": None, **changes})
    queue(app, a_draft(kind=kind, snapshot=snapshot, dedupe_key=f"{kind}{changes}"))
    deliver_all(app, transport)
    [handed] = transport.handed
    found = message_from_bytes(handed, policy=default)
    assert isinstance(found, EmailMessage)
    return found


def said(message: EmailMessage) -> dict[str, str]:
    parts = {p.get_content_type(): p for p in message.walk() if not p.is_multipart()}
    found = {kind: part.get_content() for kind, part in parts.items()}
    return {
        "subject": str(message["Subject"]),
        **{kind: c.decode() if isinstance(c, bytes) else c for kind, c in found.items()},
    }


class Text(HTMLParser):
    """The words and link targets of a page."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.words: list[str] = []
        self.targets: list[str] = []
        self.tags: list[str] = []
        self._hidden = ""
        self.feed(source)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self._hidden = tag if tag in {"style", "title"} else ""
        self.targets += [value or "" for name, value in attrs if name in {"href", "src"}]

    def handle_endtag(self, _tag: str) -> None:
        self._hidden = ""

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.words.append(data)


@pytest.mark.parametrize("kind", MAIL_KINDS)
def test_a_message_is_neutral_in_every_part_and_carries_only_its_snapshots_words(
    app: Flask, kind: str
) -> None:
    canaries = {
        "service": "canary-service pregnancy acupuncture",
        "reason": "canary-reason after a miscarriage",
        "notes": "canary-notes",
        "answers": {"bleeding": "canary-answer"},
        "references": [],
    }
    message = rendered(app, kind, **{"invite": an_invite_told(), **canaries, **MORE.get(kind, {})})
    for name, text in [*said(message).items(), *message.items()]:
        assert "canary" not in text, name
        seen = " ".join(Text(text).words) if name == "text/html" else text
        assert FORBIDDEN.findall(seen) == [], name


@pytest.mark.parametrize("kind", MAIL_KINDS)
def test_text_stands_alone_and_html_says_the_same_without_anything_from_outside(
    app: Flask, kind: str
) -> None:
    parts = said(rendered(app, kind, **MORE.get(kind, {})))
    text, page = parts["text/plain"], Text(parts["text/html"])
    assert not {"img", "script", "link", "iframe", "object"} & set(page.tags)
    assert "style=" not in parts["text/html"]
    assert set(page.targets) <= {*LINKS.values()}
    assert "&#" not in text
    assert "<" not in text
    assert "{" not in text
    assert not re.search(r"\n{3,}", text.replace("\r", ""))
    assert "020 7946 0102" in text
    assert "020 7946 0102" in " ".join(page.words)
    for words in (re.sub(r"https://\S+", "", text), *page.words):
        assert not re.search(r"[a-z][.:][A-Z]|[.:]\d?[A-Z][a-z]", words), "two sentences in one"
    for target in set(page.targets) - {LINKS["move"], LINKS["cancel"]}:
        assert target in text


@pytest.mark.parametrize(
    "kind", ["appointments/confirmation", "appointments/moved", "appointments/cancelled"]
)
def test_what_when_and_where_are_said_in_both_forms(app: Flask, kind: str) -> None:
    parts = said(rendered(app, kind, **MORE.get(kind, {})))
    for part in (parts["text/plain"], " ".join(Text(parts["text/html"]).words)):
        for words in ("Monday 5 July 2027", "10:00am", "London time", "12 Canal Street, London N1"):
            assert words in part
    assert "Mon 5 July" in parts["subject"]
    assert "10:00am" in parts["subject"]


@pytest.mark.parametrize(
    ("kind", "told"),
    [
        ("appointments/confirmation", True),
        ("appointments/moved", True),
        ("reminders/reminder", True),
        ("appointments/cancelled", False),
        ("appointments/declined", False),
        ("appointments/expired", False),
    ],
)
def test_the_way_in_is_told_only_where_somebody_is_to_come(
    app: Flask, kind: str, *, told: bool
) -> None:
    place = {"name": "Canal Street", "address": "12 Canal Street", "directions": "The blue door."}
    parts = said(rendered(app, kind, **{**MORE.get(kind, {}), "place": place}))
    assert "12 Canal Street" in parts["text/plain"]
    for part in ("text/plain", "text/html"):
        assert ("The blue door." in parts[part]) is told, part


def test_an_hour_that_comes_twice_says_which_one(app: Flask) -> None:
    when = {"starts_at": "2027-10-31T01:30:00+00:00", "zone": "Europe/London"}
    parts = said(rendered(app, "appointments/confirmation", when=when))
    assert "1:30am (London time, GMT+00:00)" in parts["text/plain"].replace("GMT)", "GMT+00:00)")


def test_hostile_names_are_text_in_every_part(app: Flask) -> None:
    """Holds sec_F1."""
    evil = '<script>alert(1)</script>"; & {{ 7 * 7 }} =?utf-8?q?x=0d=0aBcc=3a_e=40e.org?='
    evil += "\r\nBcc: e@e.example"
    message = rendered(
        app,
        "accounts/staff_invite",
        to_name=evil,
        link=LINKS["visit"],
        minutes=1,
        sender={**SENDER, "name": evil},
    )
    assert message["Bcc"] is None
    parts = said(message)
    assert "script" not in Text(parts["text/html"]).tags
    assert "<script>alert(1)</script>" in parts["text/plain"]
    assert "49" not in parts["text/plain"].replace("7949", "").replace("7946", "")


def test_making_a_message_reads_nothing_but_its_row(app: Flask) -> None:
    """No connection is held while the relay takes its time, and no row reaches a template."""
    with app.app_context():
        renderer = app.extensions["post"].renderers["appointments/confirmation"]
        seen: list[str] = []
        event.listen(db.engine, "before_cursor_execute", lambda *call: seen.append(call[2]))
        assert "booked" in renderer(a_snapshot()).text
        assert seen == []


def test_a_message_is_dated_when_it_was_caused(app: Flask) -> None:
    assert rendered(app, "intake/question", **MORE["intake/question"])["Date"].datetime == NOW


def test_a_withdrawn_message_tells_a_stranger_nothing(app: Flask) -> None:
    kind = "appointments/withdrawn"
    message = rendered(app, kind, **MORE[kind])
    for name, text in [*said(message).items(), *message.items()]:
        for word in ("Osei", "Mei", "12 Canal Street", "tok3n"):
            assert word not in text, name
        if name not in {"text/calendar", "application/ics"}:
            assert "5 July" not in text
            assert "10:00" not in text


def test_no_page_and_no_message_hands_a_visit_to_a_calendar_by_link() -> None:
    """Such a link tells a third party, and what it makes can be neither moved nor cancelled."""
    handed = re.compile(r"calendar\.google|outlook\.(live|office)|deeplink/compose|webcal.?=")
    for file in TEMPLATES.parent.rglob("*.*"):
        assert not handed.search(file.read_text()), file
