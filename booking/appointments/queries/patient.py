"""Named reads for patients: their visits, their links, the time kept for them."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, and_, bindparam, exists, func, or_, select
from sqlalchemy.orm import aliased, joinedload

from booking.access.policy import Actor
from booking.appointments import rules
from booking.appointments.models import Appointment, BookingNonce, Hold, VisitLink
from booking.clinic.models import Location, Practitioner, Room
from booking.core.db import session
from booking.core.errors import LinkOver, NotFound
from booking.core.tokens import digest
from booking.mail.models import Mail, MailState
from booking.patients import queries as patients
from booking.patients.models import Patient

FIRST_MESSAGES = ("appointments/confirmation", "appointments/requested")

WHOLE_VISIT = (
    joinedload(Appointment.patient),
    joinedload(Appointment.practitioner),
    joinedload(Appointment.location),
    joinedload(Appointment.service),
)

# Asked several times for each booking: made once, because making costs more than asking.
_HOLD = select(Hold).where(Hold.public_id == bindparam("public_id"))
_WHEREABOUTS = (
    select(Practitioner, Location, Room)
    .select_from(Practitioner)
    .join(Location, Location.id == bindparam("location_id"))
    .outerjoin(Room, Room.id == bindparam("room_id"))
    .where(Practitioner.id == bindparam("practitioner_id"))
)
_RESULT = select(BookingNonce.appointment_id).where(BookingNonce.nonce == bindparam("nonce"))


def appointment_for(actor: Actor, public_id: UUID) -> Appointment:
    """Return a visit that the holder of its link, or its signed-in patient, may see.

    A link to one visit of a series leads to the others too: their messages went the same way.
    Raises NotFound for anyone else's and for none.
    """
    linked = aliased(Appointment)
    mine = or_(
        Appointment.id == actor.appointment_id,
        exists().where(
            linked.id == actor.appointment_id,
            linked.series == Appointment.series,
            linked.patient_id == Appointment.patient_id,
        ),
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


def visits_on_record(patient_id: int) -> Sequence[Appointment]:
    """Return all visits on one record, soonest first."""
    wanted = (
        select(Appointment)
        .where(Appointment.patient_id == patient_id)
        .options(*WHOLE_VISIT)
        .order_by(Appointment.starts_at, Appointment.id)
    )
    return session().scalars(wanted).all()


def practitioners_seen(person_id: int) -> frozenset[int]:
    """Return the practitioners a person has been to, or has a visit with: to them she is known."""
    wanted = (
        select(Appointment.practitioner_id)
        .join(Patient, Patient.id == Appointment.patient_id)
        .where(Patient.resource_id == person_id, Appointment.status.in_(rules.LIVE))
    )
    return frozenset(session().scalars(wanted))


def service_last_had(person_id: int) -> int | None:
    """Return the id of the service of a person's latest visit, or None where she has none."""
    wanted = (
        select(Appointment.service_id)
        .join(Patient, Patient.id == Appointment.patient_id)
        .where(Patient.resource_id == person_id, Appointment.status.in_(rules.LIVE))
        .order_by(Appointment.starts_at.desc(), Appointment.id.desc())
    )
    return session().scalar(wanted.limit(1))


def record_for(actor: Actor, public_id: UUID) -> Patient | None:
    """Return a patient's record if it is the actor's own: her person's, or her link's visit's."""
    of_link = select(Appointment.patient_id).where(Appointment.id == actor.appointment_id)
    mine = or_(Patient.resource_id == actor.person_id, Patient.id.in_(of_link))
    wanted = select(Patient).where(Patient.public_id == public_id, mine, patients.standing())
    return session().scalar(wanted)


def record(public_id: UUID) -> Patient | None:
    """Return a record whose right to be used is settled elsewhere, or None."""
    return session().scalar(select(Patient).where(Patient.public_id == public_id))


def latest_record(person_id: int) -> Patient | None:
    """Return the newest record of a signed-in person."""
    wanted = select(Patient).where(Patient.resource_id == person_id, patients.standing())
    return session().scalar(wanted.order_by(Patient.id.desc()).limit(1))


