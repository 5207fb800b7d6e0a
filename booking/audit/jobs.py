"""Once a day: note outside the database where the audit's chain stands."""

import json
import logging
import os
from datetime import UTC, datetime
from pathlib import Path

from flask import current_app

from booking.audit import actions
from booking.core.db import db

log = logging.getLogger("booking.audit")


def anchor_daily(*, now: datetime, base_url: str) -> bool:
    """Write the day's anchor unless it is there; False where nothing was to be done.

    Where the last anchor does not fit any more, rows were changed or cut off: that is logged, and
    no new anchor covers it up.
    """
    file: Path = current_app.extensions["settings"].audit_anchors
    at, last = _last_of(file)
    if at is not None and at.astimezone(UTC).date() >= now.astimezone(UTC).date():
        return False
    standing = actions.anchor()
    fits = last is None or actions.anchor_holds(last)
    db.session.rollback()
    if not fits:
        log.error("audit", extra={"event": "audit-broken"})
        return False
    if standing is None:
        return False
    append_anchor(file, standing, now=now)
    return True


def append_anchor(file: Path, anchor: actions.Anchor, *, now: datetime) -> None:
    """Add one line to the file of anchors, which others cannot read."""
    file.touch(mode=0o600)
    told = {"at": now.isoformat(), "row": anchor.row, "chain": anchor.chain.hex()}
    with file.open("a") as out:
        out.write(json.dumps(told) + "\n")
        out.flush()
        os.fsync(out.fileno())


def anchor_of(line: str) -> actions.Anchor:
    """Return the anchor of a line; one that never fits for a damaged line."""
    try:
        told = json.loads(line)
        return actions.Anchor(int(told["row"]), bytes.fromhex(told["chain"]))
    except (ValueError, KeyError, TypeError):
        return actions.Anchor(0, b"")


def _last_of(file: Path) -> tuple[datetime | None, actions.Anchor | None]:
    lines = file.read_text().splitlines() if file.exists() else []
    if not lines:
        return None, None
    try:
        at = datetime.fromisoformat(json.loads(lines[-1])["at"])
    except (ValueError, KeyError, TypeError):
        at = None
    return at, anchor_of(lines[-1])
