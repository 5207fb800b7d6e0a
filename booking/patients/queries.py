"""Named reads of patients."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import ColumnElement, and_, false, or_, select

from booking.core.addresses import canonical_email
from booking.core.db import session
from booking.core.errors import NotFound
from booking.patients.models import Patient
from booking.patients.rules import digits_of_number, folded

FOUND_AT_MOST = 20


def person_id(*, name: str, email: str) -> int | None:
    """Return the resource of the person with this canonical e-mail and folded name, if known."""
    return session().scalar(
        select(Patient.resource_id)
        .where(
            Patient.email_canonical == canonical_email(email), Patient.name_folded == folded(name)
        )
        .limit(1)
    )


def search(typed: str) -> Sequence[Patient]:
    """Return records by part of a name, of a telephone number or of an e-mail address, by name.

    All words of a name must occur, in any order, without regard to accents. At most FOUND_AT_MOST.
    """
    words, digits, text = folded(typed).split(), digits_of_number(typed), typed.strip().casefold()
    ways: list[ColumnElement[bool]] = [false()]
    if words:
        ways.append(and_(*(Patient.name_folded.contains(w, autoescape=True) for w in words)))
    if digits:
        ways.append(Patient.phone.contains(digits, autoescape=True))
    if "@" in text:
        ways.append(Patient.email_canonical.contains(text, autoescape=True))
    wanted = select(Patient).where(or_(*ways)).order_by(Patient.name_folded, Patient.id.desc())
    return session().scalars(wanted.limit(FOUND_AT_MOST)).all()


def patient(public_id: UUID) -> Patient:
    """Return a record, for the staff. Raises NotFound."""
    found = session().scalar(select(Patient).where(Patient.public_id == public_id))
    if found is None:
        raise NotFound
    return found
