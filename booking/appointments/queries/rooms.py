"""The day by room, for the desk: the same visits as by practitioner, in other columns."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from booking.access.policy import Actor
from booking.appointments.models import Appointment
from booking.appointments.queries.board import Column, Day, Strip, day
from booking.appointments.queries.free import at_least, shortest_visit
from booking.appointments.queries.listed import Listed
from booking.availability.rules import instant_of
from booking.clinic.models import Room
from booking.core.db import session
from booking.core.intervals import Span, intersect, normalise, subtract
from booking.occupancy import queries as occupancy

MINUTES_AN_HOUR = 60


@dataclass(frozen=True, kw_only=True)
class RoomColumn(Strip):
    """One room's day. It has no hours of its own: `open` is when anything is on at all."""

    room: Room


def by_room(actor: Actor, which: date, *, now: datetime) -> tuple[Day, Sequence[RoomColumn]]:
    """Return a day as `board.day` does, and the same by room, in the clinic's order."""
    found = day(actor, which, now=now)
    rooms = _rooms()
    visits = [visit for column in found.columns for visit in column.visits]
    where = _rooms_of(visits)
    busy = occupancy.busy(
        {room.resource_id for room in rooms},
        start=instant_of(found.window[0]),
        end=instant_of(found.window[1]),
        now=now,
    )
    whole, _first_part = shortest_visit()
    on = _when_anything_is_on(found.columns)
    resting = {number: rests for c in found.columns for number, rests in c.resting.items()}
    return found, [
        RoomColumn(
            room=room,
            open=on,
            away=(),
            free=at_least(
                intersect(
                    _somebody_free(found.columns, room.location_id),
                    subtract([found.window], busy[room.resource_id]),
                ),
                whole,
            ),
            visits=_sorted(visit for visit in visits if where.get(visit.id) == room.id),
            places=(room.location_id,),
            resting=resting,
        )
        for room in rooms
    ]


def _sorted(visits: Iterable[Listed]) -> tuple[Listed, ...]:
    return tuple(sorted(visits, key=lambda visit: (visit.starts_at, visit.id)))


def _rooms() -> Sequence[Room]:
    wanted = select(Room).options(joinedload(Room.location))
    return session().scalars(wanted.order_by(Room.location_id, Room.position, Room.id)).all()


def _rooms_of(visits: Sequence[Listed]) -> dict[int, int | None]:
    wanted = select(Appointment.id, Appointment.room_id).where(
        Appointment.id.in_([visit.id for visit in visits])
    )
    return {visit: room for visit, room in session().execute(wanted)}  # noqa: C416


def _somebody_free(columns: Sequence[Column], place: int) -> list[Span]:
    return normalise(span for column in columns if place in column.places for span in column.free)


def _when_anything_is_on(columns: Sequence[Column]) -> tuple[Span, ...]:
    """One stretch of whole hours, so that a room shows no absence of its own."""
    spans = [span for column in columns for span in column.open]
    spans += [visit.span for column in columns for visit in column.visits]
    if not spans:
        return ()
    return ((min(start for start, _ in spans), max(end for _, end in spans)),)
