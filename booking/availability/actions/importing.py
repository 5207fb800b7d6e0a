"""Hours from a file, kept as drafts until somebody has looked at each."""

from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import delete

from booking.access.policy import Actor
from booking.availability import queries
from booking.availability.actions.weeks import record_change, store_hours
from booking.availability.models import DatedHours, TimeOff, WeeklyHours
from booking.availability.rules.exchange import Availability
from booking.availability.rules.hours import Version
from booking.core.db import session


def land_drafts(actor: Actor, told: Availability, *, now: datetime) -> None:
    """Keep hours, single days and time off as the practitioner's drafts, in place of earlier ones.

    Nothing of it holds before it is published. Raises NotFound.
    """
    practitioner = queries.practitioner_for(actor)
    for table in (WeeklyHours, DatedHours, TimeOff):
        session().execute(
            delete(table).where(
                table.practitioner_id == practitioner.id, table.published.is_(False)
            )
        )
    for place, written in told.places.items():
        today = now.astimezone(ZoneInfo(place.zone.key)).date()
        for period in written.periods(today):
            rows = [stretch.during(period.first, period.last) for stretch in period.week]
            store_hours(practitioner.id, place.number, rows, Version.DRAFT)
        session().add_all(
            DatedHours(
                practitioner_id=practitioner.id,
                location_id=place.number,
                day=each.day,
                change=each.change,
                starts=each.starts,
                ends=each.ends,
            )
            for each in written.different
        )
    session().add_all(
        TimeOff(
            practitioner_id=practitioner.id, starts_at=starts_at, ends_at=ends_at, published=False
        )
        for starts_at, ends_at in told.away
    )
    record_change(actor, practitioner, now)
