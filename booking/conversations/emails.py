"""Word to a patient that the desk has written: nothing of what, in any field."""

from datetime import datetime

from booking.clinic.models import Organisation
from booking.conversations.models import Line
from booking.mail.outbox import Draft
from booking.patients.models import Patient


def waiting(
    line: Line, patient: Patient, clinic: Organisation, *, link: str, not_before: datetime
) -> Draft:
    """Tell a patient that a message waits for her. `link` is the full address that leads to it."""
    return Draft(
        kind="conversations/waiting",
        snapshot={
            "to_address": patient.email,
            "link": link,
            "sender": {"name": clinic.sender_name, "address": clinic.sender_address},
            "clinic": clinic.outward_name,
            "phone": clinic.phone,
            "phone_hours": clinic.phone_hours,
            "locale": clinic.locale,
        },
        dedupe_key=f"conversation:{line.public_id}",
        owner_id=patient.public_id,
        not_before=not_before,
    )
