"""The proof page: each thing counted live, and what is wrong is told with what to do."""

import json
import re
from datetime import UTC, date, datetime, timedelta

import pytest
from flask import Flask, current_app
from sqlalchemy import delete, text, update

from booking.appointments.models import Appointment
from booking.audit import actions as audit
from booking.audit.models import AuditRow
from booking.audit.rules.patients import PatientErased
from booking.audit.rules.upkeep import BackupMade
from booking.availability.models import WeeklyHours
from booking.cli.bench.alone import counted
from booking.clinic.models import Credential, CredentialKind
from booking.core.db import session, transaction
from booking.mail.models import Mail, MailState
from booking.owner.queries import proof as queries
from booking.owner.rules.clock_changes import Booked, next_change, rehearse
from booking.owner.rules.proof import p95
from tests.browser import Page
from tests.conftest import Cast
from tests.factories import MINUTES, MONDAY_10AM, NOW, Clinic, make_appointment, make_patient
from tests.mail.posts import about, queue

HOUR = timedelta(hours=1)


def row(page: Page, title: str) -> str:
    """What one line of the proof says, in words."""
    for found in re.findall(r'<li class="fl">.*?</li>', page.text, re.S):
        words = " ".join(re.sub(r"<[^>]+>", " ", found).split())
        if title in words:
            return words
    raise AssertionError(f"no line {title!r}")


def book(app: Flask, clinic: Clinic, **changes: object) -> int:
    with app.app_context(), transaction():
        return make_appointment(clinic, **changes).id


@pytest.mark.both
def test_a_quiet_clinic_is_as_it_should_be(app: Flask, cast: Cast, clinic: Clinic) -> None:
    book(app, clinic)
    page = cast["owner"].get("/proof")
    assert "As it should be Overlaps: 0" in row(page, "Overlaps")
    assert "As it should be" in row(page, "Invites that say less")
    assert "As it should be" in row(page, "Messages that did not arrive: 0")
    assert "As it should be Erased records: 0" in row(page, "Erased")
    assert "Act on this Backup None was ever made" in row(page, "Backup")
    assert "Amara" not in page.text


@pytest.mark.both
def test_an_overlap_would_be_counted(app: Flask, cast: Cast, clinic: Clinic) -> None:
    """The database refuses one, so its rule is taken away for once."""
    book(app, clinic)
    with app.app_context():
        sqlite = session().connection().dialect.name == "sqlite"
        session().rollback()
        rule = (
            ("DROP TRIGGER occupancy_no_overlap_insert",)
            if sqlite
            else ("ALTER TABLE occupancy DROP CONSTRAINT occupancy_no_overlap",)
        )
        copy = text(
            "INSERT INTO occupancy (resource_id, starts_at, ends_at, appointment_id)"
            " SELECT resource_id, starts_at, ends_at, appointment_id FROM occupancy"
            " WHERE resource_id = :mei"
        )
        with transaction():
            for statement in rule:
                session().execute(text(statement))
            session().execute(copy, {"mei": clinic.mei_resource})
        assert queries.overlaps() == 1
    told = row(cast["owner"].get("/proof"), "Overlaps: 1")
    assert "Act on this" in told
    assert "call whoever runs the server" in told


@pytest.mark.both
def test_an_invite_that_says_less_than_the_diary(app: Flask, cast: Cast, clinic: Clinic) -> None:
    number = book(app, clinic)
    queue(app, about(number, 0))

    def stand(state: MailState, sequence: int) -> str:
        with app.app_context(), transaction():
            uid = session().get_one(Appointment, number).uid
            session().execute(update(Mail).values(state=state, thread=uid))
            session().execute(update(Appointment).values(sequence=sequence))
        return row(cast["owner"].get("/proof"), "Invites that say less")

    assert "diary: 0" in stand(MailState.QUEUED, 0)
    assert "1 have their newest version, 0 are on their way" in stand(MailState.SENT, 0)
    behind = stand(MailState.SENT, 1)
    assert "Act on this Invites that say less than the diary: 1" in behind
    assert "Reception finds them" in behind
    assert "Mon 5 July, 10:00am 1 0" in behind  # what the diary has, and the last one sent
    dead = stand(MailState.DEAD, 0)
    assert "diary: 1" in dead
    assert "Mon 5 July, 10:00am 0 none yet" in dead
    assert "did not arrive: 1" in row(cast["owner"].get("/proof"), "did not arrive")


def test_mail_that_waits_and_a_form_that_is_not_there(
    app: Flask, cast: Cast, clinic: Clinic
) -> None:
    number = book(app, clinic, starts_at=NOW + 5 * HOUR, ends_at=NOW + 6 * HOUR)
    queue(app, about(number, 0))
    with app.app_context(), transaction():
        session().execute(update(Mail).values(created_at=NOW - HOUR))
    page = cast["owner"].get("/proof")
    assert "has been waiting since Friday 2 July 2027, 11:00am" in row(page, "did not arrive")
    assert "Have a look Forms not sent for the next two days: 1" in row(page, "Forms not sent")


def test_backups_erasures_and_the_list_outside(app: Flask, cast: Cast, clinic: Clinic) -> None:
    with app.app_context(), transaction():
        audit.record(BackupMade(), by=None, at=NOW - 27 * HOUR)
        audit.record(PatientErased(why="asked"), by=None, at=NOW)
    page = cast["owner"].get("/proof")
    assert "Act on this Backup" in row(page, "Backup")
    assert "names only 0" in row(page, "Erased records: 1")
    with app.app_context():
        file = current_app.extensions["settings"].tombstones
        with transaction():
            audit.record(BackupMade(), by=None, at=NOW - HOUR)
    file.write_text(json.dumps({"record": "x"}) + "\n")
    try:
        page = cast["owner"].get("/proof")
    finally:
        file.unlink()
    assert "As it should be Backup The last one was made on Friday 2 July" in row(page, "Backup")
    assert "As it should be" in row(page, "Erased records: 1")


