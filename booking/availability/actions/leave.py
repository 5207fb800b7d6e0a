"""A practitioner's time off: take, change, repeat, give back."""

from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from booking.access.policy import Actor
from booking.availability import queries
from booking.availability.actions.stranding import minding_visits
from booking.availability.actions.weeks import record_change
from booking.availability.models import TimeOff
from booking.availability.rules.leave import Leave, instants, weekly
from booking.core.db import session


def take_time_off(
    actor: Actor,
    leave: Leave,
    *,
    note: str,
    repeat_until: date | None = None,
    seen: str = "",
    now: datetime,
) -> None:
    """Close the practitioner's time, wherever she works; each week again until `repeat_until`.

    Raises LeaveRefused, NotFound, and WouldStrand for visits not yet `seen`; visits already inside
    are not touched.
    """
    practitioner = queries.practitioner_for(actor)
    zone = ZoneInfo(queries.home(practitioner.id).zone)
    stretches = [instants(each, zone, now=now) for each in weekly(leave, repeat_until)]
    with minding_visits([practitioner.id], seen=seen, now=now):
        session().add_all(
            TimeOff(
                practitioner_id=practitioner.id,
                starts_at=starts_at,
                ends_at=ends_at,
                note=note.strip(),
            )
            for starts_at, ends_at in stretches
        )
    record_change(actor, practitioner, now)


def change_time_off(
    actor: Actor, public_id: UUID, leave: Leave, *, note: str, seen: str = "", now: datetime
) -> None:
    """Let a stretch of time off begin and end otherwise; a planned one then holds.

    Raises LeaveRefused, NotFound, WouldStrand.
    """
    row, practitioner = queries.time_off_for(actor, public_id), queries.practitioner_for(actor)
    zone = ZoneInfo(queries.home(practitioner.id).zone)
    starts_at, ends_at = instants(leave, zone, now=now)
    with minding_visits([practitioner.id], seen=seen, now=now):
        row.starts_at, row.ends_at, row.note = starts_at, ends_at, note.strip()
        row.published = True
    record_change(actor, practitioner, now)


def give_back_time_off(actor: Actor, public_id: UUID, *, now: datetime) -> None:
    """Open a stretch of time off again. Raises NotFound, also for somebody else's."""
    session().delete(queries.time_off_for(actor, public_id))
    record_change(actor, queries.practitioner_for(actor), now)
