"""Cells of files for spreadsheets."""

import pytest

from booking.core.spreadsheets import cell


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", "\t=1", "\r", "\t", ' "=1', "＝1"])
def test_no_text_becomes_a_formula(text: str) -> None:
    """Holds sec_F7."""
    assert cell(text) == f"'{text}"


@pytest.mark.parametrize("text", ["Dana Reyes", "", "a=b", "7 July", " 'quoted'"])
def test_other_text_stays_as_it_is(text: str) -> None:
    assert cell(text) == text
