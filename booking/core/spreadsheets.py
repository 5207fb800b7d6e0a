"""Text as it is safe in a cell of a spreadsheet, which may read a name as a formula."""

FORMULAS = frozenset("=+-@\t\r＝＋－＠")
"""What begins a formula, in wide letters too (OWASP, CSV Injection)."""


def cell(text: str) -> str:
    """Return the text as a spreadsheet shows it, and does not work it out.

    Blanks and quotes before it do not help a formula: programs drop them.
    """
    begins = text.lstrip(" \"'")[:1] or text[:1]
    return f"'{text}" if begins in FORMULAS or text[:1] in FORMULAS else text
