"""Erasing and taking away reach every table that says something about a patient."""

import json
from datetime import timedelta
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import Table, func, or_, select, update

from booking.access.policy import Actor
from booking.accounts.actions.patients import request_sign_in_link
from booking.accounts.emails import Letter
from booking.accounts.models import (
    Passkey,
    PatientBrowser,
    PatientPassword,
    PatientRecoveryCode,
    SignInSession,
)
from booking.appointments import actions as appointments
from booking.appointments.models import (
    AnotherTime,
    Appointment,
    BookingNonce,
    Delay,
    Status,
)
from booking.availability import queries as availability
from booking.care.models import Change, ChangedVisit, ChangedWait
from booking.clinic.models import Service
from booking.conversations import actions as conversation
from booking.core import clock
from booking.core.db import Base, session, transaction
from booking.core.tokens import digest, new_token
from booking.intake.models import (
    Decision,
    Flag,
    FormBrowser,
    IntakeForm,
    LaterForm,
    TypedForm,
    Way,
)
from booking.intake.rules.review import Choice
from booking.mail import outbox
from booking.mail.models import Mail, MailState
from booking.mail.outbox import Draft
from booking.patients.models import Patient
from booking.rights import actions, queries
from booking.rights.models import EmergencyAccess
from booking.rights.rules import REACH, Erased
from booking.waiting.models import WaitingEntry, WaitingOffer
from tests.factories import MINUTES, MONDAY_10AM, Clinic
from tests.house.everybody import Everybody
from tests.intake.filled import make_form

SECRET = "kanarienvogel"
OF_A_PERSON = {"patient_id", "person_id", "owner_id"}
FRAME = {"sender": {"name": "Canal Street", "address": "visits@canalstreet.example"}}


def of_patients() -> set[str]:
    """Tables that name a patient, a person or an owner of sealed values, and what names those."""
    tables = Base.metadata.tables.values()
    found = {table.name for table in tables if OF_A_PERSON & set(table.columns.keys())}
    found.add("patient")
    while True:
        more = {table.name for table in tables if names(table) & found}
        if more <= found:
            return found
        found |= more


def names(table: Table) -> set[str]:
    return {key.column.table.name for key in table.foreign_keys}


def test_no_table_with_a_path_to_a_patient_is_forgotten() -> None:
    assert of_patients() == set(REACH)


@pytest.fixture
def amara(app: Flask, clinic: Clinic) -> int:
    """Amara's person: something of hers stands in every table there is."""
    everybody = Everybody(app, clinic)
    with app.app_context(), transaction():
        visit = session().get_one(Appointment, everybody.appointment)
        visit.overlap_reason = SECRET
        patient = session().get_one(Patient, visit.patient_id)
        patient.contact_note, patient.wishes = SECRET, {"use": [SECRET]}
        _forms(visit, clinic)
        _about(visit)
        _waits_and_changes(visit, clinic)
        _holds(patient, clinic)
        _mail(patient, visit)
        _own_ways(patient)
        _emergency(patient, clinic)
        _held_once(patient, clinic)
        return patient.resource_id


def _held_once(patient: Patient, clinic: Clinic) -> None:
    owner = Actor(user_id=clinic.owner_user)
    actions.hold(owner, patient.public_id, reason="A claim", now=clock.now())
    actions.lift(owner, patient.public_id, now=clock.now())


def _forms(visit: Appointment, clinic: Clinic) -> None:
    now = clock.now()
    form = session().scalars(select(IntakeForm).filter_by(appointment_id=visit.id)).one()
    other = Appointment(
        uid=str(uuid4()),
        patient_id=visit.patient_id,
        practitioner_id=visit.practitioner_id,
        location_id=visit.location_id,
        room_id=visit.room_id,
        service_id=visit.service_id,
        starts_at=visit.starts_at + timedelta(days=7),
        ends_at=visit.ends_at + timedelta(days=7),
        created_at=now,
        changed_at=now,
    )
    session().add(other)
    session().flush()
    later = make_form(other)
    session().add_all(
        [
            LaterForm(form_id=later.id, earlier_id=form.id),
            TypedForm(
                form_id=later.id, way=Way.PHONE, typed_by=clinic.reception_user, typed_at=now
            ),
            FormBrowser(form_id=form.id, token_hash=digest(new_token()), created_at=now),
        ]
    )
    flag = session().scalars(select(Flag).filter_by(form_id=form.id)).first()
    assert flag is not None
    flag.quote = SECRET
    decision = Decision(
        flag_id=flag.id,
        owner_id=form.owner_id,
        choice=next(iter(Choice)),
        decided_by=clinic.mei_user,
        decided_at=now,
    )
    decision.note = SECRET
    session().add(decision)


def _about(visit: Appointment) -> None:
    now = clock.now()
    absence = session().scalars(select(AnotherTime)).one().absence_id
    session().add_all(
        [
            AnotherTime(absence_id=absence, appointment_id=visit.id, mailed=True),
            Delay(appointment_id=visit.id, minutes=10, noted_at=now),
            BookingNonce(nonce="x", appointment_id=visit.id, created_at=now),
        ]
    )
    conversation.write(Actor(), visit, SECRET, now=now)


def _waits_and_changes(visit: Appointment, clinic: Clinic) -> None:
    now = clock.now()
    entry = session().scalars(select(WaitingEntry)).one()
    change = Change(person_id=visit.patient.resource_id, at=now, gently_before=False)
    session().add(change)
    session().flush()
    session().add_all(
        [
            ChangedWait(change_id=change.id, entry_id=entry.id),
            ChangedVisit(change_id=change.id, appointment_id=visit.id, claims=[]),
            WaitingOffer(
                entry_id=entry.id,
                practitioner_id=clinic.mei,
                location_id=clinic.location,
                starts_at=visit.starts_at,
                made_at=now,
                answer_by=now + MINUTES,
            ),
        ]
    )


