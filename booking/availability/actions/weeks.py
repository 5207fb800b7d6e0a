"""A practitioner's weekly hours: publish, keep as a draft, discard."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import delete, or_, select

from booking.access.policy import Actor
from booking.audit import actions as audit
from booking.audit.rules.clinic import HoursChanged
from booking.availability import queries
from booking.availability.actions.stranding import minding_visits
from booking.availability.models import WeeklyHours
from booking.availability.queries.written import rule_of
from booking.availability.rules.hours import Version
from booking.availability.rules.hours import WeeklyHours as Hours
from booking.availability.rules.leave import FURTHEST
from booking.availability.rules.weeks import Stretch, ensure_sound
from booking.clinic.models import Location, Practitioner
from booking.core.db import session
from booking.core.errors import N_, BadInput


class DatesRefused(BadInput):
    """The dates for which hours are to hold cannot be used; `field` names which."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


@dataclass(frozen=True, kw_only=True)
class Plan:
    """A week for a location and the local dates it is to hold for, `last` None for good.

    `draft` is the first day of the draft it was written from, which it replaces.
    """

    week: Sequence[Stretch]
    first: date
    last: date | None = None
    draft: date | None = None


def publish_week(
    actor: Actor, location_id: UUID, plan: Plan, *, seen: str = "", now: datetime
) -> None:
    """Let a week hold at a location for its dates, and drop the drafts it replaces.

    What was published before holds until the day before, and again after the last day if there is
    one. Raises WeekRefused, DatesRefused, NotFound, and WouldStrand for visits not yet `seen`;
    visits already booked stay as they are.
    """
    practitioner, place = _checked(actor, location_id, plan, now)
    with minding_visits([practitioner.id], seen=seen, now=now):
        _drop_drafts(practitioner.id, place.id, plan)
        _cut(practitioner.id, place.id, plan)
        _store(practitioner.id, place.id, plan, Version.PUBLISHED)
    record_change(actor, practitioner, now)


def draft_week(actor: Actor, location_id: UUID, plan: Plan, *, now: datetime) -> None:
    """Keep a week as the practitioner's draft, in place of drafts that hold on the same dates.

    Raises WeekRefused, DatesRefused, NotFound; patients see nothing of it.
    """
    practitioner, place = _checked(actor, location_id, plan, now)
    _drop_drafts(practitioner.id, place.id, plan)
    _store(practitioner.id, place.id, plan, Version.DRAFT)
    record_change(actor, practitioner, now)


def discard_drafts(actor: Actor, location_id: UUID, *, now: datetime) -> None:
    """Drop the practitioner's drafts for a location; what is published stays. Raises NotFound."""
    practitioner, place = queries.practitioner_for(actor), queries.location(location_id)
    session().execute(
        delete(WeeklyHours).where(
            WeeklyHours.practitioner_id == practitioner.id,
            WeeklyHours.location_id == place.id,
            WeeklyHours.published.is_(False),
        )
    )
    record_change(actor, practitioner, now)


def store_hours(
    practitioner_id: int, location_id: int, rows: Iterable[Hours], version: Version
) -> None:
    """Write hours as they are, unchecked."""
    session().add_all(
        WeeklyHours(
            practitioner_id=practitioner_id,
            location_id=location_id,
            weekday=row.weekday,
            starts=row.starts,
            ends=row.ends,
            valid_from=row.valid_from,
            valid_until=row.valid_until,
            every_n_weeks=row.every_n_weeks,
            anchor=row.anchor,
            published=version is Version.PUBLISHED,
        )
        for row in rows
    )


def record_change(actor: Actor, practitioner: Practitioner, now: datetime) -> None:
    """Put into the audit that a practitioner's hours or time off changed."""
    audit.record(HoursChanged(practitioner_id=practitioner.id), by=actor, at=now)


def _checked(
    actor: Actor, location_id: UUID, plan: Plan, now: datetime
) -> tuple[Practitioner, Location]:
    """Return whose hours these are and where, if they can be kept."""
    practitioner, place = queries.practitioner_for(actor), queries.location(location_id)
    zone = ZoneInfo(place.zone)
    today = now.astimezone(zone).date()
    if not today <= plan.first <= today + FURTHEST:
        raise DatesRefused("first", N_("Choose today or a later day, up to three years ahead."))
    if plan.last is not None and not plan.first <= plan.last <= today + 2 * FURTHEST:
        raise DatesRefused("last", N_("The last day has to be the first day or later."))
    others = queries.elsewhere(practitioner.id, place.id, after=plan.first)
    ensure_sound(plan.week, zone, others, first=plan.first, last=plan.last)
    return practitioner, place


def _drop_drafts(practitioner_id: int, location_id: int, plan: Plan) -> None:
    """Drop the drafts that hold on dates of the plan, and the one it was written from."""
    same_dates = (WeeklyHours.valid_until.is_(None)) | (WeeklyHours.valid_until >= plan.first)
    if plan.last is not None:
        same_dates &= WeeklyHours.valid_from <= plan.last
    session().execute(
        delete(WeeklyHours).where(
            WeeklyHours.practitioner_id == practitioner_id,
            WeeklyHours.location_id == location_id,
            WeeklyHours.published.is_(False),
            or_(same_dates, WeeklyHours.valid_from == plan.draft),
        )
    )


def _cut(practitioner_id: int, location_id: int, plan: Plan) -> None:
    """Take the plan's dates out of what is published."""
    rows = session().scalars(
        select(WeeklyHours).where(
            WeeklyHours.practitioner_id == practitioner_id,
            WeeklyHours.location_id == location_id,
            WeeklyHours.published,
            or_(WeeklyHours.valid_until.is_(None), WeeklyHours.valid_until >= plan.first),
        )
    )
    for row in rows.all():
        left = list(rule_of(row).outside(plan.first, plan.last))
        session().delete(row)
        store_hours(practitioner_id, location_id, left, Version.PUBLISHED)


def _store(practitioner_id: int, location_id: int, plan: Plan, version: Version) -> None:
    rows = [stretch.during(plan.first, plan.last) for stretch in plan.week]
    store_hours(practitioner_id, location_id, rows, version)
