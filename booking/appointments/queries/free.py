"""What the desk can still give by hand: somebody is in, nothing is taken, a room is free."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence

from sqlalchemy import select

from booking.appointments.queries.listed import Listed
from booking.availability.queries.open_time import Key
from booking.clinic.models import Room, Service, ServiceSegment
from booking.core.db import session
from booking.core.intervals import Span, intersect, normalise, subtract
from booking.occupancy.queries import Part


def free_of(
    resources: Mapping[int, int],
    open_time: Mapping[Key, Sequence[Span]],
    rooms: Mapping[int, Sequence[int]],
    busy: Mapping[int, list[Span]],
    ahead: Span,
) -> dict[int, list[Span]]:
    """Return when each can be seen, nothing of hers is taken and a room is free; within `ahead`.

    `resources` has what stands for each practitioner (id) in `busy`.
    """
    found: dict[int, list[Span]] = {who: [] for who in resources}
    if ahead[0] >= ahead[1]:
        return found
    some_room = {place: _some_room(here, busy, ahead) for place, here in rooms.items()}
    for (who, place), spans in open_time.items():
        own = subtract(spans, busy[resources[who]])
        found[who] += intersect(own, some_room.get(place, ()))
    return {who: normalise(spans) for who, spans in found.items()}


def _some_room(rooms: Iterable[int], busy: Mapping[int, list[Span]], window: Span) -> list[Span]:
    return normalise(span for room in rooms for span in subtract([window], busy[room]))


def rooms_at(places: Collection[int]) -> dict[int, list[int]]:
    """Return the rooms (resources) at each of these locations."""
    found: dict[int, list[int]] = defaultdict(list)
    wanted = select(Room.location_id, Room.resource_id).where(Room.location_id.in_(places))
    for place, resource in session().execute(wanted):
        found[place].append(resource)
    return found


def shortest_visit() -> tuple[int, int]:
    """Return the minutes of the shortest visit, and of the shortest hands-on beginning of one."""
    wanted = (
        select(ServiceSegment.service_id, ServiceSegment.minutes)
        .join(Service, Service.id == ServiceSegment.service_id)
        .where(Service.active)
        .order_by(ServiceSegment.service_id, ServiceSegment.position)
    )
    parts: dict[int, list[int]] = defaultdict(list)
    for service, minutes in session().execute(wanted):
        parts[service].append(minutes)
    whole = min((sum(each) for each in parts.values()), default=30)
    return whole, min((each[0] for each in parts.values()), default=whole)


def at_least(spans: Iterable[Span], minutes: int) -> tuple[Span, ...]:
    """Return the stretches that are long enough."""
    return tuple(span for span in spans if span[1] - span[0] >= minutes)


def resting(visits: Iterable[Listed], taken: Iterable[Part]) -> dict[int, tuple[Span, ...]]:
    """When the practitioner is not needed in a visit, as what it has of her time says.

    In most she is there throughout. A visit that overlaps has not all of her time, so nothing can
    be read from it.
    """
    had: dict[tuple[int, int | None], list[Span]] = defaultdict(list)
    for part in taken:
        had[part.resource_id, part.appointment_id].append(part.span)
    found = {}
    for visit in visits:
        hers = had.get((visit.resource, visit.id), [])
        if hers and not visit.overlaps and hers != [visit.span]:
            found[visit.id] = tuple(subtract([visit.span], normalise(hers)))
    return found


def in_rests(
    free: list[Span], visits: Iterable[Listed], rests_of: Mapping[int, Sequence[Span]]
) -> list[Span]:
    """What is free while somebody rests: another visit can begin then."""
    rests = normalise(rest for visit in visits for rest in rests_of.get(visit.id, ()))
    return intersect(free, rests)
