"""A patient changes the e-mail address on her records herself, and can take that back."""

from datetime import datetime

from booking.access.policy import Actor
from booking.accounts import actions as accounts
from booking.accounts import queries as account_queries
from booking.accounts.actions.links import Letters
from booking.accounts.actions.own_ways import confirmed_person
from booking.accounts.models import OneTimeLink
from booking.accounts.rules import LinkPurpose
from booking.appointments import actions as visiting
from booking.appointments.models import Appointment
from booking.appointments.queries.patient import visits_on_record
from booking.audit import actions as audit
from booking.audit.rules.patients import OwnAddressChanged
from booking.calendars.actions import feeds
from booking.core.addresses import canonical_email
from booking.core.db import session
from booking.core.errors import LinkOver
from booking.mail import outbox
from booking.patients import actions as patients
from booking.patients import queries as patient_queries
from booking.patients.models import Patient
from booking.rights import emails, queries
from booking.waiting.actions import readdressing as waiting


def ask_for_own_address(actor: Actor, email: str, *, letters: Letters, now: datetime) -> None:
    """Mail a link to the address a patient wants; nothing changes until it is used.

    Where somebody of her name is known with that address nothing is mailed, and nobody learns so.
    Raises NotAllowed for a sign-in that is not confirmed.
    """
    person_id = confirmed_person(actor)
    records = _records(person_id)
    _record("asked", records, by=actor, now=now)
    if _is_anothers(records, email):
        return
    link = OneTimeLink(
        purpose=LinkPurpose.PATIENT_ADDRESS, person_id=person_id, email=canonical_email(email)
    )
    token = accounts.create_link(link, now=now)
    outbox.enqueue(emails.new_address(link, letters(token), records[-1]), now=now)


def change_own_address(token: str, *, letters: Letters, now: datetime, base_url: str) -> None:
    """Change it by the link mailed to it; links to visits, sign-ins and a feed of before end.

    Visits to come are told of at the new one. The address before is told, with a link that takes
    it back, where e-mail is safe for her. Raises LinkOver.
    """
    link = account_queries.usable_link(token, LinkPurpose.PATIENT_ADDRESS, now=now)
    records = _used(link, now=now)
    before = patient_queries.reachable(link.person_id or 0)
    old, told = (before.email, before) if before is not None else ("", None)
    _write(records, link, now=now, base_url=base_url)
    if told is not None:
        undo = OneTimeLink(
            purpose=LinkPurpose.PATIENT_UNDO,
            person_id=link.person_id,
            email=canonical_email(old),
        )
        token = accounts.create_link(undo, now=now)
        outbox.enqueue(emails.address_changed(undo, letters(token), told), now=now)
    _record("changed", records, by=Actor(person_id=link.person_id), now=now)


def undo_own_address(token: str, *, now: datetime, base_url: str) -> None:
    """Take it back by the link mailed to the address before. Raises LinkOver.

    Ways in that were made since go too: whoever changed the address may have made them.
    """
    link = account_queries.usable_link(token, LinkPurpose.PATIENT_UNDO, now=now)
    records = _used(link, now=now)
    accounts.undo_patients_ways(link.person_id or 0, since=link.created_at)
    _write(records, link, now=now, base_url=base_url)
    _record("undone", records, by=Actor(person_id=link.person_id), now=now)


def _records(person_id: int) -> list[Patient]:
    return [session().get_one(Patient, each) for each in queries.records_of(person_id)]


def _used(link: OneTimeLink, *, now: datetime) -> list[Patient]:
    """Use a link up and return the records it is for. Raises LinkOver."""
    accounts.use_up(link, now=now)
    records = _records(link.person_id or 0)
    if not records or _is_anothers(records, link.email):
        raise LinkOver
    return records


def _is_anothers(records: list[Patient], email: str) -> bool:
    """Whether another person is known by one of these names and this address."""
    hers = {each.resource_id for each in records}
    found = {patient_queries.person_id(name=each.name, email=email) for each in records}
    return bool(found - hers - {None})


def _write(records: list[Patient], link: OneTimeLink, *, now: datetime, base_url: str) -> None:
    told_again: list[Appointment] = []
    for each in records:
        visits = visits_on_record(each.id)
        if each.email:
            told_again += visiting.take_back_messages(visits, now=now)
            patients.correct_email(each, link.email)
        visiting.close_ways_in(visits, but=None, now=now)
    accounts.end_person_sessions(link.person_id or 0, but=None, now=now)
    feeds.end_feeds_of(link.person_id or 0)  # whoever read the mail before may have made it
    visiting.tell_anew(told_again, now=now, base_url=base_url)
    for each in records:
        waiting.tell_of_record(each.id, now=now, base_url=base_url)


def _record(what: str, records: list[Patient], *, by: Actor, now: datetime) -> None:
    for each in records:
        audit.record(OwnAddressChanged(patient_id=each.id, what=what), by=by, at=now)
