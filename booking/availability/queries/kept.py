"""Reads of what is written, done again only after something of it has changed.

As `basis` does for offers: the tables that have the mark are those of migration 0024, and what was
read under a mark is true while the mark is the same, whichever process writes.
"""

from collections.abc import Callable, Hashable
from functools import wraps
from typing import TypeVar
from weakref import WeakKeyDictionary

from sqlalchemy import Engine, select

from booking.availability.models import WrittenMark
from booking.core.db import db, session, writing

_REMEMBERED = 256  # answers of each read; anybody on the staff is free to ask for odd days
_MARK = select(WrittenMark.mark)
Found = TypeVar("Found")


def while_written(read: Callable[..., Found]) -> Callable[..., Found]:
    """Let `read` cost one query, for the mark, where it was asked the same before.

    For reads of places, rooms, services, practitioners, hours and what closes them, told all else
    they depend on, and answering with plain values that nobody changes: they outlive the session.
    """
    shelves: WeakKeyDictionary[Engine, dict[tuple[Hashable, ...], tuple[int, Found]]]
    shelves = WeakKeyDictionary()

    @wraps(read)
    def kept(*asked: Hashable) -> Found:
        if writing():  # the mark need not be another yet, and what is read may never be so
            return read(*asked)
        shelf = shelves.setdefault(db.engine, {})
        mark = session().connection().execute(_MARK).scalar_one()
        known = shelf.get(asked)
        if known is not None and known[0] == mark:
            return known[1]
        found = read(*asked)
        if len(shelf) >= _REMEMBERED:
            shelf.clear()
        # The mark was read first: had anything changed in between, it would be another next time.
        shelf[asked] = mark, found
        return found

    return kept
