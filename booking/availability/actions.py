"""A practitioner's own hours and time off: publish, draft, take, give back."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import delete, or_, update

from booking.access.policy import Actor
from booking.audit import actions as audit
from booking.audit.rules import HoursChanged
from booking.availability import queries
from booking.availability.models import TimeOff, WeeklyHours
from booking.availability.rules.leave import FURTHEST, Leave, instants
from booking.availability.rules.weeks import Stretch, ensure_sound
from booking.clinic.models import Location, Practitioner
from booking.core.db import session
from booking.core.errors import N_, BadInput


class StartRefused(BadInput):
    """The date from which hours are to hold cannot be used."""

    default = N_("Choose today or a later day, up to three years ahead.")


def publish_week(
    actor: Actor,
    location_id: UUID,
    week: Sequence[Stretch],
    *,
    starts_on: date,
    now: datetime,
) -> None:
    """Let `week` hold at a location from `starts_on` (its local date) on, and drop any draft.

    What was published before holds until the day before. Raises WeekRefused, StartRefused,
    NotFound. Visits already booked stay as they are.
    """
    practitioner, place = _checked(actor, location_id, week, starts_on, now)
    _drop_drafts(practitioner, place)
    published = (
        WeeklyHours.practitioner_id == practitioner.id,
        WeeklyHours.location_id == place.id,
        WeeklyHours.published,
    )
    session().execute(delete(WeeklyHours).where(*published, WeeklyHours.valid_from >= starts_on))
    session().execute(
        update(WeeklyHours)
        .where(
            *published,
            or_(WeeklyHours.valid_until.is_(None), WeeklyHours.valid_until >= starts_on),
        )
        .values(valid_until=starts_on - timedelta(days=1))
    )
    _store(practitioner, place, week, starts_on, queries.Version.PUBLISHED)
    _record(actor, practitioner, now)


def draft_week(
    actor: Actor,
    location_id: UUID,
    week: Sequence[Stretch],
    *,
    starts_on: date,
    now: datetime,
) -> None:
    """Keep `week` as the practitioner's draft for a location, in place of an earlier draft.

    Raises WeekRefused, StartRefused, NotFound; patients see nothing of it.
    """
    practitioner, place = _checked(actor, location_id, week, starts_on, now)
    _drop_drafts(practitioner, place)
    _store(practitioner, place, week, starts_on, queries.Version.DRAFT)
    _record(actor, practitioner, now)


def discard_draft(actor: Actor, location_id: UUID, *, now: datetime) -> None:
    """Drop the practitioner's draft for a location; what is published stays. Raises NotFound."""
    practitioner, place = queries.practitioner_for(actor), queries.location(location_id)
    _drop_drafts(practitioner, place)
    _record(actor, practitioner, now)


def take_time_off(actor: Actor, leave: Leave, *, note: str, now: datetime) -> TimeOff:
    """Close the practitioner's time, wherever she works. Raises LeaveRefused, NotFound.

    Visits already inside are not touched; the page shows them before.
    """
    practitioner = queries.practitioner_for(actor)
    zone = ZoneInfo(queries.home(practitioner.id).zone)
    starts_at, ends_at = instants(leave, zone, now=now)
    row = TimeOff(
        practitioner_id=practitioner.id, starts_at=starts_at, ends_at=ends_at, note=note.strip()
    )
    session().add(row)
    _record(actor, practitioner, now)
    return row


def give_back_time_off(actor: Actor, public_id: UUID, *, now: datetime) -> None:
    """Open a stretch of time off again. Raises NotFound, also for somebody else's."""
    session().delete(queries.time_off_for(actor, public_id))
    _record(actor, queries.practitioner_for(actor), now)


def _checked(
    actor: Actor, location_id: UUID, week: Sequence[Stretch], starts_on: date, now: datetime
) -> tuple[Practitioner, Location]:
    """Return whose hours these are and where, if they can be kept."""
    practitioner, place = queries.practitioner_for(actor), queries.location(location_id)
    zone = ZoneInfo(place.zone)
    today = now.astimezone(zone).date()
    if not today <= starts_on <= today + FURTHEST:
        raise StartRefused
    others = queries.elsewhere(practitioner.id, place.id, after=starts_on)
    ensure_sound(week, starts_on, zone, others)
    return practitioner, place


def _drop_drafts(practitioner: Practitioner, place: Location) -> None:
    session().execute(
        delete(WeeklyHours).where(
            WeeklyHours.practitioner_id == practitioner.id,
            WeeklyHours.location_id == place.id,
            WeeklyHours.published.is_(False),
        )
    )


def _store(
    practitioner: Practitioner,
    place: Location,
    week: Sequence[Stretch],
    starts_on: date,
    version: queries.Version,
) -> None:
    session().add_all(
        WeeklyHours(
            practitioner_id=practitioner.id,
            location_id=place.id,
            weekday=stretch.weekday,
            starts=stretch.starts,
            ends=stretch.ends,
            valid_from=starts_on,
            published=version is queries.Version.PUBLISHED,
        )
        for stretch in week
    )


def _record(actor: Actor, practitioner: Practitioner, now: datetime) -> None:
    audit.record(HoursChanged(practitioner_id=practitioner.id), by=actor, at=now)
