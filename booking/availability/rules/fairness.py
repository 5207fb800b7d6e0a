"""Whose visit it is where several practitioners are free at one time and anyone was asked for."""

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from datetime import timedelta
from itertools import groupby
from operator import attrgetter
from sys import maxsize

from booking.availability.rules.instants import day_start
from booking.availability.rules.offering import Offer
from booking.availability.rules.starts import BusyTime
from booking.availability.rules.taken import NOTHING_TAKEN

_ONE_DAY = timedelta(days=1)


def fairest(offers: Iterable[Offer], busy: BusyTime) -> Iterator[Offer]:
    """One offer for each start of a sorted stream: of those free then, whoever is next in turn.

    That is who has the fewest visits on that local day; of equals, who has been without one the
    longest when it starts; of equals, who comes first in the clinic's order. Holds count as visits.
    """
    for _, together in groupby(offers, key=attrgetter("start")):
        choice = list(together)
        yield choice[0] if len(choice) == 1 else min(choice, key=lambda each: _turn(each, busy))


def _turn(offer: Offer, busy: BusyTime) -> tuple[int, int]:
    """(her visits on that day, minus the minutes since the last one before)."""
    hers = busy.get(offer.candidate.practitioner_resource, NOTHING_TAKEN)
    day = offer.local_date
    today = bisect_left(hers.begun, day_start(day, offer.zone))
    tomorrow = bisect_left(hers.begun, day_start(day + _ONE_DAY, offer.zone))
    before = bisect_left(hers.begun, offer.start)
    idle = offer.start - hers.visits[before - 1].end if before else maxsize
    return tomorrow - today, -idle