@pytest.mark.both
def test_the_record_is_walked_and_offers_are_timed_at_a_press(
    app: Flask, cast: Cast, clinic: Clinic, database_kind: str
) -> None:
    owner = cast["owner"]
    page = owner.get("/proof")
    assert "It was never checked" in row(page, "Record of who did")
    assert "It was never measured" in row(page, "How long free times take")
    page = page.submit(button="Check the record and measure now")
    assert "Found whole" in row(page, "Record of who did")
    assert "milliseconds or less" in row(page, "How long free times take")
    with app.app_context(), transaction():
        for name in ("audit_no_update",) if database_kind == "sqlite" else ():
            session().execute(text(f"DROP TRIGGER {name}"))
        if database_kind == "postgresql":
            session().execute(text("DROP TRIGGER audit_append_only ON audit"))
        session().execute(update(AuditRow).where(AuditRow.id == 1).values(actor="nobody"))
    page = owner.get("/proof").submit(button="Check the record and measure now")
    assert "Act on this" in row(page, "Record of who did")
    assert "Row 1 does not fit" in row(page, "Record of who did")


def test_the_next_change_of_the_clocks_is_rehearsed_on_real_visits(
    app: Flask, cast: Cast, clinic: Clinic
) -> None:
    monday_after = datetime(2027, 11, 1, 10, 0, tzinfo=UTC)
    book(app, clinic, starts_at=monday_after, ends_at=monday_after + HOUR)
    told = row(cast["owner"].get("/proof"), "Next change of the clocks, Europe/London")
    assert "Sunday 31 October 2027. They go back. 1 visit is booked" in told
    assert "As it should be" in told
    with app.app_context(), transaction():
        session().execute(update(WeeklyHours).values(valid_until=date(2027, 10, 1)))
    told = row(cast["owner"].get("/proof"), "Next change of the clocks")
    assert "1 lies outside open time" in told


@pytest.mark.parametrize(
    ("zone", "at", "minutes"),
    [
        ("Europe/London", datetime(2027, 10, 31, 1, 0, tzinfo=UTC), -60),
        ("America/New_York", datetime(2027, 11, 7, 6, 0, tzinfo=UTC), -60),
        ("Australia/Lord_Howe", datetime(2027, 10, 2, 15, 30, tzinfo=UTC), 30),
    ],
)
def test_the_next_change_of_a_zone(zone: str, at: datetime, minutes: int) -> None:
    found = next_change(zone, now=NOW)
    assert found is not None
    assert (found.at, found.by) == (at, minutes * MINUTES)
    later = next_change(zone, now=at)
    assert later is not None
    assert later.at > at


def test_a_zone_without_changes_has_none() -> None:
    assert next_change("Asia/Tokyo", now=NOW) is None


def test_both_passes_of_the_repeated_hour_read_back_the_same() -> None:
    change = next_change("Europe/London", now=NOW)
    assert change is not None
    visits = [
        Booked(
            number=n, starts_at=change.at + n * 30 * MINUTES, ends_at=change.at + n * HOUR + HOUR
        )
        for n in range(-3, 4)
    ]
    found = rehearse(change, visits, outside=[2, 99])
    assert (found.visits, list(found.wrong), list(found.outside)) == (7, [], [2])


def test_p95() -> None:
    assert p95([1.0]) == 1.0
    assert p95([float(n) for n in range(1, 101)]) == 95.0
    with pytest.raises(ValueError, match="nothing"):
        p95([])


def test_the_page_costs_the_same_whatever_is_booked(app: Flask, cast: Cast, clinic: Clinic) -> None:
    owner = cast["owner"]

    def cost() -> int:
        with app.app_context(), counted(app) as statements:
            assert owner.get("/proof").status == 200
        return len(statements)

    cost()  # reads what is written, which is kept from then on
    book(app, clinic)
    few = cost()
    with app.app_context(), transaction():
        for day in range(1, 8):
            patient = make_patient(f"Person {day}", f"p{day}@example.org").id
            starts = MONDAY_10AM + day * 24 * HOUR
            make_appointment(clinic, patient_id=patient, starts_at=starts, ends_at=starts + HOUR)
    assert cost() == few
    assert few < 45


@pytest.mark.both
def test_licences_that_ran_out_or_soon_will_are_told(
    app: Flask, cast: Cast, clinic: Clinic
) -> None:
    assert "As it should be" in row(cast["owner"].get("/proof"), "have run out: 0")

    def holds_until(day: date) -> None:
        with app.app_context(), transaction():
            session().execute(delete(Credential))
            proof = Credential(
                practitioner_id=clinic.mei,
                kind=CredentialKind.LICENCE,
                body="Example Register",
                expires_on=day,
            )
            proof.checked_at, proof.checked_by = NOW, clinic.owner_user
            session().add(proof)

    holds_until((NOW + timedelta(days=20)).date())
    told = row(cast["owner"].get("/proof"), "have run out: 0")
    assert "Have a look" in told
    assert "1 runs out within sixty days" in told
    holds_until((NOW - timedelta(days=2)).date())
    told = row(cast["owner"].get("/proof"), "have run out: 1")
    assert "Act on this" in told
    assert "Nobody can be booked" in told
