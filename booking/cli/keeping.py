"""The commands that look after what is kept: keys, audit, backup, restore, erase."""

from pathlib import Path
from uuid import UUID

import click
from flask import Flask, current_app
from flask.cli import AppGroup, with_appcontext

from booking.audit import actions as audit
from booking.audit.jobs import anchor_of, append_anchor
from booking.audit.rules.upkeep import AuditVerified, KeysChanged, MailLetOut
from booking.cli.processing import processing
from booking.core import clock, rotation
from booking.core.copies import CannotCopy
from booking.core.db import db, empty_log, transaction
from booking.core.errors import BookingError, UnsafeSettings
from booking.core.sealed import ring_as_it_is
from booking.core.settings import Settings
from booking.core.vault import Unreadable
from booking.mail import outbox


def install(app: Flask) -> None:
    """Register the groups with `flask --app wsgi`."""
    app.cli.add_command(keys)
    app.cli.add_command(audit_group)
    for command in (backup, restore, mail_release, erase, processing):
        app.cli.add_command(command)


keys = AppGroup("keys", help="The keys that wrap each patient's data key.")
audit_group = AppGroup("audit", help="The record of who did and saw what.")


def _ring_file() -> Path:
    file: Path = current_app.extensions["settings"].key_ring
    return file


def _note(what: str, kid: str) -> None:
    audit.record(KeysChanged(what=what, kid=kid), by=None, at=clock.now())


@keys.command("new")
def keys_new() -> None:
    """Add a key to the ring; `rotate` puts it to use."""
    kid = rotation.add_key(_ring_file())
    with transaction():
        _note("added", kid)
    click.echo(f"Added {kid}. Copy the ring to every host and to its safe place, then rotate.")


@keys.command("rotate")
def keys_rotate() -> None:
    """Wrap every data key under the newest key. May be stopped anywhere, and run again."""
    file = _ring_file()
    kid = rotation.newest(file)
    rotation.make_primary(file, kid)
    ring_as_it_is()
    done = 0
    while step := rotation.wrap_some():
        done += step
    with transaction():
        _note("rotated", kid)
    click.echo(f"{kid} is in use. Data keys wrapped anew: {done}.")
    _refuse_damaged()


@keys.command("verify")
def keys_verify() -> None:
    """Open every data key with the ring, and say which key wraps how many."""
    ring = ring_as_it_is()
    held = rotation.counts()
    for kid in sorted({*ring.keys, *held}):
        words = ", in use" if kid == ring.primary else ""
        words += "" if kid in ring.keys else ", MISSING from the ring"
        click.echo(f"{kid}: {held.get(kid, 0)} data keys{words}")
    _refuse_damaged()
    click.echo("The ring opens every data key.")


@keys.command("retire")
@click.argument("kid")
def keys_retire(kid: str) -> None:
    """Take a key out of the ring once it wraps nothing any more."""
    try:
        with transaction():
            rotation.retire(_ring_file(), kid)
            _note("retired", kid)
    except BookingError as why:
        raise click.ClickException(why.message) from why
    click.echo(f"{kid} is gone. Backups from before the rotation need a ring from before it.")


def _refuse_damaged() -> None:
    db.session.rollback()
    if bad := rotation.damaged():
        told = ", ".join(map(str, bad[:20]))
        raise click.ClickException(f"The ring does not open {len(bad)} data keys: {told}")


@audit_group.command("verify")
def audit_verify() -> None:
    """Walk the chain, compare it with every anchor, and say whether all of it is there."""
    broken = audit.verify()
    with transaction():
        audit.record(AuditVerified(broken=broken), by=None, at=clock.now())
    if broken is not None:
        click.echo(f"Broken at row {broken}.")
        raise SystemExit(1)
    file = current_app.extensions["settings"].audit_anchors
    lines = file.read_text().splitlines() if file.exists() else []
    for number, line in enumerate(lines, start=1):
        if not audit.anchor_holds(anchor_of(line)):
            click.echo(f"The audit does not fit the anchor in line {number} of {file.name}.")
            raise SystemExit(1)
    click.echo(f"The audit chain is whole. Anchors that fit: {len(lines)}.")


@audit_group.command("anchor")
def audit_anchor() -> None:
    """Write where the chain stands into a file outside the database; the worker does so daily."""
    anchor = audit.anchor()
    if anchor is None:
        click.echo("Nothing is recorded yet.")
        return
    file = current_app.extensions["settings"].audit_anchors
    append_anchor(file, anchor, now=clock.now())
    click.echo(f"Anchored row {anchor.row} in {file}. Copy the file to another host.")


@click.command("backup")
@click.option(
    "--to",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    help="Where it goes; `backups` in the instance directory unless told.",
)
@with_appcontext
def backup(folder: Path | None) -> None:
    """Copy the database while it is in use: encrypted, read back, compared."""
    from booking.cli.backing_up import back_up

    settings = _settings()
    try:
        file = back_up(folder or settings.instance / "backups", settings)
    except (CannotCopy, Unreadable) as why:
        raise click.ClickException(str(why)) from why
    click.echo(f"Made {file}. Copy it to another host; keep the key ring apart from it.")


@click.command("restore")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--tombstones",
    multiple=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Further lists of erased patients, from other hosts; the one of this instance is used.",
)
@with_appcontext
def restore(file: Path, tombstones: tuple[Path, ...]) -> None:
    """Make the database from a backup; mail stays inside until `mail-release`."""
    from booking.cli.backing_up import restore as put_back

    settings = _settings()
    lists = [*tombstones, *([settings.tombstones] if settings.tombstones.exists() else [])]
    try:
        told = put_back(file, lists, settings)
    except (CannotCopy, Unreadable, UnsafeSettings) as why:
        raise click.ClickException(str(why)) from why
    except ValueError as why:
        raise click.ClickException("A list of tombstones is damaged. Nothing was made.") from why
    click.echo(f"Restored as it was at {told['made_at']}. Erased again: {told['erased']}.")
    click.echo("Everybody has to sign in anew. No mail leaves until you say so: mail-release.")


@click.command("mail-release")
@click.option(
    "--waiting",
    type=click.Choice(["stop", "send"]),
    required=True,
    help="What becomes of mail that waited in the backup: most of it has left long ago.",
)
@with_appcontext
def mail_release(waiting: str) -> None:
    """Let mail leave again after a restore."""
    now = clock.now()
    with transaction():
        if outbox.fenced_since() is None:
            raise click.ClickException("Mail is not held back.")
        stopped = outbox.open_fence(keep_waiting=waiting == "send", now=now)
        audit.record(MailLetOut(stopped=stopped), by=None, at=now)
    click.echo(f"Mail leaves again. Old messages that were stopped: {stopped}.")


@click.command("erase")
@click.argument("record", type=click.UUID)
@with_appcontext
def erase(record: UUID) -> None:
    """Erase a patient's record for good, also from copies that are restored later."""
    from booking.rights import actions as rights

    settings = _settings()
    try:
        with transaction():
            rights.erase(
                None,
                record,
                tombstones=settings.tombstones,
                years=settings.records_kept_years,
                now=clock.now(),
            )
    except BookingError as why:
        raise click.ClickException(why.message) from why
    empty_log()
    click.echo("Erased. Keep a copy of the list of tombstones with the backups.")


def _settings() -> Settings:
    found: Settings = current_app.extensions["settings"]
    return found
