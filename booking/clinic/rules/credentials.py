"""When a licence or an insurance holds, and when to say that it runs out. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from booking.clinic.rules.kinds import CredentialKind

NEEDED = (CredentialKind.LICENCE, CredentialKind.INSURANCE)
"""Without these in force nobody can be booked with who has had them."""
WARNED_AT = (7, 30, 60)
"""Days before the last one at which the owner and she herself are told."""


def in_force(until: date | None, zone: str, *, now: datetime) -> bool:
    """Tell whether something valid through the day `until` holds by the calendar of `zone`."""
    return until is None or now.astimezone(ZoneInfo(zone)).date() <= until


@dataclass(frozen=True, kw_only=True)
class Proof:
    """What matters of a credential here; `until` is None for what never runs out."""

    id: int
    practitioner_id: int
    kind: CredentialKind
    until: date | None


@dataclass(frozen=True, kw_only=True)
class Ending:
    """One that runs out within `stage` days, or has run out (`stage` 0)."""

    proof: Proof
    stage: int


def endings(proofs: Iterable[Proof], *, today: date) -> list[Ending]:
    """Return what of these runs out soon, or has, and has no later one of its kind in its place."""
    return [
        Ending(proof=each, stage=stage)
        for each in _counting(list(proofs))
        if each.until is not None and (stage := _stage((each.until - today).days)) is not None
    ]


def _stage(left: int) -> int | None:
    """Return the nearest of the days of warning that has come, 0 when it is over, else None."""
    if left < 0:
        return 0
    return next((days for days in WARNED_AT if left <= days), None)


def _counting(proofs: Sequence[Proof]) -> Iterable[Proof]:
    """Leave out a licence or insurance that another of hers outlasts."""
    last: dict[tuple[int, CredentialKind], date] = {}
    for each in proofs:
        if each.kind in NEEDED and each.until is not None:
            key = (each.practitioner_id, each.kind)
            last[key] = max(each.until, last.get(key, each.until))
    return [
        each
        for each in proofs
        if each.kind not in NEEDED or each.until == last[each.practitioner_id, each.kind]
    ]
