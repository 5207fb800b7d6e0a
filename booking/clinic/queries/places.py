"""Named reads of locations and rooms."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select

from booking.clinic.models import Location, Room, ServiceRoom
from booking.core.db import session
from booking.core.errors import NotFound

_LOCATIONS = select(Location).order_by(Location.position, Location.id)  # every page asks


def locations() -> Sequence[Location]:
    """Return all locations, in the clinic's order."""
    return session().scalars(_LOCATIONS).all()


def home_zone() -> str:
    """Return the IANA zone whose calendar the clinic's own dates follow: the first location's.

    UTC before there is a location.
    """
    places = locations()
    return places[0].zone if places else "UTC"


def location(public_id: UUID) -> Location:
    """Return one location. Raises NotFound."""
    found = session().scalar(select(Location).where(Location.public_id == public_id))
    if found is None:
        raise NotFound
    return found


def rooms() -> Sequence[Room]:
    """Return all rooms, by location, in the clinic's order."""
    return [room for place in locations() for room in place.rooms]


def room(public_id: UUID) -> Room:
    """Return one room. Raises NotFound."""
    found = session().scalar(select(Room).where(Room.public_id == public_id))
    if found is None:
        raise NotFound
    return found


def used_rooms() -> set[int]:
    """Return the ids of the rooms that some service may use."""
    return set(session().scalars(select(ServiceRoom.room_id)))