def visit_of_link(token: str, *, now: datetime) -> Appointment:
    """Return the visit a mailed link belongs to.

    Raises LinkOver when it is unknown or withdrawn, or when the visit is cancelled or past. The
    link of a request that was declined or expired still leads to the answer, and that of a visit
    let go lately to where it can be taken back.
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
    works = rules.link_works(found.status, ends_at=found.ends_at, now=now)
    if not works and not rules.may_take_back(found.let_go_at, now=now):
        raise LinkOver
    return found


def hold(public_id: UUID) -> Hold | None:
    """Return a hold, ended or not, or None."""
    return session().scalar(_HOLD, {"public_id": public_id})


def hold_with_key(form_key: UUID) -> Hold | None:
    """Return what pressing a button of that page kept, ended or not, or None."""
    return session().scalar(select(Hold).where(Hold.form_key == form_key))


class Whereabouts(NamedTuple):
    """With whom and where a kept time is; no room by video."""

    practitioner: Practitioner
    location: Location
    room: Room | None


def whereabouts(kept: Hold) -> Whereabouts:
    """Return with whom and where a kept time is."""
    asked = {  # not by the hold's own row, which a rival with the same form may have ended
        "practitioner_id": kept.practitioner_id,
        "location_id": kept.location_id,
        "room_id": kept.room_id,
    }
    return Whereabouts(*session().execute(_WHEREABOUTS, asked).one())


def kept_together(kept: Hold) -> list[Hold]:
    """Return a hold with those of its series, first to last."""
    if kept.series is None:
        return [kept]
    wanted = select(Hold).where(Hold.series == kept.series).order_by(Hold.leg)
    return list(session().scalars(wanted))


def series_of(visit: Appointment) -> list[Appointment]:
    """Return the visits booked together with this one, this one too, first to last; else none."""
    if visit.series is None:
        return []
    wanted = (
        select(Appointment)
        .where(Appointment.series == visit.series, Appointment.patient_id == visit.patient_id)
        .options(*WHOLE_VISIT)
        .order_by(Appointment.leg)
    )
    return list(session().scalars(wanted))


def from_here_on(visit: Appointment) -> list[Appointment]:
    """Return this visit and those of its series that are later as they stand now, by time."""
    later = (each for each in series_of(visit) if each.starts_at >= visit.starts_at)
    return sorted(later, key=lambda each: each.starts_at)


def legs_of(series: UUID) -> int:
    """Return how many visits were booked together as a series, cancelled ones among them."""
    wanted = select(func.max(Appointment.leg)).where(Appointment.series == series)
    return session().scalar(wanted) or 0


def booked_with(nonce: str) -> Appointment | None:
    """Return what a form with this key led to before, or None."""
    found = session().scalar(_RESULT, {"nonce": nonce})
    return appointment(found) if found is not None else None


def kept_by_network(network: bytes, *, now: datetime) -> rules.Kept:
    """Return what a network keeps now, and how often it has chosen in the last hour."""
    return _kept(Hold.network == network, now=now)


def kept_by_person(person: bytes, *, but: Hold, now: datetime) -> rules.Kept:
    """Return what a person keeps now besides `but` and what is kept together with that."""
    other = Hold.id != but.id if but.series is None else Hold.series.is_distinct_from(but.series)
    return _kept(and_(Hold.person == person, other), now=now)


def _kept(which: ColumnElement[bool], *, now: datetime) -> rules.Kept:
    live, choice = Hold.expires_at > now, or_(Hold.leg.is_(None), Hold.leg == 1)
    wanted = select(
        func.count().filter(live, choice),
        func.count().filter(live),
        func.count().filter(Hold.created_at > now - timedelta(hours=1), choice),
    ).where(which)
    return rules.Kept(*session().execute(wanted).one())


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
                Mail.appointment_id == appointment_id, Mail.kind.in_(FIRST_MESSAGES)
            )
        )
        or 0
    )
