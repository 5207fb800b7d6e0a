"""Pauses after wrong tries, kept in the database: all processes share them, a restart keeps them.

A try is counted before it is looked at, so a hundred at once are a hundred counted tries: `count`
in a transaction of its own; then look at what was typed; then `clear` if it was right. Where
looking is quick and writes anyway, all three fit into one transaction.
"""

import hashlib
import hmac
from datetime import datetime
from ipaddress import ip_address, ip_network

from sqlalchemy import delete, select
from sqlalchemy.dialects import postgresql, sqlite

from booking.accounts.models import Throttle
from booking.accounts.rules import NEVER, Schedule, counted, opens_at
from booking.core.db import session
from booking.core.errors import TooManyTries
from booking.core.sealed import ring

LONGEST_ANSWER = 24 * 60 * 60
"""Seconds told where a pause does not end by itself."""


def bucket(kind: str, subject: object) -> bytes:
    """Return the name of a counter: `kind` ("account", "code", …) and whom it counts.

    A keyed hash, so that the table tells nobody which addresses were tried.
    """
    return hmac.digest(ring().derived("throttle"), f"{kind}:{subject}".encode(), hashlib.sha256)


def network(address: str | None) -> bytes:
    """Return the counter of a network: one IPv4 address, or an IPv6 /64 (one household)."""
    try:
        ip = ip_address(address or "")
    except ValueError:
        return bucket("network", "unknown")
    prefix = 32 if ip.version == 4 else 64
    return bucket("network", ip_network(f"{ip}/{prefix}", strict=False))


def check(name: bytes, *, schedule: Schedule, now: datetime) -> None:
    """Raise TooManyTries, with the seconds to wait, if no try may be made now."""
    if (row := session().get(Throttle, name)) is not None:
        _refuse_early(row, schedule=schedule, now=now)


def count(name: bytes, *, schedule: Schedule, now: datetime) -> None:
    """Count one try before it is looked at. Raises TooManyTries, and then counts nothing."""
    row = _locked(name, now=now)
    _refuse_early(row, schedule=schedule, now=now)
    row.failures = counted(schedule, row.failures, last_at=row.last_at, now=now) + 1
    row.last_at = now
    session().flush()


def fail(name: bytes, *, schedule: Schedule, now: datetime) -> None:
    """Count one wrong try that `check` let pass."""
    row = _locked(name, now=now)
    row.failures = counted(schedule, row.failures, last_at=row.last_at, now=now) + 1
    row.last_at = now
    session().flush()


def clear(name: bytes) -> None:
    """Forget the tries of a counter: what was typed was right."""
    session().execute(delete(Throttle).where(Throttle.bucket == name))


def give_back(name: bytes) -> None:
    """Take one counted try back, where others share the counter and must not clear it."""
    row = session().get(Throttle, name, with_for_update=True)
    if row is not None and row.failures > 0:
        row.failures -= 1


def _refuse_early(row: Throttle, *, schedule: Schedule, now: datetime) -> None:
    opens = opens_at(schedule, row.failures, last_at=row.last_at, now=now)
    if opens <= now:
        return
    wait = LONGEST_ANSWER if opens == NEVER else int((opens - now).total_seconds()) + 1
    raise TooManyTries(retry_after=wait)


def _locked(name: bytes, *, now: datetime) -> Throttle:
    """Return the counter's row, made if need be, so that rivals queue behind this transaction."""
    dialect = session().connection().dialect.name
    insert = postgresql.insert if dialect == "postgresql" else sqlite.insert
    fresh = insert(Throttle).values(bucket=name, failures=0, last_at=now)
    session().execute(fresh.on_conflict_do_nothing())
    return (
        session()
        .execute(select(Throttle).where(Throttle.bucket == name).with_for_update())
        .scalar_one()
    )
