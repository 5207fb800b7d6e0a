"""Words of the clinic's own: in messages, with lint and preview, and on pages, in versions."""

from dataclasses import replace
from email import message_from_bytes
from email.policy import default

import pytest
from flask import Flask, current_app
from sqlalchemy import select

from booking.clinic.models import OwnWords, Service
from booking.core.db import session, transaction
from booking.core.discreet import telling
from booking.mail import jobs
from booking.mail.delivery import Post
from tests.browser import Page
from tests.conftest import Cast
from tests.factories import NOW, Clinic
from tests.mail.posts import WrittenTransport, a_draft, a_snapshot, queue

CONFIRMATION = "/wording/confirmation"


def sent(app: Flask, **draft: object) -> tuple[str, str]:
    """Subject and text of a confirmation as the application's own post makes it."""
    queue(app, a_draft(**{"snapshot": a_snapshot(invite=None), **draft}))
    transport = WrittenTransport()
    with app.app_context():
        ours: Post = current_app.extensions["post"]
        jobs.deliver_next(replace(ours, transport=transport), now=NOW, jitter=0)
    message = message_from_bytes(transport.handed[-1], policy=default)
    body = message.get_body(("plain",))
    assert body is not None
    return str(message["Subject"]), body.get_content().replace("\r\n", "\n")


def versions(app: Flask) -> list[tuple[str, int, dict[str, str]]]:
    with app.app_context():
        rows = session().scalars(select(OwnWords).order_by(OwnWords.id))
        return [(row.what, row.version, row.parts) for row in rows]


def write(cast: Cast, **parts: str) -> Page:
    return cast["owner"].get(CONFIRMATION).submit(parts, button="Save")


@pytest.mark.both
def test_a_message_says_what_the_owner_wrote_and_the_rest_as_ever(
    app: Flask, cast: Cast, clinic: Clinic
) -> None:
    before = sent(app)
    assert before[0] == "Appointment: Mon 5 July, 10:00am"
    write(
        cast,
        subject="See you on {day}, {time}",
        opening="Thank you for booking with us.",
        note="The bell is on the left.\nPlease ring twice.",
    )
    subject, text = sent(app)
    assert subject == "See you on Mon 5 July, 10:00am"
    assert text.startswith("Thank you for booking with us.\n\nYour appointment is booked.")
    assert "Please ring twice." in text
    assert "https://canal.example/a/tok3n?to=cancel" in text
    page = cast["owner"].get(CONFIRMATION).submit(button="Back to the shipped words")
    assert "as shipped" in page.text
    assert sent(app) == before
    assert [version for _what, version, _parts in versions(app)] == [1, 2]


@pytest.mark.parametrize(
    ("part", "text", "word"),
    [
        ("subject", "Your pregnancy appointment", "pregnancy"),
        ("opening", "We look forward to your acupuncture.", "acupuncture"),
        ("note", "Bring your list of medicines\nand your IVF plan.", "medicines”, “ivf"),
        ("note", "Sentimos tu pérdida.", "pérdida"),
    ],
)
def test_a_word_that_may_not_be_there_is_refused_by_name(
    app: Flask, cast: Cast, clinic: Clinic, part: str, text: str, word: str
) -> None:
    page = write(cast, **{part: text})
    assert page.status == 422
    assert f"without “{word}”" in page.text
    assert text.split("\n")[0] in page.text  # what was typed stays
    assert versions(app) == []


def test_only_known_blanks_can_stand_in_a_subject(app: Flask, cast: Cast, clinic: Clinic) -> None:
    assert "only {day} and {time}" in write(cast, subject="For {name}").text
    write(cast, subject="On {day}")
    without = a_snapshot(invite=None)
    del without["when"]
    own = {"subject": "On {day}"}
    with app.test_request_context():
        shown = current_app.extensions["post"].renderers["waiting/joined"]({**without, "own": own})
    assert shown.subject == "You are on our list"  # a blank that cannot be filled: the shipped one


def test_looking_keeps_nothing(app: Flask, cast: Cast, clinic: Clinic) -> None:
    page = cast["owner"].get(CONFIRMATION)
    page = page.submit({"opening": "Good to hear from you."}, button="Only look")
    assert page.status == 200
    assert page.text.count("Good to hear from you.") == 2  # in its field and in the example
    assert versions(app) == []


def test_every_message_listed_can_be_looked_at(cast: Cast, clinic: Clinic) -> None:
    page = cast["owner"].get("/wording")
    links = [href for href, _words in page.links if href.startswith("/wording/")]
    assert len(links) == 12
    for href in links:
        assert "Nobody gets it" in cast["owner"].get(href).text


def test_a_page_is_published_once_its_checklist_was_gone_through(
    app: Flask, cast: Cast, clinic: Clinic
) -> None:
    page = cast["owner"].get("/pages/terms")
    text = "## Late\n\nCall us.\n\n- by telephone\n- <b>never</b> by letter"
    ticks = page.form("text").choices["checked"]
    told = {"text": text, "reviewed_by": "Ana Ruiz", "checked": ticks[:-1]}
    refused = page.submit(told)
    assert refused.status == 422
    assert "Go through the whole list" in refused.text
    assert cast["owner"].get("/pages/terms").submit({**told, "checked": ticks}).status == 200
    shown = cast["stranger"].get("/terms").text
    assert "<h2>Late</h2>" in shown
    assert "&lt;b&gt;never" in shown
    with app.app_context():
        row = session().scalars(select(OwnWords)).one()
    assert (row.what, row.version, row.reviewed_by) == ("page/terms", 1, "Ana Ruiz")
    assert row.digest[:12] in shown
    assert "Ana Ruiz" in cast["owner"].get("/pages/terms").text


def test_terms_tell_the_windows_once_where_they_are_the_same(
    app: Flask, cast: Cast, clinic: Clinic
) -> None:
    told = cast["stranger"].get("/terms").text
    assert told.count("Move until: 1 day before") == 1
    assert "<dt>Each visit</dt>" in told
    with app.app_context(), transaction():
        session().get_one(Service, clinic.first_visit).move_window_minutes = 120
    told = cast["stranger"].get("/terms").text
    assert "Move until: 2 hours before" in told
    assert "Move until: 1 day before" in told
    assert "Each visit" not in told


def test_the_guide_gives_its_sources_and_makes_no_claim(cast: Cast, clinic: Clinic) -> None:
    page = cast["stranger"].get("/guide")
    for words in ("It has not been shown to prevent", "999", "1 in 10,000", "JAMA 319:1990"):
        assert words in page.text
    cited = {href for href, _words in page.links if href.startswith("#source-")}
    assert cited == {f"#source-{number}" for number in range(1, 13)}
    assert all(f'id="{href[1:]}"' in page.text for href in cited)
    for claim in ("improves", "balances hormones", "success rate", "boost"):
        assert claim not in page.text.lower()


@pytest.mark.parametrize(
    "text", ["See you on Monday.", "The door is blue.", "Please bring a list if you like."]
)
def test_ordinary_words_pass(text: str) -> None:
    assert telling(text) == []
