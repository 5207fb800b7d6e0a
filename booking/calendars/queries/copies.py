"""Named reads of what practitioners' own calendars were told, and what they are to be told."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Select, and_, exists, or_, select
from sqlalchemy.orm import joinedload

from booking.accounts.models import User
from booking.appointments.models import LIVE, Appointment
from booking.calendars.models import (
    CalendarFeed,
    CalendarServer,
    CopyWay,
    OwnInvites,
    VisitCopy,
)
from booking.calendars.rules import Reveal
from booking.clinic.models import Practitioner
from booking.core.db import session

MOST_AT_ONCE = 100
WHOLE_VISIT = (
    joinedload(Appointment.patient),
    joinedload(Appointment.practitioner),
    joinedload(Appointment.location),
)


@dataclass(frozen=True, kw_only=True)
class Choice:
    """How one practitioner is told of her visits, and what stands for the patient there."""

    way: CopyWay
    reveal: Reveal


def choices() -> Mapping[int, Choice]:
    """Return how each active practitioner is told; who uses a feed, or wants nothing, is not there.

    Invitations are on by default, and off where a feed or a server does the same.
    """
    wanted = (
        select(
            Practitioner.id,
            Practitioner.email,
            User.email,
            CalendarServer.reveal,
            CalendarFeed.id,
            OwnInvites.wanted,
            OwnInvites.reveal,
        )
        .outerjoin(User, User.id == Practitioner.user_id)
        .outerjoin(CalendarServer, CalendarServer.practitioner_id == Practitioner.id)
        .outerjoin(CalendarFeed, CalendarFeed.practitioner_id == Practitioner.id)
        .outerjoin(OwnInvites, OwnInvites.practitioner_id == Practitioner.id)
        .where(Practitioner.active, User.disabled_at.is_(None))
    )
    found: dict[int, Choice] = {}
    for number, email, account, served, feed, invited, reveal in session().execute(wanted):
        if served is not None:
            found[number] = Choice(way=CopyWay.SERVER, reveal=served)
        elif feed is None and invited is not False and (email or account):
            found[number] = Choice(way=CopyWay.INVITE, reveal=reveal or Reveal.INITIALS)
    return found


def address_of(practitioner: Practitioner) -> str:
    """Return where a practitioner's own invitations go; "" where nobody knows."""
    if practitioner.email or practitioner.user_id is None:
        return practitioner.email
    return session().get_one(User, practitioner.user_id).email


def visits_untold(chosen: Mapping[int, Choice], *, now: datetime) -> Sequence[Appointment]:
    """Return visits to come that their practitioner's calendar has never been told of."""
    told = exists(
        select(VisitCopy.id).where(
            VisitCopy.appointment_id == Appointment.id,
            VisitCopy.practitioner_id == Appointment.practitioner_id,
            _is_chosen(chosen),
        )
    )
    wanted = (
        select(Appointment)
        .where(
            Appointment.practitioner_id.in_(chosen),
            Appointment.status.in_(LIVE),
            Appointment.ends_at > now,
            ~told,
        )
        .options(*WHOLE_VISIT)
        .order_by(Appointment.starts_at, Appointment.id)
        .limit(MOST_AT_ONCE)
    )
    return session().scalars(wanted).all()


def copies_to_renew(chosen: Mapping[int, Choice], *, now: datetime) -> Sequence[VisitCopy]:
    """Return copies that may no longer say how their visit stands."""
    right = and_(
        VisitCopy.practitioner_id == Appointment.practitioner_id,
        Appointment.status.in_(LIVE),
        _is_chosen(chosen),
    )
    wanted = (
        _with_visit()
        .where(
            Appointment.ends_at > now,
            or_(
                and_(right, VisitCopy.seen_sequence != Appointment.sequence),
                right == VisitCopy.cancelled,
            ),
        )
        .order_by(VisitCopy.id)
        .limit(MOST_AT_ONCE)
    )
    return session().scalars(wanted).all()


def is_right(copy: VisitCopy, chosen: Mapping[int, Choice]) -> bool:
    """Tell whether a copy is to stand: her visit, live, told in the way she chose."""
    visit = copy.appointment
    choice = chosen.get(copy.practitioner_id)
    return (
        copy.practitioner_id == visit.practitioner_id
        and visit.status in LIVE
        and choice is not None
        and choice.way is copy.way
    )


def _is_chosen(chosen: Mapping[int, Choice]) -> ColumnElement[bool]:
    ways = [
        and_(
            VisitCopy.way == way,
            VisitCopy.practitioner_id.in_([n for n, each in chosen.items() if each.way is way]),
        )
        for way in CopyWay
    ]
    return or_(*ways)


def _with_visit() -> Select[VisitCopy]:
    return (
        select(VisitCopy)
        .join(VisitCopy.appointment)
        .options(
            joinedload(VisitCopy.appointment).options(*WHOLE_VISIT),
            joinedload(VisitCopy.practitioner),
        )
    )


def server_of(practitioner_id: int) -> CalendarServer | None:
    """Return the server a practitioner's visits are written to, or None."""
    wanted = select(CalendarServer).where(CalendarServer.practitioner_id == practitioner_id)
    return session().scalar(wanted)


def own_invites(practitioner_id: int) -> OwnInvites | None:
    """Return a practitioner's word on her own invitations, or None."""
    return session().get(OwnInvites, practitioner_id)


def _to_store() -> ColumnElement[bool]:
    """Copies that a server does not hold as they are."""
    return and_(
        VisitCopy.way == CopyWay.SERVER,
        or_(
            and_(VisitCopy.cancelled, VisitCopy.stored != ""),
            and_(~VisitCopy.cancelled, VisitCopy.stored != VisitCopy.told),
        ),
    )


def server_due(*, now: datetime) -> Select[CalendarServer]:
    """Servers that have something to be told and may be asked again, longest waiting first."""
    waiting = exists(
        select(VisitCopy.id).where(
            VisitCopy.practitioner_id == CalendarServer.practitioner_id, _to_store()
        )
    )
    return (
        select(CalendarServer)
        .where(CalendarServer.next_try_at <= now, waiting)
        .order_by(CalendarServer.next_try_at, CalendarServer.id)
        .limit(1)
    )


def copies_to_store(practitioner_id: int) -> Sequence[VisitCopy]:
    """Return what one practitioner's server is to be told, oldest first."""
    wanted = (
        _with_visit()
        .where(VisitCopy.practitioner_id == practitioner_id, _to_store())
        .order_by(VisitCopy.id)
        .limit(MOST_AT_ONCE)
    )
    return session().scalars(wanted).all()
