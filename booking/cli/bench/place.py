"""Where a benchmark lives: a folder, keys and a database of its own, removed at the end."""

import secrets
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from flask import Flask
from flask_migrate import upgrade
from sqlalchemy import create_engine, make_url, text

from booking.cli.bench import clinic
from booking.cli.bench.clinic import Made, Size
from booking.core import clock
from booking.core.db import db
from booking.core.sealed import new_ring
from booking.core.settings import MailSettings, Settings

Assemble = Callable[[Settings | None], Flask]


@dataclass(frozen=True, kw_only=True)
class Place:
    """A clinic to measure, with the application that serves it in this process."""

    app: Flask
    settings: Settings
    made: Made

    @property
    def kind(self) -> str:
        """Which database it is on."""
        return "SQLite" if self.settings.database_file else "PostgreSQL"


@contextmanager
def place(size: Size, *, server: str, assemble: Assemble) -> Iterator[Place]:
    """Make a clinic of that size; `server` is the address of a PostgreSQL server, or empty.

    On a server a database is made and dropped; those that are there already are not touched.
    The clock of this process goes on from the clinic's first Monday while it exists.
    """
    folder = Path(tempfile.mkdtemp(prefix="stillpoint-bench-"))
    try:
        with _database(folder, server) as url:
            yield from _furnished(_settings(folder, url), size, assemble)
    finally:
        clock.come_back()
        shutil.rmtree(folder)


def _furnished(settings: Settings, size: Size, assemble: Assemble) -> Iterator[Place]:
    app = assemble(settings)
    with app.app_context():
        upgrade()
        made = clinic.make(size)
        db.session.remove()
    try:
        yield Place(app=app, settings=settings, made=made)
    finally:
        with app.app_context():
            db.session.remove()
            db.engine.dispose()


def _settings(folder: Path, url: str) -> Settings:
    new_ring(folder / "keys.json")
    clock.come_back()  # from where a place made before has shifted it
    return Settings(
        mode="test",
        instance=folder,
        database_url=url,
        secret_key=secrets.token_urlsafe(48),
        key_ring=folder / "keys.json",
        base_url="http://localhost",
        trusted_hosts=("localhost",),
        mail=MailSettings(host="localhost", port=1, security="none"),
        mail_from="visits@canalstreet.example",
        proxy_hops=1,  # clients come from many networks, as people do
        clock_shift_seconds=int((clinic.NOW - clock.now()).total_seconds()),
    )


@contextmanager
def _database(folder: Path, server: str) -> Iterator[str]:
    if not server:
        yield f"sqlite:///{folder / 'bench.db'}"
        return
    address = make_url(server.replace("postgresql://", "postgresql+psycopg://", 1))
    name = f"stillpoint_bench_{secrets.token_hex(6)}"
    admin = create_engine(address, isolation_level="AUTOCOMMIT")
    try:
        with admin.connect() as connection:
            connection.execute(text(f'CREATE DATABASE "{name}"'))
        yield address.set(database=name).render_as_string(hide_password=False)
    finally:
        with admin.connect() as connection:
            connection.execute(text(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'))
        admin.dispose()
