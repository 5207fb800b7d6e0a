"""Sealing: what people tell us is encrypted before it reaches the database.

Each owner (a patient, a member of staff, the clinic) has a random 256-bit data key, wrapped by a
key from the ring file. A sealed value is `version(1) | data key id(4) | nonce(12) | AES-256-GCM`,
bound to its table, column, row and owner, so that rows cannot be swapped unnoticed. Deleting an
owner's data key makes all of the owner's sealed values unreadable. Design and limits:
docs/decisions.md, "Sealing".
"""

import base64
import hashlib
import hmac
import json
import os
import secrets
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Self
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from flask import current_app
from sqlalchemy import bindparam, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, mapped_column

from booking.core import clock
from booking.core.db import Base, session
from booking.core.errors import SealBroken, UnsafeSettings

FORMAT = 1
NONCE_BYTES = 12
CLINIC = UUID(int=0)  # owner of sealed values that belong to no single person


@dataclass(frozen=True)
class KeyRing:
    """The keys of the ring file: 32 bytes each; `primary` wraps new data keys."""

    primary: str
    keys: dict[str, bytes]

    @classmethod
    def read(cls, file: Path) -> Self:
        """Read the ring. Raises UnsafeSettings when it is missing, damaged or too short."""
        try:
            told = json.loads(file.read_text())
            keys = {kid: base64.b64decode(key) for kid, key in told["keys"].items()}
            ring = cls(told["primary"], keys)
            if any(len(key) != 32 for key in keys.values()) or ring.primary not in keys:
                raise ValueError("short key or no primary")
        except (OSError, ValueError, KeyError, TypeError) as why:
            raise UnsafeSettings(f"The key ring {file.name} cannot be used: {why}") from why
        return ring

    def derived(self, purpose: str) -> bytes:
        """Return 32 bytes for `purpose` that stay the same while the oldest key stays."""
        oldest = self.keys[min(self.keys)]
        return hmac.digest(oldest, purpose.encode(), hashlib.sha256)


def new_ring(file: Path) -> None:
    """Write a fresh ring with one key to `file`, readable by its owner only."""
    kid = "k1"
    text = json.dumps(
        {"primary": kid, "keys": {kid: base64.b64encode(secrets.token_bytes(32)).decode()}}
    )
    handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o400)
    with os.fdopen(handle, "w") as out:
        out.write(text)


def ring() -> KeyRing:
    """Return the running application's key ring."""
    found: KeyRing = current_app.extensions["key_ring"]
    return found


class DataKey(Base):
    """One owner's data key, wrapped by ring key `kid`."""

    __tablename__ = "data_key"
    id: Mapped[int] = mapped_column(primary_key=True)
    owner_id: Mapped[UUID] = mapped_column(unique=True)
    kid: Mapped[str]
    wrapped: Mapped[bytes]
    created_at: Mapped[datetime]


_KEY_OF_OWNER = select(DataKey).where(DataKey.owner_id == bindparam("owner"))


def _wrap_context(owner: UUID, kid: str) -> bytes:
    return f"dek|{owner}|{kid}".encode()


def _unwrap(row: DataKey) -> bytes:
    key = ring().keys.get(row.kid)
    if key is None:
        raise SealBroken
    nonce, sealed = row.wrapped[:NONCE_BYTES], row.wrapped[NONCE_BYTES:]
    return AESGCM(key).decrypt(nonce, sealed, _wrap_context(row.owner_id, row.kid))


def keys_fit() -> bool:
    """Tell whether the ring opens the newest data key there is; True where there is none yet."""
    row = session().scalar(select(DataKey).order_by(DataKey.id.desc()).limit(1))
    try:
        return row is None or bool(_unwrap(row))
    except (SealBroken, InvalidTag):
        return False


def _key_of(owner: UUID) -> tuple[int, bytes]:
    """Return the owner's data key, making it on first use (needs a write transaction)."""
    row = session().scalar(_KEY_OF_OWNER, {"owner": owner})
    if row is None:
        kid, nonce = ring().primary, secrets.token_bytes(NONCE_BYTES)
        wrapped = nonce + AESGCM(ring().keys[kid]).encrypt(
            nonce, secrets.token_bytes(32), _wrap_context(owner, kid)
        )
        _keep_first(owner, kid, wrapped)
        row = session().scalars(_KEY_OF_OWNER, {"owner": owner}).one()
    _held_on(row)
    return row.id, _unwrap(row)


def _held_on(row: DataKey) -> None:
    """Let the session remember a wrapped key while it lasts; what nobody holds it asks anew."""
    session().info.setdefault("data keys", {})[row.id] = row


def _keep_first(owner: UUID, kid: str, wrapped: bytes) -> None:
    """Store a data key unless a rival stored one at the same moment: then that one counts."""
    insert = (
        postgresql.insert if session().get_bind().dialect.name == "postgresql" else sqlite.insert
    )
    values = {"owner_id": owner, "kid": kid, "wrapped": wrapped, "created_at": clock.now()}
    session().execute(insert(DataKey).values(values).on_conflict_do_nothing())


def _bound_to(header: bytes, place: str, row: UUID, owner: UUID) -> bytes:
    return header + f"{place}|{row}|{owner}".encode()


def seal(plain: bytes, *, owner: UUID, place: str, row: UUID) -> bytes:
    """Encrypt `plain` for `owner`, bound to `place` ("table.column") and the row's public id."""
    key_id, key = _key_of(owner)
    header = bytes([FORMAT]) + key_id.to_bytes(4, "big")
    nonce = secrets.token_bytes(NONCE_BYTES)
    return header + nonce + AESGCM(key).encrypt(nonce, plain, _bound_to(header, place, row, owner))


def unseal(blob: bytes, *, owner: UUID, place: str, row: UUID) -> bytes:
    """Return what `seal` was given. Raises SealBroken for a wrong key, row, owner or any change."""
    header, nonce, sealed = blob[:5], blob[5 : 5 + NONCE_BYTES], blob[5 + NONCE_BYTES :]
    held = session().get(DataKey, int.from_bytes(header[1:], "big"))
    if held is None or header[:1] != bytes([FORMAT]):
        raise SealBroken
    _held_on(held)
    try:
        return AESGCM(_unwrap(held)).decrypt(nonce, sealed, _bound_to(header, place, row, owner))
    except InvalidTag as why:
        raise SealBroken from why


class SealedJson:
    """A property over a sealed column: plain JSON values in Python, AES-256-GCM in the table.

    `answers = SealedJson("answers_sealed")` needs a LargeBinary column of that name, and on the
    row `public_id` and `owner_id`, both set before the value is.
    """

    def __init__(self, column: str) -> None:
        self.column = column

    def __get__(self, row: Any, _class: type) -> Any:
        if row is None:
            return self
        blob = getattr(row, self.column)
        if blob is None:
            return None
        place = f"{row.__tablename__}.{self.column}"
        return json.loads(unseal(blob, owner=row.owner_id, place=place, row=row.public_id))

    def __set__(self, row: Any, value: Any) -> None:
        place = f"{row.__tablename__}.{self.column}"
        blob = None
        if value is not None:
            plain = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
            blob = seal(plain, owner=row.owner_id, place=place, row=row.public_id)
        setattr(row, self.column, blob)
