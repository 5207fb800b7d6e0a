"""Named reads of what is taken."""

from collections.abc import Collection
from datetime import datetime
from typing import cast

from sqlalchemy import ColumnElement, and_, bindparam, column, extract, func, or_, select, table

from booking.core.db import UtcDateTime, session
from booking.core.intervals import Span
from booking.occupancy.models import Occupancy
from booking.occupancy.rules import Claim, Stretch

Busy = dict[int, list[Span]]
# Reckoned in the database: making thousands of datetimes only to count their minutes costs more
# than all the rest of finding free time.
_FIRST, _LAST = extract("epoch", Occupancy.starts_at), extract("epoch", Occupancy.ends_at)


# The tables of visits and holds belong to a feature above this one, as the keys in `Occupancy` do;
# of a visit only what rules about free time ask is named.
_VISIT, _HOLD = (
    table(name, *(column(each) for each in ("id", "service_id", "location_id", "starts_at")))
    for name in ("appointment", "hold")
)
_STRETCHES = (
    select(
        Occupancy.resource_id,
        _FIRST,
        _LAST,
        Occupancy.expires_at,
        Occupancy.appointment_id,
        Occupancy.hold_id,
        func.coalesce(_VISIT.c.service_id, _HOLD.c.service_id),
        func.coalesce(_VISIT.c.location_id, _HOLD.c.location_id),
        extract("epoch", func.coalesce(_VISIT.c.starts_at, _HOLD.c.starts_at)),
    )
    .outerjoin(_VISIT, _VISIT.c.id == Occupancy.appointment_id)
    .outerjoin(_HOLD, _HOLD.c.id == Occupancy.hold_id)
    .where(
        Occupancy.resource_id.in_(bindparam("resources", expanding=True)),
        Occupancy.ends_at > bindparam("since", type_=UtcDateTime),
    )
    .order_by(Occupancy.resource_id, Occupancy.starts_at)
)


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


def stretches(resource_ids: Collection[int], *, since: datetime) -> dict[int, list[Stretch]]:
    """Return all that is taken of each resource and ends after `since`, ended holds included.

    In epoch minutes that cover it, by start. Every asked resource has a key. One query.
    """
    found: dict[int, list[Stretch]] = {resource: [] for resource in resource_ids}
    if found:
        known = {"resources": list(found), "since": since}
        for resource, first, last, *whose, begins in (
            session().connection().execute(_STRETCHES, known)
        ):
            span = int(first) // 60, -(-int(last) // 60)
            found[resource].append(Stretch._make((*span, *whose, int(begins or 0) // 60)))
    return found


def claims_of_hold(hold_id: int) -> tuple[Claim, ...]:
    """Return what a hold has, ended or not."""
    return _claims(Occupancy.hold_id == hold_id)


def claims_of(appointment_id: int) -> tuple[Claim, ...]:
    """Return what an appointment has."""
    return _claims(Occupancy.appointment_id == appointment_id)


def claims_meeting(claims: Collection[Claim], *, now: datetime) -> tuple[Claim, ...]:
    """Return what others have of the resources in `claims`, around them, ended holds left out."""
    start, end = min(c.starts_at for c in claims), max(c.ends_at for c in claims)
    others = _claims(
        and_(
            Occupancy.resource_id.in_({c.resource_id for c in claims}),
            Occupancy.ends_at > start,
            Occupancy.starts_at < end,
            or_(Occupancy.expires_at.is_(None), Occupancy.expires_at > now),
        )
    )
    return tuple(o for o in others if any(_meet(o, claim) for claim in claims))


def _meet(one: Claim, other: Claim) -> bool:
    same = one.resource_id == other.resource_id
    return same and one.starts_at < other.ends_at and other.starts_at < one.ends_at


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
