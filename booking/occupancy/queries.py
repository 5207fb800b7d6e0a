"""Named reads of what is taken."""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, and_, bindparam, column, extract, func, or_, select, table

from booking.core.db import NOW, UtcDateTime, session
from booking.core.intervals import Span, normalise
from booking.occupancy.models import Occupancy
from booking.occupancy.rules import Claim, Stretch

Busy = dict[int, list[Span]]
# Reckoned in the database: making thousands of datetimes only to count their minutes costs more
# than all the rest of finding free time.
_FIRST, _LAST = extract("epoch", Occupancy.starts_at), extract("epoch", Occupancy.ends_at)


# The tables of visits and holds belong to a feature above this one, as the keys in `Occupancy` do;
# of a visit only what rules about free time ask is named.
_ASKED = ("id", "service_id", "location_id", "starts_at", "ends_at")
_VISIT, _HOLD = (
    table(name, *(column(each) for each in _ASKED)) for name in ("appointment", "hold")
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
        extract("epoch", func.coalesce(_VISIT.c.ends_at, _HOLD.c.ends_at)),
    )
    .outerjoin(_VISIT, _VISIT.c.id == Occupancy.appointment_id)
    .outerjoin(_HOLD, _HOLD.c.id == Occupancy.hold_id)
    .where(
        Occupancy.resource_id.in_(bindparam("resources", expanding=True)),
        Occupancy.ends_at > bindparam("since", type_=UtcDateTime),
    )
    .order_by(Occupancy.resource_id, Occupancy.starts_at)
)


_PARTS = (
    select(Occupancy.resource_id, _FIRST, _LAST, Occupancy.appointment_id)
    .where(
        Occupancy.resource_id.in_(bindparam("resources", expanding=True)),
        Occupancy.ends_at > bindparam("start", type_=UtcDateTime),
        Occupancy.starts_at < bindparam("end", type_=UtcDateTime),
        or_(
            Occupancy.expires_at.is_(None),
            Occupancy.expires_at > NOW,
        ),
    )
    .order_by(Occupancy.resource_id, Occupancy.starts_at)
)


class Part(NamedTuple):
    """A stretch of one resource's time, in epoch minutes that cover it, and the visit it is of."""

    resource_id: int
    span: Span
    appointment_id: int | None


def parts(
    resource_ids: Collection[int], *, start: datetime, end: datetime, now: datetime
) -> list[Part]:
    """Return what is taken of these resources around `[start, end)`, ended holds left out.

    By resource and start. One query, whatever the number of resources.
    """
    asked = {"resources": list(resource_ids), "start": start, "end": end, "now": now}
    rows = session().connection().execute(_PARTS, asked).all()
    return [
        Part(resource, (int(first) // 60, -(-int(last) // 60)), appointment)
        for resource, first, last, appointment in rows
    ]


def busy(resource_ids: Collection[int], *, start: datetime, end: datetime, now: datetime) -> Busy:
    """Return the spans of `parts` by resource, in the normal form of `core.intervals`.

    Every asked resource has a key.
    """
    return spans_of(resource_ids, parts(resource_ids, start=start, end=end, now=now))


def spans_of(resource_ids: Iterable[int], taken: Iterable[Part]) -> Busy:
    """Return the spans of some parts by resource; every asked resource has a key."""
    found: Busy = {resource: [] for resource in resource_ids}
    for part in taken:
        if part.resource_id in found:
            found[part.resource_id].append(part.span)
    return {resource: normalise(spans) for resource, spans in found.items()}


def stretches(resource_ids: Collection[int], *, since: datetime) -> dict[int, list[Stretch]]:
    """Return all that is taken of each resource and ends after `since`, ended holds included.

    In epoch minutes that cover it, by start. Every asked resource has a key. One query.
    """
    found: dict[int, list[Stretch]] = {resource: [] for resource in resource_ids}
    if found:
        known = {"resources": list(found), "since": since}
        for resource, first, last, *whose, begins, ends in (
            session().connection().execute(_STRETCHES, known)
        ):
            span = int(first) // 60, -(-int(last) // 60)
            itself = int(begins or 0) // 60, -(-int(ends or 0) // 60)
            found[resource].append(Stretch._make((*span, *whose, *itself)))
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
