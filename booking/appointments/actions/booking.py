"""Book a visit, and what every change of one needs: versions, mail, resources.

Each use case loads, decides, writes, queues mail and records, in the caller's transaction. Locks
are taken in one order everywhere: the person, then times, then the audit's head.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import NamedTuple, Self
from uuid import UUID, uuid4

from booking.access.policy import Actor
from booking.appointments import emails, rules
from booking.appointments.actions import links
from booking.appointments.actions.details import Details
from booking.appointments.actions.holds import Typed
from booking.appointments.models import Appointment, BookingNonce, Hold
from booking.appointments.queries import patient as queries
from booking.appointments.queries.terms import Terms
from booking.appointments.queries.terms import terms as terms_for
from booking.appointments.rules import Status
from booking.audit import actions as audit
from booking.audit.rules.visits import AppointmentBooked, AppointmentRequested
from booking.clinic import queries as clinic
from booking.clinic.models import BookingMode
from booking.core.db import session
from booking.core.errors import N_, AlreadyTaken, HoldOver, NotOffered, WrongState
from booking.mail import outbox
from booking.mail.rules import ascii_address, next_stamp
from booking.occupancy import actions as occupancy
from booking.occupancy import queries as taken
from booking.occupancy.models import ResourceKind
from booking.occupancy.rules import Claim, of_person
from booking.patients import actions as patients
from booking.patients import queries as patient_queries
from booking.patients.models import Patient
from booking.patients.rules import clean_email, clean_name

# Says neither that the other visit is hers nor that it is not: whoever types somebody's name and
# address here must not learn when that person comes.
OVERLAPS = N_("This overlaps with another booking. Nothing was booked.")

BY_PHONE = N_("We arrange this visit on the phone. Nothing was booked. Please call us.")
SAY_AGAIN = N_("Please tell us once more who comes. Your time is still kept.")
NOT_NEW = N_(
    "Online, this visit is for people who have been here before. Nothing was booked. Please call "
    "us, or sign in if you have been here."
)


def book(
    actor: Actor,
    hold_public_id: UUID,
    typed: Typed,
    *,
    nonce: str,
    now: datetime,
    base_url: str,
) -> Appointment:
    """Book the time that is kept, and mail the confirmation. The same nonce books once.

    Times kept together are booked together, all or none, each with a message of its own; the
    first is returned. Where the service or the practitioner takes requests only, the time stays
    the request's own until `answer_by`, and the message brings no invite.

    She books with what she typed, or with a record of her own. Raises HoldOver when the time is no
    longer kept, AlreadyTaken when this person is elsewhere then, WrongState when the record is no
    longer hers, and NotOffered for what is not booked online (which does not bind the staff).
    """
    kept = queries.hold(hold_public_id)
    if kept is None:  # a rival with the same form ends the hold with its result
        return _done_with(nonce)
    if kept.moving_id is not None:
        raise HoldOver
    rules.ensure_kept(kept.expires_at, now=now)
    record, person = _who(actor, typed)
    together = [_Kept.of(one) for one in queries.kept_together(kept)]
    occupancy.lock([person, *(claim.resource_id for one in together for claim in one.claims)])
    if (done := queries.booked_with(nonce)) is not None:  # a rival with the same form was first
        return done
    if not actor.is_staff:
        for one in together:
            _ensure_bookable(one.terms, known=record is not None)
    patient = record or _register(typed, person_id=person, now=now)
    booked = [_book(one, patient, now=now) for one in together]
    session().add(BookingNonce(nonce=nonce, appointment_id=booked[0].id, created_at=now))
    for each in booked:
        _mail_first(each, now=now, base_url=base_url)
    for each in booked:
        _record_first(actor, each, now=now)
    return booked[0]


class _Kept(NamedTuple):
    """A hold with what it has, who and where it is for, and by which rules."""

    hold: Hold
    claims: tuple[Claim, ...]
    terms: Terms
    place: queries.Whereabouts

    @classmethod
    def of(cls, kept: Hold) -> Self:
        return cls(
            kept,
            taken.claims_of_hold(kept.id),
            terms_for(kept.service_id, kept.practitioner_id),
            queries.whereabouts(kept),
        )


def _done_with(nonce: str) -> Appointment:
    if (done := queries.booked_with(nonce)) is None:
        raise HoldOver
    return done


def _ensure_bookable(terms: Terms, *, known: bool) -> None:
    """Raise NotOffered for a visit that is arranged by phone, or not for people new here."""
    if terms.mode is BookingMode.PHONE:
        raise NotOffered(BY_PHONE)
    if not (known or terms.new_patients):
        raise NotOffered(NOT_NEW)


def _book(kept: _Kept, patient: Patient, *, now: datetime) -> Appointment:
    """Turn one kept time into a visit, or into the request for one."""
    booked = _appointment(kept, patient, now=now)
    _take_time(kept, booked, person_id=patient.resource_id, now=now)
    session().delete(kept.hold)
    return booked


def _mail_first(booked: Appointment, *, now: datetime, base_url: str) -> None:
    what = "requested" if booked.status is Status.REQUESTED else "confirmation"
    _queue(what, booked, references=None, now=now, base_url=base_url)


def _record_first(actor: Actor, booked: Appointment, *, now: datetime) -> None:
    requested = booked.status is Status.REQUESTED
    event = AppointmentRequested if requested else AppointmentBooked
    audit.record(event(patient_id=booked.patient_id, appointment_id=booked.id), by=actor, at=now)


def new_uid(sender_address: str) -> str:
    """Return a calendar uid: opaque, under the sender's domain (RFC 5545, 3.8.4.7)."""
    return f"{uuid4()}@{ascii_address(sender_address).rpartition('@')[2]}"


