"""Named reads of feeds: whose an address is, and which visits it holds."""

from datetime import datetime

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import joinedload

from booking.accounts.models import User
from booking.appointments.models import LIVE, Appointment, Status
from booking.calendars.models import CalendarFeed
from booking.calendars.queries.entries import entry_of
from booking.calendars.rules import Reveal, feed_window
from booking.clinic.models import Practitioner
from booking.core.db import session
from booking.core.errors import NotFound
from booking.core.tokens import digest
from booking.mail.rules import Listed
from booking.patients.models import Patient


def feed_of_practitioner(practitioner_id: int) -> CalendarFeed | None:
    """Return a practitioner's feed, or None."""
    wanted = select(CalendarFeed).where(CalendarFeed.practitioner_id == practitioner_id)
    return session().scalar(wanted)


def feed_of_person(person_id: int) -> CalendarFeed | None:
    """Return a patient's feed, or None; `person_id` is the patient resource."""
    return session().scalar(select(CalendarFeed).where(CalendarFeed.person_id == person_id))


def feed_of_token(token: str) -> CalendarFeed:
    """Return the feed an address belongs to.

    Raises NotFound for a wrong or withdrawn one, and while its practitioner may not sign in.
    """
    stopped = (
        select(Practitioner.id)
        .outerjoin(User, User.id == Practitioner.user_id)
        .where(or_(Practitioner.active.is_(False), User.disabled_at.is_not(None)))
    )
    found = session().scalar(
        select(CalendarFeed).where(
            CalendarFeed.token_hash == digest(token),
            or_(
                CalendarFeed.practitioner_id.is_(None), CalendarFeed.practitioner_id.not_in(stopped)
            ),
        )
    )
    if found is None:
        raise NotFound
    return found


def entries(feed: CalendarFeed, *, now: datetime) -> list[Listed]:
    """Return the visits a feed holds: around `now`, cancelled ones for a while.

    A request that was taken back never was a visit: the clinic had not answered it.
    """
    window = feed_window(now)
    shown = or_(
        Appointment.status.in_(LIVE),
        and_(
            Appointment.status == Status.CANCELLED,
            Appointment.cancelled_at > window.cancelled,
            Appointment.answer_by.is_(None),
        ),
    )
    wanted = (
        select(Appointment)
        .join(Appointment.patient)
        .where(
            _whose(feed),
            shown,
            Appointment.ends_at > window.start,
            Appointment.starts_at < window.end,
        )
        .options(joinedload(Appointment.location), joinedload(Appointment.patient))
    )
    reveal: Reveal | None = None if feed.practitioner_id is None else feed.reveal
    return [entry_of(visit, reveal=reveal) for visit in session().scalars(wanted)]


def _whose(feed: CalendarFeed) -> ColumnElement[bool]:
    if feed.practitioner_id is not None:
        return Appointment.practitioner_id == feed.practitioner_id
    return Patient.resource_id == feed.person_id
