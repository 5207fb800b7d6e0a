"""Locations and their rooms."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, func, select

from booking.access.policy import Actor
from booking.audit import actions as audit
from booking.audit.rules.clinic import ClinicChanged
from booking.clinic import queries
from booking.clinic.actions.resources import NewResource
from booking.clinic.models import Location, Room, ServiceRoom
from booking.clinic.rules import LocationPlan
from booking.core.db import session
from booking.core.errors import N_, WrongState


def add_location(place: LocationPlan, position: int, new: NewResource) -> list[Room]:
    """Store a place and return its rooms."""
    row = Location(
        name=place.name,
        outward_name=place.outward_name,
        address=place.address,
        directions=place.directions,
        zone=place.zone,
        position=position,
    )
    session().add(row)
    session().flush()
    rooms = [
        Room(location_id=row.id, resource_id=new.room(), name=name, position=nth)
        for nth, name in enumerate(place.rooms, 1)
    ]
    session().add_all(rooms)
    session().flush()
    return rooms


def open_location(actor: Actor, place: LocationPlan, new: NewResource, *, now: datetime) -> None:
    """Add a place after the others. Raises WrongState for a name that is taken."""
    _ensure_new_name(place.name)
    last = session().scalar(select(func.coalesce(func.max(Location.position), 0)))
    rooms = add_location(place, (last or 0) + 1, new)
    audit.record(ClinicChanged(what="location", number=rooms[0].location_id), by=actor, at=now)


def change_location(
    actor: Actor, public_id: UUID, columns: Mapping[str, str], *, now: datetime
) -> None:
    """Change a place. Raises NotFound, and WrongState for a taken name or another time zone.

    Once the clinic is open the zone stays: visits would show another time than was agreed.
    """
    row = queries.location(public_id)
    if columns["name"] != row.name:
        _ensure_new_name(columns["name"])
    if columns["zone"] != row.zone and queries.services():
        raise WrongState(N_("The time zone stays once visits can be booked. Add another location."))
    for name, value in columns.items():
        setattr(row, name, value)
    audit.record(ClinicChanged(what="location", number=row.id), by=actor, at=now)


def add_room(actor: Actor, location: UUID, name: str, new: NewResource, *, now: datetime) -> None:
    """Add a room to a place. Raises NotFound, and WrongState for a name that is taken there."""
    place = queries.location(location)
    if name in [room.name for room in place.rooms]:
        raise WrongState(N_("There is a room of that name here already."))
    row = Room(
        location_id=place.id, resource_id=new.room(), name=name, position=len(place.rooms) + 1
    )
    session().add(row)
    session().flush()
    audit.record(ClinicChanged(what="room", number=row.id), by=actor, at=now)


def rest_room(actor: Actor, public_id: UUID, *, now: datetime) -> None:
    """Let no service use a room from now on; visits booked in it stay. Raises NotFound."""
    row = queries.room(public_id)
    session().execute(delete(ServiceRoom).where(ServiceRoom.room_id == row.id))
    audit.record(ClinicChanged(what="room", number=row.id), by=actor, at=now)


def _ensure_new_name(name: str) -> None:
    if session().scalar(select(Location.id).where(Location.name == name)) is not None:
        raise WrongState(N_("There is a location of that name already."))
