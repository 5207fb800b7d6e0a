"""A consistent copy of the whole database while everything runs, and a database made from one.

SQLite by its online backup, PostgreSQL by pg_dump and pg_restore. The copy is a plain file, as
private as the database; `booking.core.vault` encrypts it.
"""

import os
import shutil
import subprocess
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

from sqlalchemy import URL, func, inspect, select, text

from booking.core.db import Base, db, sqlite_driver
from booking.core.settings import Settings
from booking.core.vault import Unreadable


class CannotCopy(Exception):
    """No copy was made, or none was put back; the text says what to do."""


def copy_to(file: Path, settings: Settings) -> Mapping[str, object]:
    """Write a copy to `file` and return what it holds: kind, schema, rows by table.

    The numbers are counted in the copy itself (SQLite) or its snapshot (PostgreSQL).
    """
    if settings.database_file is not None:
        return _copy_sqlite(settings.database_file, file)
    return _copy_postgresql(file, settings)


def put_back(file: Path, told: Mapping[str, object], settings: Settings) -> None:
    """Make the database from the copy in `file`. Raises CannotCopy where there is one already."""
    kind = "sqlite" if settings.database_file is not None else "postgresql"
    if told.get("kind") != kind:
        raise CannotCopy(f"The backup is of {told.get('kind')}, and this database is {kind}.")
    if settings.database_file is not None:
        _put_back_sqlite(file, told, settings.database_file)
    else:
        _put_back_postgresql(file, settings)


# --- SQLite --------------------------------------------------------------------------------------


def _copy_sqlite(database: Path, file: Path) -> Mapping[str, object]:
    driver = sqlite_driver()
    os.close(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    with (
        closing(driver.connect(database, timeout=10)) as live,
        closing(driver.connect(file)) as copy,
    ):
        live.backup(copy)
        copy.execute("PRAGMA journal_mode=DELETE")
        return {"kind": "sqlite", **_checked(copy)}


def _checked(copy: object) -> dict[str, object]:
    ask = copy.execute  # type: ignore[attr-defined]
    said = ask("PRAGMA integrity_check").fetchall()
    if said != [("ok",)] or ask("PRAGMA foreign_key_check").fetchone() is not None:
        raise CannotCopy("The copy does not pass its integrity check. Is the disk sound?")
    listed = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
    names = [name for (name,) in ask(listed).fetchall()]
    rows = {name: ask(f'SELECT count(*) FROM "{name}"').fetchone()[0] for name in names}  # noqa: S608 # nosec B608 - names from the schema itself
    schema = ask("SELECT version_num FROM alembic_version").fetchone()
    return {"schema": schema[0], "rows": rows}


def _put_back_sqlite(file: Path, told: Mapping[str, object], database: Path) -> None:
    if database.exists() and database.stat().st_size:
        raise CannotCopy(f"There is a database already: move {database} away first.")
    with closing(sqlite_driver().connect(file)) as copy:
        found = _checked(copy)
    if found["rows"] != told.get("rows"):
        raise Unreadable("The backup does not hold the rows its manifest says.")
    for left in ("-wal", "-shm"):
        database.with_name(database.name + left).unlink(missing_ok=True)
    file.replace(database)


# --- PostgreSQL ----------------------------------------------------------------------------------


def _copy_postgresql(file: Path, settings: Settings) -> Mapping[str, object]:
    program = _program("pg_dump", settings)
    with db.engine.connect().execution_options(isolation_level="REPEATABLE READ") as seen:
        snapshot = seen.scalar(text("SELECT pg_export_snapshot()"))
        told = {
            "kind": "postgresql",
            "schema": seen.scalar(text("SELECT version_num FROM alembic_version")),
            "rows": {
                table.name: seen.scalar(select(func.count()).select_from(table))
                for table in Base.metadata.sorted_tables
            },
        }
        os.close(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        _run([program, "--format=custom", f"--snapshot={snapshot}", f"--file={file}"])
    return told


def _put_back_postgresql(file: Path, settings: Settings) -> None:
    program = _program("pg_restore", settings)
    with db.engine.connect() as looked:
        if inspect(looked).get_table_names():
            raise CannotCopy("The database is not empty. Create a new one and restore into that.")
    ways = ["--exit-on-error", "--single-transaction", "--no-owner", "--no-privileges"]
    _run([program, *ways, f"--dbname={db.engine.url.database}", str(file)])


def _program(name: str, settings: Settings) -> str:
    folder = str(settings.pg_bin) if settings.pg_bin is not None else None
    found = shutil.which(name, path=folder)
    if found is None:
        where = f"in {folder}" if folder else "on the path"
        raise CannotCopy(
            f"{name} was not found {where}. It comes with PostgreSQL's client package; "
            "BOOKING_PG_BIN names its folder, and it must be at least as new as the server."
        )
    return found


def _run(command: list[str]) -> None:
    """Run a program of PostgreSQL's; where to connect, and the password, by environment only."""
    done = subprocess.run(  # noqa: S603 - no shell, a program found by name
        command,
        env={"PATH": os.environ.get("PATH", ""), **_reach(db.engine.url)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        said = done.stderr.strip().splitlines()
        raise CannotCopy(f"{Path(command[0]).name} failed: {said[0] if said else 'no reason'}")


def _reach(url: URL) -> dict[str, str]:
    told = {
        "PGHOST": url.host or url.query.get("host"),
        "PGPORT": url.port or url.query.get("port"),
        "PGUSER": url.username,
        "PGPASSWORD": url.password,
        "PGDATABASE": url.database,
        "PGSSLMODE": url.query.get("sslmode"),
        "PGSSLROOTCERT": url.query.get("sslrootcert"),
    }
    return {name: str(value) for name, value in told.items() if value}
