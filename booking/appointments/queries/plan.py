"""What is written of days on the board: where the clinic is, who treats, when, and who is away."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select

from booking.appointments.queries.free import rooms_at, shortest_visit
from booking.availability.models import TimeOff
from booking.availability.queries import rota
from booking.availability.queries.kept import while_written
from booking.availability.queries.open_time import Key
from booking.availability.rules import epoch_minute, epoch_minute_after, instant_of
from booking.clinic.models import Location, Practitioner
from booking.core.db import session
from booking.core.intervals import Span


class Colleague(NamedTuple):
    """Somebody who treats, as the staff's pages name her."""

    id: int
    public_id: UUID
    resource_id: int
    name: str


@dataclass(frozen=True, kw_only=True)
class Away:
    """A stretch (epoch minutes) in which a practitioner is not there; `note` says why, if told."""

    span: Span
    note: str


class House(NamedTuple):
    """Where the clinic is, outward names by id, and who treats there; both in its order."""

    zone: ZoneInfo | None
    places: Mapping[int, str]
    staff: tuple[Colleague, ...]


@while_written
def house() -> House:
    """Return the clinic as it is written now."""
    places = session().execute(
        select(Location.id, Location.outward_name, Location.zone).order_by(
            Location.position, Location.id
        )
    )
    rows = places.all()
    staff = session().execute(
        select(Practitioner.id, Practitioner.public_id, Practitioner.resource_id, Practitioner.name)
        .where(Practitioner.active)
        .order_by(Practitioner.position, Practitioner.id)
    )
    return House(
        zone=ZoneInfo(rows[0].zone) if rows else None,
        places={row.id: row.outward_name for row in rows},
        staff=tuple(Colleague._make(row) for row in staff),
    )


class Plan(NamedTuple):
    """What is written of a stretch of days: hours by practitioner and location, and time off.

    `open` is what hours leave for patients; `rooms` are resources by location; `shortest` and
    `first_part` the minutes of the shortest visit, and of the shortest beginning of one.
    """

    hours: Mapping[int, Mapping[int, Sequence[Span]]]
    open: Mapping[Key, Sequence[Span]]
    away: Mapping[int, tuple[Away, ...]]
    rooms: Mapping[int, Sequence[int]]
    shortest: int
    first_part: int


@while_written
def plan(ids: tuple[int, ...], window: Span) -> Plan:
    """Return what is written of these practitioners within `window` (epoch minutes)."""
    hours = rota(ids, window)
    return Plan(
        _by_practitioner(ids, hours.within),
        hours.open,
        {who: tuple(away) for who, away in _away(ids, window).items()},
        rooms_at({place for _who, place in hours.open}),
        *shortest_visit(),
    )


def _by_practitioner(
    ids: Iterable[int], hours: Mapping[Key, Sequence[Span]]
) -> dict[int, dict[int, Sequence[Span]]]:
    """When each would be in, by practitioner and location; time off is drawn by itself."""
    found: dict[int, dict[int, Sequence[Span]]] = {one: {} for one in ids}
    for (one, place), spans in hours.items():
        found[one][place] = spans
    return found


def _away(ids: Collection[int], window: Span) -> dict[int, list[Away]]:
    wanted = (
        select(TimeOff)
        .where(
            TimeOff.practitioner_id.in_(ids),
            TimeOff.published,
            TimeOff.ends_at > instant_of(window[0]),
            TimeOff.starts_at < instant_of(window[1]),
        )
        .order_by(TimeOff.starts_at)
    )
    found: dict[int, list[Away]] = defaultdict(list)
    for row in session().scalars(wanted):
        span = epoch_minute(row.starts_at), epoch_minute_after(row.ends_at)
        found[row.practitioner_id].append(Away(span=span, note=row.note))
    return found
