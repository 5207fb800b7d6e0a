"""Nothing internal leaves: every message there is, rendered from rows full of canaries."""

from collections.abc import Iterator
from datetime import timedelta
from email import message_from_bytes
from email.policy import default
from types import SimpleNamespace
from uuid import UUID

import pytest
from flask import Flask, current_app
from sqlalchemy import Enum, String, inspect

from booking.accounts import emails as account_emails
from booking.accounts.models import OneTimeLink, User
from booking.app import MAIL_KINDS
from booking.appointments import emails as visit_emails
from booking.appointments.actions.booking import mail, next_version
from booking.appointments.models import Appointment
from booking.calendars import emails as calendar_emails
from booking.calendars.actions.copies import _new
from booking.calendars.models import CopyWay
from booking.calendars.queries.copies import Choice
from booking.calendars.queries.entries import entry_of
from booking.calendars.rules import Reveal
from booking.clinic import emails as clinic_emails
from booking.clinic.models import (
    CredentialKind,
    Location,
    Organisation,
    Practitioner,
    Room,
    Service,
)
from booking.clinic.rules.credentials import Ending, Proof
from booking.conversations import emails as conversation_emails
from booking.conversations.models import Line
from booking.core.db import session, transaction
from booking.intake import emails as intake_emails
from booking.intake.models import Flag
from booking.mail import outbox
from booking.mail.invite import feed_bytes, object_bytes
from booking.mail.models import Mail
from booking.mail.outbox import Draft
from booking.patients.models import InviteStyle, Patient
from booking.reminders import emails as reminder_emails
from booking.reminders.rules import Due, Which
from booking.rights import emails as rights_emails
from booking.waiting import emails as waiting_emails
from tests.factories import NOW, Clinic
from tests.intake.filled import make_sent, said
from tests.mail.posts import WrittenTransport, deliver_all

HOUR = timedelta(hours=1)
BASE = "http://localhost"
# What the outside world may read, and what other columns need to keep their form. Whatever is not
# here, and every column added later, is internal: it gets a canary.
OUTWARD = {
    "organisation": "outward_name sender_name sender_address phone phone_hours",
    "location": "outward_name address directions",
    "practitioner": "name email",
    "patient": "name email phone",
    "service": "outward_name",
}
FORMED = {
    "organisation": "currency locale region urgent_email reminder_morning check_at quiet_from "
    "quiet_until leave_url",
    "location": "zone",
    "patient": "name_folded email_canonical channels",
    "appointment": "uid",
}
TABLES = (Organisation, Location, Room, Practitioner, Service, Patient, Appointment)


def put_canaries() -> list[str]:
    """Fill every internal text of the clinic, its people and visits; which columns those are."""
    found = []
    for model in TABLES:
        table = model.__tablename__
        kept = f"{OUTWARD.get(table, '')} {FORMED.get(table, '')}".split()
        for column in inspect(model).columns:
            if isinstance(column.type, Enum) or not isinstance(column.type, String):
                continue
            if column.key not in kept:
                found.append(f"{table}.{column.key}")
                for row in session().query(model):
                    setattr(row, column.key, f"canary-{table}-{column.key}")
    for patient in session().query(Patient):
        patient.contact_note = "canary-contact-note"
    for visit in session().query(Appointment):
        visit.overlap_reason = "canary-overlap-reason"
    session().flush()
    return found


@pytest.fixture(params=[InviteStyle.NEUTRAL, InviteStyle.DETAILED])
def visit(app: Flask, clinic: Clinic, request: pytest.FixtureRequest) -> int:
    """A visit with a form that raised something, in calendars that say little or more."""
    with app.app_context(), transaction():
        form = make_sent(clinic, {"faint_hist": said("yes")})
        form.appointment.patient.invites = request.param
        put_canaries()
        return form.appointment_id


def drafts(visit: Appointment) -> Iterator[Draft]:
    """One message of every kind that is not about a version of the visit."""
    ours = session().get_one(Organisation, 1)
    link = f"{BASE}/a/token"
    yield visit_emails.withdrawn(visit, clinic=ours)
    links = {"visit": link, "move": link, "cancel": link}
    for what in ("declined", "expired"):
        yield visit_emails.not_given(
            what, visit, clinic=ours, links={"again": link}, references=None, times=[]
        )
    yield visit_emails.another_time(
        visit, clinic=ours, link=link, references=None, absence=UUID(int=1), not_before=NOW
    )
    line = Line(owner_id=visit.patient.public_id)
    yield conversation_emails.waiting(line, visit.patient, ours, link=link, not_before=NOW)
    due = Due(which=Which.EARLY, until=visit.starts_at)
    yield reminder_emails.reminder(visit, ours, due, key="reminder", links=links)
    yield reminder_emails.check(visit, ours, due, key="check", links={"form": link})
    yield intake_emails.question(visit, ours, key="question", link=link, not_before=NOW)
    flag = session().query(Flag).first()
    assert flag is not None
    yield intake_emails.staff_urgent(flag, ours, link=link)
    account = SimpleNamespace(id=1, email="mei@canalstreet.example")
    yield intake_emails.to_read(account, ours, link=link, day=NOW.date())
    copy = _new(visit, Choice(way=CopyWay.INVITE, reveal=Reveal.HIDDEN), NOW)
    for gone in (False, True):
        copy.cancelled, copy.sequence = gone, int(gone)
        yield calendar_emails.own_invite(
            copy, ours, reveal=Reveal.HIDDEN, address="mei@canalstreet.example", base_url=BASE
        )
    yield runs_out(visit, ours)
    yield from about_waiting(visit, ours, link)
    yield from about_accounts(link)


