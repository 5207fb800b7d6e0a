"""A migration is killed at some moment, and run again (R12).

It is one transaction: what is there afterwards is the old schema or the new one, whole, with every
row; run again, it comes to its end. 3 kills on each database, or 20 with `--long`.
"""

import os
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from flask import Flask
from flask_migrate import downgrade
from sqlalchemy import text

from booking.core.db import Base, db
from tests.factories import Clinic

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.xdist_group("drills")
LOADED = """
from booking import create_app
from flask_migrate import upgrade
app = create_app()
with app.app_context():
    print("loaded", flush=True)
    upgrade()
"""


def migrating(app: Flask) -> "subprocess.Popen[str]":
    """Another process that has loaded and migrates from now on."""
    settings = app.extensions["settings"]
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("BOOKING_", "FLASK_"))}
    told = {
        "BOOKING_MODE": "test",
        "BOOKING_INSTANCE": str(settings.instance),
        "BOOKING_DATABASE_URL": settings.database_url,
        "BOOKING_SECRET_KEY": settings.secret_key,
        "BOOKING_KEY_RING": str(settings.key_ring),
        "BOOKING_BASE_URL": settings.base_url,
        "BOOKING_TRUSTED_HOSTS": "localhost",
    }
    process = subprocess.Popen(
        [sys.executable, "-c", LOADED],
        cwd=ROOT,
        env={**kept, **told},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "loaded\n"
    process.stdout.close()
    return process


def stands_at(app: Flask) -> str:
    """The schema's version; the rows must be there, and the database whole."""
    with app.app_context(), db.engine.connect() as connection:
        assert connection.execute(text('SELECT count(*) FROM "user"')).scalar() == 4
        assert connection.execute(text("SELECT count(*) FROM weekly_hours")).scalar() == 10
        if connection.dialect.name == "sqlite":
            assert connection.execute(text("PRAGMA integrity_check")).scalar() == "ok"
            assert connection.execute(text("PRAGMA foreign_key_check")).fetchall() == []
        return str(connection.execute(text("SELECT version_num FROM alembic_version")).scalar())


@pytest.mark.both
def test_r12_a_killed_migration_leaves_one_schema_or_the_other_whole(
    app: Flask, clinic: Clinic, request: pytest.FixtureRequest
) -> None:
    """Holds sec_J11."""
    kills = 20 if request.config.getoption("--long") else 3
    head = stands_at(app)
    with app.app_context():
        downgrade(revision="0002")
        db.engine.dispose()
    dice = random.Random(12)  # noqa: S311 - a repeatable mix, not a secret
    longest, left_off = 1.0, 0  # seconds until the kill, at most
    for _try in range(5 * kills):
        process = migrating(app)
        time.sleep(dice.uniform(0, longest))
        process.kill()
        process.wait(timeout=30)
        if stands_at(app) == head:  # it was faster: kill the next one sooner
            longest *= 0.6
            with app.app_context():
                downgrade(revision="0002")
                db.engine.dispose()
        else:
            assert stands_at(app) == "0002"
            left_off += 1
        if left_off == kills:
            break
    assert left_off == kills
    last = migrating(app)
    assert last.wait(timeout=60) == 0
    assert stands_at(app) == head
    with app.app_context(), db.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": False})
        assert compare_metadata(context, Base.metadata) == []
