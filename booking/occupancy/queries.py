"""Named reads of what is taken."""

from collections.abc import Collection
from datetime import datetime
from typing import cast

from sqlalchemy import ColumnElement, extract, or_, select

from booking.core.db import session
from booking.core.intervals import Span
from booking.occupancy.models import Occupancy
from booking.occupancy.rules import Claim

Busy = dict[int, list[Span]]
# Reckoned in the database: making thousands of datetimes only to count their minutes costs more
# than all the rest of finding free time.
_FIRST, _LAST = extract("epoch", Occupancy.starts_at), extract("epoch", Occupancy.ends_at)


def busy(
    resource_ids: Collection[int],
    *,
    start: datetime,
    end: datetime,
    now: datetime,
    but_hold_id: int | None = None,
    but_appointment_id: int | None = None,
) -> Busy:
    """Return what is taken of each resource around `[start, end)`, ended holds left out.

    Epoch minutes that cover what is taken, in the normal form of `core.intervals`. What the named
    hold or appointment has counts as free. Every asked resource has a key. One query, whatever
    the number of resources.
    """
    wanted = (
        select(Occupancy.resource_id, _FIRST, _LAST)
        .where(
            Occupancy.resource_id.in_(resource_ids),
            Occupancy.ends_at > start,
            Occupancy.starts_at < end,
            or_(Occupancy.expires_at.is_(None), Occupancy.expires_at > now),
        )
        .order_by(Occupancy.resource_id, Occupancy.starts_at)
    )
    if but_hold_id is not None:
        wanted = wanted.where(Occupancy.hold_id.is_distinct_from(but_hold_id))
    if but_appointment_id is not None:
        wanted = wanted.where(Occupancy.appointment_id.is_distinct_from(but_appointment_id))
    found: Busy = {resource: [] for resource in resource_ids}
    for resource, first, last in session().execute(wanted):
        spans, span = found[resource], (int(first) // 60, -(-int(last) // 60))
        if spans and span[0] <= spans[-1][1]:
            span = (spans.pop()[0], span[1])
        spans.append(span)
    return found


def claims_of_hold(hold_id: int) -> tuple[Claim, ...]:
    """Return what a hold has, ended or not."""
    return _claims(Occupancy.hold_id == hold_id)


def claims_of(appointment_id: int) -> tuple[Claim, ...]:
    """Return what an appointment has."""
    return _claims(Occupancy.appointment_id == appointment_id)


def _claims(which: ColumnElement[bool]) -> tuple[Claim, ...]:
    wanted = select(Occupancy.resource_id, Occupancy.starts_at, Occupancy.ends_at).where(which)
    return tuple(Claim(*row) for row in session().execute(wanted.order_by(Occupancy.id)))


def appointments_within(
    resource_ids: Collection[int], *, start: datetime, end: datetime
) -> dict[int, dict[int, list[tuple[datetime, datetime]]]]:
    """Return which appointments have time of these resources in `[start, end)`, and what they have.

    By resource, then appointment; appointments come by their first time, each one's times sorted.
    """
    wanted = (
        select(
            Occupancy.resource_id,
            Occupancy.appointment_id,
            Occupancy.starts_at,
            Occupancy.ends_at,
        )
        .where(
            Occupancy.resource_id.in_(resource_ids),
            Occupancy.appointment_id.is_not(None),
            Occupancy.ends_at > start,
            Occupancy.starts_at < end,
        )
        .order_by(Occupancy.starts_at)
    )
    found: dict[int, dict[int, list[tuple[datetime, datetime]]]] = {one: {} for one in resource_ids}
    for resource_id, appointment_id, starts_at, ends_at in session().execute(wanted):
        found[resource_id].setdefault(cast(int, appointment_id), []).append((starts_at, ends_at))
    return found
