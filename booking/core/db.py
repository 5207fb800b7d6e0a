"""The database: typed base, UTC column type, engine habits, and the one way to write.

Reads need nothing. Writes happen inside `with transaction():`, opened by views, jobs and commands
only. Elsewhere the connection is read-only, so a forgotten transaction fails at once instead of
losing work.
"""

import os
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from types import ModuleType
from typing import Any
from uuid import UUID, uuid4

import portalocker
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import DateTime, Dialect, Engine, MetaData, bindparam, event
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, registry
from sqlalchemy.types import TypeDecorator

from booking.core.errors import Busy

WRITE = "booking_write"
LOCK_WAIT = 6  # seconds; with the next line, under the ten after which a person gives up
BUSY_WAIT = 3
SAFE_SQLITE = (3, 51, 3)  # earlier versions can corrupt a WAL database with two writers


class UtcDateTime(TypeDecorator[datetime]):
    """An instant: aware going in and coming out, stored as UTC. A naive value is refused."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is not None and value.tzinfo is None:
            raise ValueError("naive datetime reached the database")
        if value is None or dialect.name == "postgresql":
            return value
        return value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None or value.tzinfo is not None:
            return value and value.astimezone(UTC)
        return value.replace(tzinfo=UTC)


NOW = bindparam("now", type_=UtcDateTime)
"""In a statement made once: making one for each request costs as much as asking it."""


class Base(DeclarativeBase):
    """What every table subclasses. Names of constraints are fixed so that migrations find them."""

    registry = registry(
        type_annotation_map={datetime: UtcDateTime()},
        metadata=MetaData(
            naming_convention={
                "ix": "ix_%(table_name)s_%(column_0_N_name)s",
                "uq": "uq_%(table_name)s_%(column_0_N_name)s",
                "ck": "ck_%(table_name)s_%(constraint_name)s",
                "fk": "fk_%(table_name)s_%(column_0_N_name)s",
                "pk": "pk_%(table_name)s",
            }
        ),
    )


class PublicId:
    """Mixin: an internal integer key, and a random UUID that may appear in addresses.

    The UUID is there from construction on, so that sealed columns can be bound to it before flush.
    """

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[UUID] = mapped_column(unique=True)

    def __init__(self, **values: Any) -> None:
        values.setdefault("public_id", uuid4())
        super().__init__(**values)


db = SQLAlchemy(model_class=Base, disable_autonaming=True)


def session() -> Session:
    """Return the current session (a plain SQLAlchemy one for the type checker)."""
    return db.session()


def give_back() -> None:
    """End what this session reads; a connection that broke meanwhile is thrown away."""
    try:
        db.session.rollback()
    except DBAPIError:
        db.session().invalidate()


def let_go(_error: BaseException | None = None) -> None:
    """Close the session at the end of a request or command, as `give_back` does."""
    try:
        db.session().close()
    except DBAPIError:
        db.session().invalidate()


def writing() -> bool:
    """Tell whether this is inside a transaction, where reads see what is not committed yet."""
    return bool(db.session.info.get("writing"))


def sqlite_driver() -> ModuleType:
    """Return the newest SQLite driver there is: the bundled one, else the platform's."""
    try:
        from pysqlite3 import dbapi2
    except ImportError:  # no wheel for this platform
        import sqlite3 as dbapi2
    return dbapi2  # type: ignore[no-any-return,unused-ignore]


def sqlite_is_safe() -> bool:
    """Tell whether the SQLite library is new enough for several writing processes in WAL mode."""
    return bool(sqlite_driver().sqlite_version_info >= SAFE_SQLITE)


def engine_options(url: str) -> dict[str, Any]:
    """Return engine options for `url`; parameters never reach logs or error texts."""
    if not url.startswith("sqlite"):
        # Whoever waits longer than this is answered "busy", and no thread hangs.
        waits = f"-c lock_timeout={1000 * LOCK_WAIT}"
        return {
            "hide_parameters": True,
            "pool_pre_ping": True,
            "pool_size": 8,
            "pool_timeout": LOCK_WAIT,
            "connect_args": {"connect_timeout": LOCK_WAIT, "options": waits},
        }
    return {
        "hide_parameters": True,
        "module": sqlite_driver(),
        "connect_args": {"isolation_level": None, "timeout": BUSY_WAIT},
        "pool_size": 8,
        "pool_timeout": LOCK_WAIT,
    }


