"""Named reads of patients."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, cast
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, bindparam, exists, false, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, aliased, joinedload

from booking.core.addresses import canonical_email
from booking.core.db import session
from booking.core.errors import NotFound, SealBroken
from booking.patients.models import (
    ERASED_BEGINS,
    Channel,
    LegalHold,
    Patient,
    RecordJoin,
    born_key,
)
from booking.patients.rules import (
    NO_HARD_DATES,
    UNFOLDED,
    HardDates,
    birth_dates,
    digits_of_number,
    folded,
    spelt_loosely,
)

FOUND_AT_MOST = 20
MET_GENTLY = or_(Patient.gently, Patient.quiet_since.is_not(None))
"""As `Patient.met_gently`, in SQL."""


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
    wanted = (
        select(Patient)
        .where(Patient.resource_id == person_id, standing())
        .order_by(Patient.id.desc())
    )
    return next(
        (one for one in session().scalars(wanted) if Channel.EMAIL in one.safe_channels), None
    )


def person_to_sign_in(*, name: str, email: str) -> int | None:
    """Return the person who may sign in with this name and address, if known.

    A record that was joined to another no longer opens anything: its mailbox may be another one.
    """
    wanted = select(Patient.resource_id).where(
        Patient.email_canonical == canonical_email(email),
        Patient.name_folded == folded(name),
        standing(),
    )
    return session().scalar(wanted.limit(1))


def standing() -> ColumnElement[bool]:
    """Say of `Patient` that the record stands for itself: neither joined to another nor erased."""
    joined = exists().where(RecordJoin.gone_id == Patient.id, RecordJoin.parted_at.is_(None))
    return and_(~joined, Patient.email_canonical.not_like(f"{ERASED_BEGINS}%"))


def search(typed: str) -> Sequence[Patient]:
    """Return records by part of a name, telephone number or e-mail address, or by birth date.

    By name. All words of a name must occur, in any order, without regard to accents; or the whole
    of it, without regard to blanks. At most FOUND_AT_MOST; joined records are not among them.
    """
    wanted = select(Patient).where(matching(typed), standing())
    wanted = wanted.order_by(Patient.name_folded, Patient.id.desc())
    return session().scalars(wanted.limit(FOUND_AT_MOST)).all()


def matching(typed: str) -> ColumnElement[bool]:
    """Say of `Patient` that it fits what was typed; see `search`."""
    words, digits, text = folded(typed).split(), digits_of_number(typed), typed.strip().casefold()
    ways: list[ColumnElement[bool]] = [false()]
    if words:
        ways.append(and_(*(Patient.name_folded.contains(w, autoescape=True) for w in words)))
        loose = spelt_loosely("".join(words))
        ways.append(_loosely(Patient.name_folded).contains(loose, autoescape=True))
    if digits:
        ways.append(Patient.phone.contains(digits, autoescape=True))
    if "@" in text:
        ways.append(Patient.email_canonical.contains(text, autoescape=True))
    if born := birth_dates(typed):
        ways.append(Patient.born_key.in_([born_key(day) for day in born]))
    return or_(*ways)


def _loosely(column: ColumnElement[str] | InstrumentedAttribute[str]) -> ColumnElement[str]:
    """The same as `rules.spelt_loosely`, in the database."""
    found: Any = column
    for letter, typed in {**UNFOLDED, " ": ""}.items():
        found = func.replace(found, letter, typed)
    return cast(ColumnElement[str], found)


def alike(patient: Patient) -> Sequence[Patient]:
    """Return other records that have something in common with this one, newest first."""
    same: list[ColumnElement[bool]] = [Patient.name_folded == patient.name_folded]
    if patient.email_canonical:
        same.append(Patient.email_canonical == patient.email_canonical)
    if patient.phone:
        same.append(Patient.phone == patient.phone)
    if patient.born_key:
        same.append(Patient.born_key == patient.born_key)
    wanted = select(Patient).where(Patient.id != patient.id, or_(*same), standing())
    return session().scalars(wanted.order_by(Patient.id.desc()).limit(FOUND_AT_MOST)).all()


def shared_by_several() -> Sequence[Sequence[Patient]]:
    """Return groups of records that share a name and one thing more, newest group first.

    A name and an address, a number or a birth date: enough to look at them side by side.
    """
    found: dict[tuple[int, ...], None] = {}
    for column in (Patient.email_canonical, Patient.phone, Patient.born_key):
        key = (Patient.name_folded, column)
        groups = (
            select(func.max(Patient.id))
            .where(column.is_not(None), func.length(column) > 0, standing())
            .group_by(*key)
            .having(func.count() > 1)
            .order_by(func.max(Patient.id).desc())
            .limit(FOUND_AT_MOST)
        )
        other = aliased(Patient)
        pairs = (
            select(Patient.id, other.id)
            .join(other, and_(other.name_folded == Patient.name_folded, _same(column, other)))
            .where(other.id.in_(groups), standing())
            .order_by(other.id.desc(), Patient.id)
        )
        together: dict[int, list[int]] = defaultdict(list)
        for one, newest in session().execute(pairs):
            together[newest].append(one)
        found.update(dict.fromkeys(tuple(ids) for ids in together.values()))
    ids = {one for group in found for one in group}
    known = {p.id: p for p in session().scalars(select(Patient).where(Patient.id.in_(ids)))}
    return [[known[one] for one in group] for group in found]


def _same(column: InstrumentedAttribute[Any], other: Any) -> ColumnElement[bool]:
    return cast(ColumnElement[bool], getattr(other, column.key) == column)


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
    """Return a record, for the staff, joined to another or not. Raises NotFound."""
    found = session().scalar(select(Patient).where(Patient.public_id == public_id))
    if found is None:
        raise NotFound
    return found


def current(public_id: UUID) -> Patient:
    """Return the record that stands for this one today: itself, or the one it was joined to.

    Raises NotFound.
    """
    found = patient(public_id)
    while (joined := join_of(found.id)) is not None:
        found = joined.kept
    return found


def join_of(patient_id: int) -> RecordJoin | None:
    """Return how a record was joined to another, or None where it stands for itself."""
    wanted = select(RecordJoin).where(
        RecordJoin.gone_id == patient_id, RecordJoin.parted_at.is_(None)
    )
    return session().scalar(wanted.options(joinedload(RecordJoin.kept)))


def joined_to(patient_id: int) -> Sequence[RecordJoin]:
    """Return which records were joined to this one, latest first."""
    wanted = select(RecordJoin).where(
        RecordJoin.kept_id == patient_id, RecordJoin.parted_at.is_(None)
    )
    latest = RecordJoin.joined_at.desc(), RecordJoin.id.desc()
    return session().scalars(wanted.options(joinedload(RecordJoin.gone)).order_by(*latest)).all()


def ids_behind(patient_id: int) -> list[int]:
    """Return the ids under which this record was known: its own, and those joined to it."""
    found = [patient_id]
    for one in found:  # grows while it is walked: what was joined to what was joined
        gone = select(RecordJoin.gone_id).where(
            RecordJoin.kept_id == one, RecordJoin.parted_at.is_(None)
        )
        found += session().scalars(gone)
    return found


def hold_on(patient_id: int) -> LegalHold | None:
    """Return the legal hold that stands on a record, if any."""
    return session().scalar(
        select(LegalHold).where(LegalHold.patient_id == patient_id, LegalHold.lifted_at.is_(None))
    )


def under_hold() -> Select[int]:
    """Ids of the records under legal hold, to be left alone by whatever thins out."""
    return select(LegalHold.patient_id).where(LegalHold.lifted_at.is_(None))
