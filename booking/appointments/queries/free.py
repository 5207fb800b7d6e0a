"""What the desk can still give by hand: somebody is in, nothing is taken, a room is free."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime

from sqlalchemy import select

from booking.availability.queries import open_between
from booking.availability.rules import epoch_minute_after, instant_of
from booking.clinic.models import Practitioner, Room, Service, ServiceSegment
from booking.core.db import session
from booking.core.intervals import Span, intersect, normalise, subtract
from booking.occupancy import queries as occupancy


def free_of(staff: Sequence[Practitioner], window: Span, *, now: datetime) -> dict[int, list[Span]]:
    """When she can be seen, nothing of hers is taken, and a room there is free; still to come."""
    open_time = open_between([one.id for one in staff], window)
    rooms = _rooms({place for _who, place in open_time})
    resources = {one.resource_id for one in staff} | {r for all_ in rooms.values() for r in all_}
    taken = _taken(resources, window, now=now)
    ahead = [(epoch_minute_after(now), window[1])]
    found: dict[int, list[Span]] = {}
    for one in staff:
        spans: list[Span] = []
        for place in (where for who, where in open_time if who == one.id):
            own = subtract(open_time[one.id, place], taken[one.resource_id])
            spans += intersect(own, _some_room(rooms.get(place, ()), taken, window))
        still = intersect(normalise(spans), ahead) if ahead[0][0] < window[1] else []
        found[one.id] = still
    return found


def _some_room(rooms: Iterable[int], taken: Mapping[int, list[Span]], window: Span) -> list[Span]:
    return normalise(span for room in rooms for span in subtract([window], taken[room]))


def _rooms(places: Collection[int]) -> dict[int, list[int]]:
    found: dict[int, list[int]] = defaultdict(list)
    wanted = select(Room.location_id, Room.resource_id).where(Room.location_id.in_(places))
    for place, resource in session().execute(wanted):
        found[place].append(resource)
    return found


def _taken(resources: Collection[int], window: Span, *, now: datetime) -> dict[int, list[Span]]:
    return occupancy.busy(
        resources, start=instant_of(window[0]), end=instant_of(window[1]), now=now
    )


def shortest_visit() -> tuple[int, int]:
    """Minutes of the shortest visit, and of the shortest stretch hands-on that one begins with."""
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