def _who(actor: Actor, typed: Typed) -> tuple[Patient | None, int]:
    """Return the record she has, if she is known, and the resource she is."""
    if "record" in typed:
        public_id = UUID(str(typed["record"]))
        patients.lock_record(public_id)
        record = queries.record_for(actor, public_id)
        if record is None:
            raise WrongState(SAY_AGAIN)
        return record, record.resource_id
    name = clean_name(str(typed.get("name", "")))
    email = clean_email(str(typed.get("email", "")))
    patients.lock_person(name=name, email=email)
    known = patient_queries.person_id(name=name, email=email)
    return None, known or occupancy.new_resource(ResourceKind.PATIENT)


def _register(typed: Typed, *, person_id: int, now: datetime) -> Patient:
    details = Details.of(typed, region=clinic.organisation().region)
    return patients.register(
        person_id=person_id,
        name=details.name,
        email=details.email,
        phone=details.phone,
        channels=details.channels,
        note=details.note,
        invites=details.invites,
        language=details.language,
        now=now,
    )


def _appointment(one: _Kept, patient: Patient, *, now: datetime) -> Appointment:
    stamp = next_stamp(None, now=now)
    kept, terms, place = one.hold, one.terms, one.place
    requested = terms.mode is BookingMode.REQUEST
    until = rules.answer_by(now=now, minutes=terms.request_minutes, starts_at=kept.starts_at)
    booked = Appointment(
        uid=new_uid(clinic.organisation().sender_address),
        sequence=0,
        patient=patient,
        practitioner=place.practitioner,
        location=place.location,
        room=place.room,
        service_id=kept.service_id,
        way=terms.way,
        starts_at=kept.starts_at,
        ends_at=kept.ends_at,
        status=Status.REQUESTED if requested else Status.BOOKED,
        answer_by=until if requested else None,
        series=kept.series,
        leg=kept.leg,
        created_at=stamp,
        changed_at=stamp,
    )
    session().add(booked)
    session().flush()
    return booked


def _take_time(kept: _Kept, booked: Appointment, *, person_id: int, now: datetime) -> None:
    """Turn what is kept into the visit's own time, and take the patient's."""
    until = booked.answer_by
    occupancy.take_over(
        kept.hold.id,
        resources=resources_of(booked),
        appointment_id=booked.id,
        now=now,
        until=until,
    )
    try:
        occupancy.claim(
            [of_person(person_id, kept.claims)[-1]], appointment_id=booked.id, now=now, until=until
        )
    except AlreadyTaken as elsewhere:
        raise AlreadyTaken(OVERLAPS, resources=elsewhere.resources) from elsewhere


def resources_of(booked: Appointment) -> set[int]:
    """Return whose time the visit cannot do without, besides the patient's."""
    room = [booked.room.resource_id] if booked.room else []
    return {booked.practitioner.resource_id, *room}


def resources(kept: Hold) -> list[int]:
    """Return the resources a hold has time of, for locking."""
    return [claim.resource_id for claim in taken.claims_of_hold(kept.id)]


def next_version(appointment: Appointment, *, now: datetime) -> None:
    """Raise what calendars compare: the sequence, and a stamp strictly newer than the last."""
    appointment.sequence += 1
    appointment.changed_at = next_stamp(appointment.changed_at, now=now)


def lock_as_it_stands(appointment: Appointment, more: Iterable[int] = ()) -> None:
    """Queue behind everyone who changes this visit, then read what they have made of it.

    Whoever decides on what was read before the lock writes a version that exists already.
    """
    own = taken.claims_of(appointment.id)
    occupancy.lock([*more, *(claim.resource_id for claim in own)])
    session().refresh(appointment)


def mail(
    what: str, appointment: Appointment, *, again: str = "", now: datetime, base_url: str
) -> None:
    """Queue a message of `emails.ABOUT_A_VISIT`, unless she said that e-mail is not safe.

    One of each version; `again` tells apart what is said of a version more than once.
    """
    before = queries.first_message_id(appointment)
    _queue(what, appointment, references=before, again=again, now=now, base_url=base_url)


def _queue(
    what: str,
    appointment: Appointment,
    *,
    references: str | None,
    again: str = "",
    now: datetime,
    base_url: str,
) -> None:
    if not emails.wanted_by(appointment.patient):
        return
    if what == "cancelled":  # links to a cancelled visit lead nowhere
        addresses: Mapping[str, str] = {"book": f"{base_url}/book"}
    else:
        to = ("visit",) if what == "requested" else rules.LINKS
        addresses = links.links_for(appointment.id, base_url=base_url, now=now, to=to)
    draft = emails.ABOUT_A_VISIT[what](
        appointment,
        clinic=clinic.organisation(),
        links=addresses,
        references=references,
    )
    if again:
        draft = replace(draft, dedupe_key=f"{draft.dedupe_key}:again:{again}")
    outbox.enqueue(draft, now=now)
