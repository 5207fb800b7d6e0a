"""Deal with messages that did not arrive: mend the address, try again, or leave it."""

from datetime import datetime
from uuid import UUID

from booking.access.policy import Actor
from booking.appointments.models import Appointment
from booking.audit import actions as audit
from booking.audit.rules import AddressCorrected, ContactDone
from booking.core.db import session
from booking.core.errors import NotFound
from booking.mail import outbox
from booking.mail.models import Mail
from booking.patients import actions as patients
from booking.patients.rules import clean_email
from booking.reminders.queries import undelivered as queries


def mend(actor: Actor, public_id: UUID, email: str, *, now: datetime) -> None:
    """Write another address into the patient's record and send the message there.

    Nobody has read it at the first one: it never arrived there. Raises BadInput for what cannot
    be written to, NotFound where the message is about no visit, or was dealt with meanwhile.
    """
    email = clean_email(email)
    mail = queries.message(public_id)
    visit = session().get(Appointment, mail.appointment_id) if mail.appointment_id else None
    if visit is None:
        raise NotFound
    patients.correct_email(visit.patient, email)
    outbox.send_again(mail, to_address=email, now=now)
    corrected = AddressCorrected(patient_id=visit.patient_id, appointment_id=visit.id)
    audit.record(corrected, by=actor, at=now)


def send_again(actor: Actor, public_id: UUID, *, now: datetime) -> None:
    """Send the message once more as it is. Raises NotFound."""
    mail = queries.message(public_id)
    outbox.send_again(mail, now=now)
    _record(actor, mail, "sent-again", now)


def leave(actor: Actor, public_id: UUID, *, now: datetime) -> None:
    """Take the message off the list; it is not sent. Raises NotFound."""
    mail = queries.message(public_id)
    outbox.give_up(mail, now=now)
    _record(actor, mail, "left", now)


def _record(actor: Actor, mail: Mail, what: str, now: datetime) -> None:
    visit = session().get(Appointment, mail.appointment_id) if mail.appointment_id else None
    done = ContactDone(
        patient_id=visit.patient_id if visit else None,
        appointment_id=mail.appointment_id,
        what=f"message-{what}",
    )
    audit.record(done, by=actor, at=now)
