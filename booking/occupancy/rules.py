"""What a claim on somebody's or some room's time is. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple


@dataclass(frozen=True, order=True)
class Claim:
    """One resource can be nowhere else during `[starts_at, ends_at)`, aware UTC."""

    resource_id: int
    starts_at: datetime
    ends_at: datetime


class Stretch(NamedTuple):
    """One stretch of a resource's time that is taken, epoch minutes, and by what.

    Thousands are read for one page, hence a tuple. Of a visit or a hold it says of which service,
    where, and when (epoch minutes) the visit itself begins and ends; 0 for what is neither.
    """

    start: int
    end: int
    expires_at: datetime | None = None
    appointment_id: int | None = None
    hold_id: int | None = None
    service_id: int = 0
    location_id: int = 0
    begins: int = 0
    ends: int = 0

    @property
    def is_of_visit(self) -> bool:
        """Whether a visit or a hold has it."""
        return self.appointment_id is not None or self.hold_id is not None


def of_person(person_id: int, claims: Iterable[Claim]) -> tuple[Claim, ...]:
    """Return `claims` and one for the patient, who is there from first to last of them."""
    known = tuple(claims)
    starts, ends = min(c.starts_at for c in known), max(c.ends_at for c in known)
    return (*known, Claim(person_id, starts, ends))


def without(claims: Iterable[Claim], taken: Iterable[Claim]) -> tuple[Claim, ...]:
    """Return those parts of `claims` that `taken` does not cover already.

    A visit that moves by less than its length overlaps itself: what it has need not be held too.
    """
    left = list(claims)
    for known in taken:
        left = [part for claim in left for part in _apart(claim, known)]
    return tuple(left)


def _apart(claim: Claim, known: Claim) -> tuple[Claim, ...]:
    apart = claim.ends_at <= known.starts_at or known.ends_at <= claim.starts_at
    if claim.resource_id != known.resource_id or apart:
        return (claim,)
    before = Claim(claim.resource_id, claim.starts_at, known.starts_at)
    after = Claim(claim.resource_id, known.ends_at, claim.ends_at)
    return tuple(part for part in (before, after) if part.starts_at < part.ends_at)
