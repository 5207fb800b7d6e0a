"""Named reads for the staff: a day by practitioner, and one visit.

Who sees what: reception and owner every practitioner, a practitioner herself only.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import chain
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload, raiseload

from booking.access.policy import Actor
from booking.appointments.models import Appointment
from booking.appointments.queries.listed import Listed, visits_of
from booking.appointments.rules import LIVE
from booking.availability.models import TimeOff
from booking.availability.queries import rota
from booking.availability.queries.open_time import Key
from booking.availability.rules import (
    day_start,
    epoch_minute,
    epoch_minute_after,
    instant_of,
)
from booking.clinic import queries as clinic
from booking.clinic.models import Location, Practitioner, Room, Service, ServiceSegment
from booking.core.db import session
from booking.core.errors import NotFound
from booking.core.intervals import Span, intersect, normalise, subtract
from booking.occupancy import queries as occupancy
from booking.occupancy.queries import Part


@dataclass(frozen=True, kw_only=True)
class Away:
    """A stretch (epoch minutes) in which a practitioner is not there; `note` says why, if told."""

    span: Span
    note: str


@dataclass(frozen=True, kw_only=True)
class Column:
    """One practitioner's day. Spans are epoch minutes, sorted; `open` is published hours.

    `free` holds the stretches still to come in which she and a room are free for a whole visit,
    `gaps` those in which somebody rests and another visit can begin; `places` are the locations
    (ids) she works at. `resting` says of a visit (id) when its patient rests and the practitioner
    is free for somebody else.
    """

    practitioner: Practitioner
    open: tuple[Span, ...]
    away: tuple[Away, ...]
    free: tuple[Span, ...]
    visits: tuple[Listed, ...]
    places: tuple[int, ...]
    gaps: tuple[Span, ...] = ()
    resting: Mapping[int, tuple[Span, ...]] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Day:
    """A day by the calendar of `zone`, with a column for each practitioner the reader may see.

    `places` are outward names of locations by id, where there are several to tell apart.
    """

    day: date
    zone: ZoneInfo
    places: Mapping[int, str]
    window: Span
    columns: tuple[Column, ...]


def zone() -> ZoneInfo:
    """Return the zone whose calendar the day board follows: the first location's."""
    return _zone_of(clinic.locations())


def _zone_of(places: Sequence[Location]) -> ZoneInfo:
    if not places:
        raise NotFound
    return ZoneInfo(places[0].zone)


def day(actor: Actor, which: date, *, now: datetime) -> Day:
    """Return what `actor` may see of a day. Raises NotFound before the clinic is set up."""
    places = clinic.locations()
    where = _zone_of(places)
    window = day_start(which, where), day_start(which + timedelta(days=1), where)
    staff = visible(actor)
    ids = [one.id for one in staff]
    hours, away = rota(ids, window), _away(ids, window)
    open_time = _by_practitioner(ids, hours.within)
    visits = visits_of(ids, window, now=now)
    shown = [visit for hers in visits.values() for visit in hers]
    rooms = _rooms({place for _who, place in hours.open})
    resources = {*(one.resource_id for one in staff), *chain(*rooms.values())}
    taken = occupancy.parts(
        resources,
        start=instant_of(window[0]),
        end=max([instant_of(window[1]), *(visit.ends_at for visit in shown)]),
        now=now,
    )
    busy = occupancy.spans_of(resources, taken)
    ahead = max(window[0], epoch_minute_after(now)), window[1]
    free = _free(staff, hours.open, rooms, busy, ahead)
    resting = _resting(shown, taken)
    shortest, first_part = _shortest()
    columns = (
        Column(
            practitioner=one,
            open=tuple(normalise(s for spans in open_time[one.id].values() for s in spans)),
            away=tuple(away.get(one.id, ())),
            free=_at_least(free[one.id], shortest),
            gaps=_at_least(_within(free[one.id], visits.get(one.id, ()), resting), first_part),
            visits=tuple(visits.get(one.id, ())),
            places=tuple(place for place, spans in open_time[one.id].items() if spans),
            resting={visit.id: resting.get(visit.id, ()) for visit in visits.get(one.id, ())},
        )
        for one in staff
    )
    return Day(
        day=which,
        zone=where,
        places={place.id: place.outward_name for place in places} if len(places) > 1 else {},
        window=window,
        columns=tuple(columns),
    )


