"""Which passwords are taken, and what is said about the others."""

import gzip
import unicodedata
from collections import Counter
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from booking.accounts import rules
from booking.accounts.rules import (
    MAXIMUM,
    MINIMUM_ALONE,
    MINIMUM_WITH_CODE,
    Weakness,
    normalised,
    password_problem,
)
from booking.accounts.rules.common_words import common_passwords

RULES = Path(rules.__file__).parent
ABOUT = ("Canal Street Clinic", "acupuncture", "Mei Tan", "mei.tan@canalstreet.example")


def weakness(password: str, *, minimum: int = MINIMUM_WITH_CODE) -> Weakness | None:
    problem = password_problem(password, minimum=minimum, about=ABOUT)
    return problem and problem.weakness


def test_fourteen_characters_are_too_few_where_nothing_else_is_asked() -> None:
    """Holds sec_A1."""
    fourteen = "vKq3 plum moss"
    assert len(fourteen) == MINIMUM_ALONE - 1
    assert weakness(fourteen, minimum=MINIMUM_ALONE) is Weakness.TOO_SHORT
    assert weakness(fourteen + "y", minimum=MINIMUM_ALONE) is None


def test_eleven_characters_are_too_few_even_with_a_code() -> None:
    assert weakness("vKq3 plum m") is Weakness.TOO_SHORT
    assert weakness("vKq3 plum mo") is None


def test_the_limit_is_told() -> None:
    problem = password_problem("short", minimum=MINIMUM_WITH_CODE)
    assert problem is not None
    assert problem.limit == MINIMUM_WITH_CODE
    too_long = password_problem("vKq3 plum" * 200, minimum=MINIMUM_WITH_CODE)
    assert too_long is not None
    assert (too_long.weakness, too_long.limit) == (Weakness.TOO_LONG, MAXIMUM)


@pytest.mark.parametrize(
    "password",
    [
        "correct horse battery staple",
        "wandering kettle sorrel",
        "        eight blanks and words",
        "тихая вода камни берег",
        "静かな水辺に石がひとつ落ちる",
        "zeď jablko vítr houpačka",
        "x7!Qm2&vLp0#",
        "🪨🌊🧵🪑🫖🪟🕯🧶🪡🎋🧺🪴",
    ],
)
def test_long_unguessable_passwords_of_any_script_are_taken(password: str) -> None:
    assert weakness(password) is None


@pytest.mark.parametrize(
    ("password", "reason"),
    [
        ("passwordpassword", Weakness.COMMON),
        ("P@ssw0rd2026!!", Weakness.COMMON),
        ("Summer2026!!!", Weakness.COMMON),
        ("letme1n-welcome1", Weakness.COMMON),
        ("monkeydragonfootball", Weakness.COMMON),
        ("hottiescrappy", Weakness.COMMON),
        ("stephanielopez1", Weakness.COMMON),
        ("Sc00byd00-1999", Weakness.COMMON),
        ("wolfgangmozart!", Weakness.COMMON),
        ("acupuncture2026!", Weakness.KNOWN_WORD),
        ("4cupunctur3-2026", Weakness.KNOWN_WORD),
        ("CanalStreet-2026", Weakness.KNOWN_WORD),
        ("canal street clinic", Weakness.KNOWN_WORD),
        ("meitanmeitanmeitan", Weakness.KNOWN_WORD),
        ("Mei.Tan.Mei.1987", Weakness.KNOWN_WORD),
        ("canalstreet.example", Weakness.KNOWN_WORD),
        ("aaaaaaaaaaaaaaaa", Weakness.PATTERN),
        ("abcabcabcabcabc", Weakness.PATTERN),
        ("abcdefghijklmnop", Weakness.PATTERN),
        ("123456789012345", Weakness.PATTERN),
        ("098765432109876", Weakness.PATTERN),
        ("1qaz2wsx3edc4rfv", Weakness.PATTERN),
        ("qwertyuiopasdfghjkl", Weakness.PATTERN),
        ("19841984198419", Weakness.PATTERN),
        ("111222333444555", Weakness.PATTERN),
    ],
)
def test_guessable_passwords_are_refused_with_their_reason(password: str, reason: Weakness) -> None:
    """Holds sec_A2."""
    assert weakness(password) is reason


def test_the_list_of_what_is_tried_first_is_long_and_says_where_it_is_from() -> None:
    """Holds sec_A2."""
    assert len(common_passwords()) > 50_000
    assert {"scoobydoo", "trustno1", "pa55word", "lopez"} <= common_passwords()
    assert all(word == word.lower() for word in common_passwords())
    head = gzip.decompress((RULES / "common_passwords.txt.gz").read_bytes())[:400].decode()
    assert "zxcvbn" in head
    assert "MIT License" in (RULES / "common_passwords.LICENCES.txt").read_text()


def test_more_passwords_of_the_asked_length_are_refused_than_any_list_holds() -> None:
    """Any two entries side by side are refused: some thousand million of the asked length.

    Holds sec_A2.
    """
    words = sorted(common_passwords())
    by_length = Counter(map(len, words))
    pairs = sum(
        by_length[one] * by_length[other]
        for one in by_length
        for other in by_length
        if one + other >= MINIMUM_ALONE
    )
    assert pairs > 500_000_000
    chance = Random(20271125)  # noqa: S311 - the same pairs each time
    taken = 0
    while taken < 200:
        made = chance.choice(words) + chance.choice(words)
        if len(made) >= MINIMUM_ALONE:
            taken += 1
            assert weakness(made, minimum=MINIMUM_ALONE) is not None, made


def test_the_word_that_gave_it_away_is_told() -> None:
    """Holds sec_A2."""
    problem = password_problem("acupuncture2026!", minimum=MINIMUM_WITH_CODE, about=ABOUT)
    assert problem is not None
    assert problem.word == "acupuncture"


def test_a_known_word_among_others_is_no_reason_to_refuse() -> None:
    assert weakness("acupuncture by the slow canal") is None
    assert weakness("my password is nine herons") is None


def test_a_very_long_password_is_taken_whole() -> None:
    """Holds sec_A1."""
    long = "".join(chr(ord("!") + (n * 37) % 90) for n in range(128))
    assert weakness(long) is None
    assert normalised(long) != normalised(long[:-1] + "~")


def test_two_spellings_of_one_character_are_the_same_password() -> None:
    composed = "crème brûlée à deux"
    apart = unicodedata.normalize("NFD", composed)
    assert composed != apart
    assert normalised(composed) == normalised(apart)


@given(st.text(max_size=200), st.lists(st.text(max_size=30), max_size=3))
def test_any_text_gets_an_answer(password: str, about: list[str]) -> None:
    problem = password_problem(password, minimum=MINIMUM_WITH_CODE, about=about)
    if len(normalised(password)) < MINIMUM_WITH_CODE:
        assert problem is not None
        assert problem.weakness is Weakness.TOO_SHORT


@given(st.text(alphabet="aekxyzAZ0189 -!é水ß", min_size=1, max_size=5))
def test_repeating_a_few_characters_never_makes_a_password(piece: str) -> None:
    assert weakness(piece * 40) is not None
