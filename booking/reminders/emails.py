"""The reminder of a visit, as a row for the outbox. Discreet in every field."""

from collections.abc import Mapping
from typing import Any

from booking.appointments.emails import place_of
from booking.appointments.models import Appointment
from booking.clinic.models import Organisation
from booking.mail.outbox import Draft
from booking.reminders.queries import KIND
from booking.reminders.rules import Due


def reminder(
    visit: Appointment, clinic: Organisation, due: Due, *, key: str, links: Mapping[str, str]
) -> Draft:
    """Remind a patient of her visit; no calendar object, since its entry is there already."""
    snapshot: dict[str, Any] = {
        "to_name": visit.patient.name,
        "to_address": visit.patient.email,
        "when": {"starts_at": visit.starts_at.isoformat(), "zone": visit.location.zone},
        "place": place_of(visit.location),
        "practitioner_name": visit.practitioner.name,
        "links": {to: links[to] for to in ("visit", "move", "cancel")},
        "sender": {"name": clinic.sender_name, "address": clinic.sender_address},
        "clinic": clinic.outward_name,
        "phone": clinic.phone,
        "phone_hours": clinic.phone_hours,
        "locale": clinic.locale,
    }
    return Draft(
        kind=KIND,
        snapshot=snapshot,
        dedupe_key=key,
        owner_id=visit.patient.public_id,
        appointment_id=visit.id,
        sequence=visit.sequence,
        reminds=True,
        not_after=due.until,
    )
