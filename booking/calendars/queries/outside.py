"""Named reads of calendars kept elsewhere."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import exists, select
from sqlalchemy.orm import joinedload

from booking.appointments.models import Appointment, Status
from booking.availability.models import OutsideBusy
from booking.calendars.models import OutsideCalendar, VisitCopy
from booking.core.db import session
from booking.core.errors import NotFound


def calendars_of(practitioner_id: int) -> Sequence[OutsideCalendar]:
    """Return the calendars whose busy times close a practitioner's time, oldest first."""
    wanted = select(OutsideCalendar).where(OutsideCalendar.practitioner_id == practitioner_id)
    return session().scalars(wanted.order_by(OutsideCalendar.id)).all()


def calendar_of(practitioner_id: int, public_id: UUID) -> OutsideCalendar:
    """Return one of a practitioner's calendars. Raises NotFound."""
    found = session().scalar(
        select(OutsideCalendar).where(
            OutsideCalendar.public_id == public_id,
            OutsideCalendar.practitioner_id == practitioner_id,
        )
    )
    if found is None:
        raise NotFound
    return found


def anything_due(*, now: datetime) -> bool:
    """Tell whether any calendar is to be read by now."""
    due = select(OutsideCalendar.id).where(OutsideCalendar.next_check_at <= now)
    return session().scalar(due.limit(1)) is not None


def own_uids(practitioner_id: int, *, since: datetime) -> frozenset[str]:
    """Return the uids under which her calendars may hold visits of ours: not busy times of hers."""
    visits = select(Appointment.uid).where(
        Appointment.practitioner_id == practitioner_id, Appointment.ends_at > since
    )
    copies = select(VisitCopy.uid).where(VisitCopy.practitioner_id == practitioner_id)
    return frozenset(session().scalars(visits.union_all(copies)))


def visits_under(practitioner_id: int, *, now: datetime) -> Sequence[Appointment]:
    """Return the visits to come that meet a busy time from elsewhere, soonest first."""
    meets = exists(
        select(OutsideBusy.id).where(
            OutsideBusy.practitioner_id == practitioner_id,
            OutsideBusy.starts_at < Appointment.ends_at,
            OutsideBusy.ends_at > Appointment.starts_at,
        )
    )
    wanted = (
        select(Appointment)
        .where(
            Appointment.practitioner_id == practitioner_id,
            Appointment.status.in_((Status.BOOKED, Status.ARRIVED, Status.REQUESTED)),
            Appointment.ends_at > now,
            meets,
        )
        .options(joinedload(Appointment.location), joinedload(Appointment.patient))
        .order_by(Appointment.starts_at)
    )
    return session().scalars(wanted).all()
