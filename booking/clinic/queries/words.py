"""Named reads of words of the clinic's own."""

from collections.abc import Sequence

from sqlalchemy import select

from booking.clinic.models import OwnWords
from booking.core.db import session


def newest_words(what: str) -> OwnWords | None:
    """Return the newest version of words the clinic wrote, or None where it never wrote any."""
    wanted = select(OwnWords).where(OwnWords.what == what).order_by(OwnWords.version.desc())
    return session().scalar(wanted.limit(1))


def own_words(what: str) -> dict[str, str]:
    """Return the parts of the newest version; empty where the shipped words are said."""
    found = newest_words(what)
    return found.parts if found is not None else {}


def versions_of_words(what: str) -> Sequence[OwnWords]:
    """Return all versions of words the clinic wrote, newest first."""
    wanted = select(OwnWords).where(OwnWords.what == what).order_by(OwnWords.version.desc())
    return session().scalars(wanted).all()
