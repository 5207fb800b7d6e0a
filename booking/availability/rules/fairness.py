"""Whose visit it is where several practitioners are free at one time and anyone was asked for."""

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from datetime import timedelta
from itertools import groupby
from operator import attrgetter
from sys import maxsize
from zoneinfo import ZoneInfo

from booking.availability.rules.instants import day_start, local_date
from booking.availability.rules.offering import Offer
from booking.availability.rules.starts import BusyTime
from booking.availability.rules.taken import NOTHING_TAKEN
from booking.core.intervals import Span

_ONE_DAY = timedelta(days=1)


def fairest(offers: Iterable[Offer], busy: BusyTime) -> Iterator[Offer]:
    """One offer for each start of a sorted stream: of those free then, whoever is next in turn.

    That is who has the fewest visits on that local day; of equals, who has been without one the
    longest when it starts; of equals, who comes first in the clinic's order. Holds count as visits.
    """
    days: dict[ZoneInfo, Span] = {}
    for start, together in groupby(offers, key=attrgetter("start")):
        choice = list(together)
        for zone in {offer.zone for offer in choice}:
            begins, ends = days.get(zone, (0, 0))
            if not begins <= start < ends:
                days[zone] = _local_day(start, zone)
        yield min(choice, key=lambda each: _turn(each, days[each.zone], busy))


def _local_day(minute: int, zone: ZoneInfo) -> Span:
    day = local_date(minute, zone)
    return day_start(day, zone), day_start(day + _ONE_DAY, zone)


def _turn(offer: Offer, day: Span, busy: BusyTime) -> tuple[int, int]:
    """(her visits on that day, minus the minutes since the last one before)."""
    hers = busy.get(offer.candidate.practitioner_resource, NOTHING_TAKEN)
    on_day = bisect_left(hers.begun, day[1]) - bisect_left(hers.begun, day[0])
    before = bisect_left(hers.begun, offer.start)
    idle = offer.start - hers.visits[before - 1].end if before else maxsize
    return on_day, -idle
