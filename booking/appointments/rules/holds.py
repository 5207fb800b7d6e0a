"""How long a time is kept for somebody who is still typing, and how many. Pure."""

from datetime import datetime, timedelta

from booking.core.errors import N_, HoldOver, TooManyTries

HOLD_LENGTH = timedelta(minutes=10)
"""How long a time is kept, and how much "10 more minutes" adds (WCAG 2.2.1, 2.2.2)."""

LONGEST_HOLD = timedelta(minutes=120)
"""From the first moment. More than the ten extensions that WCAG 2.2.1 asks for."""

TYPED_KEPT = timedelta(hours=2)
"""What was typed stays this long after the time itself went back."""

LIVE_HOLDS_OF_A_NETWORK = 10
"""A household, a ward or a phone company's gateway books together; nobody keeps a whole week."""

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


def ensure_kept(expires_at: datetime, *, now: datetime) -> None:
    """Raise HoldOver when a hold has ended."""
    if expires_at <= now:
        raise HoldOver


def ensure_not_too_many(*, live: int, in_an_hour: int) -> None:
    """Raise TooManyTries when one network keeps, or has lately kept, very many times."""
    if live >= LIVE_HOLDS_OF_A_NETWORK:
        raise TooManyTries(
            N_(
                "Several times are being kept from your connection already. Please finish one, "
                "or wait a few minutes. You can also call us."
            ),
            retry_after=int(HOLD_LENGTH.total_seconds()),
        )
    if in_an_hour >= HOLDS_OF_A_NETWORK_IN_AN_HOUR:
        raise TooManyTries(
            N_(
                "Many times have been chosen from your connection in the last hour. "
                "Please wait a little, or call us and we will book for you."
            ),
            retry_after=30 * 60,
        )
