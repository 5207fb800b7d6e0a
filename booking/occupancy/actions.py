"""Claim, take over, move and release time. The only writer of the occupancy table.

Every function runs inside the caller's transaction. The database refuses an overlap; here it only
gets a kind name.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, bindparam, delete, insert, select, text, update
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.types import Integer

from booking.core.db import NOW, session
from booking.core.errors import AlreadyTaken, HoldOver
from booking.occupancy.models import Occupancy, Resource, ResourceKind
from booking.occupancy.rules import Claim

# Taking the locks in one order before writing keeps rivals from dead-locking each other.
LOCK = text("SELECT pg_advisory_xact_lock(7, r) FROM unnest(:ids) AS r").bindparams(
    bindparam("ids", type_=ARRAY(Integer))
)
_NEW = insert(Resource).returning(Resource.id)
_DELETE_ENDED = (
    delete(Occupancy)
    .where(
        Occupancy.resource_id.in_(bindparam("resources", expanding=True)),
        Occupancy.expires_at <= NOW,
    )
    .execution_options(synchronize_session=False)
)
INSERT = insert(Occupancy.__table__).returning(Occupancy.__table__.c.id)  # type: ignore[arg-type]


def new_resource(kind: ResourceKind) -> int:
    """Make a resource and return its id."""
    return new_resources(kind, 1)[0]


def new_resources(kind: ResourceKind, count: int) -> list[int]:
    """Make many resources at once and return their ids."""
    return list(session().scalars(_NEW, [{"kind": kind}] * count))


def lock(resource_ids: Iterable[int]) -> None:
    """Queue behind everyone who wants one of these resources, until the transaction ends.

    On SQLite all writers queue already, at the transaction's start.
    """
    if session().connection().dialect.name == "postgresql":
        session().execute(LOCK, {"ids": sorted(set(resource_ids))})


def hold(claims: Sequence[Claim], *, hold_id: int, until: datetime, now: datetime) -> None:
    """Take `claims` for a hold that ends by itself at `until`. Raises AlreadyTaken."""
    _take(claims, now=now, hold_id=hold_id, expires_at=until)


def claim(
    claims: Sequence[Claim], *, appointment_id: int, now: datetime, until: datetime | None = None
) -> None:
    """Take `claims` for an appointment. Raises AlreadyTaken.

    With `until` they end by themselves then, unless `confirm` comes first: the time of a request.
    """
    _take(claims, now=now, appointment_id=appointment_id, expires_at=until)


def confirm(appointment_id: int, *, resources: Collection[int], now: datetime) -> None:
    """Let what an appointment only asked for be its own. Raises HoldOver when that has ended.

    `resources` as for `take_over`.
    """
    changed = _change_live(Occupancy.appointment_id == appointment_id, now=now, expires_at=None)
    _ensure_whole(changed, resources)


def claim_much(claims: Iterable[tuple[int, Claim]]) -> None:
    """Take claims of many appointments, as (appointment id, claim), for whoever loads a clinic.

    One statement and no locks: for a database that nobody else writes. An overlap is refused as
    everywhere, as an IntegrityError.
    """
    rows = [_row(claim, appointment_id=appointment_id) for appointment_id, claim in claims]
    session().execute(Occupancy.__table__.insert(), rows)  # type: ignore[attr-defined]


def extend(hold_id: int, *, until: datetime, now: datetime) -> None:
    """Let a live hold end later. Raises HoldOver when it has ended."""
    _change_live(Occupancy.hold_id == hold_id, now=now, expires_at=until)


def take_over(
    hold_id: int,
    *,
    resources: Collection[int],
    appointment_id: int,
    now: datetime,
    until: datetime | None = None,
) -> None:
    """Turn a live hold's time into the appointment's. Raises HoldOver when it has ended.

    `until` as for `claim`. It must have time of each of `resources`: whoever needed one of them
    and had a later clock has taken that one back, and the others are still there.
    """
    changed = _change_live(
        Occupancy.hold_id == hold_id,
        now=now,
        hold_id=None,
        expires_at=until,
        appointment_id=appointment_id,
    )
    _ensure_whole(changed, resources)


def reassign(appointment_ids: Collection[int], *, of: int, to: int, now: datetime) -> None:
    """Let what visits have of one patient resource be another's, when records are joined.

    Raises AlreadyTaken where the other is somewhere else at one of these times.
    """
    if of == to or not appointment_ids:
        return
    lock([of, to])
    session().execute(
        delete(Occupancy).where(Occupancy.resource_id == to, Occupancy.expires_at <= now)
    )
    change = (
        update(Occupancy)
        .where(Occupancy.resource_id == of, Occupancy.appointment_id.in_(appointment_ids))
        .values(resource_id=to)
        .execution_options(synchronize_session=False)
    )
    try:
        session().execute(change)
    except (IntegrityError, DBAPIError) as refused:
        if "occupancy_no_overlap" not in str(refused.orig):
            raise
        raise AlreadyTaken(resources=[of, to]) from refused


def release_hold(hold_id: int) -> None:
    """Give back what a hold has, ended or not."""
    _lock_those(Occupancy.hold_id == hold_id)
    session().execute(delete(Occupancy).where(Occupancy.hold_id == hold_id))


def release(appointment_id: int) -> None:
    """Give back all the time of an appointment."""
    _lock_those(Occupancy.appointment_id == appointment_id)
    session().execute(delete(Occupancy).where(Occupancy.appointment_id == appointment_id))


def _take(claims: Sequence[Claim], *, now: datetime, **owner: object) -> None:
    resources = {claim.resource_id for claim in claims}
    lock(resources)
    session().execute(_DELETE_ENDED, {"resources": list(resources), "now": now})
    try:
        session().execute(INSERT, [_row(claim, **owner) for claim in sorted(claims)])
    except (IntegrityError, DBAPIError) as refused:
        if "occupancy_no_overlap" not in str(refused.orig):
            raise
        raise AlreadyTaken(resources=sorted(resources)) from refused


def _row(claim: Claim, **owner: object) -> dict[str, object]:
    return {
        "appointment_id": None,
        "hold_id": None,
        "expires_at": None,
        **owner,
        "resource_id": claim.resource_id,
        "starts_at": claim.starts_at,
        "ends_at": claim.ends_at,
    }


def _lock_those(which: ColumnElement[bool]) -> None:
    """Lock the resources of some rows: whoever changes them changes the resources' marks too."""
    if session().connection().dialect.name == "postgresql":
        lock(session().scalars(select(Occupancy.resource_id).where(which)))


def _change_live(which: ColumnElement[bool], *, now: datetime, **values: object) -> set[int]:
    """Change what has not ended; return whose time that was. Raises HoldOver where it is none."""
    _lock_those(which)
    change = (
        update(Occupancy)
        .where(which, Occupancy.expires_at > now)
        .values(**values)
        .returning(Occupancy.resource_id)
        .execution_options(synchronize_session=False)
    )
    changed = set(session().scalars(change))
    if not changed:
        raise HoldOver
    return changed


def _ensure_whole(changed: set[int], needed: Collection[int]) -> None:
    if not changed >= set(needed):
        raise HoldOver
