"""Answer a request, or let it end. Whoever comes first has answered; everyone else is told so.

A request's time is kept for it until `answer_by`. Each answer is one conditional UPDATE, so two at
one moment are one answer, and an answer that comes too late finds the time gone.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal, cast

from sqlalchemy import CursorResult, select, update

from booking.access.policy import Actor
from booking.appointments import emails, rules
from booking.appointments.actions import links
from booking.appointments.actions.booking import lock_as_it_stands, mail, resources_of
from booking.appointments.models import Appointment
from booking.appointments.queries import patient as queries
from booking.appointments.rules import Slot, Status
from booking.audit import actions as audit
from booking.audit.rules.visits import RequestAnswered
from booking.availability import queries as availability
from booking.clinic import queries as clinic
from booking.clinic.models import Location, Practitioner
from booking.core.db import session
from booking.core.errors import N_, HoldOver, WrongState
from booking.mail import outbox
from booking.mail.rules import next_stamp
from booking.occupancy import actions as occupancy

ANSWERED = N_("This request has been answered or taken back meanwhile. Nothing was changed.")
TOO_LATE = N_("This request waited too long, and its time is no longer kept. Nothing was booked.")


def approve_request(
    actor: Actor, appointment: Appointment, *, now: datetime, base_url: str
) -> Appointment:
    """Make the visit that was asked for, and mail its first invite (sequence 0).

    Raises WrongState when it was answered or taken back already, or waited too long.
    """
    lock_as_it_stands(appointment)
    told = next_stamp(appointment.changed_at, now=now)  # reminders count from when she knows
    _settle(appointment, Status.BOOKED, now=now, answer_by=None, changed_at=told)
    try:
        needed = {*resources_of(appointment), appointment.patient.resource_id}
        occupancy.confirm(appointment.id, resources=needed, now=now)
    except HoldOver as over:
        raise WrongState(TOO_LATE) from over
    outbox.withdraw(appointment.id, now=now)
    mail("confirmation", appointment, now=now, base_url=base_url)
    return _recorded(actor, appointment, "approved", now=now)


def decline_request(
    actor: Actor,
    appointment: Appointment,
    *,
    alternatives: Sequence[Slot],
    now: datetime,
    base_url: str,
) -> Appointment:
    """Give the time back, and mail up to three other times, each with a link to take it.

    Raises WrongState when it was answered or taken back already, or waited too long.
    """
    lock_as_it_stands(appointment)
    _settle(appointment, Status.DECLINED, now=now)
    occupancy.release(appointment.id)
    _mail_times("declined", appointment, alternatives, now=now, base_url=base_url)
    return _recorded(actor, appointment, "declined", now=now)


def withdraw(actor: Actor, appointment: Appointment, *, now: datetime) -> Appointment:
    """Take a request back: whoever made it wants it no more. Twice is once.

    Raises WrongState when the clinic has answered already, or when it waited too long.
    """
    lock_as_it_stands(appointment)
    if appointment.status is Status.CANCELLED:
        return appointment
    _settle(appointment, Status.CANCELLED, now=now, cancelled_at=now)
    occupancy.release(appointment.id)
    outbox.withdraw(appointment.id, now=now)
    return _recorded(actor, appointment, "withdrawn", now=now)


def expire_request(appointment_id: int, *, now: datetime, base_url: str) -> None:
    """Write down that nobody answered a request in time, and mail other times. Twice is once.

    Only bookkeeping: its time went back by itself, and every page says so already.
    """
    visit = queries.appointment(appointment_id)
    lock_as_it_stands(visit)
    if visit.status is Status.REQUESTED and visit.standing(now) is Status.EXPIRED:
        _change(visit, Status.EXPIRED)
        occupancy.release(visit.id)
        _mail_times("expired", visit, _near(visit, now=now), now=now, base_url=base_url)
        _recorded(None, visit, "expired", now=now)


def _settle(appointment: Appointment, to: Status, *, now: datetime, **values: object) -> None:
    """Answer an open request that still has its time. Raises WrongState where it is neither."""
    if appointment.standing(now) is Status.EXPIRED:
        raise WrongState(TOO_LATE)
    _change(appointment, to, Appointment.answer_by > now, **values)


def _change(appointment: Appointment, to: Status, *which: Any, **values: object) -> None:
    change = (
        update(Appointment)
        .where(Appointment.id == appointment.id, Appointment.status == Status.REQUESTED, *which)
        .values(status=to, **values)
        .execution_options(synchronize_session=False)
    )
    if cast(CursorResult[object], session().execute(change)).rowcount == 0:
        raise WrongState(ANSWERED)
    session().refresh(appointment)


def _near(visit: Appointment, *, now: datetime) -> list[Slot]:
    found = availability.nearest(
        visit.service,
        around=visit.starts_at,
        now=now,
        n=rules.TIMES_OFFERED,
        person_id=visit.patient.resource_id,
    )
    return [
        Slot(
            session().get_one(Practitioner, offer.practitioner_id).public_id,
            session().get_one(Location, offer.location_id).public_id,
            offer.starts_at,
        )
        for offer in found
    ]


def _mail_times(
    what: Literal["declined", "expired"],
    visit: Appointment,
    times: Sequence[Slot],
    *,
    now: datetime,
    base_url: str,
) -> None:
    if not emails.wanted_by(visit.patient):
        return
    to = links.links_for(visit.id, base_url=base_url, now=now, to=rules.ANSWER_LINKS)
    told = [_told(slot, link=f"{to['again']}?slot={rules.slot_text(slot)}") for slot in times]
    draft = emails.not_given(
        what,
        visit,
        clinic=clinic.organisation(),
        links=to,
        references=queries.first_message_id(visit),
        times=told[: rules.TIMES_OFFERED],
    )
    outbox.enqueue(draft, now=now)


def _told(slot: Slot, *, link: str) -> dict[str, str]:
    practitioner = session().scalars(
        select(Practitioner).where(Practitioner.public_id == slot.practitioner)
    )
    place = session().scalars(select(Location).where(Location.public_id == slot.location)).one()
    return {
        "starts_at": slot.starts_at.isoformat(),
        "zone": place.zone,
        "practitioner_name": practitioner.one().name,
        "place_name": place.outward_name,
        "link": link,
    }


def _recorded(
    actor: Actor | None, visit: Appointment, answer: str, *, now: datetime
) -> Appointment:
    event = RequestAnswered(patient_id=visit.patient_id, appointment_id=visit.id, answer=answer)
    audit.record(event, by=actor, at=now)
    return visit
