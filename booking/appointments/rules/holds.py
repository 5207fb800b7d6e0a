"""How long a time is kept for somebody who is still typing, and how many. Pure."""

from datetime import datetime, timedelta
from typing import NamedTuple

from booking.core.errors import N_, HoldOver, TooManyTries

HOLD_LENGTH = timedelta(minutes=10)
"""How long a time is kept, and how much "10 more minutes" adds (WCAG 2.2.1, 2.2.2)."""

LONGEST_HOLD = timedelta(minutes=120)
"""From the first moment. More than the ten extensions that WCAG 2.2.1 asks for."""

GRACE = timedelta(minutes=1)
"""How long a time stays after its page was left. Loading a page again also leaves it."""

TYPED_KEPT = timedelta(hours=2)
"""What was typed stays this long after the time itself went back."""


class Kept(NamedTuple):
    """What a network or a person keeps: choices (a series is one) and times, and choices lately."""

    choices: int
    times: int
    in_an_hour: int = 0


LIVE_HOLDS_OF_A_NETWORK = Kept(choices=10, times=30)
"""A household, a ward or a phone company's gateway books together; nobody keeps a whole week."""

LIVE_HOLDS_OF_A_PERSON = Kept(choices=3, times=14)
"""A visit, or a series, and another try at it in a second browser."""

HOLDS_OF_A_NETWORK_IN_AN_HOUR = 60


def kept_until(*, now: datetime) -> datetime:
    """Return when a time taken now goes back by itself."""
    return now + HOLD_LENGTH


def kept_longer(expires_at: datetime, *, created_at: datetime, now: datetime) -> datetime:
    """Return the new end of a hold that is asked to last longer.

    Raises HoldOver when it has ended already, or has lasted as long as any may.
    """
    ensure_kept(expires_at, now=now)
    last = created_at + LONGEST_HOLD
    if expires_at >= last:
        raise HoldOver
    return min(expires_at + HOLD_LENGTH, now + 2 * HOLD_LENGTH, last)


def kept_after_leaving(expires_at: datetime, *, now: datetime) -> datetime:
    """Return the new end of a hold whose page was left: soon, not at once."""
    return min(expires_at, now + GRACE)


def kept_after_return(expires_at: datetime, *, created_at: datetime, now: datetime) -> datetime:
    """Return the new end of a hold whose page is open again. Raises HoldOver when it has ended."""
    ensure_kept(expires_at, now=now)
    return max(expires_at, min(kept_until(now=now), created_at + LONGEST_HOLD))


def ensure_kept(expires_at: datetime, *, now: datetime) -> None:
    """Raise HoldOver when a hold has ended."""
    if expires_at <= now:
        raise HoldOver


def ensure_not_too_many(kept: Kept, *, wanted: int = 1) -> None:
    """Raise TooManyTries when a network keeps, or has lately kept, very many times.

    `wanted` is how many times the next choice takes.
    """
    if _exceeds(kept, LIVE_HOLDS_OF_A_NETWORK, wanted):
        raise TooManyTries(
            N_(
                "Several times are being kept from your connection already. Please finish one, "
                "or wait a few minutes. You can also call us."
            ),
            retry_after=int(HOLD_LENGTH.total_seconds()),
        )
    if kept.in_an_hour >= HOLDS_OF_A_NETWORK_IN_AN_HOUR:
        raise TooManyTries(
            N_(
                "Many times have been chosen from your connection in the last hour. "
                "Please wait a little, or call us and we will book for you."
            ),
            retry_after=30 * 60,
        )


def ensure_person_may_keep(kept: Kept, *, wanted: int = 1) -> None:
    """Raise TooManyTries when one person keeps very many times, from wherever."""
    if _exceeds(kept, LIVE_HOLDS_OF_A_PERSON, wanted):
        raise TooManyTries(
            N_(
                "Several times are being kept under this name already. Please finish one, or let "
                "it go, or wait a few minutes. You can also call us."
            ),
            retry_after=int(HOLD_LENGTH.total_seconds()),
        )


def _exceeds(kept: Kept, limit: Kept, wanted: int) -> bool:
    return kept.choices >= limit.choices or kept.times + wanted > limit.times
