"""Which passwords we take: long ones that are not built from what anybody would guess first.

No kinds of characters are demanded and nothing is cut off (NIST SP 800-63B-4, 3.1.1.2).
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from booking.accounts.rules.common_words import COMMON_WORDS, common_passwords

MINIMUM_ALONE = 15
"""Characters where the password is all there is."""

MINIMUM_WITH_CODE = 12
"""Characters where a second factor is always asked as well."""

MAXIMUM = 1000
"""Characters. Far above any real one; it only bounds the work of a hostile form."""

_ENOUGH = 8
"""What must be left when every guessable piece counts as one character."""

_ENOUGH_OF_ANY = 5
"""What must be left when everything on the long list counts as one character too."""

_SHORTEST_WORD = 3
_LONGEST_COMMON = 24
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
    bare = _one_period(text.lower())
    pieces = list(_pieces(bare, _words_in(about)))
    if len(pieces) < _ENOUGH:
        return _reason(pieces)
    # What is longer than so many entries of the list is not made of them.
    fewest = _fewest_pieces(bare[: _ENOUGH_OF_ANY * _LONGEST_COMMON])
    if len(fewest) < _ENOUGH_OF_ANY:
        return PasswordProblem(weakness=Weakness.COMMON, word=max(fewest, key=len))
    return None


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


def _fewest_pieces(text: str) -> list[str]:
    """Return the fewest pieces that a guesser with the long list puts the text together from.

    Pieces are entries of that list, years, rows of the keyboard and single characters.
    """
    best: list[list[str]] = [[]]
    readings = _readings(text)
    for end in range(1, len(text) + 1):
        single = [*best[end - 1], text[end - 1]]
        ends_here = (
            [*best[start], text[start:end]]
            for start in range(max(end - _LONGEST_COMMON, 0), end - 1)
            if len(best[start]) < len(best[end - 1]) and _is_one(start, end, text, readings)
        )
        best.append(min(ends_here, key=len, default=single))
    return best[-1]


def _is_one(start: int, end: int, text: str, readings: Iterable[str]) -> bool:
    known = common_passwords()
    if any(reading[start:end] in known for reading in readings):
        return True
    return end - start > 1 and _pattern_length(text[start:end]) == end - start


def _readings(text: str) -> set[str]:
    """The text as it is, and with look-alikes ("0" for "o") as the letters they stand for."""
    return {text, text.translate(_LOOKALIKES), text.translate(_OTHER_LOOKALIKES)}


def _pieces(text: str, known: frozenset[str]) -> Iterator[_Piece]:
    readings = _readings(text)
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
