"""One-time codes: which half-minute a code may belong to, and that none counts twice."""

from collections.abc import Iterable
from datetime import datetime

STEP_SECONDS = 30
"""Length of one time step (RFC 6238, 4.1, default)."""


def nearby_steps(now: datetime) -> tuple[int, int, int]:
    """Return the step before, the present one and the next, counted from 1970 in half-minutes.

    One step each way allows for a telephone's clock (RFC 6238, 5.2 recommends at most one).
    """
    current = int(now.timestamp()) // STEP_SECONDS
    return current - 1, current, current + 1


def fresh_step(matching: Iterable[int], *, last_used: int | None) -> int | None:
    """Return the step to remember as used, or `None` where the code may not be used.

    `matching` are the nearby steps whose code equals what was typed; `last_used` is the newest
    step ever accepted for this person. A code at or before it has been seen already.
    """
    fresh = [step for step in matching if last_used is None or step > last_used]
    return min(fresh, default=None)
