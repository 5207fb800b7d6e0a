"""The reminder of a visit, as a row for the outbox. Discreet in every field."""

from collections.abc import Iterable, Mapping
from typing import Any

from booking.appointments.emails import where
from booking.appointments.models import Appointment
from booking.clinic.emails import frame
from booking.clinic.models import Organisation
from booking.mail.outbox import Draft
from booking.reminders.queries import CHECK, KIND
from booking.reminders.rules import Due


def reminder(
    visit: Appointment, clinic: Organisation, due: Due, *, key: str, links: Mapping[str, str]
) -> Draft:
    """Remind a patient of her visit; no calendar object, since its entry is there already."""
    return _draft(KIND, visit, clinic, due, key=key, links=links, to=("visit", "move", "cancel"))


def check(
    visit: Appointment, clinic: Organisation, due: Due, *, key: str, links: Mapping[str, str]
) -> Draft:
    """Ask her to look through her form before she comes, without a word about what is in it."""
    return _draft(CHECK, visit, clinic, due, key=key, links=links, to=("form",))


def _draft(
    kind: str,
    visit: Appointment,
    clinic: Organisation,
    due: Due,
    *,
    key: str,
    links: Mapping[str, str],
    to: Iterable[str],
) -> Draft:
    snapshot: dict[str, Any] = {
        "to_name": visit.patient.name,
        "to_address": visit.patient.email,
        "when": {"starts_at": visit.starts_at.isoformat(), "zone": visit.location.zone},
        "place": where(visit),
        "practitioner_name": visit.practitioner.name,
        "links": {each: links[each] for each in to},
        **frame(clinic, visit.patient.language),
    }
    return Draft(
        kind=kind,
        snapshot=snapshot,
        dedupe_key=key,
        owner_id=visit.patient.public_id,
        appointment_id=visit.id,
        sequence=visit.sequence,
        reminds=True,
        not_after=due.until,
    )
