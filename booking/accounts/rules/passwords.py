"""Which passwords we take: long ones that are not built from what anybody would guess first.

No kinds of characters are demanded and nothing is cut off (NIST SP 800-63B-4, 3.1.1.2).
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from booking.accounts.rules.common_words import COMMON_WORDS

MINIMUM_ALONE = 15
"""Characters where the password is all there is."""

MINIMUM_WITH_CODE = 12
"""Characters where a second factor is always asked as well."""

MAXIMUM = 1000
"""Characters. Far above any real one; it only bounds the work of a hostile form."""

_ENOUGH = 8
"""What must be left when every guessable piece counts as one character."""

_SHORTEST_WORD = 3
_RUN = 4
_ROWS = (
    "abcdefghijklmnopqrstuvwxyz",
    "01234567890",
    "qwertyuiop",
    "asdfghjkl",
    "zxcvbnm",
    "qwertzuiop",
    "azertyuiop",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm",
    "1q2w3e4r5t6y7u8i9o0p",
)
_LOOKALIKES = str.maketrans("0134578@$!", "oieastbasi")
_OTHER_LOOKALIKES = str.maketrans("0134578@$!", "oleastbasl")
_YEAR = re.compile(r"(?:19|20)\d\d")


class Weakness(StrEnum):
    """Why a password is not taken."""

    TOO_SHORT = "too-short"
    TOO_LONG = "too-long"
    KNOWN_WORD = "known-word"
    COMMON = "common"
    PATTERN = "pattern"


@dataclass(frozen=True, kw_only=True)
class PasswordProblem:
    """One reason, with what it is about: the word found, or the number of characters allowed."""

    weakness: Weakness
    word: str = ""
    limit: int = 0


def normalised(password: str) -> str:
    """Return the form that is hashed and checked: one spelling for the same characters (NFKC)."""
    return unicodedata.normalize("NFKC", password)


def password_problem(
    password: str, *, minimum: int, about: Iterable[str] = ()
) -> PasswordProblem | None:
    """Return the first reason not to take a password, or `None`.

    `minimum` counts characters, not bytes. `about` are texts an attacker knows of this account
    (names, clinic, e-mail address); each word in them counts as nothing more than one character,
    and so does each common word, year, repeated character and row of the keyboard.
    """
    text = normalised(password)
    if len(text) < minimum:
        return PasswordProblem(weakness=Weakness.TOO_SHORT, limit=minimum)
    if len(text) > MAXIMUM:
        return PasswordProblem(weakness=Weakness.TOO_LONG, limit=MAXIMUM)
    pieces = list(_pieces(_one_period(text.lower()), _words_in(about)))
    if len(pieces) >= _ENOUGH:
        return None
    return _reason(pieces)


@dataclass(frozen=True)
class _Piece:
    """A stretch of the password that a guesser tries as one."""

    weakness: Weakness | None
    text: str


def _reason(pieces: Iterable[_Piece]) -> PasswordProblem:
    found = list(pieces)
    for weakness in (Weakness.KNOWN_WORD, Weakness.COMMON):
        for piece in found:
            if piece.weakness is weakness:
                return PasswordProblem(weakness=weakness, word=piece.text)
    return PasswordProblem(weakness=Weakness.PATTERN)


def _words_in(texts: Iterable[str]) -> frozenset[str]:
    words: set[str] = set()
    for text in texts:
        parts = [part for part in re.split(r"[\W_]+", normalised(text).lower()) if part]
        words.update(parts)
        words.add("".join(parts))
    return frozenset(word for word in words if len(word) >= _SHORTEST_WORD)


def _one_period(text: str) -> str:
    """Return the shortest piece that, repeated, gives the text."""
    length = (text + text).find(text, 1)
    return text[:length]


def _pieces(text: str, known: frozenset[str]) -> Iterator[_Piece]:
    readings = {
        text,
        text.translate(_LOOKALIKES),
        text.translate(_OTHER_LOOKALIKES),
    }
    at = 0
    while at < len(text):
        weakness, length = _longest_at(at, text, readings, known)
        yield _Piece(weakness, text[at : at + length])
        at += length


def _longest_at(
    at: int, text: str, readings: Iterable[str], known: frozenset[str]
) -> tuple[Weakness | None, int]:
    candidates: list[tuple[int, Weakness | None]] = [
        (_longest_word(at, readings, known), Weakness.KNOWN_WORD),
        (_longest_word(at, readings, COMMON_WORDS), Weakness.COMMON),
        (_pattern_length(text[at:]), Weakness.PATTERN),
    ]
    length, weakness = max(candidates, key=lambda found: found[0])
    return (weakness, length) if length else (None, 1)


def _longest_word(at: int, readings: Iterable[str], words: frozenset[str]) -> int:
    return max(
        (len(word) for reading in readings for word in words if reading.startswith(word, at)),
        default=0,
    )


def _pattern_length(rest: str) -> int:
    if year := _YEAR.match(rest):
        return year.end()
    same = len(rest) - len(rest.lstrip(rest[0]))
    in_row = max(_shared(rest, row) for row in (*_ROWS, *(row[::-1] for row in _ROWS)))
    if (longest := max(same, in_row)) >= _RUN:
        return longest
    return same if same > 1 else 0


def _shared(rest: str, row: str) -> int:
    """Return how far the text follows the row, from the row's own place of its first character."""
    start = row.find(rest[0])
    if start < 0:
        return 0
    length = 0
    for letter, expected in zip(rest, row[start:], strict=False):
        if letter != expected:
            break
        length += 1
    return length
