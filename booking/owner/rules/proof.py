"""What the owner is shown as proof: each thing with its state, its figures and what to do. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

BACKUP_AGE = timedelta(hours=26)  # one a night, and two hours for it to run
AUDIT_AGE = timedelta(days=8)  # walked every week
WAITING_AGE = timedelta(minutes=10)
FORM_NOTICE = timedelta(hours=48)
OFFERS_MS = 200  # nineteen of twenty pages with times, by a year of bookings


class State(StrEnum):
    """How a thing stands."""

    FINE = "fine"
    LOOK = "look"  # somebody should look
    ACT = "act"  # somebody has to act


@dataclass(frozen=True)
class Proof:
    """One line of the proof: `key` names it, `told` are figures and instants for its words."""

    key: str
    state: State
    told: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Measured:
    """What was read for the proof. Instants are aware UTC; None where something never happened."""

    overlaps: int
    permitted: int  # visits to come that reception let meet others
    behind: int  # invites whose newest version neither left nor waits
    on_their_way: int
    told: int  # invites whose newest version has left
    dead: int
    oldest_waiting: datetime | None
    fenced: bool
    forms_overdue: int
    backup_at: datetime | None
    erased: int
    tombstones: int
    verified_at: datetime | None
    broken: int | None
    offers_at: datetime | None
    offers_ms: int | None
    offers_runs: int | None
    licences_over: int  # licences and insurances that have run out, with none in their place
    licences_ending: int  # the same, running out within the days of warning
    licences_unchecked: int  # not looked up with the body itself


def proofs(found: Measured, *, now: datetime) -> Sequence[Proof]:
    """Judge what was read, in the order in which it matters."""
    return (
        Proof(
            "overlaps",
            State.ACT if found.overlaps else State.FINE,
            {"count": found.overlaps, "permitted": found.permitted},
        ),
        Proof(
            "invites",
            State.ACT if found.behind else State.FINE,
            {"behind": found.behind, "told": found.told, "waiting": found.on_their_way},
        ),
        _mail(found, now),
        Proof(
            "forms",
            State.LOOK if found.forms_overdue else State.FINE,
            {"count": found.forms_overdue},
        ),
        Proof(
            "backup",
            State.FINE if _younger(found.backup_at, BACKUP_AGE, now) else State.ACT,
            {"at": found.backup_at},
        ),
        Proof(
            "erasures",
            State.FINE if found.tombstones >= found.erased else State.ACT,
            {"count": found.erased, "tombstones": found.tombstones},
        ),
        _licences(found),
        _audit(found, now),
        _offers(found),
    )


def _mail(found: Measured, now: datetime) -> Proof:
    late = found.oldest_waiting is not None and now - found.oldest_waiting > WAITING_AGE
    state = State.ACT if found.fenced or late else State.LOOK if found.dead else State.FINE
    told = {"dead": found.dead, "at": found.oldest_waiting if late else None}
    return Proof("mail", state, {**told, "fenced": found.fenced})


def _licences(found: Measured) -> Proof:
    soon = found.licences_ending or found.licences_unchecked
    state = State.ACT if found.licences_over else State.LOOK if soon else State.FINE
    told = {"over": found.licences_over, "ending": found.licences_ending}
    return Proof("licences", state, {**told, "unchecked": found.licences_unchecked})


def _audit(found: Measured, now: datetime) -> Proof:
    if found.broken is not None:
        return Proof("audit", State.ACT, {"broken": found.broken, "at": found.verified_at})
    state = State.FINE if _younger(found.verified_at, AUDIT_AGE, now) else State.LOOK
    return Proof("audit", state, {"broken": None, "at": found.verified_at})


def _offers(found: Measured) -> Proof:
    slow = found.offers_ms is None or found.offers_ms > OFFERS_MS
    told = {"ms": found.offers_ms, "runs": found.offers_runs, "at": found.offers_at}
    return Proof("offers", State.LOOK if slow else State.FINE, told)


def _younger(at: datetime | None, age: timedelta, now: datetime) -> bool:
    return at is not None and now - at <= age


def p95(values: Sequence[float]) -> float:
    """Return the value that nineteen of twenty do not exceed. Raises ValueError for none."""
    if not values:
        raise ValueError("nothing was measured")
    ordered = sorted(values)
    return ordered[max(-(-len(ordered) * 95 // 100), 1) - 1]
