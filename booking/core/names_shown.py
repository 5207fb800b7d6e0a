"""How names show on a screen that others can see: in full, as initials, or not at all.

Chosen by who sits there, and kept in the browser's session.
"""

from enum import StrEnum

from flask import session
from flask_babel import gettext as _

KEPT_AS = "names"


class Names(StrEnum):
    """How much of a name shows."""

    FULL = "full"
    INITIALS = "initials"
    NONE = "none"


_NAMED = {each.value: each for each in Names}


def chosen() -> Names:
    """Return what this browser chose; names in full where it chose nothing."""
    return named(session.get(KEPT_AS))


def named(word: str | None) -> Names:
    """Return the choice a word stands for; names in full for any other word."""
    return _NAMED.get(word or "", Names.FULL)


def choose(names: Names) -> None:
    """Keep a choice for this browser until she signs out."""
    session[KEPT_AS] = names.value


def shown_name(name: str, names: Names | None = None) -> str:
    """Return a patient's name as it may show now, or as `names` says."""
    match chosen() if names is None else names:
        case Names.FULL:
            return name
        case Names.INITIALS:
            return initials(name)
        case Names.NONE:
            return str(_("Patient"))


def initials(name: str) -> str:
    """Return "A. O." for "Amara Osei"."""
    return " ".join(f"{word[0].upper()}." for word in name.split() if word[0].isalnum()) or "–"
