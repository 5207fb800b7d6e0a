"""What people type: trimmed, without hidden characters, numbers and months in any spelling."""

import re
import unicodedata

from flask_babel import get_locale
from flask_babel import gettext as _
from wtforms import Field

# Controls other than tab and line ends, and the marks that turn the direction of text around:
# nobody types them, and they make a text look like another one.
HIDDEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff]"
)


class NeedsChange(Exception):
    """What was typed cannot be an answer yet; the text says what to do.

    `at` is the name of the field to look at, where it is not the first of its question.
    """

    def __init__(self, message: str, *, at: str = "") -> None:
        super().__init__(message)
        self.at = at


def clean(field: Field) -> str:
    """The text typed, trimmed. Raises NeedsChange for hidden characters, and takes them out.

    Line ends become single ones and composed characters one; the field then shows that text.
    """
    typed = str(field.data or "")
    text = unicodedata.normalize("NFC", typed.replace("\r\n", "\n").replace("\r", "\n"))
    field.data = HIDDEN.sub("", text)
    if field.data != text:
        raise NeedsChange(
            _(
                "There were hidden characters in this text. We have taken them out. Please look at "
                "it and save again."
            )
        )
    return text.strip()


def whole(text: str) -> int | None:
    """A number of at most nine digits, in any script's digits; None for anything else."""
    return int(text) if text.isdecimal() and len(text) <= 9 else None


def month_number(text: str) -> int | None:
    """A month as number or as its name, short or long, in the page's language or in English."""
    if (number := whole(text)) is not None:
        return number
    wanted = text.casefold().rstrip(".")
    for number, names in _month_names().items():
        if len(wanted) >= 3 and any(name.startswith(wanted) for name in names):
            return number
    return None


def _month_names() -> dict[int, list[str]]:
    english = (
        "january february march april may june july august september october november december"
    )
    names = {number: [name] for number, name in enumerate(english.split(), start=1)}
    if (locale := get_locale()) is not None:
        for number, name in locale.months["format"]["wide"].items():
            names[number].append(name.casefold())
    return names