def visits_between(
    actor: Actor, first: date, *, days: int, now: datetime
) -> Mapping[date, list[Listed]]:
    """Return the visits of the next `days` days from `first`, by day, in order; each day a key."""
    where = zone()
    window = day_start(first, where), day_start(first + timedelta(days=days), where)
    found: dict[date, list[Listed]] = {first + timedelta(days=nth): [] for nth in range(days)}
    everyones = visits_of([one.id for one in visible(actor)], window, now=now)
    for visit in sorted(
        (visit for visits in everyones.values() for visit in visits), key=lambda v: v.starts_at
    ):
        found[visit.starts_at.astimezone(where).date()].append(visit)
    return found


def visit_for(actor: Actor, public_id: UUID) -> Appointment:
    """Return a visit that somebody on the staff may see. Raises NotFound for any other."""
    found = session().scalar(
        select(Appointment).where(Appointment.public_id == public_id).options(*_WHOLE)
    )
    if found is None or not _may_see(actor, found.practitioner_id):
        raise NotFound
    return found


def earlier_and_later(visit: Appointment, *, now: datetime) -> tuple[int, Appointment | None]:
    """Return how many visits of the same record lie behind, and the next other one ahead."""
    same = [
        Appointment.patient_id == visit.patient_id,
        Appointment.id != visit.id,
        Appointment.status.in_(LIVE),
    ]
    behind = session().scalar(select(func.count()).where(*same, Appointment.ends_at <= now)) or 0
    ahead = session().scalar(
        select(Appointment)
        .where(*same, Appointment.starts_at > now)
        .options(*_WHOLE)
        .order_by(Appointment.starts_at)
        .limit(1)
    )
    return behind, ahead


_WHOLE = (
    joinedload(Appointment.patient),
    joinedload(Appointment.practitioner),
    joinedload(Appointment.location),
    joinedload(Appointment.room),
    joinedload(Appointment.service).raiseload(Service.segments),
    raiseload("*"),
)


def _sees_all(actor: Actor) -> bool:
    return actor.is_reception or actor.is_owner


def _may_see(actor: Actor, practitioner_id: int) -> bool:
    return _sees_all(actor) or (actor.is_staff and actor.practitioner_id == practitioner_id)


def visible(actor: Actor) -> list[Practitioner]:
    """Return whose visits the actor may see: a practitioner her own, the desk everybody's."""
    return [one for one in clinic.practitioners() if _may_see(actor, one.id)]


def _resting(visits: Iterable[Listed], taken: Iterable[Part]) -> dict[int, tuple[Span, ...]]:
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


def _within(
    free: list[Span], visits: Iterable[Listed], resting: Mapping[int, Sequence[Span]]
) -> list[Span]:
    """What is free while somebody rests: another visit can begin then."""
    rests = normalise(rest for visit in visits for rest in resting.get(visit.id, ()))
    return intersect(free, rests)


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


def _free(
    staff: Sequence[Practitioner],
    open_time: Mapping[Key, Sequence[Span]],
    rooms: Mapping[int, Sequence[int]],
    busy: Mapping[int, list[Span]],
    ahead: Span,
) -> dict[int, list[Span]]:
    """When she can be seen, nothing of hers is taken, and a room there is free; within `ahead`."""
    found: dict[int, list[Span]] = {one.id: [] for one in staff}
    if ahead[0] >= ahead[1]:
        return found
    resources = {one.id: one.resource_id for one in staff}
    some_room = {place: _some_room(here, busy, ahead) for place, here in rooms.items()}
    for (who, place), spans in open_time.items():
        own = subtract(spans, busy[resources[who]])
        found[who] += intersect(own, some_room.get(place, ()))
    return {who: normalise(spans) for who, spans in found.items()}


def _some_room(rooms: Iterable[int], busy: Mapping[int, list[Span]], window: Span) -> list[Span]:
    return normalise(span for room in rooms for span in subtract([window], busy[room]))


def _rooms(places: Collection[int]) -> dict[int, list[int]]:
    found: dict[int, list[int]] = defaultdict(list)
    wanted = select(Room.location_id, Room.resource_id).where(Room.location_id.in_(places))
    for place, resource in session().execute(wanted):
        found[place].append(resource)
    return found


def _shortest() -> tuple[int, int]:
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


def _at_least(spans: Iterable[Span], minutes: int) -> tuple[Span, ...]:
    return tuple(span for span in spans if span[1] - span[0] >= minutes)
