"""Named reads for the staff: a day by practitioner, and one visit.

Who sees what: reception and owner every practitioner, a practitioner herself only.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import chain
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload, raiseload

from booking.access.policy import Actor
from booking.appointments.models import Appointment
from booking.appointments.queries.free import at_least, free_of, in_rests, resting
from booking.appointments.queries.listed import Listed, visits_of
from booking.appointments.queries.plan import Away, Colleague, House, house, plan
from booking.appointments.rules import LIVE
from booking.availability.rules import (
    day_start,
    epoch_minute_after,
    instant_of,
)
from booking.clinic.models import Service
from booking.core.db import session
from booking.core.errors import NotFound
from booking.core.intervals import Span, normalise
from booking.occupancy import queries as occupancy


@dataclass(frozen=True, kw_only=True)
class Strip:
    """What a column of the calendar shows. Spans are epoch minutes, sorted; `open` is hours.

    `free` holds the stretches still to come in which she and a room are free for a whole visit,
    `gaps` those in which somebody rests and another visit can begin; `places` are the locations
    (ids) it is about. `resting` says of a visit (id) when its patient rests and the practitioner
    is free for somebody else.
    """

    open: tuple[Span, ...]
    away: tuple[Away, ...]
    free: tuple[Span, ...]
    visits: tuple[Listed, ...]
    places: tuple[int, ...]
    gaps: tuple[Span, ...] = ()
    resting: Mapping[int, tuple[Span, ...]] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Column(Strip):
    """One practitioner's time: a day of it, or a stretch of days."""

    practitioner: Colleague


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
    return _zone_of(house())


def _zone_of(here: House) -> ZoneInfo:
    if here.zone is None:
        raise NotFound
    return here.zone


def day(actor: Actor, which: date, *, now: datetime) -> Day:
    """Return what `actor` may see of a day. Raises NotFound before the clinic is set up."""
    here = house()
    where = _zone_of(here)
    window = day_start(which, where), day_start(which + timedelta(days=1), where)
    return Day(
        day=which,
        zone=where,
        places=here.places if len(here.places) > 1 else {},
        window=window,
        columns=columns_of(_seen_by(actor, here), window, now=now),
    )


def columns_of(staff: Sequence[Colleague], window: Span, *, now: datetime) -> tuple[Column, ...]:
    """Return what happens in `window` (epoch minutes) by practitioner, in three queries.

    More only where something that is written has changed since it was asked before.
    """
    ids = tuple(one.id for one in staff)
    written, visits = plan(ids, window), visits_of(ids, window, now=now)
    shown = [visit for hers in visits.values() for visit in hers]
    whose = {one.id: one.resource_id for one in staff}
    resources = {*whose.values(), *chain(*written.rooms.values())}
    taken = occupancy.parts(
        resources,
        start=instant_of(window[0]),
        end=max([instant_of(window[1]), *(visit.ends_at for visit in shown)]),
        now=now,
    )
    busy = occupancy.spans_of(resources, taken)
    ahead = max(window[0], epoch_minute_after(now)), window[1]
    free = free_of(whose, written.open, written.rooms, busy, ahead)
    rests = resting(shown, taken)
    return tuple(
        Column(
            practitioner=one,
            open=tuple(normalise(s for spans in written.hours[one.id].values() for s in spans)),
            away=written.away.get(one.id, ()),
            free=at_least(free[one.id], written.shortest),
            gaps=at_least(
                in_rests(free[one.id], visits.get(one.id, ()), rests), written.first_part
            ),
            visits=tuple(visits.get(one.id, ())),
            places=tuple(place for place, spans in written.hours[one.id].items() if spans),
            resting={visit.id: rests.get(visit.id, ()) for visit in visits.get(one.id, ())},
        )
        for one in staff
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


def visible(actor: Actor) -> list[Colleague]:
    """Return whose visits the actor may see: a practitioner her own, the desk everybody's."""
    return _seen_by(actor, house())


def _seen_by(actor: Actor, here: House) -> list[Colleague]:
    return [one for one in here.staff if _may_see(actor, one.id)]
