"""Record what happened, in the transaction in which it happens, and verify the chain."""

import hashlib
import hmac
import json
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import select, text

from booking.access.policy import Actor
from booking.audit.models import AuditRow
from booking.audit.rules.event import Event
from booking.core import origin
from booking.core.db import session
from booking.core.sealed import ring

PURPOSE = "audit chain"
# One lock for the chain's head; taken at the end of a write, so it serialises only its tail.
HEAD_LOCK = text("SELECT pg_advisory_xact_lock(8, 0)")
_LAST = select(AuditRow.id, AuditRow.chain).order_by(AuditRow.id.desc()).limit(1)


def name_of(actor: Actor | None) -> str:
    """Return how the audit names an actor: an id with its kind, or "system"."""
    if actor is None:
        return "system"
    for kind, number in (
        ("user", actor.user_id),
        ("person", actor.person_id),
        ("visit-link", actor.appointment_id),
    ):
        if number is not None:
            return f"{kind}:{number}"
    return "stranger"


def record(event: Event, *, by: Actor | None, at: datetime) -> None:
    """Append `event` to the chain. Call it last, after all locks on time are taken.

    `by` is None for the product's own work. If this fails, the act around it fails too.
    """
    if session().connection().dialect.name == "postgresql":
        session().execute(HEAD_LOCK)
    session().flush()
    last = session().connection().execute(_LAST).first()
    row = AuditRow(
        id=last.id + 1 if last else 1,
        at=at,
        tag=event.tag,
        actor=name_of(by),
        patient_id=event.patient_id,
        details=event.details(),
        origin=_origin(by),
    )
    row.chain = _link(last.chain if last else b"", row)
    session().add(row)
    session().flush()


def verify() -> int | None:
    """Walk the chain. Return None when it is whole, else the id of the first broken row."""
    before, expected = b"", 1
    for row in session().scalars(select(AuditRow).order_by(AuditRow.id)).yield_per(500):
        if row.id != expected or not hmac.compare_digest(row.chain, _link(before, row)):
            return row.id
        before, expected = row.chain, expected + 1
    return None


def _origin(by: Actor | None) -> dict[str, str] | None:
    """Say with which part and in which sign-in somebody acts, and whence the request came."""
    here = origin.present()
    told = {
        "role": " ".join(sorted(by.roles)) if by else "",
        "session": str(by.session_id or "") if by else "",
        "network": here.network if here else "",
        "request": here.request if here else "",
    }
    return {key: value for key, value in told.items() if value} or None


def _link(before: bytes, row: AuditRow) -> bytes:
    whole = [
        row.id,
        row.at.astimezone(UTC).isoformat(),
        row.tag,
        row.actor,
        row.patient_id,
        row.details,
    ]
    if row.origin is not None:  # rows from before there was one are linked without
        whole.append(row.origin)
    told = json.dumps(whole, sort_keys=True)
    return hmac.digest(ring().derived(PURPOSE), before + told.encode(), hashlib.sha256)


@dataclass(frozen=True)
class Anchor:
    """Where the chain stood: a row's number and its hash. Kept outside the database."""

    row: int
    chain: bytes


def anchor() -> Anchor | None:
    """Return where the chain stands now; None before the first row.

    The chain alone does not show that its newest rows were cut off; an anchor does.
    """
    last = session().execute(_LAST).first()
    return Anchor(last.id, last.chain) if last else None


def anchor_holds(kept: Anchor) -> bool:
    """Tell whether the row of an anchor is still there with the same hash."""
    row = session().get(AuditRow, kept.row)
    return row is not None and hmac.compare_digest(row.chain, kept.chain)
