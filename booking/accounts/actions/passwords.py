"""Hashing and checking passwords with argon2id. Slow on purpose: never inside a transaction."""

from functools import lru_cache
from threading import BoundedSemaphore

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from booking.accounts.rules import normalised

# Above the least that OWASP's Password Storage sheet names (19 MiB, 2 passes, 1 lane).
_HASHER = PasswordHasher(memory_cost=32 * 1024, time_cost=3, parallelism=1)

# 32 MiB each: fifty people signing in at once take turns instead of all the memory.
_TURNS = BoundedSemaphore(4)


def hashed(password: str) -> str:
    """Return the argon2id hash to store for a password."""
    with _TURNS:
        return _HASHER.hash(normalised(password))


def matches(stored: str | None, password: str) -> bool:
    """Tell whether a password is the one stored; always takes exactly one check's time.

    Without a stored hash it checks against one nobody has the password of, and says no.
    """
    with _TURNS:
        try:
            _HASHER.verify(stored or _nobodys(), normalised(password))
        except (VerificationError, InvalidHashError):
            return False
    return stored is not None


def outdated(stored: str) -> bool:
    """Tell whether a stored hash was made with weaker settings than today's."""
    return _HASHER.check_needs_rehash(stored)


@lru_cache(maxsize=1)
def _nobodys() -> str:
    return _HASHER.hash("a password that no account has")
