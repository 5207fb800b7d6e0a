"""The worker's part: offer what has become free to those who wait."""

from datetime import datetime

from booking.core.db import transaction
from booking.waiting import actions, queries

MOST_AT_ONCE = 50
"""Offers in one go; what is left is for the next."""


def offer_freed(*, now: datetime, base_url: str) -> int:
    """Offer every time that fits somebody who waits; return how many were offered.

    Each offer is a transaction of its own, so that no booking waits for the whole list.
    """
    if not queries.waiting():
        return 0
    for count in range(MOST_AT_ONCE):
        with transaction():
            if not actions.offer_next(now=now, base_url=base_url):
                return count
    return MOST_AT_ONCE