def watch(engine: Engine) -> None:
    """Give `engine` its habits: pragmas on connect, read-only unless asked, IMMEDIATE writes."""
    if engine.dialect.name == "sqlite":
        journal = "WAL" if sqlite_is_safe() else "DELETE"

        @event.listens_for(engine, "connect")
        def settle(raw: Any, _record: Any) -> None:
            for pragma in (
                f"journal_mode={journal}",
                "synchronous=FULL",
                "foreign_keys=ON",
                f"busy_timeout={1000 * BUSY_WAIT}",
                "secure_delete=ON",
                "mmap_size=0",
            ):
                raw.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        write = connection.get_execution_options().get(WRITE, False)
        if engine.dialect.name == "sqlite":
            _begin_on_sqlite(connection, write=write)
        elif not write:
            connection.exec_driver_sql("SET TRANSACTION READ ONLY")


def _begin_on_sqlite(connection: Connection, *, write: bool) -> None:
    read_only = "OFF" if write else "ON"
    if connection.info.get("read only") != read_only:  # the driver's connection remembers it
        connection.exec_driver_sql(f"PRAGMA query_only={read_only}")
        connection.info["read only"] = read_only
    if write:
        connection.exec_driver_sql("BEGIN IMMEDIATE")  # may find the database busy, and says so
        return
    raw = connection.connection.driver_connection
    if raw is None:
        raise RuntimeError("a transaction begins on a connection")
    raw.execute("BEGIN")  # every page does: this way it costs a tenth


@contextmanager
def write_lock(engine: Engine) -> Iterator[None]:
    """Hold the file lock that queues SQLite writers of all processes fairly; a no-op elsewhere.

    SQLite's own busy wait sleeps and starves; a blocking flock wakes the next writer at once.
    Raises Busy when somebody else keeps the lock for longer than LOCK_WAIT.
    """
    if engine.dialect.name != "sqlite":
        yield
        return
    handle = _locked(f"{engine.url.database}.lock")
    try:
        yield
    finally:
        os.close(handle)  # releases; so does a crash


def _locked(file: str) -> int:
    handle = os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        portalocker.lock(
            handle, portalocker.LockFlags.EXCLUSIVE | portalocker.LockFlags.NON_BLOCKING
        )
    except portalocker.LockException:
        return _Waiting(handle).result()
    return handle


class _Waiting:
    """Waits for a lock in a thread, because a blocking flock itself knows no end of patience.

    Who gives up leaves the thread behind; it lets go of the lock as soon as it gets it.
    """

    def __init__(self, handle: int) -> None:
        self._handle = handle
        self._settled = threading.Lock()
        self._got = threading.Event()
        self._left = False
        threading.Thread(target=self._wait, daemon=True).start()

    def _wait(self) -> None:
        portalocker.lock(self._handle, portalocker.LockFlags.EXCLUSIVE)
        with self._settled:
            if self._left:
                os.close(self._handle)
            self._got.set()

    def result(self) -> int:
        """Return the handle that has the lock. Raises Busy."""
        self._got.wait(LOCK_WAIT)
        with self._settled:
            if self._got.is_set():
                return self._handle
            self._left = True
        raise Busy


@contextmanager
def transaction() -> Iterator[None]:
    """Write as one unit: commit at the end, or roll everything back and re-raise.

    Unflushed changes made before are discarded and loaded objects expire: load inside, from ids.
    Keep network, password hashing and rendering outside. Raises RuntimeError when nested.
    """
    if db.session.info.get("writing"):
        raise RuntimeError("transaction() inside transaction()")
    db.session.rollback()  # ends the request's read; else no write can start, or on an old snapshot
    with write_lock(db.engine):
        db.session.info["writing"] = True
        try:
            db.session.connection(execution_options={WRITE: True})
            yield
            db.session.commit()
        except BaseException:
            db.session.rollback()
            raise
        finally:
            db.session.info.pop("writing", None)


def empty_log() -> bool:
    """Let nothing that was deleted stand in SQLite's write-ahead log; a no-op elsewhere.

    Tell whether it is empty now: not while somebody reads what was there before.
    """
    if db.engine.dialect.name != "sqlite":
        return True
    give_back()
    with write_lock(db.engine), closing(db.engine.raw_connection()) as raw:
        busy, _frames, _moved = raw.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    return not busy
