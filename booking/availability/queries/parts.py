"""What a service's visits are made of, where, and what closes the hours they could be in."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    BindParameter,
    CompoundSelect,
    Integer,
    Row,
    Select,
    String,
    Uuid,
    bindparam,
    cast,
    literal,
    null,
    select,
    type_coerce,
    union_all,
)

from booking.availability.queries.closed import Closed, closing_rows
from booking.availability.rules import Segment, SegmentKind
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
from booking.core.errors import NotFound
from booking.occupancy.models import Resource


class Parts(NamedTuple):
    """What a visit is made of, and where: own parts by practitioner, rooms by location.

    `marks` are those of the rooms' resources (occupancy.models). `numbers` are the ids behind
    public ones, by kind.
    """

    segments: tuple[Segment, ...]
    own: Mapping[int, tuple[Segment, ...]]
    rooms: Mapping[int, tuple[tuple[int, int], ...]]
    marks: Mapping[int, int]
    closed: Closed
    numbers: Mapping[str, Sequence[int]]


class Unknown(NotFound):
    """There is no such service, practitioner or location; `kind` is one of these words."""

    def __init__(self, kind: str) -> None:
        super().__init__()
        self.kind = kind


_NO_NUMBER, _NO_WORD = literal(0), cast(null(), String)
_NO_LARGE_NUMBER = cast(0, BigInteger)
_SERVICE: BindParameter[int] = bindparam("service_id", type_=Integer)
_NAMED = (
    select(Service.id)
    .where(Service.public_id == bindparam("service_public_id", type_=Uuid))
    .scalar_subquery()
)


def _lists(service_id: Any) -> tuple[Select[*tuple[Any, ...]], ...]:
    """Short lists that fit into one query: parts, own parts, rooms, and what closes hours."""
    givers = select(ServicePractitioner.practitioner_id).where(
        ServicePractitioner.service_id == service_id
    )
    shut = closing_rows(givers, select(Location.id)).subquery()
    return (
        select(
            literal("part").label("which"),
            _NO_NUMBER.label("id"),
            ServiceSegment.position.label("position"),
            type_coerce(ServiceSegment.kind, String).label("kind"),
            cast(ServiceSegment.minutes, BigInteger).label("a"),
            _NO_NUMBER.label("resource_id"),
            _NO_LARGE_NUMBER.label("b"),
        ).where(ServiceSegment.service_id == service_id),
        select(
            literal("own"),
            OwnSegment.practitioner_id,
            OwnSegment.position,
            type_coerce(OwnSegment.kind, String),
            OwnSegment.minutes,
            _NO_NUMBER,
            _NO_LARGE_NUMBER,
        ).where(OwnSegment.service_id == service_id),
        select(
            literal("room"),
            Room.id,
            Room.position,
            _NO_WORD,
            Room.location_id,
            Room.resource_id,
            Resource.mark,
        )
        .join(ServiceRoom, ServiceRoom.room_id == Room.id)
        .join(Resource, Resource.id == Room.resource_id)
        .where(ServiceRoom.service_id == service_id),
        select(shut.c.which, shut.c.whose, _NO_NUMBER, _NO_WORD, shut.c.a, _NO_NUMBER, shut.c.b),
    )


def _named(kind: Any) -> Select[*tuple[Any, ...]]:
    """The numbers behind the public ids of services, practitioners or locations."""
    name = kind.__tablename__
    asked = bindparam(f"{name}_public_ids", type_=Uuid, expanding=True)
    blank = (_NO_NUMBER, _NO_WORD, _NO_NUMBER, _NO_NUMBER, _NO_LARGE_NUMBER)
    found = select(literal(name), kind.id, *blank).where(kind.public_id.in_(asked))
    return found if kind is Location else found.where(kind.active)


def _together(*lists: Select[*tuple[Any, ...]]) -> CompoundSelect[*tuple[Any, ...]]:
    return union_all(*lists).order_by("which", "position", "id")


_PARTS = _together(*_lists(_SERVICE))
_PARTS_OF_NAMED = _together(
    *_lists(_NAMED), *(_named(kind) for kind in (Service, Practitioner, Location))
)


def parts(service_id: int, *, start: datetime, end: datetime) -> Parts:
    """Return what a service's visits are made of, the rooms that suit it, and what is closed.

    That is of everyone who gives it and everywhere, around `[start, end)`.
    """
    asked = {"service_id": service_id, "start": start, "end": end}
    return _read(session().connection().execute(_PARTS, asked))


def parts_of_named(
    service: UUID,
    whom: Collection[UUID],
    where: Collection[UUID],
    *,
    start: datetime,
    end: datetime,
) -> Parts:
    """Return the same by public ids; `numbers` has the id of each, by kind. Raises Unknown."""
    asked: dict[str, Any] = {
        "service_public_id": service,
        "service_public_ids": [service],
        "practitioner_public_ids": list(whom),
        "location_public_ids": list(where),
        "start": start,
        "end": end,
    }
    found = _read(session().connection().execute(_PARTS_OF_NAMED, asked))
    for kind in ("service", "practitioner", "location"):
        if len(found.numbers[kind]) < len(asked[f"{kind}_public_ids"]):
            raise Unknown(kind)
    return found


def _read(rows: Iterable[Row[Any]]) -> Parts:
    own: dict[int, list[Segment]] = defaultdict(list)
    rooms: dict[int, list[tuple[int, int]]] = defaultdict(list)
    marks: dict[int, int] = {}
    shut: list[tuple[str, int, int, int]] = []
    numbers: dict[str, list[int]] = defaultdict(list)
    for row in rows:
        which, number, _, kind, a, resource, b = tuple(row)
        if which == "room":
            rooms[a].append((number, resource))
            marks[resource] = b
        elif kind is not None:
            own[number].append(Segment(SegmentKind(kind), a))
        elif which in Closed._fields:
            shut.append((which, number, a, b))
        else:
            numbers[which].append(number)
    return Parts(
        segments=tuple(own.pop(0, ())),
        own={practitioner: tuple(found) for practitioner, found in own.items()},
        rooms={location: tuple(found) for location, found in rooms.items()},
        marks=marks,
        closed=Closed.of(shut),
        numbers=numbers,
    )
