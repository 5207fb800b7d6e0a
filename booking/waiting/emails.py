"""Messages to somebody who waits, as rows for the outbox. Neutral, and without an invite."""

from typing import Any

from booking.appointments.emails import where_by
from booking.clinic.emails import frame
from booking.clinic.models import Organisation
from booking.mail.outbox import Draft
from booking.waiting.models import WaitingEntry, WaitingOffer


def joined(entry: WaitingEntry, *, clinic: Organisation, link: str) -> Draft:
    """She is on the list; the link takes her off again."""
    return Draft(
        kind="waiting/joined",
        snapshot={**_to(entry, clinic), "links": {"list": link}},
        dedupe_key=f"waiting/joined:{entry.public_id}",
        owner_id=entry.patient.public_id,
    )


def offered(offer: WaitingOffer, entry: WaitingEntry, *, clinic: Organisation, link: str) -> Draft:
    """A time is kept for her until it says; the link leads to it."""
    zone = offer.location.zone
    snapshot = {
        **_to(entry, clinic),
        "when": {"starts_at": offer.starts_at.isoformat(), "zone": zone},
        "answer_by": {"ends_at": offer.answer_by.isoformat(), "zone": zone},
        "place": where_by(entry.service.way, offer.location),
        "practitioner_name": offer.practitioner.name,
        "links": {"list": link},
    }
    return Draft(
        kind="waiting/offer",
        snapshot=snapshot,
        dedupe_key=f"waiting/offer:{offer.public_id}",
        owner_id=entry.patient.public_id,
        not_after=offer.answer_by,
    )


def _to(entry: WaitingEntry, clinic: Organisation) -> dict[str, Any]:
    return {
        "to_name": entry.patient.name,
        "to_address": entry.patient.email,
        **frame(clinic, entry.patient.language),
    }
