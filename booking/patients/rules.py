"""Who is who. Pure."""

import unicodedata


def folded(name: str) -> str:
    """Return `name` without case, accents, punctuation and extra blanks, for comparing.

    Only for "can this be the same person at the same hour": it never joins two records.
    """
    plain = unicodedata.normalize("NFKD", name.casefold())
    letters = "".join(c if c.isalnum() else " " for c in plain if not unicodedata.combining(c))
    return " ".join(letters.split())
