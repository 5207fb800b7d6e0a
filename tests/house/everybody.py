"""One browser for each kind of person there is, and one real value for each kind of address."""

from datetime import time
from uuid import uuid4

from flask import Flask
from sqlalchemy import select
from werkzeug.routing import Rule

from booking.access.policy import Actor, Permission, Role
from booking.accounts import actions
from booking.accounts.models import OneTimeLink, Passkey, SignInSession, User
from booking.accounts.rules import LinkPurpose
from booking.appointments.actions import new_visit_link
from booking.appointments.models import (
    Absence,
    AnotherTime,
    Appointment,
    ChangeRequest,
    Wish,
)
from booking.availability.models import Change, Closure, DatedHours, TimeOff
from booking.calendars.actions import feeds
from booking.calendars.models import Answer, OutsideCalendar, SourceKind, VisitAnswer
from booking.clinic.models import (
    Credential,
    CredentialKind,
    Location,
    Practitioner,
    Room,
    Service,
)
from booking.core import clock
from booking.core.db import session, transaction
from booking.core.tokens import digest, new_token
from booking.intake.models import (
    Consent,
    ConsentKind,
    ConsentText,
    Given,
    Outcome,
    Question,
    QuestionnaireVersion,
    ReadingRight,
    Through,
    Topic,
    VisitLine,
)
from booking.patients.models import Patient
from booking.reminders.models import ContactTask, Told
from booking.waiting.models import WaitingEntry, WaitingLink
from tests.browser import Browser
from tests.conftest import sign_in_with
from tests.factories import MINUTES, MONDAY, MONDAY_10AM, Clinic, make_appointment, make_patient
from tests.house.matrix import scope_of
from tests.intake.filled import make_sent, said

ONE_QUESTION = """
{"url": "urn:one", "version": "x", "item": [{"linkId": "health", "text": "Health", "type": "group",
"item": [{"linkId": "well", "text": "Are you well?", "type": "string"}]}]}
"""
ROLES: dict[str, set[Role]] = {
    "stranger": set(),
    "half": {Role.HALF_SIGNED_IN},
    "locked": {Role.LOCKED},
    "patient": {Role.PATIENT},
    "other-patient": {Role.PATIENT},
    "visit-link": {Role.VISIT_LINK},
    "other-link": {Role.VISIT_LINK},
    "owner": {Role.OWNER},
    "mei": {Role.PRACTITIONER},
    "ines": {Role.PRACTITIONER},
    "reception": {Role.RECEPTION},
}


