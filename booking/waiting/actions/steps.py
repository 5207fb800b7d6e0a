"""What every change of a place on the list needs: its lock, its link, its record."""

from datetime import datetime

from booking.access.policy import Actor
from booking.appointments import actions as appointments
from booking.appointments.models import Hold
from booking.audit import actions as audit
from booking.audit.rules.visits import WaitingChanged
from booking.core.db import session
from booking.core.tokens import digest, new_token
from booking.waiting.models import WaitingEntry, WaitingLink, WaitingOffer
from booking.waiting.rules import OfferState


def lock(entry: WaitingEntry) -> None:
    """Queue behind everyone who changes this place on the list, then read what they made of it."""
    session().refresh(entry, ["state"], with_for_update=True)


def settle(offer: WaitingOffer, state: OfferState) -> None:
    """End an offer; its time is free from now on, if it was still kept."""
    kept = session().get(Hold, offer.hold_id) if offer.hold_id else None
    offer.state, offer.hold_id = state, None
    session().flush()
    if kept is not None:
        appointments.release_hold(kept)


def new_link(entry: WaitingEntry, *, now: datetime, base_url: str) -> str:
    """Make a link to her place on the list, and return its address."""
    token = new_token()
    session().add(WaitingLink(token_hash=digest(token), entry_id=entry.id, created_at=now))
    return f"{base_url}/w/{token}"


def record(actor: Actor | None, entry: WaitingEntry, what: str, *, now: datetime) -> None:
    """Write into the audit what was done with a place on the list."""
    audit.record(
        WaitingChanged(patient_id=entry.patient_id, entry_id=entry.id, what=what),
        by=actor,
        at=now,
    )
