"""How amounts are written in each language."""

import pytest

from booking.core.words import _money_words


@pytest.mark.parametrize(
    ("minor", "currency", "locale", "words"),
    [
        (7500, "GBP", "en_GB", "£75"),
        (6250, "GBP", "en_GB", "£62.50"),
        (7500, "USD", "en_US", "$75"),
        (7500, "GBP", "es", "75\u00a0£"),
        (6250, "EUR", "es", "62,50\u00a0€"),
    ],
)
def test_an_amount_has_its_sign_where_the_language_puts_it(
    minor: int, currency: str, locale: str, words: str
) -> None:
    assert _money_words(minor, currency, locale) == words
