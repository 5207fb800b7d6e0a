"""What must hold before a process serves or delivers, and what such a process logs."""

import os
import sys

from flask import Flask

from booking.core import logs
from booking.core.db import sqlite_is_safe
from booking.core.errors import UnsafeSettings
from booking.core.settings import Settings

SERVING = {"run", "worker"}


def serves() -> bool:
    """Tell whether this process will serve or deliver: then unsafe settings stop it.

    Commands that prepare (`init`, `demo`, `db upgrade`) must run before everything is in place.
    """
    by_command = os.environ.get("FLASK_RUN_FROM_CLI") == "true"
    return not by_command or bool(SERVING & set(sys.argv[1:]))


def check(settings: Settings) -> None:
    """Raise UnsafeSettings unless this process may start as it is."""
    if not serves():
        return
    settings.refuse_unsafe()
    if settings.restoring.exists():
        raise UnsafeSettings(
            "Refusing to start: a restore did not come to its end. Move the database away, remove "
            f"{settings.restoring} and run `flask restore` again"
        )
    if settings.mode != "production":
        return
    if os.environ.get("FLASK_RUN_FROM_CLI") == "true" and "run" in sys.argv[1:]:
        raise UnsafeSettings(
            "Refusing to start: `flask run` is for trying things out. Use gunicorn"
        )
    if settings.database_file is not None and not sqlite_is_safe():
        raise UnsafeSettings(
            "Refusing to start: this SQLite can damage a database that several processes write. "
            "Set BOOKING_DATABASE_URL to a PostgreSQL database"
        )
    logs.install()


def log_requests(app: Flask, settings: Settings) -> None:
    """In production, log each answer by its route."""
    if settings.mode == "production":
        logs.note_requests(app)
