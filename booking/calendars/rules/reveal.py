"""How much of a patient's name a practitioner's calendar shows. Pure."""

from enum import StrEnum


class Reveal(StrEnum):
    """What stands for the patient; calendars are kept by others and read over shoulders."""

    HIDDEN = "hidden"
    INITIALS = "initials"
    FULL = "full"


def initials(name: str) -> str:
    """Return the first letters of a name's first and last word, "A. O."."""
    words = [word for word in name.split() if any(c.isalpha() for c in word)]
    letters = [next(c for c in word if c.isalpha()).upper() for word in words]
    ends = letters if len(letters) < 2 else [letters[0], letters[-1]]
    return " ".join(f"{letter}." for letter in ends)


def shown_name(name: str, reveal: Reveal) -> str:
    """Return what may be shown of a name; nothing where names are hidden."""
    if reveal is Reveal.HIDDEN:
        return ""
    return name if reveal is Reveal.FULL else initials(name)
