"""E-mail addresses: the one form in which two of them are compared."""

import unicodedata

from email_validator import EmailNotValidError, validate_email


class NotAnAddress(ValueError):
    """The text cannot be one e-mail address."""


def canonical_email(text: str) -> str:
    """Return the one spelling under which an address is stored for comparing and looked up.

    Outer blanks go, letters become small, composed characters are composed, and the domain is
    written in its ASCII form, so `Ana@BÜCHER.example` and `ana@xn--bcher-kva.example` are one.
    Dots and plus-tags stay: only their own provider knows what they mean.

    Small letters, not case folding: folding also turns ß into ss, which would give one
    person's address to the owner of another mailbox.

    Raises `NotAnAddress` for anything but exactly one address (also for two joined by a comma,
    a display name, a line break, a quoted local part or an address literal).
    """
    try:
        found = validate_email(
            text.strip(" \t"), check_deliverability=False, test_environment=True, strict=True
        )
    except EmailNotValidError as problem:
        raise NotAnAddress(str(problem)) from problem
    local = unicodedata.normalize("NFC", found.local_part.lower())
    return f"{local}@{found.ascii_domain.lower()}"
