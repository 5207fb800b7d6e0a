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
from sqlalchemy import bindparam, delete, select
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
    """The keys of the ring file: 32 bytes each; `primary` wraps new data keys.

    `root` wraps nothing: hashes that must outlive every rotation derive from it.
    """

    primary: str
    keys: dict[str, bytes]
    root: bytes

    @classmethod
    def read(cls, file: Path) -> Self:
        """Read the ring. Raises UnsafeSettings when it is missing, damaged or too short."""
        try:
            told = json.loads(file.read_text())
            keys = {kid: base64.b64decode(key) for kid, key in told["keys"].items()}
            # Rings made before there was a root derive from their oldest key.
            root = base64.b64decode(told["root"]) if "root" in told else keys[min(keys)]
            ring = cls(told["primary"], keys, root)
            if {len(root), *map(len, keys.values())} != {32} or ring.primary not in keys:
                raise ValueError("short key or no primary")
        except (OSError, ValueError, KeyError, TypeError) as why:
            raise UnsafeSettings(f"The key ring {file.name} cannot be used: {why}") from why
        return ring

    def derived(self, purpose: str) -> bytes:
        """Return 32 bytes for `purpose` that stay the same whatever keys come and go."""
        return hmac.digest(self.root, purpose.encode(), hashlib.sha256)


def new_ring(file: Path) -> None:
    """Write a fresh ring with one key to `file`, readable by its owner only."""
    kid = "k1"
    key, root = (base64.b64encode(secrets.token_bytes(32)).decode() for _ in range(2))
    text = json.dumps({"primary": kid, "keys": {kid: key}, "root": root})
    handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o400)
    with os.fdopen(handle, "w") as out:
        out.write(text)


def ring() -> KeyRing:
    """Return the running application's key ring."""
    found: KeyRing = current_app.extensions["key_ring"]
    return found


def ring_as_it_is() -> KeyRing:
    """Read the ring file again: keys may have been added or retired since this process began."""
    fresh = KeyRing.read(current_app.extensions["settings"].key_ring)
    current_app.extensions["key_ring"] = fresh
    return fresh


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


def unwrapped(row: DataKey) -> bytes:
    """Return an owner's data key. Raises SealBroken, InvalidTag when the ring does not open it."""
    key = ring().keys.get(row.kid) or ring_as_it_is().keys.get(row.kid)
    if key is None:
        raise SealBroken
    nonce, sealed = row.wrapped[:NONCE_BYTES], row.wrapped[NONCE_BYTES:]
    return AESGCM(key).decrypt(nonce, sealed, _wrap_context(row.owner_id, row.kid))


def wrapped(plain: bytes, *, owner: UUID, kid: str) -> bytes:
    """Return an owner's data key wrapped by the ring's key `kid`."""
    nonce = secrets.token_bytes(NONCE_BYTES)
    return nonce + AESGCM(ring().keys[kid]).encrypt(nonce, plain, _wrap_context(owner, kid))


def destroy_key(owner: UUID) -> None:
    """Delete an owner's data key: whatever was sealed with it can never be read again."""
    session().execute(delete(DataKey).where(DataKey.owner_id == owner))


def keys_fit() -> bool:
    """Tell whether the ring opens the newest data key there is; True where there is none yet."""
    row = session().scalar(select(DataKey).order_by(DataKey.id.desc()).limit(1))
    try:
        return row is None or bool(unwrapped(row))
    except (SealBroken, InvalidTag):
        return False


def _key_of(owner: UUID) -> tuple[int, bytes]:
    """Return the owner's data key, making it on first use (needs a write transaction)."""
    row = session().scalar(_KEY_OF_OWNER, {"owner": owner})
    if row is None:
        kid = ring_as_it_is().primary  # never one that has been retired meanwhile
        row = _keep_first(owner, kid, wrapped(secrets.token_bytes(32), owner=owner, kid=kid))
    _held_on(row)
    return row.id, unwrapped(row)


def _held_on(row: DataKey) -> None:
    """Let the session remember a wrapped key while it lasts; what nobody holds it asks anew."""
    session().info.setdefault("data keys", {})[row.id] = row


def _keep_first(owner: UUID, kid: str, sealed: bytes) -> DataKey:
    """Store a data key and return it; of two stored at one moment the first counts, for both."""
    insert = (
        postgresql.insert if session().get_bind().dialect.name == "postgresql" else sqlite.insert
    )
    values = {"owner_id": owner, "kid": kid, "wrapped": sealed, "created_at": clock.now()}
    kept = insert(DataKey).values(values).on_conflict_do_nothing().returning(DataKey)
    found = session().scalar(kept)
    return found or session().scalars(_KEY_OF_OWNER, {"owner": owner}).one()


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
        return AESGCM(unwrapped(held)).decrypt(nonce, sealed, _bound_to(header, place, row, owner))
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
