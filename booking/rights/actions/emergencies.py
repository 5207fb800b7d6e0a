"""An owner opens a patient's answers in an emergency: with a reason, for an hour, not silently."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from booking.access.policy import Actor
from booking.accounts import queries as accounts
from booking.audit import actions as audit
from booking.audit.rules.forms import AnswersOpened
from booking.audit.rules.patients import EmergencyOpened
from booking.core.db import session
from booking.core.errors import NotFound
from booking.mail import outbox
from booking.patients.models import Patient
from booking.rights import emails, queries
from booking.rights.models import EmergencyAccess
from booking.rights.queries import emergencies
from booking.rights.queries.emergencies import FormRead
from booking.rights.rules import EMERGENCY_LIVES


@dataclass(frozen=True, kw_only=True)
class Word:
    """What the notice needs: the clinic's `frame`, the `link` for owners, and one more address.

    `contact` is the clinic's data-protection contact, "" where it has named none.
    """

    frame: Callable[[], dict[str, Any]]
    link: str
    contact: str


def open_in_emergency(
    actor: Actor, record: UUID, reason: str, *, word: Word, now: datetime
) -> EmergencyAccess:
    """Open one record's answers to an owner for an hour, and tell whoever is to know.

    Raises NotFound.
    """
    patient = queries.record(record)
    access = EmergencyAccess(
        user_id=actor.user_id,
        patient_id=patient.id,
        owner_id=patient.public_id,
        opened_at=now,
        expires_at=now + EMERGENCY_LIVES,
    )
    access.reason = reason
    session().add(access)
    session().flush()
    _tell(actor, access, word=word, now=now)
    event = EmergencyOpened(patient_id=patient.id, access_id=access.id, what="opened")
    audit.record(event, by=actor, at=now)
    return access


def read_in_emergency(
    actor: Actor, record: UUID, *, now: datetime
) -> tuple[Patient, EmergencyAccess, list[FormRead]] | None:
    """Return what a record's forms say while the actor's emergency access lasts, else None.

    Each form that is read is recorded as opened. Raises NotFound.
    """
    patient = queries.record(record)
    access = emergencies.open_now(actor, patient.id, now=now)
    if access is None:
        return None
    forms = list(emergencies.forms_of(patient.id))
    for each in forms:
        opened = AnswersOpened(
            patient_id=patient.id, form_id=each.form.id, version=each.version, view="emergency"
        )
        audit.record(opened, by=actor, at=now)
    return patient, access, forms


def close_emergency(actor: Actor, record: UUID, *, now: datetime) -> None:
    """End an access before its hour is over. Raises NotFound where there is none."""
    patient = queries.record(record)
    access = emergencies.open_now(actor, patient.id, now=now)
    if access is None:
        raise NotFound
    access.ended_at = now
    session().flush()
    event = EmergencyOpened(patient_id=patient.id, access_id=access.id, what="closed")
    audit.record(event, by=actor, at=now)


def _tell(actor: Actor, access: EmergencyAccess, *, word: Word, now: datetime) -> None:
    who, frame = accounts.user(access.user_id).name, word.frame()
    owners, treating = emergencies.to_be_told(actor, access.patient_id)
    told = [((one.name, one.email), word.link) for one in owners]
    told += [((one.name, one.email), "") for one in treating]
    told += [(("", word.contact), "")] if word.contact else []
    for to, link in told:
        letter = emails.emergency_opened(access, who=who, to=to, link=link, frame=frame)
        outbox.enqueue(letter, now=now)
