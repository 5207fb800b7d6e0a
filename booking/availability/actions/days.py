"""What is different on single days at a location: add, take away, copy a week, undo."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select

from booking.access.policy import Actor
from booking.availability import queries
from booking.availability.actions.stranding import minding_visits
from booking.availability.actions.weeks import record_change
from booking.availability.models import DatedHours, WeeklyHours
from booking.availability.queries.written import rule_of
from booking.availability.rules import WeeklyHours as Hours
from booking.availability.rules import wall_spans
from booking.availability.rules.days import (
    Change,
    DayRefused,
    Different,
    as_exceptions,
    day_minutes,
    ensure_writable,
    without,
)
from booking.availability.rules.weeks import week_of
from booking.clinic.models import Location, Practitioner
from booking.core.db import session
from booking.core.errors import N_
from booking.core.intervals import intersect


def change_day(
    actor: Actor, location_id: UUID, different: Different, *, seen: str = "", now: datetime
) -> None:
    """Add or take away hours on one day, published at once.

    What is taken away is taken from what was added before. Raises DayRefused, NotFound, and
    WouldStrand for visits not yet `seen`.
    """
    practitioner, place = queries.practitioner_for(actor), queries.location(location_id)
    zone = ZoneInfo(place.zone)
    ensure_writable(different, today=now.astimezone(zone).date())
    if different.change is Change.ADDS:
        _ensure_here(practitioner, place, different)
    with minding_visits([practitioner.id], seen=seen, now=now):
        if different.change is Change.REMOVES:
            _take_from_added(practitioner, place, different)
        _store(practitioner, place, [different])
    record_change(actor, practitioner, now)


def publish_day(actor: Actor, public_id: UUID, *, seen: str = "", now: datetime) -> None:
    """Let a planned exception hold. Raises NotFound, DayRefused, WouldStrand."""
    row = queries.dated_for(actor, public_id)
    place = session().get_one(Location, row.location_id)
    different = _different(row)
    session().delete(row)
    session().flush()
    change_day(actor, place.public_id, different, seen=seen, now=now)


def undo_day(actor: Actor, public_id: UUID, *, seen: str = "", now: datetime) -> None:
    """Let the weekly hours hold on that day again. Raises NotFound, WouldStrand."""
    row, practitioner = queries.dated_for(actor, public_id), queries.practitioner_for(actor)
    with minding_visits([practitioner.id], seen=seen, now=now):
        session().delete(row)
    record_change(actor, practitioner, now)


def copy_week(
    actor: Actor, location_id: UUID, *, of: date, to: date, seen: str = "", now: datetime
) -> None:
    """Let the week that holds the date `to` be as the one that holds `of`, by exceptions.

    Days before today stay as they were. Raises DayRefused, NotFound, WouldStrand.
    """
    practitioner, place = queries.practitioner_for(actor), queries.location(location_id)
    zone = ZoneInfo(place.zone)
    today = now.astimezone(zone).date()
    if week_of(to) == week_of(of):
        raise DayRefused("to", N_("Choose a day in another week."))
    weekly, source = _weekly(practitioner, place), week_of(of)
    with minding_visits([practitioner.id], seen=seen, now=now):
        for day in (week_of(to) + timedelta(days=n) for n in range(7)):
            if day < today:
                continue
            like = source + timedelta(days=day.weekday())
            there = [_different(row) for row in _dated(practitioner, place, like)]
            wanted, usual = day_minutes(like, weekly, there), day_minutes(day, weekly, [])
            _replace_day(practitioner, place, day, as_exceptions(day, wanted, usual), today)
    record_change(actor, practitioner, now)


def _different(row: DatedHours) -> Different:
    return Different(row.day, row.change, row.starts, row.ends)


def _weekly(practitioner: Practitioner, place: Location) -> list[Hours]:
    wanted = select(WeeklyHours).where(
        WeeklyHours.practitioner_id == practitioner.id,
        WeeklyHours.location_id == place.id,
        WeeklyHours.published,
    )
    return [rule_of(row) for row in session().scalars(wanted)]


def _dated(practitioner: Practitioner, place: Location, day: date) -> Sequence[DatedHours]:
    wanted = select(DatedHours).where(
        DatedHours.practitioner_id == practitioner.id,
        DatedHours.location_id == place.id,
        DatedHours.published,
        DatedHours.day == day,
    )
    return session().scalars(wanted).all()


def _replace_day(
    practitioner: Practitioner,
    place: Location,
    day: date,
    fresh: Iterable[Different],
    today: date,
) -> None:
    fresh = list(fresh)
    for each in fresh:
        ensure_writable(each, today=today)
        if each.change is Change.ADDS:
            _ensure_here(practitioner, place, each)
    for row in _dated(practitioner, place, day):
        session().delete(row)
    _store(practitioner, place, fresh)


def _take_from_added(practitioner: Practitioner, place: Location, removed: Different) -> None:
    for row in _dated(practitioner, place, removed.day):
        if row.change is Change.ADDS:
            session().delete(row)
            _store(practitioner, place, without(_different(row), removed))


def _ensure_here(practitioner: Practitioner, place: Location, added: Different) -> None:
    """Raise DayRefused when the same person is expected at another location then."""
    if added.starts is None or added.ends is None:
        return
    spans = wall_spans(added.day, added.starts, added.ends, ZoneInfo(place.zone))
    if not spans:
        raise DayRefused(
            "starts", N_("The clocks go forward then, and skip this time. Choose another.")
        )
    around = spans[0][0], spans[-1][1]
    for (_, where), hours in queries.open_between([practitioner.id], around).items():
        if where != place.id and intersect(hours, spans):
            raise DayRefused("starts", N_("You are at another location then."))


def _store(practitioner: Practitioner, place: Location, fresh: Iterable[Different]) -> None:
    session().add_all(
        DatedHours(
            practitioner_id=practitioner.id,
            location_id=place.id,
            day=each.day,
            change=each.change,
            starts=each.starts,
            ends=each.ends,
            published=True,
        )
        for each in fresh
    )
