"""No flag and no answer reaches a mail, a log line, an address, a title or a file name.

Every free text of the questionnaire is a canary and every rule there is has fired; then everything
is opened, sent and copied that can be.
"""

import re
from collections.abc import Iterator
from datetime import timedelta
from email import message_from_bytes
from email.policy import default
from urllib.parse import unquote
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select

from booking.accounts import actions as accounts
from booking.appointments.models import Appointment
from booking.core import clock
from booking.core.db import session, transaction
from booking.intake.models import Flag, IntakeForm, Severity
from booking.intake.rules.answers import Answer, Answers
from booking.intake.rules.questionnaire import Item, Kind, shipped, walk
from booking.intake.rules.ruleset import shipped as ruleset
from tests.browser import Browser, Page
from tests.conftest import Cast, sign_in_with
from tests.factories import NOW, Clinic
from tests.intake.filled import make_sent, said
from tests.mail.posts import WrittenTransport, deliver_all

WRITTEN = {Kind.LINE, Kind.TEXT}
RULES = ruleset().rules


def canary(item: Item) -> str:
    return f"Canary{item.link_id.title().replace('_', '')}"


def everything() -> dict[str, Answer]:
    """All options of every choice, a canary in every text, one row of every list."""
    found: dict[str, Answer] = {}
    for section in shipped().before_later_visit().sections:
        for page in section.items:
            for item in page.items:
                found |= _of(item)
    return {**found, "u_now": said("faint", "one_leg", "fever", "ohss", "late_preg")}


def _of(item: Item) -> dict[str, Answer]:
    if item.kind is Kind.GROUP:
        row: dict[str, Answer] = {}
        for child in item.items:
            row |= _of(child)
        return {item.link_id: Answer(rows=(row,))} if row else {}
    found = {key: answer for child in item.items for key, answer in _of(child).items()}
    if item.kind in WRITTEN:
        found[item.link_id] = Answer(text=canary(item))
    elif item.options:
        lonely = {option.code for option in item.options if option.exclusive}
        codes = [option.code for option in item.options if option.code not in lonely]
        codes = [code for code in codes if code not in {"talk", "not-sure"}]
        found[item.link_id] = said(*(codes if item.repeats else codes[:1]))
    return found


ANSWERS: Answers = everything()
CANARIES = [canary(item) for item in walk(shipped().items) if item.kind in WRITTEN]


def told() -> Iterator[str]:
    """What must not be read anywhere outside a page's own text."""
    yield from CANARIES
    for rule in RULES:
        yield rule.id
        yield rule.title
        yield from (part.text for part in rule.practitioner)
    for text in ruleset().texts.values():
        yield from (line for line in (text.title, text.say, text.then) if line)


def test_there_are_forty_eight_rules_and_a_canary_in_every_text() -> None:
    assert len(RULES) == 48
    assert len(CANARIES) == len(set(CANARIES)) >= 25
    stored = str(ANSWERS)
    asked = {canary(item) for item in walk(shipped().before_later_visit().sections)}
    assert [each for each in CANARIES if each in asked and each not in stored] == []


@pytest.fixture
def form(app: Flask, clinic: Clinic) -> str:
    with app.app_context(), transaction():
        made = make_sent(clinic, ANSWERS)
        raised = set(session().scalars(select(Flag.rule_id).where(Flag.form_id == made.id)))
        for rule in RULES:
            if rule.id not in raised:
                flag = Flag(form_id=made.id, owner_id=made.owner_id, rule_id=rule.id)
                flag.rule_version, flag.severity, flag.raised_at = "1", Severity.BEFORE, NOW
                flag.quote = {"left_out": [], "item": []}
                session().add(flag)
        return str(made.appointment.public_id)


def seen_outside(page: Page) -> str:
    """Title, addresses and file name of a page or a file."""
    links = " ".join(re.findall(r'(?:href|action|src)="([^"]*)"', page.text))
    return unquote(f"{page.title} {page.url} {links} {page.headers.get('Content-Disposition', '')}")


def readable(message: bytes) -> str:
    """All headers and parts of a message, as somebody reads them."""
    parsed = message_from_bytes(message, policy=default)
    parts = [part for part in parsed.walk() if not part.is_multipart()]
    names = [str(part.get_filename()) for part in parts]
    bodies = [part.get_payload(decode=True).decode(errors="replace") for part in parts]
    return "\n".join([str(parsed.items()), *names, *bodies])


def test_nothing_of_a_form_leaves_its_pages(
    app: Flask, cast: Cast, form: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    amara = arrive_at(app, form)
    pages = [
        *(cast["reception"].get(each) for each in ("/forms", f"/forms/{form}", "/day")),
        *(cast["reception"].get(f"/forms/{form}/{each}") for each in ("ask", "consents", "blank")),
        *(cast["mei"].get(each) for each in ("/forms/to-read", f"/forms/{form}/read", "/day")),
        *(cast["mei"].get(f"/forms/{form}/copy?as={each}") for each in ("pdf", "fhir", "json")),
        *(amara.get(f"/questions/{form}/{each}") for each in ("sent", "mine", "choices")),
    ]
    asking = {"questions": ["allergy_any", "else"]}
    pages.append(cast["reception"].get(f"/forms/{form}/ask").submit(asking, button="Send"))
    pages.append(cast["reception"].get(f"/forms/{form}").submit(button="Remind Mei"))
    pages.append(cast["reception"].get(f"/forms/{form}").submit(button="I have rung"))
    decision = {"choice": "adapt", "note": "CanaryNote"}
    pages.append(cast["mei"].get(f"/forms/{form}/read").submit(decision, button="Record decision"))
    assert {page.status for page in pages} == {200}
    transport = WrittenTransport()
    sent = deliver_all(app, transport, now=NOW + timedelta(minutes=1))
    assert sent >= 3  # the desk at once, the patient asked again, the practitioner reminded
    outside = "\n".join(
        [
            caplog.text,
            *(seen_outside(page) for page in pages),
            *(readable(message) for message in transport.handed),
        ]
    )
    plain = outside.casefold()
    assert [each for each in (*told(), "CanaryNote") if each.casefold() in plain] == []
    with app.app_context():
        assert session().scalars(select(IntakeForm)).one().sent_at is not None


def arrive_at(app: Flask, form: str) -> Browser:
    """Amara, by the link to her visit."""
    browser = Browser(app)
    with app.app_context(), transaction():
        visit = session().scalars(select(Appointment).filter_by(public_id=UUID(form))).one()
        token = accounts.start_visit_session(visit.id, by_mail=True, now=clock.now())
    sign_in_with(browser, token)
    return browser
