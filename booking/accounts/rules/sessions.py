"""How long a session lives: from its last use, and at the very longest."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class SessionKind(StrEnum):
    """What a session may reach."""

    STAFF_FIRST = "staff-first"
    STAFF = "staff"
    PATIENT = "patient"
    VISIT = "visit"


@dataclass(frozen=True, kw_only=True)
class Limits:
    """`idle` since the last use, `longest` since the sign-in."""

    idle: timedelta
    longest: timedelta


@dataclass(frozen=True, kw_only=True)
class Patience:
    """How long a sign-in may be left alone, by whose it is; the clinic chooses."""

    staff: timedelta = timedelta(minutes=15)
    patient: timedelta = timedelta(minutes=30)


USUAL = Patience()

STEP_UP = timedelta(minutes=10)
"""How long a code, or a mailed link, allows what matters most (ASVS 7.5.1, 7.5.3)."""

SEEN_EVERY = timedelta(minutes=1)
"""A session's last use is written at most this often."""


def limits_of(kind: SessionKind, patience: Patience = USUAL) -> Limits:
    """Return the limits of a kind of session (usual ones by 45 CFR 164.312(a)(2)(iii) practice)."""
    if kind is SessionKind.STAFF_FIRST:
        return Limits(idle=timedelta(minutes=10), longest=timedelta(minutes=10))
    if kind is SessionKind.STAFF:
        return Limits(idle=patience.staff, longest=timedelta(hours=10))
    return Limits(idle=patience.patient, longest=timedelta(hours=24))


def session_ends_at(
    kind: SessionKind, *, started_at: datetime, seen_at: datetime, patience: Patience = USUAL
) -> datetime:
    """Return the instant from which the session is over if it is not used again."""
    limits = limits_of(kind, patience)
    return min(seen_at + limits.idle, started_at + limits.longest)


def session_lives(
    kind: SessionKind,
    *,
    started_at: datetime,
    seen_at: datetime,
    now: datetime,
    patience: Patience = USUAL,
) -> bool:
    """Tell whether the session may still be used at `now`."""
    ends = session_ends_at(kind, started_at=started_at, seen_at=seen_at, patience=patience)
    return now < ends


def worth_noting(*, seen_at: datetime, now: datetime) -> bool:
    """Tell whether enough time has passed to write a new last use."""
    return now - seen_at >= SEEN_EVERY
