"""Who gives a service, where and on which terms: her own rules go before the service's."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, time
from functools import lru_cache
from operator import attrgetter
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import (
    BigInteger,
    BindParameter,
    Integer,
    Row,
    Select,
    String,
    bindparam,
    cast,
    func,
    literal,
    null,
    select,
    type_coerce,
    union_all,
)

from booking.availability.queries.open_time import hours_between
from booking.availability.rules import BookingPolicy, Candidate, Segment, SegmentKind, ServicePlan
from booking.availability.rules.hours import Version
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


_SERVICE: BindParameter[int] = bindparam("service_id", type_=Integer)
# Three short lists in one query: parts, a practitioner's own parts, and rooms.
_PARTS = union_all(
    select(
        literal("part").label("which"),
        literal(0).label("id"),
        ServiceSegment.position.label("position"),
        ServiceSegment.minutes.label("number"),
        type_coerce(ServiceSegment.kind, String).label("kind"),
        literal(0).label("resource_id"),
        cast(0, BigInteger).label("mark"),
    ).where(ServiceSegment.service_id == _SERVICE),
    select(
        literal("own"),
        OwnSegment.practitioner_id,
        OwnSegment.position,
        OwnSegment.minutes,
        type_coerce(OwnSegment.kind, String),
        literal(0),
        cast(0, BigInteger),
    ).where(OwnSegment.service_id == _SERVICE),
    select(
        literal("room"),
        Room.id,
        Room.position,
        Room.location_id,
        cast(null(), String),
        Room.resource_id,
        Resource.mark,
    )
    .join(ServiceRoom, ServiceRoom.room_id == Room.id)
    .join(Resource, Resource.id == Room.resource_id)
    .where(ServiceRoom.service_id == _SERVICE),
).order_by("which", "position", "id")


def parts(service_id: int) -> Parts:
    """Return what a service's visits are made of, and the rooms that suit it."""
    own: dict[int, list[Segment]] = defaultdict(list)
    rooms: dict[int, list[tuple[int, int]]] = defaultdict(list)
    marks: dict[int, int] = {}
    for which, number, _, value, kind, resource, mark in (
        session().connection().execute(_PARTS, {"service_id": service_id})
    ):
        if which == "room":
            rooms[value].append((number, resource))
            marks[resource] = mark
        else:
            own[number].append(Segment(SegmentKind(kind), value))
    return Parts(
        segments=tuple(own.pop(0, ())),
        own={practitioner: tuple(found) for practitioner, found in own.items()},
        rooms={location: tuple(found) for location, found in rooms.items()},
        marks=marks,
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
            way=row.way,
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
_POLICY = attrgetter(  # in the order of BookingPolicy
    "minimum_notice_minutes",
    "horizon_days",
    "grid_minutes",
    "mode",
    "new_patients",
    "daily_cap",
    "weekly_cap",
    "gap",
)


@lru_cache(maxsize=256)
def _policy(*values: Any) -> BookingPolicy:
    return BookingPolicy(*values)


@lru_cache(maxsize=64)
def _wanted(
    first: date, last: date, version: Version, narrowed: tuple[bool, bool]
) -> Select[*tuple[Any, ...]]:
    """The query for hours between two dates; kept, because building it costs as much as asking."""
    hers = (
        func.coalesce(getattr(ServicePractitioner, name), getattr(Service, name)).label(name)
        for name in _OWN
    )
    wanted = (
        hours_between(
            datetime.combine(first, time(), UTC),
            datetime.combine(last, time(), UTC),
            version=version,
        )
        .join(ServicePractitioner, ServicePractitioner.practitioner_id == Practitioner.id)
        .join(Service, Service.id == ServicePractitioner.service_id)
        .join(Resource, Resource.id == Practitioner.resource_id)
        .add_columns(
            Resource.mark, Service.way, Service.minutes_before, Service.minutes_after, *hers
        )
        .where(Service.id == _SERVICE, Service.active)
    )
    if narrowed[0]:
        wanted = wanted.where(Practitioner.id.in_(bindparam("practitioner_ids", expanding=True)))
    if narrowed[1]:
        wanted = wanted.where(Location.id.in_(bindparam("location_ids", expanding=True)))
    return wanted
