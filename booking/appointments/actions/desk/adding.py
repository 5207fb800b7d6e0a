"""Book for a patient at the desk: found or new, once, as a series, or two people together."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from booking.access.policy import Actor
from booking.appointments.actions.booking import mail, new_uid
from booking.appointments.actions.desk import timing
from booking.appointments.models import Appointment, BookingNonce
from booking.appointments.rules import Slot
from booking.audit import actions as audit
from booking.audit.rules.visits import AppointmentBooked
from booking.availability.rules import Offer
from booking.clinic import queries as clinic
from booking.clinic.models import Service
from booking.core.db import session
from booking.core.errors import NotFound
from booking.mail.rules import next_stamp
from booking.occupancy import actions as occupancy
from booking.occupancy.models import ResourceKind
from booking.patients import actions as patients
from booking.patients import queries as patient_queries
from booking.patients.models import Channel, Patient


@dataclass(frozen=True, kw_only=True)
class Newcomer:
    """Somebody the desk has no record of, made fit to be stored; `email` may be empty."""

    name: str
    phone: str
    email: str
    channels: tuple[Channel, ...]


Who = Newcomer | UUID
"""Somebody new, or the public id of a record."""


def add_visit(
    actor: Actor,
    who: Who,
    service: UUID,
    slot: Slot,
    *,
    nonce: str,
    now: datetime,
    base_url: str,
) -> Appointment:
    """Book this time for her, and mail the confirmation if e-mail is safe. A nonce books once.

    Raises NotFound, TimeNotOffered and AlreadyTaken.
    """
    return add_visits(actor, [(who, slot)], service, nonce=nonce, now=now, base_url=base_url)[0]


def add_visits(
    actor: Actor,
    wanted: Sequence[tuple[Who, Slot]],
    service: UUID,
    *,
    nonce: str,
    now: datetime,
    base_url: str,
) -> list[Appointment]:
    """Book a time for each, all or none; several are marked as people who come together.

    Raises NotFound, TimeNotOffered and AlreadyTaken; then nothing is booked for anybody.
    """
    if (done := timing.done_with(nonce)) is not None:
        return [done]
    people = [(person_for(who, now=now), slot) for who, slot in wanted]
    together = uuid4() if len(wanted) > 1 else None
    marks = [{"together": together} for _each in wanted]
    return _add(actor, people, service, marks, nonce=nonce, now=now, base_url=base_url)


def add_series(
    actor: Actor,
    who: Who,
    service: UUID,
    slots: Sequence[Slot],
    *,
    nonce: str,
    now: datetime,
    base_url: str,
) -> list[Appointment]:
    """Book all these times for one patient as a series, or none; each gets a message of its own.

    Raises NotFound, TimeNotOffered and AlreadyTaken; then nothing is booked.
    """
    if (done := timing.done_with(nonce)) is not None:
        return [done]
    patient = person_for(who, now=now)
    series = uuid4() if len(slots) > 1 else None
    marks = [{"series": series, "leg": leg if series else None} for leg in range(1, len(slots) + 1)]
    wanted = [(patient, slot) for slot in slots]
    return _add(actor, wanted, service, marks, nonce=nonce, now=now, base_url=base_url)


def _add(
    actor: Actor,
    wanted: Sequence[tuple[Patient, Slot]],
    service: UUID,
    marks: Sequence[Mapping[str, UUID | int | None]],
    *,
    nonce: str,
    now: datetime,
    base_url: str,
) -> list[Appointment]:
    """Book all of it; `marks` are what each visit says of those it belongs with."""
    kind = timing.known(Service, service)
    persons = {patient.resource_id for patient, _slot in wanted}
    timing.lock_for_all([slot for _patient, slot in wanted], persons=persons)
    booked = []
    for (patient, slot), marked in zip(wanted, marks, strict=True):
        offer = timing.offered(kind, slot, now=now, person_id=patient.resource_id)
        visit = new_visit(patient, kind, offer, now=now, **marked)
        occupancy.claim(
            timing.claims_of(offer, patient.resource_id), appointment_id=visit.id, now=now
        )
        booked.append(visit)
    session().add(BookingNonce(nonce=nonce, appointment_id=booked[0].id, created_at=now))
    session().flush()
    for visit in booked:
        tell(actor, visit, now=now, base_url=base_url)
    return booked


def person_for(who: Who, *, now: datetime) -> Patient:
    """Return the record the desk has found, or make one. Raises NotFound."""
    if isinstance(who, UUID):
        patients.lock_record(who)
        found = patient_queries.current(who)
        if found.is_erased:  # at this very moment
            raise NotFound
        return found
    person = None
    if who.email:
        patients.lock_person(name=who.name, email=who.email)
        person = patient_queries.person_id(name=who.name, email=who.email)
    return patients.register(
        person_id=person or occupancy.new_resource(ResourceKind.PATIENT),
        name=who.name,
        email=who.email,
        phone=who.phone,
        channels=who.channels,
        note="",
        now=now,
    )


def new_visit(
    patient: Patient, service: Service, offer: Offer, *, now: datetime, **marks: UUID | int | None
) -> Appointment:
    """Write the visit; its time is still to be claimed. `marks` are more of its columns."""
    stamp = next_stamp(None, now=now)
    visit = Appointment(
        uid=new_uid(clinic.organisation().sender_address),
        sequence=0,
        patient_id=patient.id,
        practitioner_id=offer.practitioner_id,
        location_id=offer.location_id,
        room_id=offer.room_id,
        service_id=service.id,
        way=service.way,
        starts_at=offer.starts_at,
        ends_at=offer.ends_at,
        created_at=stamp,
        changed_at=stamp,
        **marks,
    )
    session().add(visit)
    session().flush()
    return visit


def tell(actor: Actor, visit: Appointment, *, now: datetime, base_url: str) -> None:
    """Mail the confirmation, and record the booking."""
    mail("confirmation", visit, now=now, base_url=base_url)
    booked = AppointmentBooked(patient_id=visit.patient_id, appointment_id=visit.id)
    audit.record(booked, by=actor, at=now)