def _holds(patient: Patient, clinic: Clinic) -> None:
    """A time kept in a browser for her name and address, with what she typed there."""
    now = clock.now()
    offer = availability.offer_at(
        session().get_one(Service, clinic.follow_up),
        practitioner_id=clinic.ines,
        location_id=clinic.location,
        starts_at=MONDAY_10AM + 240 * MINUTES,
        now=now,
    )
    typed = {"name": patient.name, "email": patient.email, "note": SECRET}
    appointments.hold(offer, now=now, typed=typed)


def _mail(patient: Patient, visit: Appointment) -> None:
    now = clock.now()
    request_sign_in_link(
        name=patient.name,
        email=patient.email,
        person_id=patient.resource_id,
        letters=lambda token: Letter(link=token, frame=FRAME),
        now=now,
    )
    for key, visit_id in (("waiting", None), ("reminder", visit.id)):
        outbox.enqueue(
            Draft(
                kind="waiting/joined",
                snapshot={**FRAME, "to_name": SECRET},
                dedupe_key=key,
                owner_id=patient.public_id,
                appointment_id=visit_id,
            ),
            now=now,
        )
    session().flush()
    session().execute(update(Mail).values(state=MailState.DEAD))


def _own_ways(patient: Patient) -> None:
    now, person = clock.now(), patient.resource_id
    session().add_all(
        [
            Passkey(
                person_id=person,
                credential_id=b"hers",
                public_key=b"public",
                name="A phone",
                created_at=now,
            ),
            PatientPassword(person_id=person, password_hash="x", changed_at=now),
            PatientRecoveryCode(person_id=person, code_hash=b"x"),
            PatientBrowser(person_id=person, token_hash=b"x", created_at=now),
        ]
    )


def _emergency(patient: Patient, clinic: Clinic) -> None:
    access = EmergencyAccess(
        user_id=clinic.owner_user,
        patient_id=patient.id,
        owner_id=patient.public_id,
        opened_at=clock.now(),
        expires_at=clock.now(),
    )
    access.reason = SECRET
    session().add(access)
    session().flush()


@pytest.mark.both
def test_all_of_it_is_taken_away(app: Flask, amara: int) -> None:
    """Holds sec_H4."""
    with app.app_context():
        told = queries.everything(amara).plain()
    for table, reach in REACH.items():
        if reach.told is not None:
            assert told[reach.told], table
    text = json.dumps(told)
    assert text.count(SECRET) == 8  # note, wishes, overlap, flag, decision, typed, and two more:
    # an emergency, a conversation
    assert "other@example.org" not in text


@pytest.mark.both
def test_all_of_it_is_erased(app: Flask, amara: int) -> None:
    with app.app_context(), transaction():
        other = session().scalars(select(Patient).where(Patient.resource_id != amara)).one()
        session().execute(update(Appointment).values(status=Status.CANCELLED))
        ids = list(queries.records_of(amara))
        visits = list(queries.appointment_ids(ids[0]))
        owners = list(session().scalars(select(Patient.public_id).where(Patient.id.in_(ids))))
        before = {table: _concerning(table, ids, visits, owners, amara) for table in REACH}
        assert [table for table, count in before.items() if not count] == [
            "record_join",  # tests/records/test_joining.py erases a joined record
            "visit_copy",
        ]
        settings = app.extensions["settings"]
        actions.erase_person(
            Actor(), amara, tombstones=settings.tombstones, years=7, now=clock.now()
        )
        other_id = other.id
    with app.app_context():
        for table, reach in REACH.items():
            left = _concerning(table, ids, visits, owners, amara)
            if reach.erased is Erased.GONE:
                assert left == 0, table
            for column in Base.metadata.tables[table].columns:
                if column.name.endswith("_sealed"):
                    assert _sealed_left(table, column.name, ids, visits, owners) == 0, column
        assert session().get_one(Patient, ids[0]).name == "(erased)"
        assert session().get_one(Patient, other_id).email == "other@example.org"
        assert session().scalar(select(func.count()).select_from(SignInSession)) > 0
        wiped = select(Mail).where(Mail.snapshot_sealed.is_not(None))
        assert session().scalars(wiped).all() == []


def _which(table: Table, ids: list[int], visits: list[int], owners: list[object], person: int):
    """The condition that a row of a table is about her, by whatever path leads to her."""
    known = {"patient_id": ids, "appointment_id": visits, "owner_id": owners, "person_id": [person]}
    direct = [table.c[name].in_(values) for name, values in known.items() if name in table.c]
    if table.name == "patient":
        return table.c.id.in_(ids)
    if direct:
        return or_(*direct)
    if table.name == "hold":
        return table.c.id.is_not(None)  # the only ones there are
    return or_(
        *(
            key.parent.in_(
                select(key.column).where(_which(key.column.table, ids, visits, owners, person))
            )
            for key in table.foreign_keys
            if key.column.table.name in REACH.keys() - {table.name}
        )
    )


def _concerning(
    name: str, ids: list[int], visits: list[int], owners: list[object], person: int
) -> int:
    table = Base.metadata.tables[name]
    which = _which(table, ids, visits, owners, person)
    return session().scalar(select(func.count()).select_from(table).where(which)) or 0


def _sealed_left(
    name: str, column: str, ids: list[int], visits: list[int], owners: list[object]
) -> int:
    table = Base.metadata.tables[name]
    which = _which(table, ids, visits, owners, 0)
    wanted = select(func.count()).select_from(table).where(which, table.c[column].is_not(None))
    return session().scalar(wanted) or 0
