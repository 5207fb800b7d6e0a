"""Pauses after wrong tries: a pure function of how many there were and when the last one was."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

NEVER = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, kw_only=True)
class Schedule:
    """How many tries are free, the pause after them, and when the count starts afresh.

    The pause doubles with each further try up to `cap`. With `stop_at` tries in a row it no
    longer ends by itself; with `forget_after`, a quiet stretch of that length sets the count
    back to nothing; with `forgive_every`, each such stretch since the last try takes one off.
    """

    free: int = 5
    first_pause: timedelta = timedelta(seconds=30)
    cap: timedelta = timedelta(minutes=15)
    stop_at: int | None = None
    forget_after: timedelta | None = None
    forgive_every: timedelta | None = None


ACCOUNT = Schedule(stop_at=90)
"""Passwords of one account: below the 100 tries in a row of NIST SP 800-63B-4, 3.2.2."""

CODE = Schedule(stop_at=90)
"""One-time and recovery codes of one account."""

NETWORK = Schedule(free=60, forgive_every=timedelta(seconds=10))
"""All tries from one network: a clinic's staff, or half a town's phones, may share one address."""

REQUESTS = Schedule(free=5, first_pause=timedelta(minutes=1), forget_after=timedelta(hours=1))
"""Mails asked for by one person who is not signed in."""


def counted(schedule: Schedule, failures: int, *, last_at: datetime, now: datetime) -> int:
    """Return how many of the earlier `failures` still count at `now`."""
    if schedule.forget_after is not None and now - last_at >= schedule.forget_after:
        return 0
    if schedule.forgive_every is not None and now > last_at:
        return max(failures - (now - last_at) // schedule.forgive_every, 0)
    return failures


def opens_at(schedule: Schedule, failures: int, *, last_at: datetime, now: datetime) -> datetime:
    """Return the instant from which another try is looked at; `NEVER` after `stop_at` tries.

    An instant not after `now` means that a try may be made now.
    """
    still = counted(schedule, failures, last_at=last_at, now=now)
    if schedule.stop_at is not None and still >= schedule.stop_at:
        return NEVER
    if still < schedule.free:
        return last_at
    # Beyond 20 doublings every pause is capped; the bound keeps the number small.
    doublings = min(still - schedule.free, 20)
    return last_at + min(schedule.first_pause * (1 << doublings), schedule.cap)
