"""Write other details into a record."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from booking.access.policy import Actor
from booking.accounts import actions as accounts
from booking.appointments import actions as visiting
from booking.appointments.models import Appointment
from booking.appointments.queries.patient import visits_on_record
from booking.audit import actions as audit
from booking.audit.rules.patients import AddressCorrected, RecordCorrected
from booking.calendars.actions import feeds
from booking.core.addresses import canonical_email
from booking.patients import actions as patients
from booking.patients import queries
from booking.patients.models import Channel, InviteStyle, Patient
from booking.waiting.actions import readdressing as waiting


@dataclass(frozen=True, kw_only=True)
class Details:
    """How a patient is called and reached; `email` is empty for none."""

    name: str
    phone: str
    email: str
    channels: tuple[Channel, ...]
    note: str
    invites: InviteStyle

    @property
    def email_canonical(self) -> str:
        """The address as addresses are compared."""
        return canonical_email(self.email) if self.email else ""

    @property
    def mail_is_safe(self) -> bool:
        """Whether anything may be mailed."""
        return bool(self.email) and Channel.EMAIL in self.channels


def correct(
    actor: Actor, public_id: UUID, details: Details, *, now: datetime, base_url: str
) -> Patient:
    """Write other details into a record. Raises NotFound.

    After another address, links mailed so far, sign-ins made with the old one and the address of
    her calendar open nothing: whoever reads that mailbox may be a stranger. Visits to come and
    places on the waiting list are told of at the new one. Where no mail is safe any more none goes
    to either.
    """
    patient = queries.current(public_id)
    visits: Sequence[Appointment] = ()
    told_again: Sequence[Appointment] = ()
    another = details.email_canonical != patient.email_canonical
    if another:
        visits = visits_on_record(patient.id)
        told_again = visiting.take_back_messages(visits, follow=details.mail_is_safe, now=now)
        visiting.close_ways_in(visits, but=None, now=now)
        accounts.end_person_sessions(patient.resource_id, but=None, now=now)
        feeds.end_feeds_of(patient.resource_id)
    if details.email != patient.email:
        patients.correct_email(patient, details.email)
    patients.correct(
        patient,
        name=details.name,
        phone=details.phone,
        channels=details.channels,
        note=details.note,
        invites=details.invites,
    )
    visiting.tell_anew(told_again, now=now, base_url=base_url)
    if another:
        waiting.tell_of_record(patient.id, now=now, base_url=base_url)
    for visit in visits:
        event = AddressCorrected(patient_id=patient.id, appointment_id=visit.id)
        audit.record(event, by=actor, at=now)
    audit.record(RecordCorrected(patient_id=patient.id), by=actor, at=now)
    return patient
