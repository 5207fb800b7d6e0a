"""Who gives a service, where and on which terms: her own rules go before the service's."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, time
from functools import lru_cache
from operator import attrgetter
from typing import Any, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import (
    BigInteger,
    BindParameter,
    ColumnElement,
    Integer,
    Row,
    Select,
    String,
    Uuid,
    bindparam,
    cast,
    func,
    literal,
    null,
    select,
    type_coerce,
    union_all,
)

from booking.availability.queries.written import hours_between
from booking.availability.rules import (
    BookingMode,
    BookingPolicy,
    Candidate,
    GapRule,
    Segment,
    SegmentKind,
    ServicePlan,
    Way,
)
from booking.availability.rules.hours import Version
from booking.clinic import queries as clinic
from booking.clinic.models import (
    Location,
    OwnSegment,
    Practitioner,
    Room,
    Service,
    ServicePractitioner,
    ServiceRoom,
    ServiceSegment,
)
from booking.core.db import session
from booking.occupancy.models import Resource


class Parts(NamedTuple):
    """What a visit is made of, and where: own parts by practitioner, rooms by location.

    `marks` are those of the rooms' resources (occupancy.models).
    """

    segments: tuple[Segment, ...]
    own: Mapping[int, tuple[Segment, ...]]
    rooms: Mapping[int, tuple[tuple[int, int], ...]]
    marks: Mapping[int, int]
    numbers: Mapping[str, Sequence[int]]


_SERVICE: BindParameter[int] = bindparam("service_id", type_=Integer)
_NO_NUMBER, _NO_WORD = literal(0), cast(null(), String)


def _lists(service_id: Any) -> tuple[Select[*tuple[Any, ...]], ...]:
    """Three short lists that fit into one query: parts, own parts, and rooms."""
    return (
        select(
            literal("part").label("which"),
            _NO_NUMBER.label("id"),
            ServiceSegment.position.label("position"),
            ServiceSegment.minutes.label("number"),
            type_coerce(ServiceSegment.kind, String).label("kind"),
            _NO_NUMBER.label("resource_id"),
            cast(0, BigInteger).label("mark"),
        ).where(ServiceSegment.service_id == service_id),
        select(
            literal("own"),
            OwnSegment.practitioner_id,
            OwnSegment.position,
            OwnSegment.minutes,
            type_coerce(OwnSegment.kind, String),
            _NO_NUMBER,
            cast(0, BigInteger),
        ).where(OwnSegment.service_id == service_id),
        select(
            literal("room"),
            Room.id,
            Room.position,
            Room.location_id,
            _NO_WORD,
            Room.resource_id,
            Resource.mark,
        )
        .join(ServiceRoom, ServiceRoom.room_id == Room.id)
        .join(Resource, Resource.id == Room.resource_id)
        .where(ServiceRoom.service_id == service_id),
    )


def _named(kind: Any) -> Select[*tuple[Any, ...]]:
    """The numbers behind the public ids of services, practitioners or locations."""
    name = kind.__tablename__
    asked = bindparam(f"{name}_public_ids", type_=Uuid, expanding=True)
    blank = (_NO_NUMBER, _NO_NUMBER, _NO_WORD, _NO_NUMBER, cast(0, BigInteger))
    found = select(literal(name), kind.id, *blank).where(kind.public_id.in_(asked))
    return found if kind is Location else found.where(kind.active)


_IN_ORDER = ("which", "position", "id")
_PARTS = union_all(*_lists(_SERVICE)).order_by(*_IN_ORDER)
_PARTS_OF_NAMED = union_all(
    *_lists(
        select(Service.id)
        .where(Service.public_id == bindparam("service_public_id", type_=Uuid))
        .scalar_subquery()
    ),
    *(_named(kind) for kind in (Service, Practitioner, Location)),
).order_by(*_IN_ORDER)


def parts(service_id: int) -> Parts:
    """Return what a service's visits are made of, and the rooms that suit it."""
    return _read(session().connection().execute(_PARTS, {"service_id": service_id}))


def parts_of_named(service: UUID, whom: Collection[UUID], where: Collection[UUID]) -> Parts:
    """Return the same by public ids; `numbers` has the number of each that there is, by kind."""
    asked = {
        "service_public_id": service,
        "service_public_ids": [service],
        "practitioner_public_ids": list(whom),
        "location_public_ids": list(where),
    }
    return _read(session().connection().execute(_PARTS_OF_NAMED, asked))


def _read(rows: Iterable[Row[Any]]) -> Parts:
    own: dict[int, list[Segment]] = defaultdict(list)
    rooms: dict[int, list[tuple[int, int]]] = defaultdict(list)
    marks: dict[int, int] = {}
    numbers: dict[str, list[int]] = defaultdict(list)
    for row in rows:
        which, number, _, value, kind, resource, mark = tuple(row)
        if which == "room":
            rooms[value].append((number, resource))
            marks[resource] = mark
        elif kind is not None:
            own[number].append(Segment(SegmentKind(kind), value))
        else:
            numbers[which].append(number)
    return Parts(
        segments=tuple(own.pop(0, ())),
        own={practitioner: tuple(found) for practitioner, found in own.items()},
        rooms={location: tuple(found) for location, found in rooms.items()},
        marks=marks,
        numbers=numbers,
    )


