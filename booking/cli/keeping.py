"""The commands that look after what is kept: `flask keys`, `flask audit`."""

import json
from pathlib import Path

import click
from flask import Flask, current_app
from flask.cli import AppGroup

from booking.audit import actions as audit
from booking.audit.rules import KeysChanged
from booking.core import clock, rotation
from booking.core.db import db, transaction
from booking.core.errors import BookingError
from booking.core.sealed import ring_as_it_is


def install(app: Flask) -> None:
    """Register the groups with `flask --app wsgi`."""
    app.cli.add_command(keys)
    app.cli.add_command(audit_group)


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
    if broken is not None:
        click.echo(f"Broken at row {broken}.")
        raise SystemExit(1)
    file = current_app.extensions["settings"].audit_anchors
    lines = file.read_text().splitlines() if file.exists() else []
    for number, line in enumerate(lines, start=1):
        if not audit.anchor_holds(_anchor_of(line)):
            click.echo(f"The audit does not fit the anchor in line {number} of {file.name}.")
            raise SystemExit(1)
    click.echo(f"The audit chain is whole. Anchors that fit: {len(lines)}.")


def _anchor_of(line: str) -> audit.Anchor:
    try:
        told = json.loads(line)
        return audit.Anchor(int(told["row"]), bytes.fromhex(told["chain"]))
    except (ValueError, KeyError, TypeError):
        return audit.Anchor(0, b"")


@audit_group.command("anchor")
def audit_anchor() -> None:
    """Write where the chain stands into a file outside the database; run it every day."""
    anchor = audit.anchor()
    if anchor is None:
        click.echo("Nothing is recorded yet.")
        return
    file = current_app.extensions["settings"].audit_anchors
    append_anchor(file, anchor)
    click.echo(f"Anchored row {anchor.row} in {file}. Copy the file to another host.")


def append_anchor(file: Path, anchor: audit.Anchor) -> None:
    """Add one line to the file of anchors, which others cannot read."""
    file.touch(mode=0o600)
    told = {"at": clock.now().isoformat(), "row": anchor.row, "chain": anchor.chain.hex()}
    with file.open("a") as out:
        out.write(json.dumps(told) + "\n")
