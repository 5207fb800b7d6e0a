"""Named reads for patients: their visits, their links, the time kept for them."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import func, or_, select
from sqlalchemy.orm import joinedload

from booking.access.policy import Actor
from booking.appointments import rules
from booking.appointments.models import Appointment, BookingNonce, Hold, VisitLink
from booking.core.db import session
from booking.core.errors import LinkOver, NotFound
from booking.core.tokens import digest
from booking.mail.models import Mail, MailState
from booking.patients.models import Patient

WHOLE_VISIT = (
    joinedload(Appointment.patient),
    joinedload(Appointment.practitioner),
    joinedload(Appointment.location),
    joinedload(Appointment.service),
)


def appointment_for(actor: Actor, public_id: UUID) -> Appointment:
    """Return a visit that the holder of its link, or its signed-in patient, may see.

    Raises NotFound for anyone else's and for none.
    """
    mine = or_(
        Appointment.id == actor.appointment_id,
        Patient.resource_id == actor.person_id,
    )
    wanted = (
        select(Appointment)
        .join(Appointment.patient)
        .where(Appointment.public_id == public_id, mine)
        .options(*WHOLE_VISIT)
    )
    found = session().scalar(wanted)
    if found is None:
        raise NotFound
    return found


def appointment(appointment_id: int) -> Appointment:
    """Return a visit whose right to be seen was settled otherwise (a link, a fresh booking)."""
    return (
        session()
        .scalars(select(Appointment).where(Appointment.id == appointment_id).options(*WHOLE_VISIT))
        .one()
    )


def by_public_id(public_id: UUID) -> Appointment | None:
    """Return a visit by the id in a browser's own sealed cookie, or None."""
    return session().scalar(
        select(Appointment).where(Appointment.public_id == public_id).options(*WHOLE_VISIT)
    )


def visits_of(person_id: int) -> Sequence[Appointment]:
    """Return all visits of a person, latest first; for her own list."""
    wanted = (
        select(Appointment)
        .join(Appointment.patient)
        .where(Patient.resource_id == person_id)
        .options(*WHOLE_VISIT)
        .order_by(Appointment.starts_at.desc())
    )
    return session().scalars(wanted).all()


def record_for(actor: Actor, public_id: UUID) -> Patient | None:
    """Return a patient's record if it is the actor's own: her person's, or her link's visit's."""
    of_link = select(Appointment.patient_id).where(Appointment.id == actor.appointment_id)
    mine = or_(Patient.resource_id == actor.person_id, Patient.id.in_(of_link))
    return session().scalar(select(Patient).where(Patient.public_id == public_id, mine))


def latest_record(person_id: int) -> Patient | None:
    """Return the newest record of a signed-in person."""
    wanted = select(Patient).where(Patient.resource_id == person_id)
    return session().scalar(wanted.order_by(Patient.id.desc()).limit(1))


def visit_of_link(token: str, *, now: datetime) -> Appointment:
    """Return the visit a mailed link belongs to.

    Raises LinkOver when it is unknown or withdrawn, or when the visit is cancelled or past. A visit
    that was let go lately can be taken back, so its links still work.
    """
    wanted = (
        select(Appointment)
        .join(VisitLink, VisitLink.appointment_id == Appointment.id)
        .where(VisitLink.token_hash == digest(token), VisitLink.revoked_at.is_(None))
        .options(*WHOLE_VISIT)
    )
    found = session().scalar(wanted)
    if found is None:
        raise LinkOver
    over = rules.is_over(found.status, ends_at=found.ends_at, now=now)
    if over and not rules.may_take_back(found.let_go_at, now=now):
        raise LinkOver
    return found


def hold(public_id: UUID) -> Hold | None:
    """Return a hold, ended or not, or None."""
    return session().scalar(select(Hold).where(Hold.public_id == public_id))


def booked_with(nonce: str) -> Appointment | None:
    """Return what a form with this key led to before, or None."""
    wanted = (
        select(Appointment)
        .join(BookingNonce, BookingNonce.appointment_id == Appointment.id)
        .where(BookingNonce.nonce == nonce)
        .options(*WHOLE_VISIT)
    )
    return session().scalar(wanted)


def holds_of_network(network: bytes, *, now: datetime) -> tuple[int, int]:
    """Return how many times a network keeps now, and has kept in the last hour."""
    wanted = select(
        func.count().filter(Hold.expires_at > now),
        func.count().filter(Hold.created_at > now - timedelta(hours=1)),
    ).where(Hold.network == network)
    live, in_an_hour = session().execute(wanted).one()
    return live, in_an_hour


def first_message_id(appointment: Appointment) -> str | None:
    """Return the id of the first message about a visit, with which later ones form a thread.

    What was stopped, or went to an address that has been corrected since, does not count.
    """
    thread = (appointment.uid, f"appointment {appointment.id}")
    wanted = select(Mail.message_id).where(
        Mail.appointment_id == appointment.id,
        Mail.thread.in_(thread),
        Mail.state != MailState.STOPPED,
    )
    return session().scalar(wanted.order_by(Mail.id).limit(1))


def confirmations_of(appointment_id: int) -> int:
    """Return how often a visit was confirmed by mail, corrected addresses included."""
    return (
        session().scalar(
            select(func.count()).where(
                Mail.appointment_id == appointment_id, Mail.kind == "appointments/confirmation"
            )
        )
        or 0
    )
