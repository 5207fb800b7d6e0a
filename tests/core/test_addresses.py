"""One address, however it is typed, has one form."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from booking.core.addresses import NotAnAddress, canonical_email


@pytest.mark.parametrize(
    ("typed", "form"),
    [
        ("ana@clinic.example", "ana@clinic.example"),
        ("  Ana.Roca@Clinic.Example\t", "ana.roca@clinic.example"),
        ("ANA+visit@CLINIC.EXAMPLE", "ana+visit@clinic.example"),
        ("ana@BÜCHER.example", "ana@xn--bcher-kva.example"),
        ("ana@xn--bcher-kva.example", "ana@xn--bcher-kva.example"),
        ("JOSÉ@clinic.example", "josé@clinic.example"),
        ("JOSE\u0301@clinic.example", "josé@clinic.example"),
    ],
)
def test_spellings_of_one_address_share_a_form(typed: str, form: str) -> None:
    """Holds sec_C5."""
    assert canonical_email(typed) == form


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ana.roca@gmail.com", "anaroca@gmail.com"),
        ("ana+a@gmail.com", "ana@gmail.com"),
        ("ana@googlemail.com", "ana@gmail.com"),
        ("stra\u00dfe@clinic.example", "strasse@clinic.example"),
        ("ro\u017fe@clinic.example", "rose@clinic.example"),
        ("m\u0131ke@clinic.example", "mike@clinic.example"),
        ("\u0430na@clinic.example", "ana@clinic.example"),
    ],
)
def test_addresses_that_may_be_two_mailboxes_stay_two(one: str, other: str) -> None:
    assert canonical_email(one) != canonical_email(other)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ana",
        "ana@",
        "@clinic.example",
        "ana@clinic.example, eve@clinic.example",
        "ana@clinic.example;eve@clinic.example",
        "Ana <ana@clinic.example>",
        "ana@clinic.example\r\nBcc: eve@clinic.example",
        "ana\n@clinic.example",
        '"ana b"@clinic.example',
        "ana@[192.0.2.1]",
        "ana@clinic.example\x00",
        "an\u202ea@clinic.example",
        "ana@cli\u200bnic.example\u202e",
        "a" * 65 + "@clinic.example",
        "ana@" + "a" * 64 + ".example",
        "ana@@clinic.example",
        "ana..b@clinic.example",
    ],
)
def test_what_is_not_one_address_is_refused(text: str) -> None:
    with pytest.raises(NotAnAddress):
        canonical_email(text)


@given(st.emails())
def test_the_form_of_a_form_is_itself(address: str) -> None:
    try:
        form = canonical_email(address)
    except NotAnAddress:
        return
    assert canonical_email(form) == form
    assert canonical_email(address.swapcase()) == form


@given(st.text(max_size=80))
def test_any_text_gives_a_form_or_a_refusal(text: str) -> None:
    try:
        form = canonical_email(text)
    except NotAnAddress:
        return
    assert form.count("@") == 1
    assert not set(form) & set("\r\n\t ,;<>\x00")
