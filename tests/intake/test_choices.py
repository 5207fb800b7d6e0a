"""What she reads and permits: kept word for word, added to and never changed, each on its own."""

import hashlib

import pytest
from flask import Flask
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from booking.audit.models import AuditRow
from booking.clinic import queries as clinic_queries
from booking.core.db import db, session, transaction
from booking.intake.models import Consent, ConsentText, Given, Through, VisitLine
from booking.intake.rules.questionnaire import shipped
from tests.browser import Browser, Page
from tests.conftest import Cast
from tests.intake.journey import ANSWERS, TICKS, fill_until

GP = {"gp": "Dr Ahmed", "gp_share": "ask_first"}


def send(browser: Browser, address: str) -> Page:
    begin = browser.get(f"{address}/1")
    page = fill_until(begin, "Check your answers", {**ANSWERS, **GP})
    assert " checked" not in page.text
    return page.submit(TICKS, button="Send my answers")


def kept(app: Flask) -> list[tuple[str, str, str]]:
    with app.app_context():
        rows = session().scalars(select(Consent).order_by(Consent.id)).all()
        return [(row.kind.value, row.given.value, row.through.value) for row in rows]


@pytest.mark.both
def test_sending_keeps_what_was_read_word_for_word(
    app: Flask, visit, amara: Browser, database_kind: str
) -> None:
    """Holds sec_H6."""
    send(amara, visit[1])
    assert kept(app) == [
        ("information", "yes", "link"),
        ("privacy", "yes", "link"),
        ("gp", "ask", "link"),
    ]
    with app.app_context():
        for row in session().scalars(select(Consent)):
            assert row.text_version == shipped().version
            assert row.text_sha256 == hashlib.sha256(row.text.text.encode()).hexdigest()
            assert row.recorded_by is None
        told = "\n".join(session().scalars(select(ConsentText.text)))
        assert shipped().find("read_info").text in told
        assert "about 1 in 10,000 people" in told
        assert "Two cookies, and a third" in told
        seen = session().scalars(select(AuditRow).where(AuditRow.tag == "consent:recorded")).all()
        assert [set(row.details) for row in seen] == [{"consent_id"}] * 3
    for statement in ("UPDATE consent SET given = 'no'", "UPDATE consent_text SET text = 'x'"):
        with app.app_context(), pytest.raises(DBAPIError, match="only_added"), transaction():
            db.session.execute(text(statement))


def test_a_permission_is_given_and_taken_back_on_its_own(app: Flask, visit, amara: Browser) -> None:
    with app.app_context(), transaction():
        clinic_queries.organisation().permissions = "partner photos"
    send(amara, visit[1])
    page = amara.get(f"{visit[1]}/choices")
    assert page.text.count("Not allowed") == 2
    assert "You may use my answers for research" not in page.text
    page = page.submit(button="Allow this: Photos for the record")
    assert page.text.count("Not allowed") == 1
    page = page.submit(button="Take this back: Photos for the record")
    assert page.text.count("Not allowed") == 2
    assert kept(app)[3:] == [("photos", "yes", "link"), ("photos", "taken-back", "link")]


def test_what_the_clinic_does_not_ask_cannot_be_given(app: Flask, visit, amara: Browser) -> None:
    send(amara, visit[1])
    token = dict(amara.get(f"{visit[1]}/choices").forms[0].fields)["csrf_token"]
    for kind, status in (("news", 422), ("information", 404), ("", 404)):
        sent = {"csrf_token": token, "kind": kind, "given": "yes"}
        assert amara.post(f"{visit[1]}/choices/permission", sent).status == status
    assert len(kept(app)) == 3


def test_a_link_alone_neither_shows_nor_changes_them(app: Flask, visit, arrive, amara) -> None:
    send(amara, visit[1])
    elsewhere = arrive()
    page = elsewhere.get(f"{visit[1]}/choices")
    assert "Allow this" not in page.text
    assert "Dr Ahmed" not in page.text
    token = dict(page.forms[0].fields)["csrf_token"] if page.forms else ""
    token = token or dict(elsewhere.get(f"{visit[1]}/sent").forms[0].fields)["csrf_token"]
    sent = {"csrf_token": token, "kind": "partner", "given": "yes"}
    assert elsewhere.post(f"{visit[1]}/choices/permission", sent).status == 409
    assert len(kept(app)) == 3


def test_the_desk_notes_what_was_said_in_person(app: Flask, visit, cast: Cast) -> None:
    form = visit[1].rsplit("/", 1)[1]
    page = cast["reception"].get(f"/forms/{form}/consents")
    assert page.submit({"kind": "partner"}, button="Write it down").status == 422
    said = {"kind": "privacy", "given": "yes", "through": "paper"}
    page = page.submit(said, button="Write it down")
    assert "on paper, noted by Dana Whitlock" in page.text
    page.submit(said, button="Write it down")
    assert kept(app) == [("privacy", Given.YES, Through.PAPER)]
    assert "on paper" in cast["reception"].get(f"/forms/{form}").text
    assert "on paper" in cast["mei"].get(f"/forms/{form}/read").text
    for who, status in (("mei", 403), ("owner", 403)):
        assert cast[who].get(f"/forms/{form}/consents").status == status


def test_at_the_level_of_tasks_the_desk_sees_nothing_of_a_gp(
    app: Flask, visit, amara: Browser, cast: Cast
) -> None:
    send(amara, visit[1])
    form = visit[1].rsplit("/", 1)[1]
    assert "Contact with GP" in cast["reception"].get(f"/forms/{form}").text
    with app.app_context(), transaction():
        clinic_queries.organisation().reception_view = "tasks"
    for page in (f"/forms/{form}", f"/forms/{form}/consents"):
        assert "Contact with GP" not in cast["reception"].get(page).text


def test_a_line_about_the_visit_is_the_practitioners_own(app: Flask, visit, cast: Cast) -> None:
    form = visit[1].rsplit("/", 1)[1]
    page = cast["mei"].get(f"/forms/{form}/read").submit(button="Offered: Chaperone")
    page = page.submit(button="Declined: Chaperone").submit(button="Declined: Chaperone")
    page = page.submit(button="Accepted: Treatment talked through")
    assert "Mei, Fri 2 July, 12:00pm" in page.text
    with app.app_context():
        rows = session().scalars(select(VisitLine).order_by(VisitLine.id)).all()
        assert [(row.topic.value, row.outcome.value) for row in rows] == [
            ("company", "offered"),
            ("company", "declined"),
            ("treatment", "accepted"),
        ]
    token = dict(page.forms[0].fields)["csrf_token"]
    line = {"csrf_token": token, "topic": "company", "outcome": "accepted"}
    for who in ("ines", "reception", "owner"):
        assert cast[who].post(f"/forms/{form}/line", line).status in {400, 403, 404}
    wrong = {**line, "outcome": "forced"}
    assert cast["mei"].post(f"/forms/{form}/line", wrong).status == 422
    with app.app_context():
        assert len(session().scalars(select(VisitLine)).all()) == 3
