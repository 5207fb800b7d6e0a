"""What is taken of practitioners and rooms, read again only where it has changed.

A resource's mark is another after every change of what is taken of it (`occupancy.models`), so
what was read under a mark is true while the mark is the same, whichever process changes it. What
a process remembers saves reading, and is never needed for a right answer.
"""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import NamedTuple
from weakref import WeakKeyDictionary

from sqlalchemy import Engine

from booking.availability.rules import Taken
from booking.core.db import db, writing
from booking.occupancy import queries as occupancy

_LOOKED_BACK = timedelta(days=8)  # so that what is read serves the days after it too
_REMEMBERED = 4096  # resources; more than a large group of clinics has


class _Read(NamedTuple):
    mark: int
    since: datetime
    taken: Taken


_shelves: WeakKeyDictionary[Engine, dict[int, _Read]] = WeakKeyDictionary()


def taken(
    marks: Mapping[int, int],
    *,
    others: Collection[int] = (),
    since: datetime,
    now: datetime,
    but_appointment_id: int | None = None,
    but_hold_id: int | None = None,
) -> dict[int, Taken]:
    """Return what is taken at `now` of each resource of `marks` (id → mark) and of `others`.

    Everything that ends after `since` is there. What the named visit or hold has counts as free.
    No query where nothing has changed, else one.
    """
    shelf = _shelves.setdefault(db.engine, {})
    found = {
        resource: read.taken
        for resource, mark in marks.items()
        if (read := shelf.get(resource)) and read.mark == mark and read.since <= since
    }
    missing = [resource for resource in marks if resource not in found]
    begin = since - _LOOKED_BACK
    for resource, stretches in occupancy.stretches([*missing, *others], since=begin).items():
        found[resource] = Taken(stretches)
        # Of what is not committed the mark may stay while the visit still changes.
        if resource in marks and not writing():
            if len(shelf) >= _REMEMBERED:
                shelf.clear()
            shelf[resource] = _Read(marks[resource], begin, found[resource])
    return {
        resource: known.as_of(now, but_appointment_id=but_appointment_id, but_hold_id=but_hold_id)
        for resource, known in found.items()
    }
