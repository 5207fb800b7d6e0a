"""Register a patient, correct her address."""

from collections.abc import Iterable
from datetime import datetime

from booking.core.addresses import canonical_email
from booking.core.db import session
from booking.patients.models import Channel, Patient
from booking.patients.rules import folded


def register(
    *,
    person_id: int,
    name: str,
    email: str,
    phone: str,
    channels: Iterable[Channel],
    note: str,
    now: datetime,
) -> Patient:
    """Make a new record; `person_id` is the resource of the person (`queries.person_id`).

    The same canonical e-mail and folded name share one resource, nothing else: a shared mailbox
    never joins two people's records. Reception may join records later.
    """
    patient = Patient(
        resource_id=person_id,
        name=name,
        name_folded=folded(name),
        email=email,
        email_canonical=canonical_email(email),
        phone=phone,
        channels=" ".join(sorted(set(channels))),
        created_at=now,
    )
    patient.contact_note = note or None
    session().add(patient)
    session().flush()
    return patient
