"""What is left of a text before it is stored or written into a header."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from booking.mail.rules import UnmailableAddress, ascii_address, clean, header

ANY_TEXT = st.text(st.characters(codec=None))


@given(ANY_TEXT)
def test_cleaning_twice_is_cleaning_once(text: str) -> None:
    assert clean(clean(text)) == clean(text)
    assert header(header(text)) == header(text)


@given(ANY_TEXT)
def test_nothing_that_breaks_a_reader_is_left(text: str) -> None:
    kept = clean(text)
    assert unicodedata.is_normalized("NFC", kept)
    assert {unicodedata.category(c) for c in kept if c not in "\n\t"}.isdisjoint(
        {"Cc", "Cs", "Zl", "Zp"}
    )
    kept.encode()


@given(ANY_TEXT)
def test_a_header_is_one_line_without_encoded_words(text: str) -> None:
    line = header(text)
    assert len(line.splitlines()) <= 1
    assert "=?" not in line
    assert len(line) <= 200


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("one\r\ntwo\rthree\u2028four\x85five", "one\ntwo\nthree\nfour\nfive"),
        ("bell\x07 null\x00", "bell null"),
        ("lone \ud800 surrogate", "lone  surrogate"),
        ("cafe\u0301", "café"),
        ("\u202eevil\u202c", "evil"),
        ("family 👩‍👩‍👧", "family 👩‍👩‍👧"),
    ],
)
def test_text_is_made_safe_without_losing_meaning(typed: str, kept: str) -> None:
    assert clean(typed) == kept


def test_a_text_of_ten_thousand_letters_is_capped() -> None:
    assert len(header("x" * 10_000)) == 200
    assert len(clean("x" * 100_000)) == 20_000


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "nobody",
        "a@x.example, evil@y.example",
        "a@x.example\r\nBcc: evil@y.example",
        "Zoë <zoe@mail.example>",
        "zoë@mail.example",
        "a b@mail.example",
    ],
)
def test_what_is_not_one_plain_address_is_refused(typed: str) -> None:
    with pytest.raises(UnmailableAddress):
        ascii_address(typed)
