"""Named reads of patients."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, bindparam, false, or_, select

from booking.core.addresses import canonical_email
from booking.core.db import session
from booking.core.errors import NotFound, SealBroken
from booking.patients.models import Channel, Patient
from booking.patients.rules import NO_HARD_DATES, HardDates, digits_of_number, folded

FOUND_AT_MOST = 20


# Asked for each booking: made once, because making costs more than asking.
_PERSON = (
    select(Patient.resource_id)
    .where(
        Patient.email_canonical == bindparam("email"),
        Patient.name_folded == bindparam("name"),
    )
    .limit(1)
)


def person_id(*, name: str, email: str) -> int | None:
    """Return the resource of the person with this canonical e-mail and folded name, if known."""
    return session().scalar(_PERSON, {"email": canonical_email(email), "name": folded(name)})


def reachable(person_id: int) -> Patient | None:
    """Return a person's newest record by which she may be mailed; None where there is none."""
    wanted = select(Patient).where(Patient.resource_id == person_id).order_by(Patient.id.desc())
    return next(
        (one for one in session().scalars(wanted) if Channel.EMAIL in one.safe_channels), None
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


def hard_dates(people: Collection[int]) -> Mapping[int, HardDates]:
    """Return each person's hard dates, by her resource: what any of her records names."""
    found: dict[int, set[str]] = defaultdict(set)
    for person, wishes in _wishes_of(people):
        found[person].update(wishes.get("dates", ()))
    named = {person: HardDates(frozenset(dates)) for person, dates in found.items()}
    return defaultdict(lambda: NO_HARD_DATES, named)


def who_sit_apart(people: Collection[int]) -> frozenset[int]:
    """Return who of these, by resource, asked not to wait beside visible pregnancy."""
    return frozenset(person for person, wishes in _wishes_of(people) if wishes.get("apart"))


def _wishes_of(people: Collection[int]) -> Iterator[tuple[int, Mapping[str, Any]]]:
    """What each of their records wishes; what cannot be opened, since she was erased, nothing."""
    wanted = select(Patient).where(
        Patient.resource_id.in_(people), Patient.wishes_sealed.is_not(None)
    )
    for record in session().scalars(wanted):
        try:
            yield record.resource_id, record.wishes or {}
        except SealBroken:
            continue


def patient(public_id: UUID) -> Patient:
    """Return a record, for the staff. Raises NotFound."""
    found = session().scalar(select(Patient).where(Patient.public_id == public_id))
    if found is None:
        raise NotFound
    return found
