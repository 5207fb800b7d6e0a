"""Named reads of patients."""

from sqlalchemy import select

from booking.core.addresses import canonical_email
from booking.core.db import session
from booking.patients.models import Patient
from booking.patients.rules import folded


def person_id(*, name: str, email: str) -> int | None:
    """Return the resource of the person with this canonical e-mail and folded name, if known."""
    return session().scalar(
        select(Patient.resource_id)
        .where(
            Patient.email_canonical == canonical_email(email), Patient.name_folded == folded(name)
        )
        .limit(1)
    )
