"""Tell of visits once more, most often at another address: the first was mistyped, or is not hers.

Whoever reads mail at the one before is taken for a stranger. What has not left for there does not
leave; if a message may have gone, a bare cancellation follows it, without name, time or place. The
visit then gets a new calendar uid, so that neither entry can touch the other, whichever arrives
first. Its time stays.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime

from booking.access.policy import Actor
from booking.accounts import actions as accounts
from booking.appointments import emails, rules
from booking.appointments.actions import links
from booking.appointments.actions.booking import (
    OVERLAPS,
    lock_as_it_stands,
    mail,
    new_uid,
    next_version,
)
from booking.appointments.actions.desk.away import ask_anew
from booking.appointments.models import Appointment
from booking.appointments.queries import patient as queries
from booking.appointments.rules import Status
from booking.audit import actions as audit
from booking.audit.rules.patients import AddressCorrected
from booking.audit.rules.visits import ContactDone
from booking.clinic import queries as clinic
from booking.core.db import session
from booking.core.errors import N_, AlreadyTaken, TooManyTries, WrongState
from booking.mail import outbox
from booking.mail import queries as outbox_queries
from booking.mail.rules import next_stamp
from booking.occupancy import actions as occupancy
from booking.occupancy import queries as taken
from booking.occupancy.models import ResourceKind
from booking.patients import actions as patients
from booking.patients import queries as patient_queries
from booking.patients.models import InviteStyle, Patient
from booking.patients.rules import clean_email

STANDING = (Status.BOOKED, Status.REQUESTED)
FIRST_WORDS = {
    Status.BOOKED: "confirmation",
    Status.REQUESTED: "requested",
    Status.CANCELLED: "cancelled",
}
"""Which message says how a visit stands, whatever else was said of it."""


def correct_address(
    actor: Actor, appointment: Appointment, email: str, *, now: datetime, base_url: str
) -> Appointment:
    """Send everything to another address, because the first was mistyped.

    Every link sent so far stops working, and so does what was opened with one. The record becomes
    that of whoever has this name and address, or of a person of her own: whoever booked under
    somebody's name must not keep anything of hers by another address.

    Raises WrongState when the visit is no longer just booked or asked for or its record was there
    before, TooManyTries after a few corrections, BadInput for what cannot be written to, and
    AlreadyTaken where that person is elsewhere then.
    """
    email = clean_email(email)
    record = appointment.patient
    if not rules.made_together(record_at=record.created_at, booked_at=appointment.created_at):
        raise WrongState
    if queries.confirmations_of(appointment.id) >= rules.CONFIRMATIONS_OF_A_VISIT:
        raise TooManyTries(
            N_("The address was changed several times. Please call us and we will set it right."),
            retry_after=24 * 60 * 60,
        )
    patients.lock_person(name=record.name, email=email)
    known = patient_queries.person_id(name=record.name, email=email)
    person = known or occupancy.new_resource(ResourceKind.PATIENT)
    visits = queries.visits_on_record(record.id)
    _lock_time_of(visits, record.resource_id, person)
    together = take_back_messages(visits, now=now)
    if appointment not in together:
        raise WrongState
    close_ways_in(visits, but=actor.session_id, now=now)
    _be_of(person, record, visits, now=now)
    patients.correct_email(record, email)
    tell_anew(together, now=now, base_url=base_url)
    for each in together:
        event = AddressCorrected(patient_id=each.patient_id, appointment_id=each.id)
        audit.record(event, by=actor, at=now)
    return appointment


def _be_of(person: int, record: Patient, visits: Iterable[Appointment], *, now: datetime) -> None:
    """Let a record, and the time of its visits, be this person's.

    What the address before opened stays with the person before.
    """
    before, record.resource_id = record.resource_id, person
    try:
        occupancy.reassign([each.id for each in visits], of=before, to=person, now=now)
    except AlreadyTaken as elsewhere:
        raise AlreadyTaken(OVERLAPS, resources=elsewhere.resources) from elsewhere


def close_ways_in(visits: Iterable[Appointment], *, but: int | None, now: datetime) -> None:
    """Make all links to these visits worthless, and what was opened with them; `but` a session."""
    for each in visits:
        links.withdraw_links(each.id, now=now)
        accounts.end_visit_sessions(each.id, but=but, now=now)


def take_back_messages(
    visits: Iterable[Appointment], *, now: datetime, follow: bool = True
) -> list[Appointment]:
    """Take back what the address before was sent of visits to come; return those visits.

    To be called while the record still has that address; `tell_anew` follows once it has the new
    one. With `follow` false nothing more goes to the one before, because no mail is safe any more.
    """
    coming = [each for each in visits if each.standing(now) in STANDING and each.ends_at > now]
    _lock_time_of(coming)
    for each in coming:
        session().refresh(each)
    coming = [each for each in coming if each.standing(now) in STANDING]
    for each in coming:
        _take_back(each, now=now, follow=follow)
    return coming


def _lock_time_of(visits: Iterable[Appointment], *more: int) -> None:
    """Queue for the time of several visits, and of `more`, at once, as everybody does."""
    own = [one.resource_id for each in visits for one in taken.claims_of(each.id)]
    occupancy.lock([*more, *own])


def _take_back(visit: Appointment, *, now: datetime, follow: bool) -> None:
    """Stop what has not left; if something may have, a bare cancellation follows it.

    A request's message brought no invite, so there is nothing to follow.
    """
    gone = outbox.withdraw(visit.id, now=now)
    next_version(visit, now=now)
    if gone and visit.status is Status.BOOKED:
        ours = clinic.organisation()
        if (
            follow
            and visit.patient.invites is not InviteStyle.NONE
            and emails.wanted_by(visit.patient)
        ):
            outbox.enqueue(emails.withdrawn(visit, clinic=ours), now=now)
        visit.uid = new_uid(ours.sender_address)


def tell_anew(visits: Sequence[Appointment], *, now: datetime, base_url: str) -> None:
    """Queue how each of these visits stands, for the address that the record has now.

    Whoever was asked to take another time is asked once more, with a link that works.
    """
    session().flush()
    for each in visits:
        mail(FIRST_WORDS[each.status], each, now=now, base_url=base_url)
        ask_anew(each, now=now, base_url=base_url)


def tell_next_version(visits: Sequence[Appointment], *, now: datetime, base_url: str) -> None:
    """Tell of booked visits as they stand, with the uid they have and a newer version of it."""
    for each in visits:
        outbox.withdraw(each.id, now=now)
        next_version(each, now=now)
    tell_anew(visits, now=now, base_url=base_url)


def send_anew(actor: Actor, visit: Appointment, *, now: datetime, base_url: str) -> None:
    """Send how a visit stands once more, to somebody who says that nothing came.

    Pressing twice within a minute sends once. Raises WrongState where e-mail is not safe, and for
    what is over.
    """
    lock_as_it_stands(visit)
    if visit.ends_at <= now or visit.standing(now) not in FIRST_WORDS:
        raise WrongState
    if not emails.wanted_by(visit.patient):
        raise WrongState
    say_anew(visit, f"{now:%Y%m%d%H%M}", now=now, base_url=base_url)
    told = ContactDone(
        patient_id=visit.patient_id, appointment_id=visit.id, what="message-sent-anew"
    )
    audit.record(told, by=actor, at=now)


def say_anew(visit: Appointment, which: str, *, now: datetime, base_url: str) -> None:
    """Queue how a visit stands once more; a second one of the same `which` is not sent.

    The same version with a newer stamp: readers take an equal pair as already seen.
    """
    if outbox_queries.was_queued(visit.id, ending=f":again:{which}"):
        return
    visit.changed_at = next_stamp(visit.changed_at, now=now)
    session().flush()
    what = FIRST_WORDS[visit.standing(now)]
    mail(what, visit, again=which, now=now, base_url=base_url)
