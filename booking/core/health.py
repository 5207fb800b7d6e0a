"""Whether this process lives, and whether it can do its work. Strangers learn no more than that."""

import logging
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Flask, Response, current_app
from sqlalchemy import text

from booking.core.db import db, give_back, session, sqlite_is_safe, transaction
from booking.core.sealed import keys_fit

KEPT_SECONDS = 5.0  # however often strangers ask, the database is asked this seldom
LEAST_FREE = 0.05

log = logging.getLogger("booking.health")


def alive() -> Response:
    """Answer that the process answers."""
    return Response("alive\n", 200, mimetype="text/plain")


def ready() -> Response:
    """Answer 200 when everything a visit needs is in place, else 503; the log says what is not."""
    if current_app.extensions["settings"].draining.exists():
        return _answer(fine=False)
    kept: dict[str, Any] = current_app.extensions.setdefault("readiness", {})
    if time.monotonic() >= kept.get("until", 0.0):
        kept.update(fine=not _troubles(), until=time.monotonic() + KEPT_SECONDS)
    return _answer(fine=kept["fine"])


def _answer(*, fine: bool) -> Response:
    word, status = ("ready\n", 200) if fine else ("not ready\n", 503)
    return Response(word, status, mimetype="text/plain")


def _troubles() -> list[str]:
    found = [name for name, check in CHECKS.items() if not _passes(check)]
    for name in found:
        log.error("not ready", extra={"event": "not-ready", "kind": name})
    return found


def _passes(check: Callable[[], bool]) -> bool:
    try:
        return check()
    except Exception:
        give_back()
        log.exception("fault", extra={"event": "readiness-fault"})
        return False


def _writes() -> bool:
    # A row that is there, so that something is really written: a full disk refuses only that.
    with transaction():
        session().execute(text("UPDATE alembic_version SET version_num = version_num"))
    return True


def _schema_new_enough() -> bool:
    """The program's schema, or one it does not know: of a newer version, which only added to it."""
    script = ScriptDirectory(str(Path(current_app.extensions["migrate"].directory)))
    there = set(MigrationContext.configure(session().connection()).get_current_heads())
    older = {each.revision for each in script.walk_revisions()} - set(script.get_heads())
    return bool(there) and not there & older


def _library_safe() -> bool:
    return db.engine.dialect.name != "sqlite" or sqlite_is_safe()


def _space_left() -> bool:
    disk = shutil.disk_usage(current_app.instance_path)
    return disk.free > LEAST_FREE * disk.total


CHECKS: dict[str, Callable[[], bool]] = {
    "database-write": _writes,
    "schema": _schema_new_enough,
    "keys": keys_fit,
    "sqlite-version": _library_safe,
    "disk": _space_left,
}


def install(app: Flask) -> tuple[Callable[..., Any], ...]:
    """Add both addresses and return their views, for the gate to mark."""
    app.add_url_rule("/healthz", "healthz", alive)
    app.add_url_rule("/readyz", "readyz", ready)
    return alive, ready