def runs_out(visit: Appointment, ours: Organisation) -> Draft:
    until = NOW.date()
    row = SimpleNamespace(
        kind=CredentialKind.LICENCE,
        body="canary-body",
        number="canary-number",
        register_url="https://canary.example",
        expires_on=until,
        practitioner=visit.practitioner,
        public_id="proof",
    )
    proof = Proof(id=1, practitioner_id=1, kind=row.kind, until=until)
    ending = Ending(proof=proof, stage=7)
    to = {"to_name": "Mei", "to_address": "mei@mail.example"}
    return clinic_emails.runs_out(row, ending, **to, clinic=ours)  # type: ignore[arg-type]


def about_waiting(visit: Appointment, ours: Organisation, link: str) -> Iterator[Draft]:
    entry = SimpleNamespace(
        patient=visit.patient, service=visit.service, public_id="entry", note="canary-note"
    )
    offer = SimpleNamespace(
        location=visit.location,
        practitioner=visit.practitioner,
        service=visit.service,
        starts_at=visit.starts_at,
        answer_by=visit.starts_at - HOUR,
        public_id="offer",
    )
    yield waiting_emails.joined(entry, clinic=ours, link=link)  # type: ignore[arg-type]
    yield waiting_emails.offered(offer, entry, clinic=ours, link=link)  # type: ignore[arg-type]


def about_accounts(link: str) -> Iterator[Draft]:
    letter = account_emails.Letter(link=link, frame=current_app.extensions["accounts"].mail_frame())
    who = session().query(User).first()
    assert who is not None
    row = OneTimeLink(email="x@mail.example", name="X", created_at=NOW, expires_at=NOW + HOUR)
    row.token_hash = b"t"
    yield account_emails.sign_in_link(row, letter)
    yield account_emails.staff_invite(row, letter)
    yield account_emails.new_password(who, row, letter)
    yield account_emails.password_changed(who, letter.frame, now=NOW)
    yield account_emails.new_address(who, row, letter)
    yield account_emails.address_changed(who, row, letter)
    to = account_emails.Addressee(key="user:1", name="X", email="x@mail.example")
    yield account_emails.way_in_changed(to, "codes-made", frame=letter.frame, now=NOW)
    record = session().query(Patient).first()
    assert record is not None
    yield rights_emails.new_address(row, letter, record)
    yield rights_emails.address_changed(row, letter, record)
    access = SimpleNamespace(public_id="access", reason="canary-reason", patient_id=1)
    yield rights_emails.emergency_opened(
        access,  # type: ignore[arg-type]
        who="Olive Hart",
        to=("X", "x@mail.example"),
        link=link,
        frame=letter.frame,
    )
    yield rights_emails.many_opened(
        1, who="Dana Reyes", records=61, to=("X", "x@mail.example"), frame=letter.frame, now=NOW
    )
    yield account_emails.new_browser(who, 1, words="Firefox", frame=letter.frame)
    yield account_emails.patient_browser(to, 1, words="Firefox", frame=letter.frame)


def send_every_kind(app: Flask, number: int) -> WrittenTransport:
    transport = WrittenTransport()
    for version, what in enumerate(("requested", "confirmation", "moved", "cancelled")):
        with app.app_context(), transaction():
            visit = session().get_one(Appointment, number)
            if version:
                next_version(visit, now=NOW)
            mail(what, visit, now=NOW, base_url=BASE)
        deliver_all(app, transport, now=NOW)
    with app.test_request_context(), transaction():
        more = list(drafts(session().get_one(Appointment, number)))
    for draft in more:
        with app.app_context(), transaction():
            outbox.enqueue(draft, now=NOW)
        deliver_all(app, transport, now=NOW)
    return transport


def everything_in(raw: bytes) -> str:
    """All headers and all parts of a message, decoded."""
    message = message_from_bytes(raw, policy=default)
    told = [f"{name}: {value}" for name, value in message.items()]
    for part in message.walk():
        if not part.is_multipart():
            content = part.get_content()
            told.append(content if isinstance(content, str) else content.decode())
    return "\n".join(told).replace("\r\n ", "")


def test_every_internal_text_gets_a_canary(app: Flask, clinic: Clinic, visit: int) -> None:
    """Else the tests below would show nothing."""
    with app.app_context(), transaction():
        found = put_canaries()
    assert {"organisation.name", "service.name", "room.name", "location.name"} <= set(found)


def test_no_message_of_any_kind_carries_a_canary(app: Flask, visit: int) -> None:
    """Holds sec_G6."""
    transport = send_every_kind(app, visit)
    with app.app_context():
        kinds = {row.kind for row in session().query(Mail)}
        states = {row.kind: row.state.value for row in session().query(Mail)}
    assert kinds == set(MAIL_KINDS)
    lost = {kind for kind, state in states.items() if state not in {"sent", "stopped"}}
    assert lost == set()
    for raw in transport.handed:
        told = everything_in(raw)
        assert "canary" not in told, told


def test_no_calendar_of_any_kind_carries_a_canary(app: Flask, visit: int) -> None:
    """Holds sec_F10."""
    with app.app_context():
        found = session().get_one(Appointment, visit)
        entries = [entry_of(found, reveal=reveal) for reveal in (None, *Reveal)]
        told = feed_bytes(entries, name="Canal Street")
        told += b"".join(object_bytes(entry) for entry in entries)
    assert told.count(b"BEGIN:VEVENT") == 8
    assert b"canary" not in told.replace(b"\r\n ", b"")
