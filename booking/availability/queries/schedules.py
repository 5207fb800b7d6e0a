"""Load what a service's offers depend on: four queries, whatever the number of people and days."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Row

from booking.availability.queries import terms
from booking.availability.queries.open_time import open_time
from booking.availability.queries.taken import taken
from booking.availability.rules import (
    AskedBy,
    Asking,
    Candidate,
    Schedule,
    epoch_minute_after,
    instant_of,
)
from booking.availability.rules.hours import Version
from booking.availability.rules.instants import MINUTES_A_DAY
from booking.clinic.rules.credentials import in_force
from booking.core.errors import NotFound
from booking.core.intervals import Span

_DAY = timedelta(days=1)
_AROUND = timedelta(days=9)  # the week around a day, and every zone's idea of a date


def schedule(
    service_id: int,
    *,
    start: datetime,
    end: datetime | None = None,
    now: datetime,
    practitioner_ids: Collection[int] | None = None,
    location_ids: Collection[int] | None = None,
    person_id: int | None = None,
    known_to: Collection[int] = (),
    asked_by: AskedBy = AskedBy.PATIENT,
    but_hold_id: int | None = None,
    but_appointment_id: int | None = None,
    version: Version = Version.PUBLISHED,
) -> Schedule:
    """Everything needed to say which visits of a service can start in `[start, end)`, aware UTC.

    Without an end, all up to the last day that can be booked. None for practitioners or locations
    means all of them. `known_to` are the practitioners the patient has been to; to others she is
    new. The staff are offered also what is booked by phone only, at once, on any minute of five and
    two years ahead. What the hold `but_hold_id` or
    the appointment `but_appointment_id` has counts as free: it is about to be taken over or moved.
    Drafts count instead of published hours when `version` says so: a preview. A service that is
    unknown or not active has no candidates, so nothing is offered.
    """
    made_of = terms.parts(service_id)
    rows = terms.hours_and_terms(
        service_id,
        start=start - _DAY,
        end=None if end is None else end + _DAY,
        version=version,
        practitioner_ids=practitioner_ids,
        location_ids=location_ids,
    )
    return _with_times(
        made_of,
        rows,
        service_id=service_id,
        start=start,
        end=end,
        asking=Asking(
            now=now, asked_by=asked_by, known_to=frozenset(known_to), person_id=person_id
        ),
        but_hold_id=but_hold_id,
        but_appointment_id=but_appointment_id,
    )


class Public(NamedTuple):
    """A schedule, and the public ids (practitioner's, location's) of its candidates."""

    schedule: Schedule
    names: Mapping[tuple[int, int], tuple[str, str]]


class Unknown(NotFound):
    """There is no such service, practitioner or location; `kind` is one of these words."""

    def __init__(self, kind: str) -> None:
        super().__init__()
        self.kind = kind


def public_schedule(
    service: UUID,
    *,
    practitioners: Collection[UUID],
    locations: Collection[UUID],
    start: datetime,
    end: datetime,
    now: datetime,
) -> Public:
    """The same by public ids, as a stranger asks online; none is all. Raises Unknown."""
    made_of = terms.parts_of_named(service, practitioners, locations)
    numbers = made_of.numbers
    for kind, asked in (
        ("service", [service]),
        ("practitioner", practitioners),
        ("location", locations),
    ):
        if len(numbers[kind]) < len(asked):
            raise Unknown(kind)
    [service_id] = numbers["service"]
    rows = terms.hours_and_terms(
        service_id,
        start=start - _DAY,
        end=end + _DAY,
        version=Version.PUBLISHED,
        practitioner_ids=numbers["practitioner"] or None,
        location_ids=numbers["location"] or None,
    )
    known = _with_times(
        made_of,
        rows,
        service_id=service_id,
        start=start,
        end=end,
        asking=Asking(now=now),
    )
    names = {
        (row.practitioner_id, row.location_id): (row.practitioner, row.location) for row in rows
    }
    return Public(known, names)


def _with_times(
    made_of: terms.Parts,
    rows: Sequence[Row[Any]],
    *,
    service_id: int,
    start: datetime,
    end: datetime | None,
    asking: Asking,
    but_hold_id: int | None = None,
    but_appointment_id: int | None = None,
) -> Schedule:
    """Candidates with their open and busy time."""
    rows = [row for row in rows if in_force(row.booked_until, row.zone, now=asking.now)]
    candidates = terms.candidates(rows, made_of)
    if not asking.online:
        candidates = tuple(replace(each, policy=each.policy.for_staff) for each in candidates)
    last = end or _last(candidates, asking.now)
    window = (epoch_minute_after(start), epoch_minute_after(last))
    reach = _whole_days(window)
    marks = {row.resource_id: row.mark for row in rows}
    marks.update(made_of.marks)
    return Schedule(
        service_id=service_id,
        candidates=candidates,
        window=window,
        open_time=open_time(rows, reach),
        busy=taken(
            marks,
            others=() if asking.person_id is None else [asking.person_id],
            since=instant_of(reach[0]) - _AROUND,
            now=asking.now,
            but_hold_id=but_hold_id,
            but_appointment_id=but_appointment_id,
        ),
        asking=asking,
    )


def _last(candidates: Iterable[Candidate], now: datetime) -> datetime:
    """An instant after all that any of the candidates can be booked for."""
    horizon = max((candidate.policy.horizon_days for candidate in candidates), default=0)
    return now + timedelta(days=horizon) + 2 * _DAY


def _whole_days(window: Span) -> Span:
    """The window widened to days, so that rules see whole days and what is worked out is shared."""
    first, last = window[0] // MINUTES_A_DAY - 1, -(-window[1] // MINUTES_A_DAY) + 1
    return first * MINUTES_A_DAY, last * MINUTES_A_DAY
