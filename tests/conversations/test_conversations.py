"""A patient and the front desk write each other; only a neutral word leaves by mail."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select, update

from booking.accounts.actions import start_person_session, start_visit_session
from booking.appointments.models import Appointment
from booking.audit.models import AuditRow
from booking.conversations.models import Line
from booking.conversations.rules import OPEN_AT_MOST, TEXT_LIMIT
from booking.core import clock
from booking.core.db import session, transaction
from booking.mail.models import Mail
from booking.patients.models import Patient
from tests.browser import Browser
from tests.conftest import Cast, sign_in_with
from tests.factories import MONDAY_10AM, NOW, Clinic, make_appointment, make_patient

ASKED = "Is there a lift?\nMy knee is bad."


@pytest.fixture
def visit(app: Flask, clinic: Clinic) -> dict[str, str]:
    with app.app_context(), transaction():
        made = make_appointment(clinic)
        return {
            "id": str(made.id),
            "visit": f"/visit/{made.public_id}/messages",
            "desk": f"/patients/{made.patient.public_id}/messages",
        }


def by_link(app: Flask, visit: dict[str, str]) -> Browser:
    browser = Browser(app)
    with app.app_context(), transaction():
        token = start_visit_session(int(visit["id"]), by_mail=True, now=clock.now())
    sign_in_with(browser, token)
    return browser


def mails(app: Flask) -> list[Mail]:
    with app.app_context():
        wanted = select(Mail).where(Mail.kind == "conversations/waiting").order_by(Mail.id)
        return list(session().scalars(wanted))


@pytest.mark.both
def test_she_writes_behind_her_link_and_the_desk_answers(
    app: Flask, cast: Cast, visit: dict[str, str]
) -> None:
    hers = by_link(app, visit)
    page = hers.get(visit["visit"]).submit({"text": ASKED}, button="Send")
    assert "Your message is with us." in page.text
    assert "A patient has written" in cast["reception"].get("/today").text
    listed = cast["reception"].get("/today").click("Answer")
    desk = listed.click("Amara Osei")
    assert "My knee is bad." in desk.text
    answered = desk.submit({"text": "Yes, by the side door."}, button="Send")
    assert "A neutral message says that something waits." in answered.text
    assert "Nobody waits for an answer." in cast["reception"].get("/messages").text
    assert "by the side door" in hers.get(visit["visit"]).text
    (mail,) = mails(app)
    with app.app_context(), transaction():
        snapshot = session().get_one(Mail, mail.id).snapshot
        assert "door" not in str(snapshot)
        assert "knee" not in str(snapshot)
        assert snapshot["to_address"] == "amara@example.org"
        line = session().scalars(select(Line).order_by(Line.id)).first()
        assert b"knee" not in line.text_sealed
    assert Browser(app).get(snapshot["link"].removeprefix("http://localhost")).status == 200


def test_what_needs_no_answer_is_settled(app: Flask, cast: Cast, visit: dict[str, str]) -> None:
    by_link(app, visit).get(visit["visit"]).submit({"text": "Thank you!"}, button="Send")
    page = cast["reception"].get(visit["desk"]).submit(button="No answer is needed")
    assert "Noted." in page.text
    assert "No answer is needed" not in page.text
    assert mails(app) == []
    with app.app_context():
        tags = list(session().scalars(select(AuditRow.tag)))
    assert {"conversation:written", "conversation:opened", "conversation:settled"} <= set(tags)


def test_where_mail_is_not_safe_nothing_is_mailed_and_the_desk_is_told(
    app: Flask, cast: Cast, visit: dict[str, str]
) -> None:
    with app.app_context(), transaction():
        session().execute(update(Patient).values(channels="text"))
    page = cast["reception"].get(visit["desk"])
    assert "E-mail is not safe here" in page.text
    page = page.submit({"text": "Please call us."}, button="Send")
    assert "call or text" in page.text
    assert mails(app) == []


def test_around_quiet_and_hard_dates_the_desk_is_told_and_word_of_it_waits(
    app: Flask, cast: Cast, visit: dict[str, str]
) -> None:
    with app.app_context(), transaction():
        amara = session().scalars(select(Patient)).one()
        amara.quiet_since, amara.gently = NOW, True
        amara.wishes = {"dates": [NOW.date().isoformat()]}
    page = cast["reception"].get(visit["desk"])
    assert "Contact gently." in page.text
    assert "Today is a date to leave in peace" in page.text
    page.submit({"text": "Your key is here."}, button="Send")
    by_link(app, visit).get(visit["visit"]).submit({"text": "Thank you"}, button="Send")
    cast["reception"].get(visit["desk"]).submit({"text": "Not at all"}, button="Send")
    begun, answer = mails(app)
    assert begun.next_try_at.date() == (NOW + timedelta(days=1)).date()
    assert answer.next_try_at == answer.created_at  # what answers her does not wait


@pytest.mark.parametrize("text", ["", "  \n ", "x" * (TEXT_LIMIT + 1)])
def test_mistakes_keep_what_was_typed(
    app: Flask, cast: Cast, visit: dict[str, str], text: str
) -> None:
    for browser, address in ((by_link(app, visit), "visit"), (cast["reception"], "desk")):
        page = browser.get(visit[address]).submit({"text": text}, button="Send")
        assert page.status == 422
        assert page.title.startswith("Error:")
        assert text.strip() in page.text


def test_nobody_floods_the_desk(app: Flask, visit: dict[str, str]) -> None:
    page = by_link(app, visit).get(visit["visit"])
    for number in range(OPEN_AT_MOST):
        assert page.submit({"text": f"{number}"}, button="Send").status == 200
    refused = page.submit({"text": "more"}, button="Send")
    assert refused.status == 422
    assert "Please call us instead" in refused.text


def test_a_link_shows_its_own_visit_and_a_sign_in_shows_all(
    app: Flask, cast: Cast, visit: dict[str, str], clinic: Clinic
) -> None:
    with app.app_context(), transaction():
        patient = session().get_one(Appointment, int(visit["id"])).patient
        at = MONDAY_10AM + timedelta(days=1)
        other = make_appointment(
            clinic, patient_id=patient.id, starts_at=at, ends_at=at + timedelta(hours=1)
        )
        stranger = make_patient("Beth", "beth@example.org").resource_id
        second = {"id": str(other.id), "visit": f"/visit/{other.public_id}/messages"}
        tokens = [
            start_person_session(person, now=clock.now())
            for person in (patient.resource_id, stranger)
        ]
    by_link(app, visit).get(visit["visit"]).submit({"text": "About Monday"}, button="Send")
    assert "About Monday" not in by_link(app, second).get(second["visit"]).text
    assert by_link(app, second).get(visit["visit"]).status == 404
    hers, theirs = Browser(app), Browser(app)
    sign_in_with(hers, tokens[0])
    sign_in_with(theirs, tokens[1])
    assert "About Monday" in hers.get(second["visit"]).text
    assert theirs.get(second["visit"]).status == 404
    assert cast["mei"].get(visit["desk"]).status == 403


def test_what_is_typed_is_shown_as_text(app: Flask, cast: Cast, visit: dict[str, str]) -> None:
    nasty = "<script>alert(1)</script> {{ 7*7 }}"
    page = by_link(app, visit).get(visit["visit"]).submit({"text": nasty}, button="Send")
    for shown in (page, cast["reception"].get(visit["desk"])):
        assert "<script>alert" not in shown.text
        assert "&lt;script&gt;alert(1)&lt;/script&gt; {{ 7*7 }}" in shown.text


def test_the_rail_beside_a_conversation_is_that_of_every_page(
    app: Flask, cast: Cast, visit: dict[str, str]
) -> None:
    by_link(app, visit).get(visit["visit"]).submit({"text": ASKED}, button="Send")
    page = cast["reception"].get("/messages").click("Amara Osei")
    assert "Hide names" in page.text
    assert "Show names" not in page.text
