"""What has been kept long enough goes by itself, and nothing else does."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import func, select

from booking.access.policy import Actor
from booking.accounts import actions as accounts
from booking.accounts.models import (
    OneTimeLink,
    PatientPassword,
    RecoveryCode,
    SignInSession,
    User,
)
from booking.accounts.rules import LinkPurpose
from booking.appointments.models import Appointment, BookingNonce, Status
from booking.audit.models import AuditRow
from booking.calendars.actions import feeds
from booking.calendars.models import CalendarFeed
from booking.care.models import Change
from booking.clinic.models import Organisation
from booking.core.db import Base, session, transaction
from booking.mail.models import Mail, MailState
from booking.patients.models import Patient
from booking.rights.jobs import keep_to_schedule
from booking.rights.queries import what_is_kept
from booking.waiting.models import WaitingEntry
from tests.factories import NOW, Clinic, make_appointment, make_patient

DAY = timedelta(days=1)


def look(app: Flask, after: timedelta) -> int:
    with app.app_context():
        return keep_to_schedule(now=NOW + after, base_url="")


def names(app: Flask) -> list[str]:
    with app.app_context():
        return list(session().scalars(select(Patient.name).order_by(Patient.id)))


def count(app: Flask, table: type[Base]) -> int:
    with app.app_context():
        return session().scalar(select(func.count()).select_from(table)) or 0


@pytest.mark.both
def test_whoever_never_came_is_forgotten_after_a_year(app: Flask, clinic: Clinic) -> None:
    """Holds sec_H5."""
    with app.app_context(), transaction():
        make_patient()
        visit = make_appointment(clinic, patient_id=make_patient("Other", "o@example.org").id)
        visit.status = Status.CANCELLED
        waits = make_patient("Who Waits", "w@example.org")
        session().add(
            WaitingEntry(patient_id=waits.id, service_id=clinic.follow_up, created_at=NOW)
        )
    look(app, 364 * DAY)
    assert "(erased)" not in names(app)
    look(app, 366 * DAY)
    assert names(app) == ["(erased)", "Other", "Who Waits"]
    look(app, 372 * DAY)  # Other's visit would have been later
    assert names(app) == ["(erased)", "(erased)", "Who Waits"]
    buried = app.extensions["settings"].tombstones.read_text().splitlines()
    with app.app_context():
        erased = session().scalars(select(AuditRow).where(AuditRow.tag == "patient:erased")).all()
    assert [row.details["why"] for row in erased] == ["schedule", "schedule"]
    assert len(buried) >= 2


def test_whoever_was_treated_is_kept_for_the_clinics_years(app: Flask, clinic: Clinic) -> None:
    """Holds sec_H5."""
    with app.app_context(), transaction():
        make_appointment(clinic).status = Status.DONE
    look(app, 8 * 365 * DAY)
    assert names(app) == ["Amara Osei"]
    look(app, 8 * 365.25 * DAY + 5 * DAY)
    assert names(app) == ["(erased)"]


def test_sign_ins_links_and_keys_of_forms_go_after_a_month(app: Flask, clinic: Clinic) -> None:
    with app.app_context(), transaction():
        visit = make_appointment(clinic)
        person = session().get_one(Patient, visit.patient_id).resource_id
        accounts.start_person_session(person, now=NOW)
        link = OneTimeLink(purpose=LinkPurpose.PATIENT_SIGN_IN, person_id=person, name="Amara")
        accounts.create_link(link, now=NOW)
        session().add(BookingNonce(nonce="x" * 40, appointment_id=visit.id, created_at=NOW))
    look(app, 29 * DAY)
    assert [count(app, t) for t in (SignInSession, OneTimeLink, BookingNonce)] == [1, 1, 1]
    assert look(app, 32 * DAY) == 3
    assert [count(app, t) for t in (SignInSession, OneTimeLink, BookingNonce)] == [0, 0, 0]
    assert look(app, 32 * DAY) == 0
    with app.app_context():
        kept_to = select(AuditRow.details).where(AuditRow.tag == "retention:kept-to")
        assert {row["what"] for row in session().scalars(kept_to)} == {"sign-ins", "form-keys"}


@pytest.mark.both
def test_what_a_refused_message_said_goes_and_that_there_was_one_stays(
    app: Flask, clinic: Clinic
) -> None:
    with app.app_context(), transaction():
        visit = make_appointment(clinic)
        owner = session().get_one(Patient, visit.patient_id).public_id
        _mail("visit", owner, visit, MailState.DEAD)
        _mail("none", owner, None, MailState.SENT)
        _mail("waits", owner, None, MailState.QUEUED)
    look(app, 89 * DAY)
    assert count(app, Mail) == 3
    look(app, 91 * DAY)
    with app.app_context():
        left = session().scalars(select(Mail).order_by(Mail.id)).all()
    assert [(one.dedupe_key, one.state, one.snapshot_sealed is None) for one in left] == [
        ("visit", MailState.STOPPED, True),
        ("waits", MailState.QUEUED, False),
    ]


def _mail(key: str, owner: UUID, visit: Appointment | None, state: MailState) -> None:
    row = Mail(
        kind="appointments/confirmation",
        owner_id=owner,
        dedupe_key=key,
        appointment_id=visit.id if visit else None,
        message_id=f"<{key}@x.example>",
        state=state,
        created_at=NOW,
        waiting_since=NOW,
        next_try_at=NOW,
        ended_at=NOW if state is MailState.DEAD else None,
    )
    row.snapshot = {"to_address": "amara@example.org"}
    session().add(row)


def test_a_stopped_account_loses_its_ways_in_and_keeps_its_name(app: Flask, clinic: Clinic) -> None:
    with app.app_context(), transaction():
        for number in (clinic.mei_user, clinic.ines_user):
            user = session().get_one(User, number)
            user.password_hash, user.totp_secret = "$argon2id$x", "JBSWY3DPEHPK3PXP"
            session().add(RecoveryCode(user_id=number, code_hash=b"x"))
        user.disabled_at = NOW
    look(app, 364 * DAY)
    assert count(app, RecoveryCode) == 2
    look(app, 366 * DAY)
    with app.app_context():
        mei, ines = (session().get_one(User, n) for n in (clinic.mei_user, clinic.ines_user))
        assert mei.password_hash is not None
        assert (ines.name, ines.password_hash, ines.totp_sealed) == ("Inês Roca", None, None)
    assert count(app, RecoveryCode) == 1


def test_a_schedule_of_nothing_leaves_everything(app: Flask, clinic: Clinic) -> None:
    from dataclasses import replace

    from booking.core.settings import Retention

    for_good = Retention(never_seen=0, sign_ins=0, messages=0, form_keys=0, stopped_accounts=0)
    settings = replace(app.extensions["settings"], retention=for_good, records_kept_years=0)
    app.extensions["settings"] = settings
    with app.app_context(), transaction():
        make_patient()
        make_appointment(
            clinic, patient_id=make_patient("B", "b@example.org").id
        ).status = Status.DONE
    assert look(app, 20_000 * DAY) == 0
    assert "(erased)" not in names(app)


@pytest.mark.both
@pytest.mark.parametrize(
    ("of_age_in", "to_age", "kept_to"),
    [
        (2031, 25, 2038),  # 14 at the visit of 2027: to the end of the year she is 25
        (2028, 25, 2036),  # 17 then: a year longer
        (2026, 25, 2034),  # grown up at the visit: eight years from its end, as anybody
        (None, 25, 2034),
        (2031, 0, 2034),  # a clinic that keeps no longer
    ],
)
def test_a_record_of_somebody_young_is_kept_to_a_birthday(
    app: Flask, clinic: Clinic, of_age_in: int | None, to_age: int, kept_to: int
) -> None:
    with app.app_context(), transaction():
        visit = make_appointment(clinic)
        visit.status, visit.patient.of_age_in = Status.DONE, of_age_in
        session().get_one(Organisation, 1).young_kept_to_age = to_age
        patient = visit.patient_id
    last_day = datetime(kept_to, 12, 31, 12, tzinfo=UTC)
    if kept_to == 2034:
        last_day = datetime(2035, 7, 4, 12, tzinfo=UTC)
    with app.app_context():
        assert what_is_kept(patient, years=8, now=last_day).until is not None
        assert what_is_kept(patient, years=8, now=last_day + 2 * DAY).until is None
    look(app, last_day - NOW)
    assert names(app) == ["Amara Osei"]
    look(app, last_day + 2 * DAY - NOW)
    assert names(app) == ["(erased)"]


@pytest.mark.both
def test_what_is_the_persons_stays_while_she_has_another_record(app: Flask, clinic: Clinic) -> None:
    with app.app_context(), transaction():
        first = make_patient()
        second = make_appointment(clinic, patient_id=make_patient().id)
        second.status = Status.DONE
        person = second.patient.resource_id
        assert first.resource_id == person
        session().add(PatientPassword(person_id=person, password_hash="x", changed_at=NOW))
        session().add(Change(person_id=person, at=NOW, gently_before=False, messages=0))
        feeds.make_for_person(Actor(person_id=person), now=NOW)
    look(app, 366 * DAY)
    assert names(app) == ["(erased)", "Amara Osei"]
    hers = (PatientPassword, Change, CalendarFeed)
    assert [count(app, table) for table in hers] == [1, 1, 1]
    look(app, 10 * 366 * DAY)
    assert names(app) == ["(erased)", "(erased)"]
    assert [count(app, table) for table in hers] == [0, 0, 0]