class Everybody:
    """Amara's visit is with Mei; `other-…` have a visit with Inês; everyone is signed in."""

    def __init__(self, app: Flask, clinic: Clinic) -> None:
        self.app, self.clinic = app, clinic
        with app.app_context(), transaction():
            self._make_visits()
            self._make_links()
            tokens = self._sign_in()
        self.browsers = {who: Browser(app) for who in ROLES}
        for who, token in tokens.items():
            sign_in_with(self.browsers[who], token)

    def _make_visits(self) -> None:
        now, clinic = clock.now(), self.clinic
        form = make_sent(clinic, {"faint_hist": said("yes")})
        mine = session().get_one(Appointment, form.appointment_id)
        theirs = make_appointment(
            clinic,
            patient_id=make_patient("Other Person", "other@example.org").id,
            practitioner_id=clinic.ines,
            room_id=clinic.rooms[1],
            starts_at=MONDAY_10AM + 120 * MINUTES,
            ends_at=MONDAY_10AM + 180 * MINUTES,
        )
        self.appointment, self.other_appointment = mine.id, theirs.id
        self.visit, self.other_visit = mine.public_id, theirs.public_id
        asked = Question(
            form_id=form.id, link_id="allergy_any", asked_by=clinic.reception_user, asked_at=now
        )
        away = TimeOff(
            practitioner_id=clinic.mei,
            starts_at=MONDAY_10AM + 600 * MINUTES,
            ends_at=MONDAY_10AM + 660 * MINUTES,
        )
        elsewhere = OutsideCalendar(
            practitioner_id=clinic.mei, kind=SourceKind.ICS, created_at=now, next_check_at=now
        )
        elsewhere.access = {"url": "https://calendar.example/x.ics", "user": "", "password": ""}
        call = ContactTask(
            key="call",
            appointment_id=mine.id,
            sequence=mine.sequence,
            told=Told.REMINDER,
            created_at=now,
            not_after=mine.starts_at,
        )
        answer = VisitAnswer(
            appointment_id=mine.id,
            sequence=mine.sequence,
            answer=Answer.DECLINED,
            received_at=now,
        )
        loaded = QuestionnaireVersion(version="x", content=ONE_QUESTION, loaded_at=now)
        loaded.loaded_by = clinic.owner_user
        shut = Closure(
            location_id=clinic.location,
            starts_at=MONDAY_10AM + 600 * MINUTES,
            ends_at=MONDAY_10AM + 660 * MINUTES,
            name="Stocktaking",
        )
        longer = DatedHours(
            practitioner_id=clinic.mei,
            location_id=clinic.location,
            day=MONDAY,
            change=Change.ADDS,
            starts=time(18),
            ends=time(19),
        )
        wish = ChangeRequest(appointment_id=mine.id, wish=Wish.CANCEL, created_at=now)
        proof = Credential(practitioner_id=clinic.mei, kind=CredentialKind.OTHER, body="A school")
        session().add_all([asked, away, elsewhere, call, answer, shut, longer, wish, loaded, proof])
        session().flush()
        right = ReadingRight(patient_id=mine.patient_id, practitioner_id=clinic.mei, given_at=now)
        line = VisitLine(
            appointment_id=mine.id, topic=Topic.COMPANY, outcome=Outcome.DECLINED, noted_at=now
        )
        line.noted_by = clinic.mei_user
        read = ConsentText(sha256="0" * 64, text="What was read")
        session().add_all([right, line, read])
        session().flush()
        consent = Consent(
            patient_id=mine.patient_id,
            kind=ConsentKind.INFORMATION,
            given=Given.YES,
            text_version="1",
            text_sha256=read.sha256,
            at=now,
            through=Through.LINK,
        )
        session().add(consent)
        session().flush()
        self.uuids: dict[str, object] = {
            "asked": asked.public_id,
            "right": right.public_id,
            "loaded": loaded.public_id,
            "other": session().get_one(Patient, theirs.patient_id).public_id,
            "record": session().get_one(Patient, mine.patient_id).public_id,
            "service": session().get_one(Service, clinic.first_visit).public_id,
            "room": session().get_one(Room, clinic.rooms[0]).public_id,
            "location_id": session().get_one(Location, clinic.location).public_id,
            "/time-off/": away.public_id,
            "/calendar/busy-times/": elsewhere.public_id,
            "/worklist/": call.public_id,
            "/worklist/answers/": answer.public_id,
            "/hours/days/": longer.public_id,
            "closure_id": shut.public_id,
            "credential": proof.public_id,
            "practitioner": session().get_one(Practitioner, clinic.mei).public_id,
            "/requests/changes/": wish.public_id,
            "/waiting/<uuid:entry>/": self._waiting(mine),
            "absence": self._absence(theirs),
            "passkey": self._passkey(),
            "/people/": session().get_one(User, clinic.reception_user).public_id,
        }

    def _passkey(self) -> object:
        key = Passkey(
            user_id=self.clinic.reception_user,
            credential_id=b"key",
            public_key=b"public",
            name="A phone",
            created_at=clock.now(),
        )
        session().add(key)
        session().flush()
        return key.public_id

    def _waiting(self, mine: Appointment) -> object:
        entry = WaitingEntry(
            patient_id=mine.patient_id, service_id=self.clinic.follow_up, created_at=clock.now()
        )
        session().add(entry)
        session().flush()
        self.waiting_link = new_token()
        session().add(
            WaitingLink(
                token_hash=digest(self.waiting_link), entry_id=entry.id, created_at=clock.now()
            )
        )
        return entry.public_id

    def _absence(self, visit: Appointment) -> object:
        absence = Absence(
            practitioner_id=visit.practitioner_id,
            starts_at=visit.starts_at,
            ends_at=visit.ends_at,
            noted_at=clock.now(),
        )
        session().add(absence)
        session().flush()
        session().add(AnotherTime(absence_id=absence.id, appointment_id=visit.id, mailed=True))
        return absence.public_id

    def _make_links(self) -> None:
        member = session().get_one(User, self.clinic.reception_user)
        member.totp_secret, member.totp_confirmed_at = "JBSWY3DPEHPK3PXP", clock.now()
        self.links = {
            "/welcome/": self._link(LinkPurpose.STAFF_INVITE, email="x@y.example", name="X"),
            "/my/sign-in/": self._link(
                LinkPurpose.PATIENT_SIGN_IN,
                person_id=self._person(self.appointment),
                email="amara@example.org",
                name="Amara Osei",
            ),
            "/new-password/": self._link(
                LinkPurpose.NEW_PASSWORD, user_id=member.id, email=member.email_canonical
            ),
            "/new-address/": self._link(
                LinkPurpose.NEW_ADDRESS, user_id=member.id, email="new@canalstreet.example"
            ),
            "/old-address/": self._link(
                LinkPurpose.OLD_ADDRESS, user_id=member.id, email="old@canalstreet.example"
            ),
            "/my/new-address/": self._link(
                LinkPurpose.PATIENT_ADDRESS,
                person_id=self._person(self.appointment),
                email="amara@mail.example",
            ),
            "/my/old-address/": self._link(
                LinkPurpose.PATIENT_UNDO,
                person_id=self._person(self.appointment),
                email="amara@old.example",
            ),
            "/questions-asked/": "health",
            "/settings/": "help",
            "/wording/": "reminder",
            "/pages/": "terms",
            "/reports/figures/": "visits",
            "/a/": new_visit_link(self.appointment, now=clock.now()),
            "/calendar/feed/": feeds.make_for_person(
                Actor(person_id=self._person(self.appointment)), now=clock.now()
            ),
            "/w/": self.waiting_link,
        }
        self.uuids["/people/invitations/"] = session().scalar(
            select(OneTimeLink.public_id).where(OneTimeLink.name == "X")
        )

    def _sign_in(self) -> dict[str, str]:
        now, clinic = clock.now(), self.clinic
        tokens = {
            "half": actions.start_staff_session(clinic.reception_user, second_factor=None, now=now),
            "patient": actions.start_person_session(self._person(self.appointment), now=now),
            "other-patient": actions.start_person_session(
                self._person(self.other_appointment), now=now
            ),
            "visit-link": actions.start_visit_session(self.appointment, by_mail=True, now=now),
            "other-link": actions.start_visit_session(
                self.other_appointment, by_mail=True, now=now
            ),
        }
        for who in ("owner", "mei", "ines", "reception", "locked"):
            user = clinic.reception_user if who == "locked" else getattr(clinic, f"{who}_user")
            tokens[who] = actions.start_staff_session(user, second_factor=now, now=now)
        row = session().scalars(select(SignInSession).order_by(SignInSession.id.desc())).first()
        assert row is not None
        row.locked_at = now
        return tokens

    def _person(self, appointment_id: int) -> int:
        appointment = session().get_one(Appointment, appointment_id)
        return session().get_one(Patient, appointment.patient_id).resource_id

    def _link(self, purpose: LinkPurpose, **values: object) -> str:
        return actions.create_link(OneTimeLink(purpose=purpose, **values), now=clock.now())

    def may(self, who: str, permission: Permission) -> bool:
        return scope_of(ROLES[who], permission) != ""

    def address(self, rule: Rule, *, real: bool = True) -> str:
        """An address of this page: with values that exist, or with ones that do not."""
        values = {name: self._value(rule, name, real=real) for name in rule.arguments}
        return self.app.url_map.bind("localhost").build(rule.endpoint, values)

    def _value(self, rule: Rule, name: str, *, real: bool) -> object:
        kind = type(rule._converters[name]).__name__
        if kind == "UUIDConverter":
            return self._uuid(rule, name) if real else uuid4()
        if kind == "IntegerConverter":
            return 1 if real else 999_999
        known = [token for start, token in self.links.items() if rule.rule.startswith(start)]
        return known[0] if real and known else "x" * 43

    def _uuid(self, rule: Rule, name: str) -> object:
        if name in self.uuids:
            return self.uuids[name]
        starts = [start for start in self.uuids if rule.rule.startswith(start)]
        return self.uuids[max(starts, key=len)] if starts else self.visit
