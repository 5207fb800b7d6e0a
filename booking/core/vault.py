"""A file encrypted for the key ring: a backup as it may lie anywhere.

One line of JSON in clear, the manifest; then the data in chunks of a mebibyte, each sealed with
AES-256-GCM under a key of the file's own. That key stands in the manifest, wrapped by a key of the
ring. Each chunk is bound to the manifest, to its place, and to whether it is the last: a file that
was cut, mixed or changed in any bit is refused.
"""

import base64
import hashlib
import json
import os
import secrets
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from booking.core.sealed import NONCE_BYTES, KeyRing

FORMAT = "stillpoint-backup-1"
CHUNK = 1024 * 1024
TAG_BYTES = 16
LONGEST_MANIFEST = 256 * 1024


class Unreadable(Exception):
    """A backup that cannot be used; the text says why and what to do."""


def lock(source: Path, target: Path, *, told: Mapping[str, object], ring: KeyRing) -> None:
    """Write `source` encrypted to `target`, which must not exist; it appears complete or not."""
    key, nonce = secrets.token_bytes(32), secrets.token_bytes(NONCE_BYTES)
    wrapped = nonce + AESGCM(ring.keys[ring.primary]).encrypt(nonce, key, _context(ring.primary))
    manifest = {
        **told,
        "format": FORMAT,
        "kid": ring.primary,
        "key": base64.b64encode(wrapped).decode(),
        "bytes": source.stat().st_size,
        "sha256": _hash_of(source),
    }
    line = json.dumps(manifest, sort_keys=True).encode() + b"\n"
    partial = target.with_name(target.name + ".partial")
    partial.unlink(missing_ok=True)
    handle = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as out, source.open("rb") as plain:
        out.write(line)
        cipher, bound = AESGCM(key), hashlib.sha256(line).digest()
        for place, (chunk, last) in enumerate(_chunks(plain, CHUNK)):
            out.write(cipher.encrypt(_nonce(place, last), chunk, bound))
        out.flush()
        os.fsync(out.fileno())
    os.link(partial, target)  # fails where something has the name already
    partial.unlink()


def manifest_of(file: Path) -> dict[str, object]:
    """Return what a backup says of itself. Raises Unreadable for any other file."""
    with file.open("rb") as source:
        return _manifest(_first_line(source))


def unlock(file: Path, target: Path, *, ring: KeyRing) -> dict[str, object]:
    """Decrypt `file` into `target` (mode 0600) and return its manifest.

    Raises Unreadable, and leaves no target, when a key is missing or anything was changed.
    """
    handle = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "wb") as out, file.open("rb") as source:
            manifest = _decrypt(source, out, ring)
        if target.stat().st_size != manifest["bytes"] or _hash_of(target) != manifest["sha256"]:
            raise Unreadable("The backup is damaged: it does not hold what its manifest says.")
    except BaseException:
        target.unlink(missing_ok=True)
        raise
    return manifest


def _decrypt(source: BinaryIO, out: BinaryIO, ring: KeyRing) -> dict[str, object]:
    line = _first_line(source)
    manifest = _manifest(line)
    cipher, bound = AESGCM(_file_key(manifest, ring)), hashlib.sha256(line).digest()
    try:
        for place, (chunk, last) in enumerate(_chunks(source, CHUNK + TAG_BYTES)):
            out.write(cipher.decrypt(_nonce(place, last), chunk, bound))
    except InvalidTag as why:
        raise Unreadable("The backup is damaged: cut short, or changed in some place.") from why
    out.flush()
    os.fsync(out.fileno())
    return manifest


def _file_key(manifest: Mapping[str, object], ring: KeyRing) -> bytes:
    kid = str(manifest["kid"])
    if kid not in ring.keys:
        raise Unreadable(
            f"The backup was made with key {kid}, which this ring has not. Bring back the copy of "
            "the key ring from when it was made (BOOKING_KEY_RING)."
        )
    wrapped = base64.b64decode(str(manifest["key"]))
    nonce, sealed = wrapped[:NONCE_BYTES], wrapped[NONCE_BYTES:]
    try:
        return AESGCM(ring.keys[kid]).decrypt(nonce, sealed, _context(kid))
    except InvalidTag as why:
        raise Unreadable(
            f"The key {kid} of this ring does not open the backup: another clinic's ring, or a "
            "changed manifest."
        ) from why


def _first_line(source: BinaryIO) -> bytes:
    line = source.readline(LONGEST_MANIFEST)
    if not line.endswith(b"\n"):
        raise Unreadable("This is not a backup, or its beginning is missing.")
    return line


def _manifest(line: bytes) -> dict[str, object]:
    try:
        told = json.loads(line)
        if told["format"] != FORMAT or not {"kid", "key", "bytes", "sha256"} <= set(told):
            raise ValueError
    except (ValueError, KeyError, TypeError) as why:
        raise Unreadable("This is not a backup, or its beginning is damaged.") from why
    return dict(told)


def _chunks(source: BinaryIO, size: int) -> Iterator[tuple[bytes, bool]]:
    """Yield the rest of a file piece by piece, each with whether it is the last; at least one."""
    chunk = source.read(size)
    while True:
        following = source.read(size)
        yield chunk, not following
        if not following:
            return
        chunk = following


def _nonce(place: int, last: bool) -> bytes:  # noqa: FBT001 - a field of the nonce
    return place.to_bytes(NONCE_BYTES - 1, "big") + bytes([last])


def _context(kid: str) -> bytes:
    return f"backup|{kid}".encode()


def _hash_of(file: Path) -> str:
    with file.open("rb") as source:
        return hashlib.file_digest(source, "sha256").hexdigest()
