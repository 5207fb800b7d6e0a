"""Opaque tokens: 256 random bits for the person, only their SHA-256 for the database."""

import hashlib
import secrets

# Without letters and digits that are mixed up when read aloud or copied by hand.
CODE_LETTERS = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"


def new_token() -> str:
    """Return a fresh URL-safe token of 256 random bits."""
    return secrets.token_urlsafe(32)


def digest(token: str) -> bytes:
    """Return what is stored of a token: its SHA-256, 32 bytes."""
    return hashlib.sha256(token.encode()).digest()


def new_code(length: int) -> str:
    """Return a code people can copy by hand, of `length` letters (about 4.95 bits each)."""
    return "".join(secrets.choice(CODE_LETTERS) for _ in range(length))
