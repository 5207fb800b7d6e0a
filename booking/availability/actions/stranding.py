"""A change that would leave booked visits outside open time is shown first, then made."""

import hashlib
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime

from booking.availability import queries
from booking.core.db import session
from booking.core.errors import N_, BookingError


class WouldStrand(BookingError):
    """Visits would then lie outside open time; `visits` are their ids, soonest first.

    `token` stands for just these visits: whoever has seen them gives it back to go on.
    """

    status = 409
    default = N_("Visits are booked in this time. Nothing was changed.")

    def __init__(self, visits: Sequence[int]) -> None:
        super().__init__()
        self.visits = tuple(visits)
        self.token = hashlib.sha256(repr(sorted(visits)).encode()).hexdigest()[:16]


@contextmanager
def minding_visits(
    practitioner_ids: Collection[int] | None, *, seen: str, now: datetime
) -> Iterator[None]:
    """Make a change inside; raise WouldStrand if it strands visits whose token is not `seen`.

    None for the practitioners means all. The change itself is asked, through the one function
    that knows open time, so there is no second opinion on what it would do.
    """
    before = set(queries.stranded(practitioner_ids, now=now))
    yield
    session().flush()
    found = [each for each in queries.stranded(practitioner_ids, now=now) if each not in before]
    if found and (would := WouldStrand(found)).token != seen:
        raise would
