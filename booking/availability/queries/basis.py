"""What offers rest on beside taken time, read again only where it has changed.

All that is written of hours, time off, closures, services and their terms, rooms and proofs has
one mark (`models.WrittenMark`), another after every change, whichever process makes it. What was
read under a mark is true while the mark is the same: a question asked before costs one query, for
the marks. What a process remembers saves reading, and is never needed for a right answer; nothing
in it depends on the hour, so a notice that has run out and a licence that has ended still count.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from functools import cached_property
from typing import Any, NamedTuple
from uuid import UUID
from weakref import WeakKeyDictionary

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Engine,
    Row,
    literal,
    literal_column,
    select,
    union_all,
)

from booking.availability.models import WrittenMark
from booking.availability.queries import parts, terms
from booking.availability.queries.open_time import Key, open_time
from booking.availability.rules import AskedBy, Candidate, OpenSpans, instant_of
from booking.availability.rules.hours import Version
from booking.availability.rules.instants import MINUTES_A_DAY
from booking.clinic.rules.credentials import in_force
from booking.core.db import db, session, writing
from booking.core.intervals import Span
from booking.occupancy.models import Resource

_REMEMBERED = 4096  # candidates of all questions; anybody is free to ask for odd days
_END_OF_TIME = datetime(9999, 1, 1, tzinfo=UTC)


class Question(NamedTuple):
    """Of which service, of whom and where (None: all), between which days, and who asks.

    By ids, or all by public ids. `first` and `last` are whole days in epoch minutes; without a
    last one it is all that can be booked from `today` on.
    """

    service: int | UUID
    practitioners: frozenset[Any] | None
    locations: frozenset[Any] | None
    first: int
    last: int | None
    today: int = 0
    version: Version = Version.PUBLISHED
    asked_by: AskedBy = AskedBy.PATIENT


_WRITTEN = select(literal(0), WrittenMark.mark)  # no resource has the number 0


@dataclass(frozen=True, kw_only=True)
class Basis:
    """Everyone who gives a service, lapsed or not, with open time within `reach` (epoch minutes).

    `until` are the last days they may be booked on, in the order of `candidates`; `horizon_days`
    is the longest of theirs; `names` are public ids (practitioner's, location's). `resources` are
    theirs and the rooms'.
    """

    service_id: int
    candidates: tuple[Candidate, ...]
    until: tuple[date | None, ...]
    horizon_days: int
    reach: Span
    open_time: Mapping[Key, OpenSpans]
    names: Mapping[Key, tuple[str, str]]
    resources: Collection[int]

    def in_force(self, now: datetime) -> tuple[Candidate, ...]:
        """Return the candidates whose licence and insurance hold."""
        if not any(self.until):
            return self.candidates
        return tuple(
            each
            for each, until in zip(self.candidates, self.until, strict=True)
            if in_force(until, each.zone.key, now=now)
        )

    @cached_property
    def marks(self) -> CompoundSelect[int, int]:
        """Select the mark of all that is written, as that of 0, and those of the resources.

        The numbers stand in it, because handing over hundreds costs more than finding them.
        """
        numbers: ColumnElement[int] = literal_column(
            f"({', '.join(map(str, self.resources)) or 'NULL'})"
        )
        of_resources = select(Resource.id, Resource.mark).where(Resource.id.op("IN")(numbers))
        return union_all(_WRITTEN, of_resources)


class _Marks(NamedTuple):
    written: int
    of_resources: Mapping[int, int]


class _Read(NamedTuple):
    written: int
    basis: Basis


_shelves: WeakKeyDictionary[Engine, dict[Question, _Read]] = WeakKeyDictionary()


def basis_for(question: Question) -> tuple[Basis, Mapping[int, int]]:
    """Return what its offers rest on, and the marks of what is taken of its resources by now.

    One query where nothing that is written has changed since it was asked before, else three.
    Raises Unknown.
    """
    if writing():  # the mark need not be another yet, and what is read may never be so
        return _read(question)
    shelf = _shelves.setdefault(db.engine, {})
    known = shelf.get(question)
    marks = _marks(known.basis if known else None)
    if known and known.written == marks.written:
        return known.basis, marks.of_resources
    basis, of_resources = _read(question)
    if sum(1 + len(each.basis.candidates) for each in list(shelf.values())) > _REMEMBERED:
        shelf.clear()
    # The mark was read first: had anything changed in between, it would be another next time.
    shelf[question] = _Read(marks.written, basis)
    return basis, of_resources


def _marks(known: Basis | None) -> _Marks:
    rows = session().connection().execute(known.marks if known else _WRITTEN).all()
    found: dict[int, int] = dict(rows)
    return _Marks(found.pop(0), found)


def _read(question: Question) -> tuple[Basis, Mapping[int, int]]:
    start = instant_of(question.first)
    end = _END_OF_TIME if question.last is None else instant_of(question.last)
    service = question.service
    whom: Collection[int] | None = question.practitioners
    where: Collection[int] | None = question.locations
    if isinstance(service, UUID):
        made_of = parts.parts_of_named(
            service,
            question.practitioners or (),
            question.locations or (),
            start=start,
            end=end,
        )
        [service] = made_of.numbers["service"]
        whom = whom and made_of.numbers["practitioner"]
        where = where and made_of.numbers["location"]
    else:
        made_of = parts.parts(service, start=start, end=end)
    rows = terms.hours_and_terms(
        service,
        start=start,
        end=None if question.last is None else end,
        version=question.version,
        practitioner_ids=whom,
        location_ids=where,
    )
    marks = {row.resource_id: row.mark for row in rows}
    marks.update(made_of.marks)
    return _basis(question, service, made_of, rows, marks), marks


def _basis(
    question: Question,
    service_id: int,
    made_of: parts.Parts,
    rows: Sequence[Row[Any]],
    resources: Collection[int],
) -> Basis:
    candidates = terms.candidates(rows, made_of)
    if question.asked_by is AskedBy.STAFF:
        candidates = tuple(replace(each, policy=each.policy.for_staff) for each in candidates)
    horizon = max((each.policy.horizon_days for each in candidates), default=0)
    last = question.today + (horizon + 4) * MINUTES_A_DAY
    reach = question.first, last if question.last is None else question.last
    first_rows = {(row.practitioner_id, row.location_id): row for row in reversed(rows)}
    return Basis(
        service_id=service_id,
        candidates=candidates,
        until=tuple(
            first_rows[each.practitioner_id, each.location_id].booked_until for each in candidates
        ),
        horizon_days=horizon,
        reach=reach,
        open_time=open_time(rows, made_of.closed, reach),
        names={
            key: (str(UUID(row.practitioner)), str(UUID(row.location)))
            for key, row in first_rows.items()
        },
        resources=frozenset(resources),
    )
