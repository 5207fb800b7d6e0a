"""`flask backup` and `flask restore`: a copy that may lie anywhere, and a clinic made from one."""

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from alembic.script import ScriptDirectory
from flask import current_app
from flask_migrate import upgrade
from sqlalchemy import update

from booking.accounts.models import OneTimeLink, SignInSession
from booking.audit import actions as audit
from booking.audit.jobs import append_anchor
from booking.audit.rules.upkeep import BackupMade, DatabaseRestored
from booking.core import clock, copies, vault
from booking.core.copies import CannotCopy
from booking.core.db import db, session, transaction
from booking.core.sealed import KeyRing, keys_fit
from booking.core.settings import Settings
from booking.mail import outbox
from booking.rights import actions as rights

log = logging.getLogger("booking.backup")

NAME = "stillpoint-%Y%m%dT%H%M%SZ.backup"


def back_up(folder: Path, settings: Settings) -> Path:
    """Copy the database while it is in use, encrypt, verify, and return the new file.

    Raises CannotCopy, vault.Unreadable; then no backup is left behind.
    """
    now, ring = clock.now(), KeyRing.read(settings.key_ring)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    target = folder / now.strftime(NAME)
    if target.exists():
        raise CannotCopy(f"{target} exists already.")
    with _aside(settings, "copying") as plain, _aside(settings, "checking") as again:
        told = {**copies.copy_to(plain, settings), "made_at": now.isoformat()}
        vault.lock(plain, target, told=told, ring=ring)
        try:
            vault.unlock(target, again, ring=ring)  # what was written can be read, and is the same
        except vault.Unreadable:
            target.unlink()
            raise
    db.session.rollback()
    with transaction():
        audit.record(BackupMade(), by=None, at=clock.now())
    if (anchor := audit.anchor()) is not None:
        append_anchor(settings.audit_anchors, anchor, now=clock.now())
    settings.last_backup.write_text(now.isoformat() + "\n")
    return target


def tell_when_old(*, now: datetime, base_url: str) -> bool:
    """Log that the newest backup of this host is too old or missing; tell whether that is so."""
    settings: Settings = current_app.extensions["settings"]
    if settings.demo or not settings.backup_alarm_hours:
        return False
    limit = now - timedelta(hours=settings.backup_alarm_hours)
    last = settings.last_backup
    if last.exists() and datetime.fromisoformat(last.read_text().strip()) >= limit:
        return False
    log.error("backup", extra={"event": "backup-old"})
    return True


def restore(file: Path, tombstones: list[Path], settings: Settings) -> dict[str, Any]:
    """Make the database from a backup, erase again who was erased, and hold back all mail.

    Nothing that exists is written over. Until the end a marker stops every process from serving.
    Raises CannotCopy, vault.Unreadable.
    """
    ring = KeyRing.read(settings.key_ring)
    buried = [each for named in tombstones for each in rights.buried_in(named)]
    told = vault.manifest_of(file)
    _refuse_newer(str(told.get("schema")))
    with _aside(settings, "restoring") as plain:
        vault.unlock(file, plain, ring=ring)
        settings.restoring.touch(mode=0o600)
        try:
            copies.put_back(plain, told, settings)
        except (CannotCopy, vault.Unreadable):
            settings.restoring.unlink()  # nothing was put back
            raise
    db.session.remove()
    upgrade()
    if not keys_fit():
        raise CannotCopy("The key ring does not open what was restored. Bring back the right ring.")
    with transaction():
        erased = _settle(buried, made_at=str(told["made_at"]), now=clock.now())
    settings.restoring.unlink()
    return {**told, "erased": erased}


def _settle(buried: list[Any], *, made_at: str, now: datetime) -> int:
    """What must be true before anybody is served from a copy."""
    outbox.fence(now=now)
    # Sign-ins and links may have been ended or used since the copy was made.
    session().execute(
        update(SignInSession).where(SignInSession.ended_at.is_(None)).values(ended_at=now)
    )
    session().execute(
        update(OneTimeLink).where(OneTimeLink.revoked_at.is_(None)).values(revoked_at=now)
    )
    erased = rights.erase_again(buried, now=now)
    audit.record(DatabaseRestored(made_at=made_at, erased=erased), by=None, at=now)
    return erased


def _refuse_newer(schema: str) -> None:
    script = ScriptDirectory(str(current_app.extensions["migrate"].directory))
    if schema not in {each.revision for each in script.walk_revisions()}:
        raise CannotCopy("The backup was made by a newer version of the program. Install that one.")


@contextmanager
def _aside(settings: Settings, name: str) -> Iterator[Path]:
    """A place for a copy in clear beside the database, and gone afterwards."""
    where = settings.database_file.parent if settings.database_file else settings.instance
    file = where / f".{name}-{os.getpid()}"
    try:
        yield file
    finally:
        for left in ("", "-journal", "-wal", "-shm"):
            file.with_name(file.name + left).unlink(missing_ok=True)
