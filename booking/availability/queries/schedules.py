"""Load what a service's offers depend on: four queries, whatever the number of people and days."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from enum import Enum
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import Row, select

from booking.availability.models import WeeklyHours
from booking.availability.queries.open_time import hours_between, open_time
from booking.availability.rules import (
    BookingPolicy,
    Candidate,
    Schedule,
    Segment,
    ServicePlan,
    epoch_minute_after,
    instant_of,
)
from booking.clinic.models import (
    Location,
    Practitioner,
    Room,
    Service,
    ServicePractitioner,
    ServiceRoom,
    ServiceSegment,
)
from booking.core.db import session
from booking.core.intervals import Span
from booking.occupancy import queries as occupancy


class Version(Enum):
    """Which weekly hours count."""

    PUBLISHED = "published"
    DRAFT = "draft"


class _Terms(NamedTuple):
    """What one service asks for: its parts, its rules, and the rooms that suit it by location."""

    plan: ServicePlan
    policy: BookingPolicy
    rooms: Mapping[int, tuple[tuple[int, int], ...]]


def schedule(
    service_id: int,
    *,
    start: datetime,
    end: datetime,
    now: datetime,
    practitioner_ids: Collection[int] | None = None,
    location_ids: Collection[int] | None = None,
    person_id: int | None = None,
    but_hold_id: int | None = None,
    but_appointment_id: int | None = None,
    version: Version = Version.PUBLISHED,
) -> Schedule:
    """Everything needed to say which visits of a service can start in `[start, end)`, aware UTC.

    None for practitioners or locations means all of them. What the hold `but_hold_id` or the
    appointment `but_appointment_id` has counts as free: it is about to be taken over or moved.
    Drafts count instead of published hours when `version` says so: a preview. A service that is
    unknown or not active has no candidates, so nothing is offered.
    """
    window = (epoch_minute_after(start), epoch_minute_after(end))
    terms = _terms(service_id)
    if terms is None:
        return Schedule(
            service_id=service_id, candidates=(), window=window, open_time={}, busy={}, now=now
        )
    wanted = (
        hours_between(start, end)
        .join(ServicePractitioner, ServicePractitioner.practitioner_id == Practitioner.id)
        .where(
            ServicePractitioner.service_id == service_id,
            WeeklyHours.published == (version is Version.PUBLISHED),
        )
    )
    if practitioner_ids is not None:
        wanted = wanted.where(Practitioner.id.in_(practitioner_ids))
    if location_ids is not None:
        wanted = wanted.where(Location.id.in_(location_ids))
    rows = session().execute(wanted).all()
    candidates = tuple(_candidates(rows, terms))
    reach = (window[0] + terms.plan.whole[0], window[1] + terms.plan.whole[1])
    resources = _resources(candidates, person_id)
    return Schedule(
        service_id=service_id,
        candidates=candidates,
        window=window,
        open_time=open_time(rows, reach),
        busy=_busy(
            resources,
            reach,
            now=now,
            but_hold_id=but_hold_id,
            but_appointment_id=but_appointment_id,
        ),
        now=now,
        person_id=person_id,
    )


def _terms(service_id: int) -> _Terms | None:
    """One row per segment and room; both lists are short, so one query beats two."""
    wanted = (
        select(
            Service.minutes_before,
            Service.minutes_after,
            Service.minimum_notice_minutes,
            Service.horizon_days,
            Service.grid_minutes,
            ServiceSegment.position,
            ServiceSegment.kind,
            ServiceSegment.minutes,
            Room.id,
            Room.resource_id,
            Room.location_id,
        )
        .join(ServiceSegment, ServiceSegment.service_id == Service.id)
        .outerjoin(ServiceRoom, ServiceRoom.service_id == Service.id)
        .outerjoin(Room, Room.id == ServiceRoom.room_id)
        .where(Service.id == service_id, Service.active)
        .order_by(ServiceSegment.position, Room.position, Room.id)
    )
    rows = session().execute(wanted).all()
    if not rows:
        return None
    before, after, notice, horizon, grid = rows[0][:5]
    segments = {row[5]: Segment(row[6], row[7]) for row in rows}
    rooms: dict[int, dict[tuple[int, int], None]] = defaultdict(dict)
    for *_, room_id, resource_id, location_id in rows:
        if room_id is not None:
            rooms[location_id][room_id, resource_id] = None
    return _Terms(
        ServicePlan(tuple(segments.values()), before=before, after=after),
        BookingPolicy(minimum_notice=notice, horizon_days=horizon, grid_minutes=grid),
        {location: tuple(found) for location, found in rooms.items()},
    )


def _candidates(rows: Iterable[Row[Any]], terms: _Terms) -> list[Candidate]:
    """One candidate per practitioner and location, in the order of `rows`."""
    found: dict[tuple[int, int], Candidate] = {}
    for row in rows:
        key = (row.practitioner_id, row.location_id)
        if key not in found:
            found[key] = Candidate(
                practitioner_id=row.practitioner_id,
                practitioner_resource=row.resource_id,
                location_id=row.location_id,
                zone=ZoneInfo(row.zone),
                plan=terms.plan,
                policy=terms.policy,
                rooms=terms.rooms.get(row.location_id, ()),
            )
    return list(found.values())


def _resources(candidates: Iterable[Candidate], person_id: int | None) -> set[int]:
    """Every resource whose time matters."""
    found = set() if person_id is None else {person_id}
    for candidate in candidates:
        found.add(candidate.practitioner_resource)
        found.update(resource for _, resource in candidate.rooms)
    return found


def _busy(
    resources: Collection[int],
    reach: Span,
    *,
    now: datetime,
    but_hold_id: int | None,
    but_appointment_id: int | None,
) -> dict[int, list[Span]]:
    """What is taken of each resource."""
    return occupancy.busy(
        resources,
        start=instant_of(reach[0]),
        end=instant_of(reach[1]),
        now=now,
        but_hold_id=but_hold_id,
        but_appointment_id=but_appointment_id,
    )
