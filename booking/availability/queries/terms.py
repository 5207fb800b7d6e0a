"""Who gives a service, where and on which terms: her own rules go before the service's."""

from collections.abc import Collection, Iterable, Sequence
from datetime import UTC, date, datetime, time
from functools import lru_cache
from operator import attrgetter
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Integer,
    Row,
    Select,
    String,
    bindparam,
    cast,
    func,
    select,
    type_coerce,
)

from booking.availability.queries.parts import Parts
from booking.availability.queries.written import hours_between
from booking.availability.rules import (
    BookingMode,
    BookingPolicy,
    Candidate,
    GapRule,
    ServicePlan,
    Way,
)
from booking.availability.rules.hours import Version
from booking.clinic import queries as clinic
from booking.clinic.models import (
    Location,
    Practitioner,
    Service,
    ServicePractitioner,
)
from booking.clinic.rules import NO_LIMIT
from booking.core.db import session
from booking.occupancy.models import Resource

_SERVICE: BindParameter[int] = bindparam("service_id", type_=Integer)


def hours_and_terms(
    service_id: int,
    *,
    start: datetime,
    end: datetime | None,
    version: Version,
    practitioner_ids: Collection[int] | None,
    location_ids: Collection[int] | None,
) -> Sequence[Row[Any]]:
    """Return the weekly hours of everyone who gives an active service, with her terms, in order."""
    narrowed = practitioner_ids is not None, location_ids is not None
    asked = {
        "service_id": service_id,
        "practitioner_ids": list(practitioner_ids or ()),
        "location_ids": list(location_ids or ()),
    }
    last = _END_OF_TIME if end is None else end.date()
    wanted = _wanted(start.date(), last, version, narrowed)
    return session().connection().execute(wanted, asked).all()


def candidates(rows: Iterable[Row[Any]], made_of: Parts) -> tuple[Candidate, ...]:
    """Return one candidate per practitioner and location, in the order of `rows`."""
    found: dict[tuple[int, int], Candidate] = {}
    plans: dict[tuple[int, ...], ServicePlan] = {}
    for row in rows:
        key = (row.practitioner_id, row.location_id)
        if key in found:
            continue
        whose = row.practitioner_id if row.practitioner_id in made_of.own else 0
        lengths = (whose, row.minutes_before, row.minutes_after)
        if lengths not in plans:
            segments = made_of.own.get(whose, made_of.segments)
            plans[lengths] = ServicePlan(segments, row.minutes_before, row.minutes_after)
        found[key] = Candidate(
            practitioner_id=row.practitioner_id,
            practitioner_resource=row.resource_id,
            location_id=row.location_id,
            zone=ZoneInfo(row.zone),
            plan=plans[lengths],
            policy=_policy(*_POLICY(row)),
            rooms=made_of.rooms.get(row.location_id, ()),
            way=Way(row.way),
            price_minor=row.price_minor,
        )
    return tuple(found.values())


_END_OF_TIME = date(9999, 1, 1)
_OWN = (
    "price_minor",
    "mode",
    "new_patients",
    "minimum_notice_minutes",
    "horizon_days",
    "grid_minutes",
    "daily_cap",
    "weekly_cap",
    "gap",
)
_POLICY = attrgetter(  # in the order `_policy` takes them
    "minimum_notice_minutes",
    "horizon_days",
    "grid_minutes",
    "mode",
    "new_patients",
    "daily_cap",
    "weekly_cap",
    "gap",
)


def _as_stored(value: Any, name: str) -> ColumnElement[Any]:
    """Words stay words until a candidate is made of them: there are many more rows."""
    return (type_coerce(value, String) if name in ("mode", "gap", "way") else value).label(name)


@lru_cache(maxsize=256)
def _policy(*values: Any) -> BookingPolicy:
    notice, horizon, grid, mode, new_patients, daily_cap, weekly_cap, gap = values
    return BookingPolicy(
        notice,
        horizon,
        grid,
        mode=BookingMode(mode),
        new_patients=bool(new_patients),
        daily_cap=_limit(daily_cap),
        weekly_cap=_limit(weekly_cap),
        gap=GapRule(gap),
    )


def _limit(cap: int | None) -> int | None:
    return None if cap == NO_LIMIT else cap


@lru_cache(maxsize=64)
def _wanted(
    first: date, last: date, version: Version, narrowed: tuple[bool, bool]
) -> Select[*tuple[Any, ...]]:
    """The query for hours between two dates; kept, because building it costs as much as asking."""
    hers = (
        _as_stored(func.coalesce(getattr(ServicePractitioner, name), getattr(Service, name)), name)
        for name in _OWN
    )
    givers = select(ServicePractitioner.practitioner_id).where(
        ServicePractitioner.service_id == _SERVICE
    )
    if narrowed[0]:
        some: BindParameter[list[int]] = bindparam("practitioner_ids", expanding=True)
        givers = givers.where(ServicePractitioner.practitioner_id.in_(some))
    booked = clinic.booked_until()
    wanted = (
        hours_between(
            datetime.combine(first, time(), UTC),
            datetime.combine(last, time(), UTC),
            version=version,
            whose=givers,
        )
        .join(ServicePractitioner, ServicePractitioner.practitioner_id == Practitioner.id)
        .join(Service, Service.id == ServicePractitioner.service_id)
        .join(Resource, Resource.id == Practitioner.resource_id)
        .outerjoin(booked, booked.c.practitioner_id == Practitioner.id)
        .add_columns(
            Resource.mark,
            booked.c.until.label("booked_until"),
            cast(Practitioner.public_id, String).label("practitioner"),
            cast(Location.public_id, String).label("location"),
            _as_stored(Service.way, "way"),
            Service.minutes_before,
            Service.minutes_after,
            *hers,
        )
        .where(Service.id == _SERVICE, Service.active)
    )
    if narrowed[1]:
        wanted = wanted.where(Location.id.in_(bindparam("location_ids", expanding=True)))
    return wanted
