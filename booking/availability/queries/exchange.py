"""A practitioner's hours as they leave for other programs, and the places they may come back to."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import or_, select

from booking.availability.models import DatedHours, TimeOff, WeeklyHours
from booking.availability.queries.written import rule_of
from booking.availability.rules.days import Different
from booking.availability.rules.exchange import Availability, Place, Written
from booking.clinic import queries as clinic
from booking.core.db import session


def places_to_exchange() -> list[Place]:
    """Return all locations, by their outward name first: that is what leaves the clinic."""
    return [
        Place(row.id, (row.outward_name, row.name), ZoneInfo(row.zone))
        for row in clinic.locations()
    ]


def availability_of(practitioner_id: int, *, now: datetime) -> Availability:
    """Return what a practitioner has published that is not over: hours, single days, time off."""
    places = {place.number: place for place in places_to_exchange()}
    told = {place: Written() for place in places.values()}
    today = {number: now.astimezone(place.zone).date() for number, place in places.items()}
    earliest = min(today.values(), default=date.min)
    for row in session().scalars(
        select(WeeklyHours)
        .where(
            WeeklyHours.practitioner_id == practitioner_id,
            WeeklyHours.published,
            or_(WeeklyHours.valid_until.is_(None), WeeklyHours.valid_until >= earliest),
        )
        .order_by(WeeklyHours.valid_from, WeeklyHours.weekday, WeeklyHours.starts)
    ):
        told[places[row.location_id]].weekly.append(rule_of(row))
    for one in session().scalars(
        select(DatedHours)
        .where(
            DatedHours.practitioner_id == practitioner_id,
            DatedHours.published,
            DatedHours.day >= earliest,
        )
        .order_by(DatedHours.day, DatedHours.starts)
    ):
        different = Different(one.day, one.change, one.starts, one.ends)
        told[places[one.location_id]].different.append(different)
    away = session().execute(
        select(TimeOff.starts_at, TimeOff.ends_at)
        .where(TimeOff.practitioner_id == practitioner_id, TimeOff.published, TimeOff.ends_at > now)
        .order_by(TimeOff.starts_at)
    )
    return Availability(told, tuple((starts_at, ends_at) for starts_at, ends_at in away))
