"""Deal with messages that did not arrive: mend the address, try again, or leave it."""

from datetime import datetime
from uuid import UUID

from booking.access.policy import Actor
from booking.appointments import actions as appointments
from booking.appointments.models import Appointment
from booking.appointments.queries.patient import visits_on_record
from booking.appointments.rules import Status
from booking.audit import actions as audit
from booking.audit.rules.patients import AddressCorrected
from booking.audit.rules.visits import ContactDone
from booking.core.addresses import canonical_email
from booking.core.db import session
from booking.core.errors import NotFound
from booking.mail import outbox
from booking.mail import queries as mail_queries
from booking.mail.models import Mail
from booking.patients import actions as patients
from booking.patients.rules import clean_email
from booking.reminders.queries import undelivered as queries


def mend(actor: Actor, public_id: UUID, email: str, *, now: datetime, base_url: str) -> None:
    """Write another address into the patient's record and send there what did not arrive.

    All of hers that the first address did not take goes: nobody has read it there. A visit to come
    that was told of there before is told of anew, by the same entry: no cancellation would arrive.
    Raises BadInput for what cannot be written to, NotFound where the message is about no visit, or
    was dealt with meanwhile.
    """
    email = clean_email(email)
    mail = queries.message(public_id)
    visit = session().get(Appointment, mail.appointment_id) if mail.appointment_id else None
    if visit is None:
        raise NotFound
    another = canonical_email(email) != visit.patient.email_canonical
    patients.correct_email(visit.patient, email)
    told_before = _told_before(visit.patient_id, now=now) if another else []
    again = {each.id for each in told_before}
    for dead in queries.of_record(visit.patient_id):
        if dead.appointment_id in again:
            outbox.give_up(dead, now=now)
        else:
            outbox.send_again(dead, to_address=email, now=now)
    appointments.tell_next_version(told_before, now=now, base_url=base_url)
    corrected = AddressCorrected(patient_id=visit.patient_id, appointment_id=visit.id)
    audit.record(corrected, by=actor, at=now)


def _told_before(patient_id: int, *, now: datetime) -> list[Appointment]:
    """Return the booked visits to come on a record of which a message has left."""
    return [
        each
        for each in visits_on_record(patient_id)
        if each.standing(now) is Status.BOOKED
        and each.ends_at > now
        and mail_queries.was_sent(each.id)
    ]


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
