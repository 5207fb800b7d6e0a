"""Load what a service's offers depend on: at most four queries, whoever and whenever is asked."""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from booking.availability.queries.basis import Basis, Question, basis_for
from booking.availability.queries.taken import taken
from booking.availability.rules import (
    AskedBy,
    Asking,
    Schedule,
    epoch_minute_after,
    instant_of,
)
from booking.availability.rules.hours import Version
from booking.availability.rules.instants import MINUTES_A_DAY

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
    begin, until, today = _whole_days(start, end, now)
    basis, marks = basis_for(
        Question(
            service_id,
            None if practitioner_ids is None else frozenset(practitioner_ids),
            None if location_ids is None else frozenset(location_ids),
            begin,
            until,
            today,
            version,
            asked_by,
        )
    )
    return _with_times(
        basis,
        marks,
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
    begin, until, today = _whole_days(start, end, now)
    question = Question(
        service,
        frozenset(practitioners) or None,
        frozenset(locations) or None,
        begin,
        until,
        today,
    )
    basis, marks = basis_for(question)
    known = _with_times(basis, marks, start=start, end=end, asking=Asking(now=now))
    return Public(known, basis.names)


def _with_times(
    basis: Basis,
    marks: Mapping[int, int],
    *,
    start: datetime,
    end: datetime | None,
    asking: Asking,
    but_hold_id: int | None = None,
    but_appointment_id: int | None = None,
) -> Schedule:
    """Candidates as of now with their open and busy time."""
    # Without an end, an instant after all that any of the candidates can be booked for.
    last = asking.now + timedelta(days=basis.horizon_days) + 2 * _DAY if end is None else end
    return Schedule(
        service_id=basis.service_id,
        candidates=basis.in_force(asking.now),
        window=(epoch_minute_after(start), epoch_minute_after(last)),
        open_time=basis.open_time,
        busy=taken(
            marks,
            others=() if asking.person_id is None else [asking.person_id],
            since=instant_of(basis.reach[0]) - _AROUND,
            now=asking.now,
            but_hold_id=but_hold_id,
            but_appointment_id=but_appointment_id,
        ),
        asking=asking,
    )


def _whole_days(
    start: datetime, end: datetime | None, now: datetime
) -> tuple[int, int | None, int]:
    """Return the window widened to days, and today, so that what is worked out is shared.

    Today counts only where there is no end.
    """
    first = epoch_minute_after(start) // MINUTES_A_DAY - 1
    if end is None:
        return first * MINUTES_A_DAY, None, epoch_minute_after(now) // MINUTES_A_DAY * MINUTES_A_DAY
    last = -(-epoch_minute_after(end) // MINUTES_A_DAY) + 1
    return first * MINUTES_A_DAY, last * MINUTES_A_DAY, 0