def hours_and_terms(
    service_id: int,
    *,
    start: datetime,
    end: datetime | None,
    version: Version,
    practitioner_ids: Collection[int] | None,
    location_ids: Collection[int] | None,
) -> Sequence[Row[Any]]:
    """Return the weekly hours of everyone who gives an active service, with her terms, in order."""
    narrowed = practitioner_ids is not None, location_ids is not None
    asked = {
        "service_id": service_id,
        "practitioner_ids": list(practitioner_ids or ()),
        "location_ids": list(location_ids or ()),
    }
    last = _END_OF_TIME if end is None else end.date()
    wanted = _wanted(start.date(), last, version, narrowed)
    return session().connection().execute(wanted, asked).all()


def candidates(rows: Iterable[Row[Any]], made_of: Parts) -> tuple[Candidate, ...]:
    """Return one candidate per practitioner and location, in the order of `rows`."""
    found: dict[tuple[int, int], Candidate] = {}
    plans: dict[tuple[int, ...], ServicePlan] = {}
    for row in rows:
        key = (row.practitioner_id, row.location_id)
        if key in found:
            continue
        whose = row.practitioner_id if row.practitioner_id in made_of.own else 0
        lengths = (whose, row.minutes_before, row.minutes_after)
        if lengths not in plans:
            segments = made_of.own.get(whose, made_of.segments)
            plans[lengths] = ServicePlan(segments, row.minutes_before, row.minutes_after)
        found[key] = Candidate(
            practitioner_id=row.practitioner_id,
            practitioner_resource=row.resource_id,
            location_id=row.location_id,
            zone=ZoneInfo(row.zone),
            plan=plans[lengths],
            policy=_policy(*_POLICY(row)),
            rooms=made_of.rooms.get(row.location_id, ()),
            way=Way(row.way),
            price_minor=row.price_minor,
        )
    return tuple(found.values())


_END_OF_TIME = date(9999, 1, 1)
_OWN = (
    "price_minor",
    "mode",
    "new_patients",
    "minimum_notice_minutes",
    "horizon_days",
    "grid_minutes",
    "daily_cap",
    "weekly_cap",
    "gap",
)
_POLICY = attrgetter(  # in the order `_policy` takes them
    "minimum_notice_minutes",
    "horizon_days",
    "grid_minutes",
    "mode",
    "new_patients",
    "daily_cap",
    "weekly_cap",
    "gap",
)


def _as_stored(value: Any, name: str) -> ColumnElement[Any]:
    """Words stay words until a candidate is made of them: there are many more rows."""
    return (type_coerce(value, String) if name in ("mode", "gap", "way") else value).label(name)


@lru_cache(maxsize=256)
def _policy(*values: Any) -> BookingPolicy:
    notice, horizon, grid, mode, new_patients, daily_cap, weekly_cap, gap = values
    return BookingPolicy(
        notice,
        horizon,
        grid,
        mode=BookingMode(mode),
        new_patients=bool(new_patients),
        daily_cap=daily_cap,
        weekly_cap=weekly_cap,
        gap=GapRule(gap),
    )


@lru_cache(maxsize=64)
def _wanted(
    first: date, last: date, version: Version, narrowed: tuple[bool, bool]
) -> Select[*tuple[Any, ...]]:
    """The query for hours between two dates; kept, because building it costs as much as asking."""
    hers = (
        _as_stored(func.coalesce(getattr(ServicePractitioner, name), getattr(Service, name)), name)
        for name in _OWN
    )
    givers = select(ServicePractitioner.practitioner_id).where(
        ServicePractitioner.service_id == _SERVICE
    )
    if narrowed[0]:
        some: BindParameter[list[int]] = bindparam("practitioner_ids", expanding=True)
        givers = givers.where(ServicePractitioner.practitioner_id.in_(some))
    booked = clinic.booked_until()
    wanted = (
        hours_between(
            datetime.combine(first, time(), UTC),
            datetime.combine(last, time(), UTC),
            version=version,
            whose=givers,
        )
        .join(ServicePractitioner, ServicePractitioner.practitioner_id == Practitioner.id)
        .join(Service, Service.id == ServicePractitioner.service_id)
        .join(Resource, Resource.id == Practitioner.resource_id)
        .outerjoin(booked, booked.c.practitioner_id == Practitioner.id)
        .add_columns(
            Resource.mark,
            booked.c.until.label("booked_until"),
            cast(Practitioner.public_id, String).label("practitioner"),
            cast(Location.public_id, String).label("location"),
            _as_stored(Service.way, "way"),
            Service.minutes_before,
            Service.minutes_after,
            *hers,
        )
        .where(Service.id == _SERVICE, Service.active)
    )
    if narrowed[1]:
        wanted = wanted.where(Location.id.in_(bindparam("location_ids", expanding=True)))
    return wanted
