"""Named reads of records: what one holds, and what two have in common."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from booking.appointments.models import Appointment
from booking.conversations import queries as conversations
from booking.core.db import session
from booking.mail.models import Mail, MailState
from booking.patients.models import Patient
from booking.records.rules import Same

MAILS_SHOWN = 20


@dataclass(frozen=True, kw_only=True)
class History:
    """A record's visits, latest first; its newest messages; lines that wait for the desk."""

    visits: Sequence[Appointment]
    mails: Sequence[Mail]
    open_lines: int


def history(patient: Patient) -> History:
    """Return what the desk sees of a record beside how to reach the patient."""
    visits = visits_of(patient)
    mails = (
        select(Mail)
        .where(
            Mail.appointment_id.in_([visit.id for visit in visits])
            | (Mail.owner_id == patient.public_id),
            Mail.state != MailState.STOPPED,
            Mail.kind.not_like("calendars/%"),  # her visits in a practitioner's own calendar
        )
        .order_by(Mail.created_at.desc(), Mail.id.desc())
        .limit(MAILS_SHOWN)
    )
    return History(
        visits=visits,
        mails=session().scalars(mails).all(),
        open_lines=conversations.open_lines(patient.id),
    )


def visits_of(patient: Patient) -> Sequence[Appointment]:
    """Return every visit on a record, latest first."""
    wanted = (
        select(Appointment)
        .where(Appointment.patient_id == patient.id)
        .options(
            joinedload(Appointment.practitioner),
            joinedload(Appointment.location),
            joinedload(Appointment.service),
        )
        .order_by(Appointment.starts_at.desc())
    )
    return session().scalars(wanted).all()


def same_in(one: Patient, other: Patient) -> frozenset[Same]:
    """Return what two records agree in."""
    pairs = {
        Same.NAME: (one.name_folded, other.name_folded),
        Same.EMAIL: (one.email_canonical, other.email_canonical),
        Same.PHONE: (one.phone, other.phone),
        Same.BORN: (one.born_key, other.born_key),
    }
    return frozenset(same for same, (a, b) in pairs.items() if a and a == b)


def meeting(one: Patient, other: Patient, *, now: datetime) -> Sequence[Appointment]:
    """Return the visits to come of `other` that meet one of `one`: both cannot be one person's."""
    ahead = [visit for visit in visits_of(one) if visit.ends_at > now and _takes_time(visit, now)]
    return [
        visit
        for visit in visits_of(other)
        if _takes_time(visit, now)
        and any(v.starts_at < visit.ends_at and v.ends_at > visit.starts_at for v in ahead)
    ]


def _takes_time(visit: Appointment, now: datetime) -> bool:
    return visit.standing(now).value not in {"cancelled", "declined", "expired"}
