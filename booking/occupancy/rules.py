"""What a claim on somebody's or some room's time is. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, order=True)
class Claim:
    """One resource can be nowhere else during `[starts_at, ends_at)`, aware UTC."""

    resource_id: int
    starts_at: datetime
    ends_at: datetime


def of_person(person_id: int, claims: Iterable[Claim]) -> tuple[Claim, ...]:
    """Return `claims` and one for the patient, who is there from first to last of them."""
    known = tuple(claims)
    starts, ends = min(c.starts_at for c in known), max(c.ends_at for c in known)
    return (*known, Claim(person_id, starts, ends))
