"""Changing the keys of the ring while everything runs.

A new key is added, then made primary, then every data key is wrapped anew under it in small
transactions, and at last the old key is taken out. Each step may be stopped anywhere and begun
again. What people told us is not touched: only the few bytes that wrap each owner's data key are.
"""

import base64
import json
import os
import secrets
from collections.abc import Mapping
from pathlib import Path

from cryptography.exceptions import InvalidTag
from sqlalchemy import func, select, text, update

from booking.core.db import session, transaction
from booking.core.errors import SealBroken, WrongState
from booking.core.sealed import DataKey, KeyRing, ring, unwrapped, wrapped

BATCH = 50  # data keys wrapped anew in one transaction: others wait for milliseconds only
NO_NEW_KEYS = text("LOCK TABLE data_key IN SHARE ROW EXCLUSIVE MODE")


def add_key(file: Path) -> str:
    """Put a fresh key into the ring file, not yet in use, and return its name.

    Where several hosts serve, the file is copied to all of them before `rotate`.
    """
    old = KeyRing.read(file)
    number = max(int(kid[1:]) for kid in old.keys) + 1
    kid = f"k{number}"
    _write(file, KeyRing(old.primary, {**old.keys, kid: secrets.token_bytes(32)}, old.root))
    return kid


def make_primary(file: Path, kid: str) -> None:
    """Let `kid` wrap data keys from now on. Raises WrongState for a key the ring has not."""
    old = KeyRing.read(file)
    if kid not in old.keys:
        raise WrongState(f"The ring has no key {kid}")
    if kid != old.primary:
        _write(file, KeyRing(kid, old.keys, old.root))


def newest(file: Path) -> str:
    """Return the name of the key that was added last."""
    return max(KeyRing.read(file).keys, key=lambda kid: int(kid[1:]))


def wrap_some() -> int:
    """Wrap up to BATCH data keys under the primary key, in one transaction; return how many.

    A data key that no key of the ring opens is left as it is: `damaged` names it.
    """
    done, past = 0, 0
    while done == 0:
        with transaction():
            rows = _old_ones(past)
            if not rows:
                return 0
            for row in rows:
                done += _wrap_anew(row)
            past = rows[-1].id
    return done


def _old_ones(past: int) -> list[DataKey]:
    wanted = (
        select(DataKey)
        .where(DataKey.kid != ring().primary, DataKey.id > past)
        .order_by(DataKey.id)
        .limit(BATCH)
        .with_for_update()
    )
    return list(session().scalars(wanted))


def _wrap_anew(row: DataKey) -> int:
    try:
        plain = unwrapped(row)
    except (SealBroken, InvalidTag):
        return 0
    kid = ring().primary
    session().execute(
        update(DataKey)
        .where(DataKey.id == row.id, DataKey.kid == row.kid)
        .values(kid=kid, wrapped=wrapped(plain, owner=row.owner_id, kid=kid))
    )
    return 1


def counts() -> Mapping[str, int]:
    """Return how many data keys each key of the ring wraps, by its name."""
    rows = session().execute(select(DataKey.kid, func.count()).group_by(DataKey.kid))
    return {row[0]: row[1] for row in rows}


def damaged() -> list[int]:
    """Return the ids of data keys that the ring does not open."""
    bad = []
    for row in session().scalars(select(DataKey).order_by(DataKey.id)):
        try:
            unwrapped(row)
        except (SealBroken, InvalidTag):
            bad.append(row.id)
    return bad


def retire(file: Path, kid: str) -> None:
    """Take `kid` out of the ring file for good (needs a write transaction).

    Raises WrongState while it is primary, wraps a data key, or is what a ring from before keys
    had a root still derives from. Copies of the database from before the rotation open only with
    a copy of the ring from before.
    """
    old = KeyRing.read(file)
    if session().connection().dialect.name == "postgresql":
        session().execute(NO_NEW_KEYS)
    if kid not in old.keys:
        raise WrongState(f"The ring has no key {kid}")
    if kid == old.primary:
        raise WrongState(f"{kid} is in use: add a key and rotate first")
    if left := counts().get(kid, 0):
        raise WrongState(f"{kid} still wraps {left} data keys: rotate first")
    if old.root == old.keys[kid]:
        raise WrongState(f"{kid} also chains the audit of this clinic and has to stay")
    _write(file, KeyRing(old.primary, {k: v for k, v in old.keys.items() if k != kid}, old.root))


def _write(file: Path, told: KeyRing) -> None:
    """Put a new ring in the place of the old one, as a whole or not at all."""
    fresh = file.with_name(file.name + ".new")
    fresh.unlink(missing_ok=True)  # left behind by a command that was stopped
    handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o400)
    with os.fdopen(handle, "w") as out:
        out.write(json.dumps(_plain(told)))
        out.flush()
        os.fsync(out.fileno())
    fresh.replace(file)
    folder = os.open(file.parent, os.O_RDONLY)
    os.fsync(folder)
    os.close(folder)


def _plain(told: KeyRing) -> dict[str, object]:
    keys = {kid: base64.b64encode(key).decode() for kid, key in told.keys.items()}
    return {
        "primary": told.primary,
        "keys": keys,
        "root": base64.b64encode(told.root).decode(),
    }
